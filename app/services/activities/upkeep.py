"""Lines that move on by the clock, reminders, and what a merger of accounts doubles."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    ActivityShift,
    ActivityState,
    ShiftRole,
    SignUp,
    SignUpState,
    VolunteerActivity,
)
from app.services import outbox
from app.services.activities import queries, signing
from app.services.activities.events import ShiftSoon
from app.services.activities.lifecycle import LIVE, SignUpMove

REMIND_BEFORE = timedelta(hours=24)
_BATCH = 200


async def tend_waiting(session: AsyncSession, *, now: datetime) -> int:
    """End offers that nobody confirmed and lines whose shift has come, and offer free places to who waits.

    What the deleted held becomes free. Returns how many sign-ups changed. It is a job beside what happens
    with each withdrawal, so that no crash loses anybody's turn.
    """
    moved = 0
    over = SignUp.offer_ends_at <= now
    begun = SignUp.state.in_((SignUpState.ASKED, SignUpState.WAITING)) & (ActivityShift.starts_at <= now)
    gone = SignUp.account_id.is_(None) & SignUp.state.in_(LIVE)
    due = (
        select(SignUp.role_id)
        .join(ActivityShift, ActivityShift.id == SignUp.shift_id)
        .where(or_((SignUp.state == SignUpState.OFFERED) & over, begun, gone & (ActivityShift.ends_at > now)))
    )
    waiting = exists().where(SignUp.role_id == ShiftRole.id, SignUp.state == SignUpState.WAITING)
    free = (
        select(ShiftRole.id)
        .join(ActivityShift, ActivityShift.id == ShiftRole.shift_id)
        .join(VolunteerActivity, VolunteerActivity.id == ActivityShift.activity_id)
        .where(
            ShiftRole.taken < ShiftRole.places,
            ActivityShift.starts_at > now + signing.TOO_SOON,
            ActivityShift.cancelled_at.is_(None),
            VolunteerActivity.state == ActivityState.PUBLISHED,
            waiting,
        )
    )
    role_ids = sorted({*await session.scalars(due.limit(_BATCH)), *await session.scalars(free.limit(_BATCH))})
    for role_id in role_ids:
        moved += await _tend(session, role_id, now=now)
    return moved


async def _tend(session: AsyncSession, role_id: UUID, *, now: datetime) -> int:
    role = await queries.lock_role(session, role_id)
    shift = await session.get_one(ActivityShift, role.shift_id)
    activity = await session.get_one(VolunteerActivity, shift.activity_id)
    query = select(SignUp).where(SignUp.role_id == role_id, SignUp.state.in_(LIVE)).order_by(SignUp.line_no)
    moved = 0
    for row in (await session.scalars(query.execution_options(populate_existing=True))).all():
        how = _over(row, shift, now=now)
        if how is not None:
            signing.move(session, row, role, how, activity, by=None, now=now)
            moved += 1
    return moved + await signing.promote(session, role, shift, activity, now=now)


def _over(row: SignUp, shift: ActivityShift, *, now: datetime) -> SignUpMove | None:
    if row.account_id is None:
        return SignUpMove.WITHDRAW if shift.ends_at > now else None
    if row.offer_ends_at is not None and row.offer_ends_at <= now:
        return SignUpMove.LAPSE
    begun = shift.starts_at <= now and row.state in {SignUpState.ASKED, SignUpState.WAITING}
    return SignUpMove.LAPSE if begun else None


async def remind(session: AsyncSession, *, now: datetime) -> int:
    """Have those told, once, whose shift begins within a day, and return how many."""
    query = (
        select(SignUp, VolunteerActivity.area_code)
        .join(ActivityShift, ActivityShift.id == SignUp.shift_id)
        .join(VolunteerActivity, VolunteerActivity.id == SignUp.activity_id)
        .where(
            SignUp.state == SignUpState.BOOKED,
            SignUp.reminded_at.is_(None),
            ActivityShift.starts_at > now,
            ActivityShift.starts_at <= now + REMIND_BEFORE,
        )
        .limit(1000)
        .with_for_update(of=SignUp, skip_locked=True)
    )
    rows = (await session.execute(query)).all()
    for row, area_code in rows:
        row.reminded_at = now
        # Who took the place a moment ago has just been told when it is.
        if row.signed_up_at < now - timedelta(hours=1):
            outbox.record(session, ShiftSoon(row.id, row.shift_id), now=now, area_code=area_code)
    return len(rows)


async def end_doubled(session: AsyncSession, absorbed_id: UUID, survivor_id: UUID, *, now: datetime) -> None:
    """Give back, before two accounts merge, one of two sign-ups for the same shift; the survivor's stays."""
    theirs = select(SignUp.shift_id).where(
        SignUp.account_id == survivor_id, SignUp.state.in_({*LIVE, SignUpState.NO_SHOW})
    )
    query = select(SignUp).where(
        SignUp.account_id == absorbed_id, SignUp.state.in_(LIVE), SignUp.shift_id.in_(theirs)
    )
    for row in (await session.scalars(query)).all():
        role = await queries.lock_role(session, row.role_id)
        await session.refresh(row)  # the line may have moved on before the role was locked
        if row.state in LIVE:
            activity = await session.get_one(VolunteerActivity, row.activity_id)
            signing.move(session, row, role, SignUpMove.WITHDRAW, activity, by=None, now=now)
    await session.flush()
