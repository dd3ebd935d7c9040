"""Signing up: exactly as many places as there are, in the order of coming, one place at a time.

Who changes the places of a role holds its lock; who takes one for a person holds the person's account
first. So of fifty who want the last place one has it, and the others wait in the order in which they came.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import KeyReused, NotFound, SignInRequired
from app.models import (
    Account,
    ActivityShift,
    ActivityState,
    Qualification,
    ShiftRole,
    SignUp,
    SignUpMode,
    SignUpState,
    VolunteerActivity,
)
from app.services import outbox
from app.services.accounts.queries import lock_accounts
from app.services.activities import concerns, lifecycle, queries, rules
from app.services.activities.errors import (
    ActivityClosed,
    AlreadySignedUp,
    IllegalMove,
    OfferOver,
    Overlapping,
    TooManyInWeek,
    Unfit,
    WithdrawTooLate,
)
from app.services.activities.events import SignUpMoved
from app.services.activities.lifecycle import SignUpMove

CONFIRM_WITHIN = timedelta(hours=12)
# Nobody is offered a place that begins so soon: they could not come.
TOO_SOON = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A role with its shift and activity, locked, and who wants it."""

    role: ShiftRole
    shift: ActivityShift
    activity: VolunteerActivity
    account: Account


async def sign_up(
    session: AsyncSession, sign_up_id: UUID, role_id: UUID, *, by: Actor, now: datetime
) -> SignUp:
    """Take a place, or the last one in line; the same id again is the same sign-up.

    Raises:
        NotFound: there is no such role.
        ActivityClosed, AlreadySignedUp, Overlapping, TooManyInWeek, Unfit: see there.
        KeyReused: the id is another sign-up's.
    """
    account = await _hold(session, by)
    if (kept := await session.get(SignUp, sign_up_id)) is not None:
        if (kept.account_id, kept.role_id) != (by.account_id, role_id):
            raise KeyReused
        return kept
    wanted = await want(session, role_id, account, now=now)
    await check_free(session, wanted)
    row = enter(session, sign_up_id, wanted, await _first_state(session, wanted), now=now)
    await session.flush()
    return row


async def confirm(session: AsyncSession, sign_up_id: UUID, *, by: Actor, now: datetime) -> SignUp:
    """Take a place that was offered.

    Raises:
        NotFound, IllegalMove, Overlapping, TooManyInWeek: see there.
        OfferOver: its time is over.
    """
    account = await _hold(session, by)
    row = await queries.own_sign_up(session, sign_up_id, by=by)
    wanted = await want(session, row.role_id, account, now=now, row=row)
    if row.state is SignUpState.OFFERED and (row.offer_ends_at is None or row.offer_ends_at <= now):
        raise OfferOver
    await check_free(session, wanted, but=row.id)
    move(session, row, wanted.role, SignUpMove.CONFIRM, wanted.activity, by=by, now=now)
    return row


async def withdraw(session: AsyncSession, sign_up_id: UUID, *, by: Actor, now: datetime) -> SignUp:
    """Give a place back, or stop waiting; the place is offered to the next in line. Twice changes nothing.

    Raises:
        NotFound, IllegalMove: see there.
        WithdrawTooLate: a place is given back until the activity's deadline, or, where the organiser changed
            what was agreed, until the shift begins; then somebody covers.
    """
    row = await queries.own_sign_up(session, sign_up_id, by=by)
    role = await queries.lock_role(session, row.role_id)
    await session.refresh(row)
    if row.state is SignUpState.WITHDRAWN:
        return row
    shift = await session.get_one(ActivityShift, row.shift_id)
    activity = await session.get_one(VolunteerActivity, row.activity_id)
    begins = shift.ends_at if activity.is_on_the_way else shift.starts_at
    is_free = row.free_to_leave_since is not None
    deadline = begins - timedelta(minutes=0 if is_free else activity.withdraw_minutes)
    if row.state is SignUpState.BOOKED and now > deadline:
        raise WithdrawTooLate
    move(session, row, role, SignUpMove.WITHDRAW, activity, by=by, now=now)
    await promote(session, role, shift, activity, now=now)
    return row


async def decide(
    session: AsyncSession, sign_up_id: UUID, *, accepts: bool, reason: str, by: Actor, now: datetime
) -> SignUp:
    """Give somebody a place who asked for it (or the last one in line), or refuse them with a reason.

    Who has a place is refused only when the shift does not suit them any more, as it was changed.

    Raises:
        NotFound, IllegalMove, Overlapping, TooManyInWeek, Unfit, ActivityClosed: see there.
    """
    row = await queries.run_sign_up(session, sign_up_id, by=by, now=now)
    if row.account_id is None:
        raise NotFound
    [account] = await lock_accounts(session, {row.account_id})
    wanted = await want(session, row.role_id, account, now=now, row=row)
    how = SignUpMove.REFUSE
    if accepts:
        await check_free(session, wanted, but=row.id)
        how = SignUpMove.ACCEPT if wanted.role.taken < wanted.role.places else SignUpMove.QUEUE
    elif row.state is SignUpState.BOOKED and row.id not in await concerns.at(session, wanted.shift):
        raise IllegalMove(state=row.state.value)
    row.reason, row.decided_by = reason, by.account_id
    move(session, row, wanted.role, how, wanted.activity, by=by, now=now)
    await promote(session, wanted.role, wanted.shift, wanted.activity, now=now)
    return row


