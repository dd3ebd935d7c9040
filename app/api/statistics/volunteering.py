"""A month of volunteering: activities, people, minutes by where they come from, how content, disputes."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.api.deps import CaseStaff, Now, ReadDep
from app.api.errors import problems
from app.api.schemas import AreaCodeText, Out
from app.api.statistics.schemas import Month
from app.core import sheets
from app.core.errors import NotFound
from app.models import Provenance
from app.services import statistics
from app.services.activities.figures import month_of

router = APIRouter(prefix="/statistics/volunteering", tags=["statistics"])

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_By = Annotated[statistics.VolunteersBy, Query(alias="by")]


class VolunteerDisputesOut(Out):
    """Disputes raised in the month: how many, how many were right, how many waited past their term."""

    raised: int
    upheld: int
    late: int


class VolunteerRowOut(Out):
    """A team's or a division's month; the share of typed minutes is ``manual_minutes`` over ``minutes``.

    ``people`` served minutes that count; fewer than five are null to others than the community's staff,
    and so is a second row that would give them away.
    ``satisfaction`` is null when fewer than five answered, ``disputes`` for a team. Imported minutes are in
    no other number but ``by_provenance``.
    """

    key: str
    name: str
    area_code: str
    activities: int
    shifts: int
    cancelled: int
    no_shows: int
    answers: int
    satisfaction: float | None
    people: int | None
    minutes: int
    manual_minutes: int
    imported_minutes: int
    by_provenance: dict[Provenance, int]
    disputes: VolunteerDisputesOut | None


class VolunteerMonthOut(Out):
    """A month of an area as a whole, and row by row in the order of codes."""

    total: VolunteerRowOut
    rows: list[VolunteerRowOut]


def _file(media_type: str) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": "a line for each row", "content": {media_type: schema}}}


def _as_file(content: str | bytes, media_type: str, ending: str) -> Response:
    name = f'attachment; filename="volunteering.{ending}"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


async def _found(
    area_code: AreaCodeText,
    month: Month,
    *,
    rows_by: _By = statistics.VolunteersBy.AREA,
    by: CaseStaff,
    session: ReadDep,
    now: Now,
) -> statistics.VolunteerMonth:
    return await statistics.volunteer_month(
        session, area_code, month_of(month), rows_by=rows_by, by=by, now=now
    )


_Found = Annotated[statistics.VolunteerMonth, Depends(_found)]


@router.get("", responses=problems(NotFound))
async def see_volunteering(found: _Found) -> VolunteerMonthOut:
    """See a month of an area's volunteering, by the divisions below it or by team; nobody is named."""
    return VolunteerMonthOut.model_validate(found)


@router.get("/export.csv", response_class=Response, responses={**_file(_CSV), **problems(NotFound)})
async def export_volunteering_csv(found: _Found) -> Response:
    """Take the month out as CSV."""
    return _as_file(sheets.csv_table(statistics.HEADINGS, statistics.lines_of(found)), _CSV, "csv")


@router.get("/export.xlsx", response_class=Response, responses={**_file(_XLSX), **problems(NotFound)})
async def export_volunteering_xlsx(found: _Found) -> Response:
    """Take the month out as a workbook."""
    content = sheets.workbook("志愿服务月报", statistics.HEADINGS, statistics.lines_of(found))
    return _as_file(content, _XLSX, "xlsx")
