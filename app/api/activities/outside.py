"""What leaves the room: tasks near a rider, calendars, a month's figures and lines."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from app.api.activities.schemas import ActivityOut
from app.api.deps import AreaStaff, Now, OnceDep, ReadDep, SessionDep, Worker
from app.api.errors import problems
from app.api.schemas import AreaCodeText, In, Instant, LongText, Out, Position, ShortText, Text
from app.core import sheets
from app.core.errors import InvalidInput, KeyReused, NotFound, PositionForeign, PositionSwapped
from app.models import ActivityKind, ActivityState, PlaceKind
from app.services import activities, teams
from app.services.activities import PlaceDraft, calendar, figures, passing
from app.services.activities.passing import Task, TaskDraft

router = APIRouter(prefix="/activities", tags=["activities"])

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_POSITION = (PositionSwapped, PositionForeign)
_Area = Annotated[AreaCodeText, Query()]
_Month = Annotated[str, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
_Secret = Annotated[str, Path(min_length=20, max_length=80, pattern=r"^[A-Za-z0-9_-]+$")]


class TaskIn(In):
    """A short task at a point, to be done in passing until an instant."""

    id: UUID
    team_id: UUID
    area_code: AreaCodeText | None = None
    kind: ActivityKind
    title: Annotated[Text, Field(min_length=1, max_length=100)]
    content: LongText = ""
    place_text: ShortText = ""
    position: Position
    minutes: Annotated[int, Field(ge=1, le=60, strict=True, description="what it takes")]
    places: Annotated[int, Field(ge=1, le=100, strict=True)] = 1
    open_until: Instant

    def draft(self) -> TaskDraft:
        """Return it as the service takes it.

        Raises:
            PositionSwapped, PositionForeign: see there.
        """
        given = (self.position.lat, self.position.lon, self.position.coord_type)
        return TaskDraft(
            self.team_id,
            self.area_code,
            self.kind,
            self.title,
            self.content,
            PlaceDraft(PlaceKind.POINT, self.place_text, None, self.position.in_china(), given),
            self.minutes,
            self.places,
            self.open_until,
        )


class OfferedTaskOut(Out):
    """A task that is offered, and until when: never until within a meal peak."""

    activity: ActivityOut
    state: ActivityState
    open_until: AwareDatetime


class NearIn(In):
    """Where the rider is; in a body, because addresses are logged, and kept nowhere."""

    position: Position


class TaskOut(Out):
    """A task near by; its role is what to sign up for. Positions are WGS-84."""

    activity_id: UUID
    role_id: UUID
    title: str
    content: str
    place_text: str
    lat: float | None
    lon: float | None
    minutes: int | None
    open_until: AwareDatetime
    distance_m: int

    @classmethod
    def of(cls, task: Task) -> "TaskOut":
        """Return it."""
        return cls(
            activity_id=task.activity.id,
            role_id=task.role.id,
            title=task.activity.title,
            content=task.activity.content,
            place_text=task.activity.place_text,
            lat=task.activity.lat,
            lon=task.activity.lon,
            minutes=task.activity.task_minutes,
            open_until=task.open_until,
            distance_m=round(task.distance_m),
        )


class TaskList(Out):
    """Tasks near by, nearest first."""

    items: list[TaskOut]


class FeedOut(Out):
    """The secret address of one's calendar; it is not shown again."""

    path: str


class TeamMonthOut(Out):
    """A team's month; ``people`` are a number, ``satisfaction`` is null when fewer than five answered."""

    team_id: UUID
    team: str
    area_code: str
    activities: int
    shifts: int
    cancelled: int
    places_taken: int
    people: int
    no_shows: int
    answers: int
    satisfaction: float | None


class MonthOut(Out):
    """A month of an area's teams."""

    items: list[TeamMonthOut]


