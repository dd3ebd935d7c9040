"""The official calendar: holidays and make-up workdays by year."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import Field

from app.api.deps import Now, ReadDep, SessionDep, allow
from app.api.errors import problems
from app.api.etag import tagged
from app.api.schemas import Day, In, Out, ShortText, Text
from app.models import DayKind
from app.services import areas, stations
from app.services.areas import Calendar, NoticeInvalid
from app.services.areas.notices import FIRST_YEAR, LAST_YEAR, Notice, NoticeDay

router = APIRouter(prefix="/areas/calendar", tags=["areas"])

Year = Annotated[int, Path(ge=FIRST_YEAR, le=LAST_YEAR)]


class CalendarDayIn(In):
    """A day that the notice moves out of its weekday rule."""

    on: Day
    kind: DayKind
    name: Annotated[Text, Field(min_length=1, max_length=50)]


class CalendarYearIn(In):
    """A year's notice, whole: what it does not name follows its weekday."""

    source: ShortText
    days: Annotated[list[CalendarDayIn], Field(max_length=120)]


class CalendarDayOut(Out):
    """A moved day."""

    on: date
    kind: DayKind
    name: str


class CalendarYearOut(Out):
    """A year. While ``provisional`` its notice is not published and weekdays alone decide."""

    year: int
    provisional: bool
    days: list[CalendarDayOut]


def _year_out(calendar: Calendar, year: int) -> CalendarYearOut:
    days = [
        CalendarDayOut(on=on, kind=kind, name=calendar.names[on])
        for on, kind in sorted(calendar.days.items())
        if on.year == year
    ]
    return CalendarYearOut(year=year, provisional=calendar.is_provisional(year), days=days)


@router.get("/{year}", response_model=CalendarYearOut)
async def get_calendar(year: Year, request: Request, session: ReadDep) -> Response:
    """Give a year's holidays and make-up workdays."""
    return tagged(request, _year_out(await areas.load_calendar(session), year))


@router.put("/{year}", dependencies=[Depends(allow())], responses=problems(NoticeInvalid))
async def put_calendar(
    year: Year,
    given: CalendarYearIn,
    session: SessionDep,
    now: Now,
) -> CalendarYearOut:
    """Store the State Council's notice for a year; every station's hours follow within a second."""
    days = tuple(NoticeDay(each.on, each.kind, each.name) for each in given.days)
    if await areas.publish(session, Notice(year, given.source, days), now=now):
        await stations.calendar_changed(session, now=now)
    return _year_out(await areas.load_calendar(session), year)
