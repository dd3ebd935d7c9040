"""A station's month in numbers, for its staff."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.api.deps import Now, ReadDep, StationStaff
from app.api.errors import problems
from app.api.etag import tagged
from app.api.schemas import Out
from app.core.clock import local_day
from app.core.errors import InvalidInput, NotFound, RoleMissing, SignInRequired
from app.services.checkins import numbers

router = APIRouter(prefix="/stations/{station_id:uuid}", tags=["checkins"])

Month = Annotated[
    str | None,
    Query(
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$",
        description="a month in China, e.g. 2026-11; default: this one",
    ),
]


class OpeningOut(Out):
    """Promised opening by the hours as they stood at each instant, less the closures that staff entered.

    ``flagged_closed``: riders who found the door closed while it was promised open, on ``flagged_days``
    days. ``seen_quarters``: of ``promised_quarters``, those in which somebody was inside.
    """

    promised_minutes: int
    closed_minutes: int
    kept_minutes: int
    kept_share: float | None
    flagged_closed: int
    flagged_days: int
    promised_quarters: int
    seen_quarters: int


class PeakOut(Out):
    """The most that were inside at once, and the quarter of an hour in which they were."""

    occupancy: int
    starts_at: datetime


class NumbersOut(Out):
    """A station's month, from ``since`` up to ``until``.

    ``popular_times`` holds 168 hours from Monday 0 o'clock: how many are there at the hour's busiest, on
    average; null means fewer than three people.
    """

    station_id: UUID
    month: str
    since: datetime
    until: datetime
    opening: OpeningOut
    visits: int
    visitors: int
    peak: PeakOut | None
    popular_times: list[float | None]


@router.get(
    "/numbers",
    response_model=NumbersOut,
    responses=problems(SignInRequired, RoleMissing, NotFound, InvalidInput),
)
async def read_numbers(
    station_id: UUID, request: Request, *, month: Month = None, by: StationStaff, session: ReadDep, now: Now
) -> Response:
    """Return what was promised, kept and used in a month: counts, never who came."""
    first = local_day(now).replace(day=1) if month is None else date.fromisoformat(f"{month}-01")
    found = await numbers.numbers_of(session, station_id, month=first, by=by, now=now)
    return tagged(request, NumbersOut.model_validate(found))
