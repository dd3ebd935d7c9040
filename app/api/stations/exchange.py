"""Station lists in and out: import with a report, export, an empty form."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, UploadFile
from starlette.responses import Response, StreamingResponse

from app.api.deps import AreaStaff, Now, RuntimeDep, SessionDep, StationStaff
from app.api.errors import problems
from app.api.imports import XLSX, ImportReportOut, ReportFormat, attachment, file_answer
from app.api.schemas import AreaCodeText
from app.core.errors import RoleMissing, SignInRequired
from app.core.geo import CoordType
from app.services.stations import CodeTaken, exchange
from app.services.stations.exchange import ExportFormat, FileUnreadable, ImportReport

router = APIRouter(prefix="/stations", tags=["stations"])

# What one request may hold a transaction for; the command line takes more.
MAX_ROWS = 2000
_MEDIA_TYPES = {
    ExportFormat.XLSX: XLSX,
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.GEOJSON: "application/geo+json",
}


@router.post(
    "/import",
    response_model=ImportReportOut,
    responses=file_answer("the report", XLSX)
    | problems(FileUnreadable, SignInRequired, RoleMissing, CodeTaken),
)
async def import_stations(
    file: UploadFile,
    *,
    dry_run: Annotated[bool, Query(description="only say what would be done")] = False,
    skip_bad: Annotated[bool, Query(description="write the good rows although others are bad")] = False,
    confirm_far: Annotated[
        bool, Query(description="somebody looked at the places that lie far from the rest of their division")
    ] = False,
    report: ReportFormat = ReportFormat.JSON,
    by: AreaStaff,
    session: SessionDep,
    now: Now,
) -> ImportReport | Response:
    """Bring stations to what a list (XLSX, CSV or GeoJSON) says of them, by their codes (编号).

    Nothing is written unless all rows are right, or ``skip_bad``; ``is_written`` says whether it was.
    Somebody else who takes a code in the same moment makes it fail as a whole: send it again.
    A column that the list lacks changes nothing; an empty cell empties its field. At most 2000 rows.
    """
    table = await asyncio.to_thread(exchange.read_file, await file.read())
    if len(table.rows) > MAX_ROWS:
        raise FileUnreadable(hint=f"网页一次最多导入 {MAX_ROWS} 行,请分成几个文件")
    found = await exchange.import_stations(
        session, table, by=by, now=now, dry_run=dry_run, skip_bad=skip_bad, confirm_far=confirm_far
    )
    if report is ReportFormat.JSON:
        return found
    marked = await asyncio.to_thread(exchange.mark, table, found)
    return Response(marked, media_type=XLSX, headers=attachment("import-report.xlsx"))


@router.get(
    "/export",
    response_class=Response,
    responses=file_answer("the stations in the caller's scope", *_MEDIA_TYPES.values())
    | problems(SignInRequired, RoleMissing),
)
async def export_stations(
    by: StationStaff,
    runtime: RuntimeDep,
    kind: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.XLSX,
    coord_type: Annotated[CoordType | None, Query(description="default: as they were given")] = None,
    area: AreaCodeText | None = None,
) -> Response:
    """Export the stations in the caller's scope; importing the file again changes nothing."""
    headers = attachment(f"stations.{kind}")
    if kind is ExportFormat.XLSX:
        workbook = await exchange.exported_workbook(runtime.db, by=by, area_code=area, coord_type=coord_type)
        return Response(workbook, media_type=XLSX, headers=headers)
    lines: AsyncIterator[str] = exchange.exported_lines(
        runtime.db, kind, by=by, area_code=area, coord_type=coord_type
    )
    return StreamingResponse(lines, media_type=_MEDIA_TYPES[kind], headers=headers)


@router.get(
    "/import-template.xlsx",
    response_class=Response,
    responses=file_answer("an empty form", XLSX),
)
async def import_template() -> Response:
    """Return an empty form with every column and how to fill it in; for anybody."""
    return Response(exchange.template(), media_type=XLSX, headers=attachment("stations-template.xlsx"))
