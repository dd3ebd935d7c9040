"""Selects over attendance: whose shift it is, who is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.geo import Point
from app.models import (
    Account,
    ActivityShift,
    Attendance,
    RefreshToken,
    SignUp,
    SignUpState,
    Station,
    VolunteerActivity,
    VolunteerOrganisation,
    VolunteerTeam,
)
from app.services import authority
from app.services.attendance.errors import NotBooked
from app.services.attendance.rules import Hours
from app.services.checkins.evidence import Fence
from app.services.ledger import scope
from app.services.teams.queries import STAFF, run_by

# A meeting point out of doors; a station has a fence of its own.
POINT_FENCE_M = 150.0
# A place that was given, also to somebody who was marked absent too early.
_PLACED = (SignUpState.BOOKED, SignUpState.NO_SHOW)
_MOST_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class Booked:
    """Somebody's place in a shift, where that is, and for which organisation."""

    sign_up: SignUp
    shift: ActivityShift
    activity: VolunteerActivity
    organisation: VolunteerOrganisation
    station_secret: bytes | None
    fence: Fence | None

    @property
    def hours(self) -> Hours:
        """The shift as it was planned, or as much of it as was held before it was called off."""
        shift = self.shift
        planned = Hours(
            shift.starts_at, shift.ends_at, shift.break_minutes, self.activity.least_presence_percent
        )
        return planned if shift.cancelled_at is None else planned.until(shift.cancelled_at)


_Columns = tuple[
    SignUp,
    ActivityShift,
    VolunteerActivity,
    VolunteerOrganisation,
    bytes | None,
    float | None,
    float | None,
    int | None,
]


def _places() -> Select[*_Columns]:
    return (
        select(
            SignUp,
            ActivityShift,
            VolunteerActivity,
            VolunteerOrganisation,
            Station.code_secret,
            Station.lat,
            Station.lon,
            Station.geofence_m,
        )
        .join(ActivityShift, ActivityShift.id == SignUp.shift_id)
        .join(VolunteerActivity, VolunteerActivity.id == SignUp.activity_id)
        .join(VolunteerTeam, VolunteerTeam.id == VolunteerActivity.team_id)
        .join(VolunteerOrganisation, VolunteerOrganisation.id == VolunteerTeam.organisation_id)
        .outerjoin(Station, Station.id == VolunteerActivity.station_id)
        .where(
            or_(
                and_(SignUp.state.in_(_PLACED), ActivityShift.cancelled_at.is_(None)),
                # It was called off while they were there: what they served until then is theirs.
                and_(
                    SignUp.state == SignUpState.CANCELLED,
                    exists().where(Attendance.sign_up_id == SignUp.id),
                ),
            )
        )
    )


def _booked(row: Row[*_Columns]) -> Booked:
    sign_up, shift, activity, organisation, secret, lat, lon, radius_m = row
    fence = None
    if lat is not None and lon is not None and radius_m is not None:
        fence = Fence(Point(lat, lon), radius_m)
    elif activity.lat is not None and activity.lon is not None:
        fence = Fence(Point(activity.lat, activity.lon), POINT_FENCE_M)
    return Booked(sign_up, shift, activity, organisation, secret, fence)


async def own_place(session: AsyncSession, shift_id: UUID, *, by: Actor) -> Booked:
    """Return the caller's place in a shift.

    Raises:
        NotBooked: they have none.
    """
    query = _places().where(SignUp.shift_id == shift_id, SignUp.account_id == by.account_id)
    row = (await session.execute(query)).one_or_none()
    if row is None or by.account_id is None:
        raise NotBooked
    return _booked(row)


async def places_of_shift(
    session: AsyncSession, shift_id: UUID, *, only: Sequence[UUID]
) -> dict[UUID, Booked]:
    """Return some of the places of a shift, by sign-up."""
    query = _places().where(SignUp.shift_id == shift_id, SignUp.id.in_(only), SignUp.account_id.is_not(None))
    return {row[0].id: _booked(row) for row in await session.execute(query)}


async def run_shift(session: AsyncSession, shift_id: UUID, *, by: Actor, now: datetime) -> ActivityShift:
    """Return a shift of an activity that the caller runs: of their team, or of their area.

    Who was there is for the organiser, the organisation and the area to say; sysadmins run the system.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    by = scope.desk_only(by)
    query = (
        select(ActivityShift)
        .join(VolunteerActivity, VolunteerActivity.id == ActivityShift.activity_id)
        .join(VolunteerTeam, VolunteerTeam.id == VolunteerActivity.team_id)
        .where(
            ActivityShift.id == shift_id,
            or_(
                run_by(by, now=now),
                authority.covers(by, roles=STAFF, area=VolunteerActivity.area_code),
            ),
        )
    )
    shift = await session.scalar(query)
    if shift is None:
        raise NotFound
    return shift


async def there(session: AsyncSession, shift_id: UUID) -> Sequence[Row[SignUp, str, Attendance | None]]:
    """Return who has a place in a shift, by name, with their attendance."""
    query = (
        select(SignUp, Account.display_name, Attendance)
        .join(Account, Account.id == SignUp.account_id)
        .outerjoin(Attendance, Attendance.sign_up_id == SignUp.id)
        .where(
            SignUp.shift_id == shift_id,
            or_(
                SignUp.state.in_(_PLACED),
                and_(SignUp.state == SignUpState.CANCELLED, Attendance.sign_up_id.is_not(None)),
            ),
        )
        .order_by(Account.display_name, SignUp.id)
    )
    return (await session.execute(query.limit(_MOST_SHOWN))).all()


async def locked(session: AsyncSession, sign_up_id: UUID) -> Attendance | None:
    """Return an attendance, locked."""
    query = select(Attendance).where(Attendance.sign_up_id == sign_up_id).with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


async def own(session: AsyncSession, *, by: Actor) -> Sequence[Row[Attendance, str]]:
    """Return the caller's last attendances with what the activities were, the newest first."""
    query = (
        select(Attendance, VolunteerActivity.title)
        .join(ActivityShift, ActivityShift.id == Attendance.shift_id)
        .join(VolunteerActivity, VolunteerActivity.id == ActivityShift.activity_id)
        .where(and_(Attendance.account_id == by.account_id, Attendance.account_id.is_not(None)))
        .order_by(Attendance.in_at.desc())
        .limit(100)
    )
    return (await session.execute(query)).all()


async def device_of(session: AsyncSession, session_id: UUID | None) -> UUID | None:
    """Return the phone of a sign-in."""
    if session_id is None:
        return None
    query = select(RefreshToken.device_id).where(RefreshToken.family_id == session_id).limit(1)
    return await session.scalar(query)
