"""A desk's cases as a file of any size."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from app.api.deps import CaseStaff, Now, RuntimeDep
from app.api.reports.desk_schemas import FilterIn
from app.models import DisclosureKind
from app.services import reports

router = APIRouter(prefix="/reports", tags=["reports"])

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _file(media_type: str) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": "the cases, newest first", "content": {media_type: schema}}}


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


@router.get("/export.csv", response_class=Response, responses=_file(_CSV))
async def export_csv(
    query: Annotated[FilterIn, Query()], by: CaseStaff, runtime: RuntimeDep, now: Now
) -> Response:
    """Export the cases of one's desk that a filter wants; who did is kept, and stands in the file."""
    wanted = reports.Wanted(query.read(), DisclosureKind.CSV, by, now)
    lines = reports.exported_csv(runtime.db, wanted)
    return StreamingResponse(lines, media_type=_CSV, headers=_headers("cases.csv"))


@router.get("/export.xlsx", response_class=Response, responses=_file(_XLSX))
async def export_xlsx(
    query: Annotated[FilterIn, Query()], by: CaseStaff, runtime: RuntimeDep, now: Now
) -> Response:
    """Export the cases of one's desk as a workbook; after a million rows another sheet goes on."""
    wanted = reports.Wanted(query.read(), DisclosureKind.XLSX, by, now)
    pieces = reports.exported_xlsx(runtime.db, wanted)
    return StreamingResponse(pieces, media_type=_XLSX, headers=_headers("cases.xlsx"))
