"""What becomes of places: called off, covered by others, offers that lapse, and who did not come."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound, SignInRequired
from app.models import (
    Account,
    ActivityFeedback,
    ActivityShift,
    NoShow,
    SignUp,
    SignUpState,
    VolunteerActivity,
)
from app.services import authority, outbox
from app.services.activities import drafting, queries, signing
from app.services.activities.errors import (
    AnotherPerson,
    IllegalMove,
    NoCoverAsked,
    NotOver,
    ObjectionTooLate,
)
from app.services.activities.events import (
    AbsenceAnswered,
    AbsenceObjected,
    CoverAsked,
    ShiftCancelled,
)
from app.services.activities.lifecycle import ActivityMove, SignUpMove
from app.services.teams.queries import STAFF

OBJECT_WITHIN = timedelta(days=14)
FEEDBACK_WITHIN = timedelta(days=14)
CAME_AFTER_ALL = "已签到 signed in after all"


async def cancel(
    session: AsyncSession, activity_id: UUID, *, reason: str, version: int, by: Actor, now: datetime
) -> VolunteerActivity:
    """Call an activity off with all its shifts that are not over; who had signed up is told why.

    Raises:
        NotFound, EditConflict, IllegalMove: see there.
    """
    activity = await queries.run_activity(session, activity_id, by=by, now=now, version=version)
    activity.reason = reason
    drafting.move_on(session, activity, ActivityMove.CANCEL, by=by, now=now)
    for shift in await queries.shifts_of(session, activity_id):
        if shift.ends_at > now and shift.cancelled_at is None:
            await _cancel_shift(session, activity, shift, reason=reason, by=by, now=now)
    return activity


async def cancel_shift(
    session: AsyncSession, shift_id: UUID, *, reason: str, by: Actor, now: datetime
) -> ActivityShift:
    """Call one shift off; who had signed up is told why. Twice changes nothing.

    Raises:
        NotFound: it is not the caller's.
        IllegalMove: it is over.
    """
    shift = await session.get(ActivityShift, shift_id)
    if shift is None:
        raise NotFound
    # Whoever changes an activity or calls it off holds it, too: one after the other, and nobody told twice.
    activity = await queries.run_activity(session, shift.activity_id, by=by, now=now, lock=True)
    await session.refresh(shift)
    if shift.cancelled_at is None:
        if shift.ends_at <= now:
            raise IllegalMove(state="over")
        await _cancel_shift(session, activity, shift, reason=reason, by=by, now=now)
    return shift


async def _cancel_shift(
    session: AsyncSession,
    activity: VolunteerActivity,
    shift: ActivityShift,
    *,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    roles = await queries.lock_roles(session, [shift.id])
    shift.cancelled_at, shift.cancelled_by, shift.cancel_reason = now, by.account_id, reason
    for row in await queries.live_at(session, [shift.id]):
        signing.move(session, row, roles[row.role_id], SignUpMove.CANCEL, activity, by=None, now=now)
    event = ShiftCancelled(shift.id, activity.id)
    outbox.record(session, event, now=now, area_code=activity.area_code)


async def ask_cover(session: AsyncSession, sign_up_id: UUID, *, by: Actor, now: datetime) -> SignUp:
    """Ask others of the team to take one's place over; it stays one's own until somebody does.

    Raises:
        NotFound: it is not the caller's.
        ActivityClosed: the shift has begun or was called off.
        IllegalMove: the caller has no place there.
    """
    row = await queries.own_sign_up(session, sign_up_id, by=by)
    wanted = await signing.want(session, row.role_id, await signing.hold(session, by), now=now, row=row)
    if row.state is not SignUpState.BOOKED:
        raise IllegalMove(state=row.state.value)
    if row.cover_asked_at is None:
        row.cover_asked_at = now
        event = CoverAsked(row.id, row.shift_id)
        outbox.record(session, event, now=now, area_code=wanted.activity.area_code)
    return row


async def cover(session: AsyncSession, sign_up_id: UUID, new_id: UUID, *, by: Actor, now: datetime) -> SignUp:
    """Take over the place of somebody who asked for cover; of two the first has it.

    Raises:
        NotFound: there is no such place.
        NoCoverAsked, ActivityClosed, AlreadySignedUp, Overlapping, TooManyInWeek, Unfit: see there.
        KeyReused: the new id is another sign-up's.
    """
    account = await signing.hold(session, by)
    row = await session.get(SignUp, sign_up_id)
    if row is None:
        raise NotFound
    if (kept := await session.get(SignUp, new_id)) is not None:
        if (kept.account_id, kept.role_id) != (by.account_id, row.role_id):
            raise KeyReused
        return kept
    wanted = await signing.want(session, row.role_id, account, now=now, row=row)
    if row.state is not SignUpState.BOOKED or row.cover_asked_at is None:
        raise NoCoverAsked
    await signing.check_free(session, wanted)
    signing.move(session, row, wanted.role, SignUpMove.HAND_OVER, wanted.activity, by=None, now=now)
    taken = signing.enter(session, new_id, wanted, SignUpState.BOOKED, now=now)
    await session.flush()
    return taken


async def mark_absent(
    session: AsyncSession, sign_up_id: UUID, *, note: str, by: Actor, now: datetime
) -> NoShow:
    """Say that somebody with a place did not come; they are told who says so, and may object.

    Raises:
        NotFound, IllegalMove: see there; also who signed in or was listed there.
        NotOver: the shift has not begun.
        AnotherPerson: nobody marks themselves; what was struck once is not marked again.
    """
    row = await queries.run_sign_up(session, sign_up_id, by=by, now=now)
    role = await queries.lock_role(session, row.role_id)
    await session.refresh(row)
    shift = await session.get_one(ActivityShift, row.shift_id)
    if shift.starts_at > now:
        raise NotOver
    if by.account_id is None or row.account_id == by.account_id:
        raise AnotherPerson
    if await session.get(NoShow, sign_up_id) is not None:
        raise AnotherPerson
    if await queries.was_there(session, sign_up_id):
        raise IllegalMove(state="attended")
    activity = await session.get_one(VolunteerActivity, row.activity_id)
    absence = NoShow(
        sign_up_id=row.id,
        account_id=row.account_id,
        marked_at=now,
        marked_by=by.account_id,
        note=note,
        answer="",
    )
    signing.move(session, row, role, SignUpMove.MARK_ABSENT, activity, by=by, now=now)
    session.add(absence)
    return absence


async def strike_for_who_came(session: AsyncSession, row: SignUp, *, now: datetime) -> None:
    """Strike the mark of absence of somebody who signed in after all, unless it was decided on; tell them."""
    if row.state is not SignUpState.NO_SHOW:
        return
    absence = await session.get_one(NoShow, row.id, with_for_update=True)
    if absence.answered_at is not None:
        return
    role = await queries.lock_role(session, row.role_id)
    await session.refresh(row)
    activity = await session.get_one(VolunteerActivity, row.activity_id)
    absence.is_struck, absence.answer, absence.answered_at = True, CAME_AFTER_ALL, now
    signing.move(session, row, role, SignUpMove.STRIKE, activity, by=None, now=now)
    event = AbsenceAnswered(row.id, row.shift_id, is_struck=True)
    outbox.record(session, event, now=now, area_code=activity.area_code)


async def object_to_absence(
    session: AsyncSession, sign_up_id: UUID, *, text: str, by: Actor, now: datetime
) -> NoShow:
    """Object to having been marked absent, once, within fourteen days; the area's staff decides.

    Raises:
        NotFound: the caller was not marked.
        ObjectionTooLate: see there.
    """
    row = await queries.own_sign_up(session, sign_up_id, by=by)
    absence = await session.get(NoShow, sign_up_id, with_for_update=True)
    if absence is None:
        raise NotFound
    if absence.objected_at is not None or now > absence.marked_at + OBJECT_WITHIN:
        raise ObjectionTooLate
    activity = await session.get_one(VolunteerActivity, row.activity_id)
    absence.objection, absence.objected_at = text, now
    event = AbsenceObjected(row.id, row.shift_id)
    outbox.record(session, event, now=now, area_code=activity.area_code)
    return absence


async def answer_objection(
    session: AsyncSession, sign_up_id: UUID, *, strikes: bool, text: str, by: Actor, now: datetime
) -> NoShow:
    """Strike a mark of absence, or let it stand, with a reason that the volunteer is told.

    Raises:
        NotFound: it is not in the caller's area, or nobody objected.
        AnotherPerson: the caller marked it, or is whom it is about.
        IllegalMove: it was answered.
    """
    row = await session.get(SignUp, sign_up_id)
    absence = None if row is None else await session.get(NoShow, sign_up_id, with_for_update=True)
    if row is None or absence is None or absence.objected_at is None:
        raise NotFound
    activity = await session.get_one(VolunteerActivity, row.activity_id)
    if not authority.may(by, roles=STAFF, area_code=activity.area_code):
        raise NotFound
    if by.account_id in {absence.marked_by, row.account_id}:
        raise AnotherPerson
    if absence.answered_at is not None:
        raise IllegalMove(state="answered")
    absence.is_struck, absence.answer = strikes, text
    absence.answered_at, absence.answered_by = now, by.account_id
    if strikes:
        role = await queries.lock_role(session, row.role_id)
        await session.refresh(row)
        signing.move(session, row, role, SignUpMove.STRIKE, activity, by=by, now=now)
    event = AbsenceAnswered(row.id, row.shift_id, is_struck=strikes)
    outbox.record(session, event, now=now, area_code=activity.area_code)
    return absence


async def give_feedback(
    session: AsyncSession, sign_up_id: UUID, *, score: int, text: str, by: Actor, now: datetime
) -> ActivityFeedback:
    """Say, once and within fourteen days of its end, what one thought of a shift one had a place in.

    Raises:
        NotFound: it is not the caller's.
        NotOver: the shift has not ended.
        IllegalMove: one had no place, or said it, or it is too late.
    """
    row = await queries.own_sign_up(session, sign_up_id, by=by)
    await locks.alone(session, sign_up_id)
    if (kept := await session.get(ActivityFeedback, sign_up_id)) is not None:
        if (kept.score, kept.text or "") == (score, text):
            return kept
        raise IllegalMove(state="answered")
    shift = await session.get_one(ActivityShift, row.shift_id)
    if shift.ends_at > now:
        raise NotOver
    if row.state is not SignUpState.BOOKED or now > shift.ends_at + FEEDBACK_WITHIN:
        raise IllegalMove(state=row.state.value)
    if by.account_id is None:
        raise SignInRequired
    said = ActivityFeedback(
        sign_up_id=row.id,
        activity_id=row.activity_id,
        account_id=by.account_id,
        score=score,
        text=text or None,
        given_at=now,
    )
    session.add(said)
    await session.flush()
    return said


async def own_absence(session: AsyncSession, sign_up_id: UUID, *, by: Actor) -> tuple[NoShow, str]:
    """Return the caller's mark of absence, and the name of who made it.

    Raises:
        NotFound: they were not marked.
    """
    await queries.own_sign_up(session, sign_up_id, by=by)
    absence = await session.get(NoShow, sign_up_id)
    if absence is None:
        raise NotFound
    name = select(Account.display_name).where(Account.id == absence.marked_by)
    return absence, await session.scalar(name) or ""
