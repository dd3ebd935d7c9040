"""顺路任务: short tasks near a rider, done in passing. Where the rider is, is asked and not kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.geo import Point
from app.core.geodesy import geodesic_m
from app.models import (
    ActivityKind,
    ActivityShift,
    ActivityState,
    ShiftRole,
    SignUpMode,
    VolunteerActivity,
)
from app.services.activities import drafting, rules
from app.services.activities.drafting import ActivityDraft, PlaceDraft, RoleDraft, ShiftDraft
from app.services.activities.errors import ActivityInvalid

AROUND_M = 2000  # a few minutes by scooter
LONGEST_OPEN = timedelta(hours=12)
_MOST = 30
_MOST_LOOKED_AT = 500
_M_PER_DEGREE = 111_000.0


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A task as its organiser describes it: how long it takes, and until when it may be done."""

    team_id: UUID
    area_code: str | None
    kind: ActivityKind
    title: str
    content: str
    place: PlaceDraft
    minutes: int
    places: int
    open_until: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """An open task, its role to sign up for, until when, and how far away it is."""

    activity: VolunteerActivity
    role: ShiftRole
    open_until: datetime
    distance_m: float


async def offer(
    session: AsyncSession, activity_id: UUID, draft: TaskDraft, *, by: Actor, now: datetime
) -> tuple[VolunteerActivity, datetime]:
    """Offer a task from now on, and return until when: what would end in a meal peak ends after it.

    Where the area approves activities it waits for that, and is open for as long as is left.

    Raises:
        NotFound, TeamEnded, KeyReused: as for every activity.
        ActivityInvalid: it would be open for no time, or for over twelve hours.
        InsuranceNeeded: what may be dangerous is not done in passing.
    """
    if not now < draft.open_until <= now + LONGEST_OPEN:
        raise ActivityInvalid(hint="open_until")
    until = rules.past_peak(draft.open_until)
    whole = ActivityDraft(
        team_id=draft.team_id,
        area_code=draft.area_code,
        kind=draft.kind,
        title=draft.title,
        content=draft.content,
        service_objects="",
        risks="",
        place=draft.place,
        mode=SignUpMode.FIRST_COME,
        is_dangerous=False,
        insurance=None,
        rrule=None,
        withdraw_minutes=0,
        least_presence_percent=0,
        shifts=[ShiftDraft(now, until, [RoleDraft("顺路任务", draft.places)])],
        is_on_the_way=True,
        task_minutes=draft.minutes,
    )
    activity = await drafting.write(session, activity_id, whole, by=by, now=now)
    if activity.state is ActivityState.DRAFT:
        await drafting.submit(session, activity_id, version=activity.version, by=by, now=now)
    shift = (
        await session.scalars(select(ActivityShift).where(ActivityShift.activity_id == activity_id))
    ).one()
    return activity, shift.ends_at


async def near(session: AsyncSession, here: Point, *, by: Actor, now: datetime) -> Sequence[Task]:
    """Return up to 30 open tasks within two kilometres with a free place, nearest first.

    Who took back the consent to be located is not looked for: nothing is near nobody.
    """
    if by.withholds_position:
        return ()
    d_lat = AROUND_M / _M_PER_DEGREE
    narrowing = cos(radians(here.lat))
    d_lon = d_lat / narrowing
    lat, lon = VolunteerActivity.lat - here.lat, (VolunteerActivity.lon - here.lon) * narrowing
    query = (
        select(VolunteerActivity, ShiftRole, ActivityShift.ends_at)
        .join(ActivityShift, ActivityShift.activity_id == VolunteerActivity.id)
        .join(ShiftRole, ShiftRole.shift_id == ActivityShift.id)
        .where(
            VolunteerActivity.is_on_the_way,
            VolunteerActivity.state == ActivityState.PUBLISHED,
            VolunteerActivity.lat.between(here.lat - d_lat, here.lat + d_lat),
            VolunteerActivity.lon.between(here.lon - d_lon, here.lon + d_lon),
            ActivityShift.cancelled_at.is_(None),
            ActivityShift.ends_at > now,
            ShiftRole.taken < ShiftRole.places,
        )
        .order_by(lat * lat + lon * lon)  # near enough to choose whom to measure
        .limit(_MOST_LOOKED_AT)
    )
    found = [
        Task(activity, role, until, geodesic_m(here, Point(activity.lat or 0.0, activity.lon or 0.0)))
        for activity, role, until in await session.execute(query)
    ]
    inside = [each for each in found if each.distance_m <= AROUND_M]
    return sorted(inside, key=lambda each: (each.distance_m, each.activity.id))[:_MOST]
