"""Activities, shifts, roles and sign-ups: who may see and change which."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.models import (
    Account,
    ActivityShift,
    ActivityState,
    Attendance,
    NoShow,
    ShiftRole,
    SignUp,
    SignUpState,
    VolunteerActivity,
    VolunteerPolicy,
    VolunteerTeam,
)
from app.services import areas, authority, teams
from app.services.accounts import editors
from app.services.activities.lifecycle import LIVE
from app.services.teams.queries import STAFF

# Stood before the public once, or does now; what was called off as a draft never did.
WAS_PUBLIC = or_(
    VolunteerActivity.state == ActivityState.PUBLISHED, VolunteerActivity.published_at.is_not(None)
)


def _run(by: Actor, *, now: datetime) -> Select[VolunteerActivity]:
    """Select the activities that the caller runs: of their teams, or of their area."""
    theirs = or_(
        teams.run_by(by, now=now), authority.covers(by, roles=STAFF, area=VolunteerActivity.area_code)
    )
    return (
        select(VolunteerActivity)
        .join(VolunteerTeam, VolunteerTeam.id == VolunteerActivity.team_id)
        .where(theirs)
    )


async def run_activity(
    session: AsyncSession,
    activity_id: UUID,
    *,
    by: Actor,
    now: datetime,
    version: int | None = None,
    lock: bool = False,
) -> VolunteerActivity:
    """Return an activity that the caller runs, locked when that is asked for or a version is given.

    Raises:
        NotFound: there is none, or it is not theirs.
        EditConflict: somebody else changed it since ``version`` was read.
    """
    query = _run(by, now=now).where(VolunteerActivity.id == activity_id)
    if lock or version is not None:
        # Not against those who sign up, who refer to it and hold the roles that a change goes on to lock.
        query = query.with_for_update(of=VolunteerActivity, key_share=True)
        query = query.execution_options(populate_existing=True)
    activity = (await session.scalars(query)).one_or_none()
    if activity is None:
        raise NotFound
    await editors.check_version(session, activity, version)
    return activity


async def to_decide(
    session: AsyncSession, activity_id: UUID, *, by: Actor, version: int
) -> VolunteerActivity:
    """Return an activity of an area whose staff the caller is, locked.

    Raises:
        NotFound, EditConflict: see there.
    """
    query = select(VolunteerActivity).where(
        VolunteerActivity.id == activity_id,
        authority.covers(by, roles=STAFF, area=VolunteerActivity.area_code),
    )
    activity = (await session.scalars(query.with_for_update())).one_or_none()
    if activity is None:
        raise NotFound
    await editors.check_version(session, activity, version)
    return activity


async def list_run(
    session: AsyncSession,
    *,
    state: ActivityState | None,
    after: UUID | None,
    limit: int,
    by: Actor,
    now: datetime,
) -> tuple[Sequence[VolunteerActivity], bool]:
    """Return a page of the activities that the caller runs."""
    query = _run(by, now=now)
    if state is not None:
        query = query.where(VolunteerActivity.state == state)
    if after is not None:
        query = query.where(VolunteerActivity.id > after)
    rows = (await session.scalars(query.order_by(VolunteerActivity.id).limit(limit + 1))).all()
    return rows[:limit], len(rows) > limit


async def run_shifts(
    session: AsyncSession,
    *,
    is_over: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
    by: Actor,
    now: datetime,
) -> tuple[Sequence[Row[ActivityShift, VolunteerActivity]], bool]:
    """Return a page of the shifts that the caller runs: what is to come, or what is over backwards."""
    key = tuple_(ActivityShift.starts_at, ActivityShift.id)
    query = (
        _run(by, now=now)
        .join(ActivityShift, ActivityShift.activity_id == VolunteerActivity.id)
        .with_only_columns(ActivityShift, VolunteerActivity)
        .limit(limit + 1)
    )
    if is_over:
        query = query.where(ActivityShift.ends_at <= now)
        query = query.order_by(ActivityShift.starts_at.desc(), ActivityShift.id.desc())
    else:
        query = query.where(ActivityShift.ends_at > now)
        query = query.order_by(ActivityShift.starts_at, ActivityShift.id)
    if after is not None:
        query = query.where(key < tuple_(*after) if is_over else key > tuple_(*after))
    rows = (await session.execute(query)).all()
    return rows[:limit], len(rows) > limit


async def published(session: AsyncSession, activity_id: UUID) -> VolunteerActivity:
    """Return an activity that everybody may see: published, or called off after that.

    Raises:
        NotFound: there is none.
    """
    activity = await session.get(VolunteerActivity, activity_id)
    if activity is None or (activity.state is not ActivityState.PUBLISHED and activity.published_at is None):
        raise NotFound
    return activity


async def coming(
    session: AsyncSession,
    *,
    area_code: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    now: datetime,
) -> tuple[Sequence[Row[ActivityShift, VolunteerActivity]], bool]:
    """Return a page of the published shifts that have yet to begin, the soonest first."""
    query = (
        select(ActivityShift, VolunteerActivity)
        .join(VolunteerActivity, VolunteerActivity.id == ActivityShift.activity_id)
        .where(
            VolunteerActivity.state == ActivityState.PUBLISHED,
            VolunteerActivity.is_on_the_way.is_(False),
            ActivityShift.cancelled_at.is_(None),
            ActivityShift.starts_at > now,
        )
        .order_by(ActivityShift.starts_at, ActivityShift.id)
        .limit(limit + 1)
    )
    if area_code is not None:
        query = query.where(authority.within(VolunteerActivity.area_code, area_code))
    if after is not None:
        query = query.where(tuple_(ActivityShift.starts_at, ActivityShift.id) > tuple_(*after))
    rows = (await session.execute(query)).all()
    return rows[:limit], len(rows) > limit


async def was_there(session: AsyncSession, sign_up_id: UUID) -> bool:
    """Tell whether somebody signed in to the shift that they have a place in, or was listed there."""
    return await session.get(Attendance, sign_up_id) is not None


async def shifts_of(session: AsyncSession, activity_id: UUID) -> Sequence[ActivityShift]:
    """Return an activity's shifts in order."""
    query = select(ActivityShift).where(ActivityShift.activity_id == activity_id)
    return (await session.scalars(query.order_by(ActivityShift.starts_at, ActivityShift.id))).all()