@router.post(
    "/on-the-way",
    status_code=201,
    response_model=OfferedTaskOut,
    responses=problems(
        NotFound,
        KeyReused,
        teams.TeamEnded,
        activities.ActivityInvalid,
        activities.InsuranceNeeded,
        *_POSITION,
    ),
)
async def offer_task(given: TaskIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep) -> Response:
    """Offer a short task to riders who pass; what would end in a meal peak ends after it."""

    async def work() -> OfferedTaskOut:
        activity, until = await passing.offer(session, given.id, given.draft(), by=by, now=now)
        return OfferedTaskOut(activity=ActivityOut.of(activity), state=activity.state, open_until=until)

    return await once(work, status=201)


@router.post("/on-the-way/nearby", responses=problems(*_POSITION))
async def list_tasks_nearby(given: NearIn, by: Worker, session: ReadDep, now: Now) -> TaskList:
    """List open tasks within two kilometres, nearest first; the position is used and not kept."""
    found = await passing.near(session, given.position.in_china(), by=by, now=now)
    return TaskList(items=[TaskOut.of(each) for each in found])


@router.post("/calendar", status_code=201)
async def open_calendar(by: Worker, session: SessionDep, now: Now) -> FeedOut:
    """Make the secret address of one's calendar; an earlier one opens nothing any more."""
    return FeedOut(path=f"/v1/activities/calendar/{await calendar.open_feed(session, by=by, now=now)}.ics")


@router.delete("/calendar", status_code=204)
async def close_calendar(by: Worker, session: SessionDep) -> None:
    """Take the address of one's calendar back."""
    await calendar.close_feed(session, by=by)


@router.get(
    "/calendar/{secret}.ics",
    response_class=Response,
    responses={
        200: {"description": "RFC 5545", "content": {"text/calendar": {}}},
        **problems(NotFound),
    },
)
async def read_calendar(secret: _Secret, session: ReadDep, now: Now) -> Response:
    """Read a calendar by its secret address: what, when, where, and nobody's name.

    It is in no cache: an address that was taken back shows nothing from that moment on.
    """
    content = await calendar.read_feed(session, secret, now=now)
    return Response(content, media_type="text/calendar; charset=utf-8")


@router.get("/figures", responses=problems(NotFound, InvalidInput))
async def see_month(area: _Area, month: _Month, by: AreaStaff, session: ReadDep) -> MonthOut:
    """See a month of an area's teams: shifts by the day they began, places, people, satisfaction."""
    found = await figures.of_month(session, area, figures.month_of(month), by=by)
    return MonthOut(items=[TeamMonthOut.model_validate(each) for each in found])


def _file(media_type: str) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": "a line for each shift", "content": {media_type: schema}}}


@router.get(
    "/export.csv", response_class=Response, responses={**_file(_CSV), **problems(NotFound, InvalidInput)}
)
async def export_activities_csv(area: _Area, month: _Month, by: AreaStaff, session: ReadDep) -> Response:
    """Export a month's shifts with the fields of an activity's record; volunteers are numbers."""
    found = await figures.lines(session, area, figures.month_of(month), by=by)
    headers = {"Content-Disposition": 'attachment; filename="activities.csv"', "Cache-Control": "no-store"}
    return Response(sheets.csv_table(figures.HEADINGS, found), media_type=_CSV, headers=headers)


@router.get(
    "/export.xlsx", response_class=Response, responses={**_file(_XLSX), **problems(NotFound, InvalidInput)}
)
async def export_activities_xlsx(area: _Area, month: _Month, by: AreaStaff, session: ReadDep) -> Response:
    """Export a month's shifts as a workbook."""
    found = await figures.lines(session, area, figures.month_of(month), by=by)
    headers = {"Content-Disposition": 'attachment; filename="activities.xlsx"', "Cache-Control": "no-store"}
    # Thousands of lines take a second, in which nobody else would be answered.
    content = await asyncio.to_thread(sheets.workbook, "志愿服务活动", figures.HEADINGS, found)
    return Response(content, media_type=_XLSX, headers=headers)
