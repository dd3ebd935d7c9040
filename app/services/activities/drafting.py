"""Activities as their organisers write them, and their way to being published or called off."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound
from app.core.geo import CoordType, Point
from app.core.ids import new_id
from app.models import (
    ActivityKind,
    ActivityShift,
    ActivityState,
    PlaceKind,
    ShiftRole,
    SignUpMode,
    Station,
    VolunteerActivity,
    VolunteerTeam,
)
from app.services import areas, authority, outbox, teams
from app.services.activities import lifecycle, queries, rules
from app.services.activities.errors import ActivityInvalid, IllegalMove, InsuranceNeeded
from app.services.activities.events import ActivityMoved
from app.services.activities.lifecycle import ActivityMove
from app.services.activities.recurrence import starts_of
from app.services.teams.queries import STAFF

FURTHEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class RoleDraft:
    """What somebody does, how many can, who may."""

    name: str
    places: int
    adults_only: bool = False
    qualification: str | None = None
    needs_insurance: bool = False


@dataclass(frozen=True, slots=True)
class ShiftDraft:
    """One time of an activity with its roles."""

    starts_at: datetime
    ends_at: datetime
    roles: Sequence[RoleDraft]
    break_minutes: int = 0


@dataclass(frozen=True, slots=True)
class PlaceDraft:
    """Where it is: a position as it was given and as WGS-84, a station, an area, or online."""

    kind: PlaceKind
    text: str
    station_id: UUID | None = None
    point: Point | None = None
    given: tuple[float, float, CoordType] | None = None


@dataclass(frozen=True, slots=True)
class Insurance:
    """The accident insurance that an organiser bought, both days included."""

    insurer: str
    policy_number: str
    insured_from: date
    insured_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What may be said anew of an activity as long as it goes on."""

    area_code: str | None
    title: str
    content: str
    service_objects: str
    risks: str
    place: PlaceDraft
    insurance: Insurance | None
    withdraw_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDraft(Described):
    """An activity as its organiser describes it; with ``rrule`` its one shift recurs."""

    team_id: UUID
    kind: ActivityKind
    mode: SignUpMode
    is_dangerous: bool
    rrule: str | None
    least_presence_percent: int
    shifts: Sequence[ShiftDraft]
    is_on_the_way: bool = False
    task_minutes: int | None = None


async def write(
    session: AsyncSession, activity_id: UUID, draft: ActivityDraft, *, by: Actor, now: datetime
) -> VolunteerActivity:
    """Write a new activity; the same id again is the same one, as it is by now.

    Raises:
        NotFound: the team is not the caller's to run, or the place is none.
        ActivityInvalid, RecurrenceUnreadable: see there.
        TeamEnded: the team was dissolved.
        KeyReused: the id is another team's activity.
    """
    team = await teams.run_team(session, draft.team_id, by=by, now=now)
    await locks.alone(session, activity_id)
    if (kept := await session.get(VolunteerActivity, activity_id)) is not None:
        if (kept.team_id, kept.title) != (draft.team_id, draft.title):
            raise KeyReused
        return kept
    await teams.open_team(session, team.id)
    activity = VolunteerActivity(id=activity_id, state=ActivityState.DRAFT, reason="", version=1, made_at=now)
    await _fill(session, activity, draft, team, by=by, now=now)
    session.add(activity)
    await session.flush()
    _add_shifts(session, activity.id, draft, now=now)
    await session.flush()
    return activity