async def roles_of(session: AsyncSession, shift_ids: Collection[UUID]) -> dict[UUID, list[ShiftRole]]:
    """Return the roles of some shifts, by shift."""
    found: dict[UUID, list[ShiftRole]] = {shift_id: [] for shift_id in shift_ids}
    query = select(ShiftRole).where(ShiftRole.shift_id.in_(shift_ids)).order_by(ShiftRole.id)
    for role in await session.scalars(query):
        found[role.shift_id].append(role)
    return found


async def waiting_at(session: AsyncSession, role_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many wait for each of some roles; who has none is left out."""
    query = (
        select(SignUp.role_id, func.count())
        .where(SignUp.role_id.in_(role_ids), SignUp.state == SignUpState.WAITING)
        .group_by(SignUp.role_id)
    )
    return dict((await session.execute(query)).all())


async def covers_at(session: AsyncSession, shift_ids: Collection[UUID]) -> Sequence[SignUp]:
    """Return the places for which somebody looks for cover."""
    query = select(SignUp).where(
        SignUp.shift_id.in_(shift_ids),
        SignUp.state == SignUpState.BOOKED,
        SignUp.cover_asked_at.is_not(None),
    )
    return (await session.scalars(query.order_by(SignUp.cover_asked_at))).all()


async def lock_role(session: AsyncSession, role_id: UUID) -> ShiftRole:
    """Return a role, locked: whoever changes who has its places waits here, in the order of coming.

    Raises:
        NotFound: there is none.
    """
    query = select(ShiftRole).where(ShiftRole.id == role_id).with_for_update()
    role = (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()
    if role is None:
        raise NotFound
    return role


async def lock_roles(session: AsyncSession, shift_ids: Collection[UUID]) -> dict[UUID, ShiftRole]:
    """Return the roles of some shifts, locked in one order for everybody."""
    query = select(ShiftRole).where(ShiftRole.shift_id.in_(shift_ids)).order_by(ShiftRole.id)
    found = await session.scalars(query.with_for_update().execution_options(populate_existing=True))
    return {role.id: role for role in found}


async def live_at(session: AsyncSession, shift_ids: Collection[UUID]) -> Sequence[SignUp]:
    """Return the sign-ups for which some shifts have yet to come."""
    query = select(SignUp).where(SignUp.shift_id.in_(shift_ids), SignUp.state.in_(LIVE))
    return (await session.scalars(query.order_by(SignUp.id))).all()


async def first_in_line(session: AsyncSession, role_id: UUID) -> SignUp | None:
    """Return who has waited longest for a role."""
    query = select(SignUp).where(SignUp.role_id == role_id, SignUp.state == SignUpState.WAITING)
    return (await session.scalars(query.order_by(SignUp.line_no).limit(1))).one_or_none()


async def own_at(session: AsyncSession, shift_id: UUID, account_id: UUID | None) -> SignUp | None:
    """Return somebody's sign-up for a shift, if they may not make another."""
    query = select(SignUp).where(
        SignUp.shift_id == shift_id,
        SignUp.account_id == account_id,
        SignUp.state.in_({*LIVE, SignUpState.NO_SHOW}),
    )
    return (await session.scalars(query)).one_or_none()


def _held(account_id: UUID | None, but: UUID | None) -> ColumnElement[bool]:
    held = SignUp.state.in_((SignUpState.BOOKED, SignUpState.OFFERED))
    return (SignUp.account_id == account_id) & held & SignUp.id.is_distinct_from(but)


async def overlaps(
    session: AsyncSession, shift: ActivityShift, account_id: UUID | None, *, but: UUID | None
) -> bool:
    """Tell whether somebody has a place elsewhere in a shift's time."""
    query = (
        select(SignUp.id)
        .join(ActivityShift, ActivityShift.id == SignUp.shift_id)
        .where(
            _held(account_id, but),
            ActivityShift.starts_at < shift.ends_at,
            ActivityShift.ends_at > shift.starts_at,
        )
        .limit(1)
    )
    return await session.scalar(query) is not None


async def held_between(
    session: AsyncSession,
    account_id: UUID | None,
    span: tuple[datetime, datetime],
    *,
    but: UUID | None,
) -> int:
    """Return how many places somebody has in shifts that begin in a span of time."""
    query = (
        select(func.count())
        .select_from(SignUp)
        .join(ActivityShift, ActivityShift.id == SignUp.shift_id)
        .where(_held(account_id, but), ActivityShift.starts_at >= span[0], ActivityShift.starts_at < span[1])
    )
    return await session.scalar(query) or 0


async def policy_of(session: AsyncSession, area_code: str) -> VolunteerPolicy | None:
    """Return what is wanted of an area's activities: by the narrowest area that says anything."""
    above = (await areas.load_lineage(session)).above(area_code)
    query = select(VolunteerPolicy).where(VolunteerPolicy.area_code.in_(above))
    found = {policy.area_code: policy for policy in await session.scalars(query)}
    return next((found[code] for code in above if code in found), None)


async def own_sign_up(session: AsyncSession, sign_up_id: UUID, *, by: Actor) -> SignUp:
    """Return one of the caller's own sign-ups.

    Raises:
        NotFound: it is not theirs.
    """
    sign_up = await session.get(SignUp, sign_up_id)
    if sign_up is None or by.account_id is None or sign_up.account_id != by.account_id:
        raise NotFound
    return sign_up


async def run_sign_up(session: AsyncSession, sign_up_id: UUID, *, by: Actor, now: datetime) -> SignUp:
    """Return a sign-up for an activity that the caller runs.

    Raises:
        NotFound: it is not theirs, or its person's account was deleted.
    """
    sign_up = await session.get(SignUp, sign_up_id)
    if sign_up is None or sign_up.account_id is None:
        raise NotFound
    await run_activity(session, sign_up.activity_id, by=by, now=now)
    return sign_up


async def run_shift(session: AsyncSession, shift_id: UUID, *, by: Actor, now: datetime) -> ActivityShift:
    """Return a shift of an activity that the caller runs.

    Raises:
        NotFound: it is not theirs.
    """
    shift = await session.get(ActivityShift, shift_id)
    if shift is None:
        raise NotFound
    await run_activity(session, shift.activity_id, by=by, now=now)
    return shift


async def of_shift(
    session: AsyncSession, shift_id: UUID, *, by: Actor
) -> Sequence[Row[SignUp, str, NoShow | None]]:
    """Return who signed up for a shift, by name, in the order of coming.

    Marks of absence are with it for the area's staff, who answer what is said against them; an objection is
    not for the eyes of whom it may be about.
    """
    answers = authority.covers(by, roles=STAFF, area=VolunteerActivity.area_code)
    query = (
        select(SignUp, Account.display_name, NoShow)
        .join(Account, Account.id == SignUp.account_id)
        .join(VolunteerActivity, VolunteerActivity.id == SignUp.activity_id)
        .outerjoin(NoShow, (NoShow.sign_up_id == SignUp.id) & answers)
        .where(SignUp.shift_id == shift_id)
        .order_by(SignUp.role_id, SignUp.line_no)
        .limit(2000)
    )
    return (await session.execute(query)).all()


async def own_sign_ups(
    session: AsyncSession, *, by: Actor, after: UUID | None, limit: int
) -> tuple[Sequence[Row[SignUp, ActivityShift, VolunteerActivity]], bool]:
    """Return a page of the caller's own sign-ups, the latest made first."""
    query = (
        select(SignUp, ActivityShift, VolunteerActivity)
        .join(ActivityShift, ActivityShift.id == SignUp.shift_id)
        .join(VolunteerActivity, VolunteerActivity.id == SignUp.activity_id)
        .where(SignUp.account_id == by.account_id)
        .order_by(SignUp.signed_up_at.desc(), SignUp.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        at = select(SignUp.signed_up_at).where(SignUp.id == after).scalar_subquery()
        query = query.where(tuple_(SignUp.signed_up_at, SignUp.id) < tuple_(at, after))
    rows = (await session.execute(query)).all()
    return rows[:limit], len(rows) > limit