async def promote(
    session: AsyncSession,
    role: ShiftRole,
    shift: ActivityShift,
    activity: VolunteerActivity,
    *,
    now: datetime,
) -> int:
    """Offer a locked role's free places to who waits longest, and return to how many.

    An offer holds its place until it is confirmed, lapses, or the shift is near.
    """
    offered = 0
    last_chance = shift.starts_at - TOO_SOON
    is_open = activity.state is ActivityState.PUBLISHED and shift.cancelled_at is None
    while is_open and now < last_chance and role.taken < role.places:
        await session.flush()
        row = await queries.first_in_line(session, role.id)
        if row is None:
            break
        row.offer_ends_at = min(now + CONFIRM_WITHIN, last_chance)
        move(session, row, role, SignUpMove.OFFER, activity, by=None, now=now)
        offered += 1
    return offered


def move(
    session: AsyncSession,
    row: SignUp,
    role: ShiftRole,
    how: SignUpMove,
    activity: VolunteerActivity,
    *,
    by: Actor | None,
    now: datetime,
) -> None:
    """Bring a sign-up of a locked role to its next state, count its place, and say so.

    Raises:
        IllegalMove: see there.
    """
    was = row.state
    row.state = lifecycle.sign_up_after(was, how)
    row.changed_at = now
    if row.state is not SignUpState.OFFERED:
        row.offer_ends_at = None
    role.taken += lifecycle.taken_by(was, row.state)
    # What is struck is told as the answer that it is.
    own = how is SignUpMove.STRIKE or (by is not None and row.account_id == by.account_id)
    event = SignUpMoved(row.id, row.shift_id, row.state.value, by_themselves=own)
    outbox.record(session, event, now=now, area_code=activity.area_code)


async def want(
    session: AsyncSession, role_id: UUID, account: Account, *, now: datetime, row: SignUp | None = None
) -> Wanted:
    """Return a role that somebody may still come to, locked, and ``row`` as it is under the lock.

    Raises:
        NotFound: there is no such role.
        ActivityClosed: see there.
    """
    role = await queries.lock_role(session, role_id)
    shift = await session.get_one(ActivityShift, role.shift_id, populate_existing=True)
    activity = await session.get_one(VolunteerActivity, shift.activity_id, populate_existing=True)
    if row is not None:
        await session.refresh(row)
    begun = shift.ends_at if activity.is_on_the_way else shift.starts_at
    if activity.state is not ActivityState.PUBLISHED or shift.cancelled_at is not None or begun <= now:
        raise ActivityClosed
    return Wanted(role, shift, activity, account)


async def check_free(session: AsyncSession, wanted: Wanted, *, but: UUID | None = None) -> None:
    """Return when a person may have a place: fit for the role, free at that time, within the week's limit.

    Raises:
        AlreadySignedUp, Overlapping, TooManyInWeek, Unfit: see there.
    """
    await _check_fit(session, wanted.role, wanted.account, wanted.shift)
    kept = await queries.own_at(session, wanted.shift.id, wanted.account.id)
    if kept is not None and kept.id != but:
        raise AlreadySignedUp
    if wanted.activity.is_on_the_way:
        return
    if await queries.overlaps(session, wanted.shift, wanted.account.id, but=but):
        raise Overlapping
    policy = await queries.policy_of(session, wanted.activity.area_code)
    if policy is not None and policy.most_shifts_a_week is not None:
        week = rules.week_of(wanted.shift.starts_at)
        held = await queries.held_between(session, wanted.account.id, week, but=but)
        if held >= policy.most_shifts_a_week:
            raise TooManyInWeek(most=policy.most_shifts_a_week)


def enter(
    session: AsyncSession, sign_up_id: UUID, wanted: Wanted, state: SignUpState, *, now: datetime
) -> SignUp:
    """Write a sign-up of a locked role with the next number in line."""
    role = wanted.role
    row = SignUp(
        id=sign_up_id,
        activity_id=wanted.activity.id,
        shift_id=wanted.shift.id,
        role_id=role.id,
        account_id=wanted.account.id,
        state=state,
        line_no=role.next_in_line,
        signed_up_at=now,
        changed_at=now,
        reason="",
    )
    role.next_in_line += 1
    role.taken += state in lifecycle.HOLDS
    session.add(row)
    event = SignUpMoved(sign_up_id, wanted.shift.id, state.value, by_themselves=True)
    outbox.record(session, event, now=now, area_code=wanted.activity.area_code)
    return row


async def hold(session: AsyncSession, by: Actor) -> Account:
    """Return the caller's account, locked: one place is taken for a person at a time."""
    return await _hold(session, by)


async def _hold(session: AsyncSession, by: Actor) -> Account:
    if by.account_id is None:
        raise SignInRequired
    [account] = await lock_accounts(session, {by.account_id})
    return account


async def _first_state(session: AsyncSession, wanted: Wanted) -> SignUpState:
    if wanted.activity.mode is SignUpMode.APPROVAL:
        return SignUpState.ASKED
    is_full = wanted.role.taken >= wanted.role.places
    if is_full and wanted.activity.is_on_the_way:
        raise ActivityClosed  # nobody waits for what is done in passing
    if is_full or await queries.first_in_line(session, wanted.role.id) is not None:
        return SignUpState.WAITING
    return SignUpState.BOOKED


async def _check_fit(session: AsyncSession, role: ShiftRole, account: Account, shift: ActivityShift) -> None:
    shown = None
    if role.qualification is not None:
        shown = await session.get(Qualification, (account.id, role.qualification))
    good_until = None if shown is None else shown.valid_to
    needs = concerns.missing(role, account.age_band, good_until, local_day(shift.ends_at))
    if needs is not None:
        raise Unfit(needs=needs)
