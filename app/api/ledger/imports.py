"""Historic hours from another system's list, checked before anything is written."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, UploadFile
from starlette.responses import Response

from app.api.deps import Now, SessionDep, Worker
from app.api.errors import problems
from app.api.imports import XLSX, ImportReportOut, ReportFormat, attachment, file_answer
from app.core.errors import NotFound
from app.services.ledger import importing
from app.services.stations.exchange import FileUnreadable, ImportReport, mark, read_file

router = APIRouter(prefix="/ledger", tags=["ledger"])

MAX_ROWS = 2000  # what one request may hold a book for


@router.post(
    "/books/{book_id:uuid}/imports",
    response_model=ImportReportOut,
    responses=file_answer("the report", XLSX) | problems(FileUnreadable, NotFound),
)
async def import_hours(
    book_id: UUID,
    file: UploadFile,
    *,
    dry_run: Annotated[bool, Query(description="only say what would be done")] = False,
    skip_bad: Annotated[bool, Query(description="write the good rows although others are bad")] = False,
    report: ReportFormat = ReportFormat.JSON,
    by: Worker,
    session: SessionDep,
    now: Now,
) -> ImportReport | Response:
    """Record hours of the time before from a list (XLSX or CSV): a class of their own, for a second person.

    Nothing is written unless all rows are right, or ``skip_bad``; ``is_written`` says whether it was. The
    same list again changes nothing: rows are known by their number (原记录编号), or by all that they say. At
    most 2000 rows.
    """
    table = await asyncio.to_thread(read_file, await file.read(), importing.FORM)
    if len(table.rows) > MAX_ROWS:
        raise FileUnreadable(hint=f"网页一次最多导入 {MAX_ROWS} 行,请分成几个文件")
    found = await importing.import_hours(
        session, book_id, table, by=by, now=now, dry_run=dry_run, skip_bad=skip_bad
    )
    if report is ReportFormat.JSON:
        return found
    marked = await asyncio.to_thread(mark, table, found)
    return Response(marked, media_type=XLSX, headers=attachment("import-report.xlsx"))


@router.get("/import-template.xlsx", response_class=Response, responses=file_answer("an empty form", XLSX))
async def hours_template() -> Response:
    """Return an empty form for historic hours; for anybody."""
    return Response(importing.template(), media_type=XLSX, headers=attachment("hours-template.xlsx"))
