"""Changing what is published: who signed up is told, and may leave when something else was agreed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import ActivityShift, ActivityState, ShiftRole, SignUp, SignUpState, VolunteerActivity
from app.services import outbox, teams
from app.services.activities import drafting, queries, recurrence, signing
from app.services.activities.drafting import Described, RoleDraft, ShiftDraft
from app.services.activities.errors import ActivityInvalid, ChangeNeedsApproval, IllegalMove, PlacesTaken
from app.services.activities.events import ShiftChanged

# Of these somebody has agreed, or asked, to come as it was.
_AGREED = (SignUpState.BOOKED, SignUpState.ASKED)


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A role as it is to be; without an id a new one."""

    id: UUID | None
    draft: RoleDraft


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """A shift that has yet to begin as it is to be; without an id a new one. Roles not named stay."""

    id: UUID | None
    draft: ShiftDraft
    roles: Sequence[RoleChange]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityChange(Described):
    """A published activity as it is to be, and why; shifts not named stay as they are."""

    reason: str
    shifts: Sequence[ShiftChange]


@dataclass(frozen=True, slots=True)
class _Held:
    """What of an activity has yet to come, its roles locked."""

    activity: VolunteerActivity
    shifts: Mapping[UUID, ActivityShift]
    roles: Mapping[UUID, ShiftRole]


async def change(
    session: AsyncSession,
    activity_id: UUID,
    draft: ActivityChange,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> VolunteerActivity:
    """Change a published activity: its words, its place, its shifts to come, their roles.

    Where the time, the place, the risks or a role's conditions become others, everybody who signed up is
    told, and who had a place may give it back until the shift begins. More places are offered in the order
    of coming.

    Raises:
        NotFound, EditConflict, ActivityInvalid, InsuranceNeeded: see there.
        IllegalMove: it is not published, or a task on the way, which is called off and offered anew.
        ChangeNeedsApproval: the area approves activities, and the caller is not of its staff.
        PlacesTaken: a role would have fewer places than are taken.
    """
    activity = await queries.run_activity(session, activity_id, by=by, now=now, version=version)
    if activity.state is not ActivityState.PUBLISHED or activity.is_on_the_way:
        raise IllegalMove(state="on_the_way" if activity.is_on_the_way else activity.state.value)
    held = await _hold(session, activity, now=now)
    was, areas = _agreed(activity), {activity.area_code}
    team = await teams.get_team(session, activity.team_id)
    await drafting.describe(session, activity, draft, team, by=by, now=now)
    for area_code in areas | {activity.area_code}:
        if await drafting.needs_approval(session, area_code, by=by):
            raise ChangeNeedsApproval
    activity.reason, activity.version = draft.reason, activity.version + 1
    changed = set(held.shifts) if _agreed(activity) != was else set()
    for each in draft.shifts:
        if _change_shift(session, held, each, now=now) and each.id is not None:
            changed.add(each.id)
    await session.flush()
    if len(await queries.shifts_of(session, activity.id)) > recurrence.MOST:
        raise ActivityInvalid(hint="shifts")
    await drafting.check_ready(session, activity, now=now)
    await _set_free(session, held, changed, now=now)
    for role in held.roles.values():
        await signing.promote(session, role, held.shifts[role.shift_id], activity, now=now)
    return activity


async def _hold(session: AsyncSession, activity: VolunteerActivity, *, now: datetime) -> _Held:
    shifts = {
        shift.id: shift
        for shift in await queries.shifts_of(session, activity.id)
        if shift.starts_at > now and shift.cancelled_at is None
    }
    return _Held(activity, shifts, await queries.lock_roles(session, shifts))


def _agreed(activity: VolunteerActivity) -> tuple[object, ...]:
    """Return what people agree to of an activity as a whole when they sign up."""
    place = (activity.place_kind, activity.place_text, activity.station_id, activity.lat, activity.lon)
    return (*place, activity.risks)


def _change_shift(session: AsyncSession, held: _Held, given: ShiftChange, *, now: datetime) -> bool:
    """Change a shift or add one, and tell whether something else is agreed to by it."""
    if given.draft.starts_at <= now:
        raise ActivityInvalid(hint="shifts.starts_at")
    is_dangerous = held.activity.is_dangerous
    if given.id is None:
        roles = [role.draft for role in given.roles]
        whole = replace(given.draft, roles=roles)
        drafting.add_shift(session, held.activity.id, whole, is_dangerous=is_dangerous, now=now)
        return False
    shift = held.shifts.get(given.id)
    if shift is None:
        raise ActivityInvalid(hint="shifts.id")
    drafting.check_shift(given.draft, now=now)
    is_other = _put(
        shift,
        starts_at=given.draft.starts_at,
        ends_at=given.draft.ends_at,
        break_minutes=given.draft.break_minutes,
    )
    for each in given.roles:
        if each.id is None:
            drafting.add_role(session, shift.id, each.draft, is_dangerous=is_dangerous)
        else:
            is_other |= _change_role(held, shift, each.id, each.draft)
    return is_other


def _change_role(held: _Held, shift: ActivityShift, role_id: UUID, draft: RoleDraft) -> bool:
    role = held.roles.get(role_id)
    if role is None or role.shift_id != shift.id:
        raise ActivityInvalid(hint="roles.id")
    if draft.places < role.taken:
        raise PlacesTaken(taken=role.taken)
    role.name, role.places, role.needs_insurance = draft.name, draft.places, draft.needs_insurance
    adults_only = draft.adults_only or held.activity.is_dangerous
    return _put(role, adults_only=adults_only, qualification=draft.qualification)


def _put(row: ActivityShift | ShiftRole, **given: object) -> bool:
    """Write some columns, and tell whether any of them was another."""
    was = {name: getattr(row, name) for name in given}
    for name, value in given.items():
        setattr(row, name, value)
    return was != given


async def _set_free(session: AsyncSession, held: _Held, changed: Collection[UUID], *, now: datetime) -> None:
    for row in await queries.live_at(session, changed):
        if row.state in _AGREED:
            row.free_to_leave_since = now
        row.reminded_at = None
        _shorten(row, held.shifts[row.shift_id])
    for shift_id in sorted(changed):
        event = ShiftChanged(shift_id, held.activity.id)
        outbox.record(session, event, now=now, area_code=held.activity.area_code)


def _shorten(row: SignUp, shift: ActivityShift) -> None:
    """Have an offer end before its shift as it is now: who lets it pass leaves time for another."""
    if row.offer_ends_at is not None:
        row.offer_ends_at = min(row.offer_ends_at, shift.starts_at - signing.TOO_SOON)