async def edit(
    session: AsyncSession,
    activity_id: UUID,
    draft: ActivityDraft,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> VolunteerActivity:
    """Change an activity that is still a draft, its shifts with it.

    Raises:
        NotFound, EditConflict, ActivityInvalid, RecurrenceUnreadable: see there.
        IllegalMove: it is no draft any more: call it off, or a shift of it, and write another; or it is a
            task on the way, which is offered anew.
    """
    activity = await queries.run_activity(session, activity_id, by=by, now=now, version=version)
    if activity.state is not ActivityState.DRAFT or activity.is_on_the_way:
        raise IllegalMove(state="on_the_way" if activity.is_on_the_way else activity.state.value)
    team = await teams.run_team(session, draft.team_id, by=by, now=now)
    await _fill(session, activity, draft, team, by=by, now=now)
    activity.version += 1
    shift_ids = [shift.id for shift in await queries.shifts_of(session, activity_id)]
    await session.execute(delete(ShiftRole).where(ShiftRole.shift_id.in_(shift_ids)))
    await session.execute(delete(ActivityShift).where(ActivityShift.id.in_(shift_ids)))
    _add_shifts(session, activity_id, draft, now=now)
    await session.flush()
    return activity


async def submit(
    session: AsyncSession, activity_id: UUID, *, version: int, by: Actor, now: datetime
) -> VolunteerActivity:
    """Publish an activity, or, where its area wants to approve, lay it before its staff.

    Raises:
        NotFound, EditConflict, IllegalMove: see there.
        InsuranceNeeded: see there.
        ActivityInvalid: all of its shifts have begun.
        TeamEnded: the team was dissolved meanwhile.
    """
    activity = await queries.run_activity(session, activity_id, by=by, now=now, version=version)
    await teams.open_team(session, activity.team_id)
    await check_ready(session, activity, now=now)
    waits = await needs_approval(session, activity.area_code, by=by)
    move = ActivityMove.SUBMIT if waits else ActivityMove.PUBLISH
    _move(session, activity, move, by=by, now=now)
    return activity


async def needs_approval(session: AsyncSession, area_code: str, *, by: Actor) -> bool:
    """Tell whether an area wants to approve what the caller, who is not of its staff, publishes."""
    policy = await queries.policy_of(session, area_code)
    approves = policy is not None and policy.needs_approval
    return approves and not authority.may(by, roles=STAFF, area_code=area_code)


async def decide(
    session: AsyncSession,
    activity_id: UUID,
    *,
    approves: bool,
    reason: str,
    version: int,
    by: Actor,
    now: datetime,
) -> VolunteerActivity:
    """Publish what was laid before an area's staff, or send it back with a reason.

    Raises:
        NotFound, EditConflict, IllegalMove: see there.
        InsuranceNeeded, ActivityInvalid: it can be published no more.
    """
    activity = await queries.to_decide(session, activity_id, by=by, version=version)
    lifecycle.activity_after(activity.state, ActivityMove.SEND_BACK)  # only what was laid before them
    if approves:
        await check_ready(session, activity, now=now)
    activity.reason = reason
    activity.decided_at, activity.decided_by = now, by.account_id
    _move(session, activity, ActivityMove.PUBLISH if approves else ActivityMove.SEND_BACK, by=by, now=now)
    return activity


def move_on(
    session: AsyncSession, activity: VolunteerActivity, move: ActivityMove, *, by: Actor, now: datetime
) -> None:
    """Bring an activity to its next state, and say so."""
    _move(session, activity, move, by=by, now=now)


def _move(
    session: AsyncSession, activity: VolunteerActivity, move: ActivityMove, *, by: Actor, now: datetime
) -> None:
    was = activity.state
    activity.state = lifecycle.activity_after(was, move)
    activity.version += 1
    activity.changed_at, activity.changed_by = now, by.account_id
    if move is ActivityMove.PUBLISH:
        activity.published_at = now
    event = ActivityMoved(activity.id, activity.state.value, was.value)
    outbox.record(session, event, now=now, area_code=activity.area_code)


async def check_ready(session: AsyncSession, activity: VolunteerActivity, *, now: datetime) -> None:
    """Return when an activity may stand before the public.

    Raises:
        ActivityInvalid: all of its shifts have begun.
        InsuranceNeeded: see there.
    """
    coming = [each for each in await queries.shifts_of(session, activity.id) if each.starts_at > now]
    if not coming and not activity.is_on_the_way:
        raise ActivityInvalid(hint="shifts")
    roles = [
        role for held in (await queries.roles_of(session, [s.id for s in coming])).values() for role in held
    ]
    if activity.is_dangerous or any(role.needs_insurance for role in roles):
        spans = [(each.starts_at, each.ends_at) for each in coming]
        if not rules.is_insured(activity.insured_from, activity.insured_to, spans):
            raise InsuranceNeeded


async def _fill(
    session: AsyncSession,
    activity: VolunteerActivity,
    draft: ActivityDraft,
    team: VolunteerTeam,
    *,
    by: Actor,
    now: datetime,
) -> None:
    activity.team_id = draft.team_id
    for name in ("kind", "mode", "rrule", "least_presence_percent", "is_on_the_way", "task_minutes"):
        setattr(activity, name, getattr(draft, name))
    activity.is_dangerous = draft.is_dangerous or draft.kind in rules.DANGEROUS
    await describe(session, activity, draft, team, by=by, now=now)


async def describe(
    session: AsyncSession,
    activity: VolunteerActivity,
    draft: Described,
    team: VolunteerTeam,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Write down what is said of an activity.

    Raises:
        NotFound: the area is neither its team's nor the caller's.
        ActivityInvalid: the place is none.
    """
    place, insurance = draft.place, draft.insurance
    activity.area_code = await _area(session, draft, team, by=by)
    for name in ("title", "content", "service_objects", "risks", "withdraw_minutes"):
        setattr(activity, name, getattr(draft, name))
    activity.place_kind, activity.place_text, activity.station_id = place.kind, place.text, place.station_id
    activity.lat, activity.lon = (None, None) if place.point is None else (place.point.lat, place.point.lon)
    activity.given_lat, activity.given_lon, activity.given_coord_type = place.given or (None, None, None)
    for name in ("insurer", "policy_number", "insured_from", "insured_to"):
        setattr(activity, name, None if insurance is None else getattr(insurance, name))
    activity.changed_at, activity.changed_by = now, by.account_id


async def _area(session: AsyncSession, draft: Described, team: VolunteerTeam, *, by: Actor) -> str:
    """Return where an activity is: at its station, where its draft says, or at its team's home."""
    if draft.place.kind is PlaceKind.POINT and draft.place.point is None:
        raise ActivityInvalid(hint="place.position")
    code = draft.area_code or team.area_code
    if draft.place.kind is PlaceKind.STATION:
        code = await _area_of_station(session, draft.place.station_id)
    organisation = await teams.get_organisation(session, team.organisation_id)
    at_home = any(authority.is_within(code, each) for each in (team.area_code, organisation.area_code))
    if not at_home and not authority.may(by, roles=STAFF, area_code=code):
        raise NotFound
    if not await areas.exists(session, code):
        raise NotFound
    return code


async def _area_of_station(session: AsyncSession, station_id: UUID | None) -> str:
    station = None if station_id is None else await session.get(Station, station_id)
    if station is None:
        raise ActivityInvalid(hint="place.station_id")
    return station.area_code


def _add_shifts(session: AsyncSession, activity_id: UUID, draft: ActivityDraft, *, now: datetime) -> None:
    is_dangerous = draft.is_dangerous or draft.kind in rules.DANGEROUS
    for each in _recurring(draft):
        add_shift(session, activity_id, each, is_dangerous=is_dangerous, now=now)


def add_shift(
    session: AsyncSession, activity_id: UUID, draft: ShiftDraft, *, is_dangerous: bool, now: datetime
) -> ActivityShift:
    """Write a shift with its roles; what is dangerous is for adults.

    Raises:
        ActivityInvalid: its times cannot be meant.
    """
    check_shift(draft, now=now)
    shift = ActivityShift(
        id=new_id(),
        activity_id=activity_id,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        break_minutes=draft.break_minutes,
        cancel_reason="",
    )
    session.add(shift)
    for role in draft.roles:
        add_role(session, shift.id, role, is_dangerous=is_dangerous)
    return shift


def add_role(session: AsyncSession, shift_id: UUID, draft: RoleDraft, *, is_dangerous: bool) -> None:
    """Write a role of a shift."""
    session.add(
        ShiftRole(
            id=new_id(),
            shift_id=shift_id,
            name=draft.name,
            places=draft.places,
            adults_only=draft.adults_only or is_dangerous,
            qualification=draft.qualification,
            needs_insurance=draft.needs_insurance,
        )
    )


def _recurring(draft: ActivityDraft) -> list[ShiftDraft]:
    """Return all shifts of a draft; a rule repeats its only one."""
    if draft.rrule is None:
        return list(draft.shifts)
    if len(draft.shifts) != 1:
        raise ActivityInvalid(hint="rrule: one shift")
    [first] = draft.shifts
    lasts = first.ends_at - first.starts_at
    return [
        replace(first, starts_at=at, ends_at=at + lasts) for at in starts_of(draft.rrule, first.starts_at)
    ]


def check_shift(shift: ShiftDraft, *, now: datetime) -> None:
    """Return when a shift's times can be meant.

    Raises:
        ActivityInvalid: they cannot.
    """
    lasts = shift.ends_at - shift.starts_at
    if not timedelta() < lasts <= rules.LONGEST_SHIFT:
        raise ActivityInvalid(hint="shifts.ends_at")
    if not now - timedelta(days=1) <= shift.starts_at <= now + FURTHEST:
        raise ActivityInvalid(hint="shifts.starts_at")
    if timedelta(minutes=shift.break_minutes) >= lasts:
        raise ActivityInvalid(hint="shifts.break_minutes")
