"""Cases as a table of any size: one chunk in memory, no transaction held while a slow reader reads.

Confidential cases are absent; nothing says who reported, and numbers of people in free text are covered.
Who took which rows is kept, and stands in the file's first and last line.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any, TypeAlias
from uuid import UUID

import xlsxwriter
from sqlalchemy import select, update

from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.db import Database
from app.core.ids import new_id
from app.core.sheets import BYTE_ORDER_MARK, RISKY, WORKBOOK_OPTIONS, csv_lines, guarded, printable
from app.models import (
    CaseDisclosure,
    Category,
    DisclosureKind,
    HandlingUnit,
    Outcome,
    Report,
    ReportState,
    Urgency,
)
from app.services.accounts import editors
from app.services.accounts.readlog import office_of
from app.services.reports import lists, numbers
from app.services.reports.cells import lies_nowhere
from app.services.reports.filters import CaseFilter, parts
from app.services.reports.masking import masked

CHUNK = 1000
PIECE = 64 * 1024
_SHEET_ROWS = 1_000_000  # a sheet ends at 1,048,576

Cell: TypeAlias = str | int | float
Line: TypeAlias = list[Cell]

_STATES = {
    ReportState.SUBMITTED: "待受理",
    ReportState.ACCEPTED: "已受理",
    ReportState.DISPATCHED: "已分办",
    ReportState.IN_PROGRESS: "处置中",
    ReportState.RETURNED: "已退回",
    ReportState.SUSPENDED: "挂账",
    ReportState.RESOLVED: "已处置待核查",
    ReportState.CLOSED: "已结案",
    ReportState.REJECTED: "不予受理",
    ReportState.DUPLICATE: "并案",
    ReportState.WITHDRAWN: "撤回",
}
_URGENCIES = {Urgency.EMERGENCY: "紧急险情", Urgency.URGENT: "紧急", Urgency.NORMAL: "一般"}
_OUTCOMES = {
    Outcome.FIXED: "已修复",
    Outcome.EXPLAINED: "已解释",
    Outcome.NOT_FOUND: "未发现",
    Outcome.REFERRED: "已转办",
}
HEADINGS = (
    "编号", "状态", "结果", "类别", "紧急程度", "区划代码", "地址", "描述", "纬度(WGS-84)", "经度(WGS-84)",
    "上报时间", "受理期限", "受理时间", "办结期限", "最初期限", "办结时间", "结案时间",
    "处置单位", "退回次数", "重开次数",
)  # fmt: skip
_COLUMNS = (
    Report.number, Report.state, Report.outcome, Report.category_id, Report.urgency, Report.area_code,
    Report.address, Report.description, Report.lat, Report.lon, Report.submitted_at,
    Report.acceptance_due_at, Report.decided_at, Report.due_at, Report.original_due_at, Report.resolved_at,
    Report.closed_at, Report.return_count, Report.reopened_count, Report.id,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases of whose desk, as what, and when."""

    filter: CaseFilter
    kind: DisclosureKind
    by: Actor
    now: datetime


async def exported_csv(db: Database, wanted: Wanted) -> AsyncIterator[str]:
    """Yield CSV (UTF-8 with a byte-order mark, no field runs as a formula), a chunk of lines at a time."""
    taken, mark = await _begin(db, wanted)
    yield BYTE_ORDER_MARK + csv_lines([_safe([mark]), HEADINGS])
    rows = 0
    async for lines in _chunks(db, wanted):
        rows += len(lines)
        yield csv_lines(_safe(line) for line in lines)
    await _end(db, taken, rows)
    yield csv_lines([_safe([f"{mark} 共 {rows} 件"])])


async def exported_xlsx(db: Database, wanted: Wanted) -> AsyncIterator[bytes]:
    """Yield a workbook that was written to a file row by row; after a million rows another sheet goes on."""
    taken, mark = await _begin(db, wanted)
    with TemporaryFile(prefix="nuanfeng-export-") as file:
        rows = await _write_book(db, wanted, file, mark)
        await _end(db, taken, rows)
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece


async def _write_book(db: Database, wanted: Wanted, file: IO[bytes], mark: str) -> int:
    options = {**WORKBOOK_OPTIONS, "in_memory": False, "constant_memory": True}
    book = xlsxwriter.Workbook(file, options)
    rows = 0
    try:
        sheet = _new_sheet(book, mark)
        at = 2
        async for lines in _chunks(db, wanted):
            if at + len(lines) > _SHEET_ROWS:
                sheet, at = _new_sheet(book, mark), 2
            await asyncio.to_thread(_write_lines, sheet, at, lines)
            at, rows = at + len(lines), rows + len(lines)
        sheet.write_string(at, 0, f"{mark} 共 {rows} 件")
    finally:
        await asyncio.to_thread(book.close)
    return rows


def _new_sheet(book: Any, mark: str) -> Any:
    sheet = book.add_worksheet()
    sheet.set_column(0, len(HEADINGS) - 1, 16)
    _write_lines(sheet, 0, [[mark], list(HEADINGS)])
    return sheet


def _write_lines(sheet: Any, at: int, lines: Sequence[Line]) -> None:
    for number, line in enumerate(lines, start=at):
        for column, cell in enumerate(line):
            if isinstance(cell, str):
                sheet.write_string(number, column, printable(guarded(cell, RISKY)))
            else:
                sheet.write_number(number, column, cell)


def _safe(line: Line) -> Line:
    return [guarded(cell, RISKY) if isinstance(cell, str) else cell for cell in line]


async def _begin(db: Database, wanted: Wanted) -> tuple[UUID, str]:
    """Keep who takes what before the first row leaves, and return the line that marks the file."""
    taken = new_id()
    said = {**asdict(wanted.filter), "text": masked(wanted.filter.text)}
    async with db.writing() as session:
        name = await editors.name_of(session, wanted.by.account_id)
        session.add(
            CaseDisclosure(
                id=taken,
                account_id=wanted.by.account_id,
                area_code=office_of(wanted.by),
                kind=wanted.kind,
                filter={key: _plain(value) for key, value in said.items()},
                begun_at=wanted.now,
            )
        )
    return taken, f"内部资料 导出人:{name} 时间:{_local(wanted.now)} 流水号:{taken}"


async def _end(db: Database, taken: UUID, rows: int) -> None:
    async with db.writing() as session:
        await session.execute(update(CaseDisclosure).where(CaseDisclosure.id == taken).values(rows=rows))


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return str(value) if isinstance(value, UUID) else value


async def _chunks(db: Database, wanted: Wanted) -> AsyncIterator[list[Line]]:
    """Yield the newest cases first; each chunk is a short transaction of its own."""
    async with db.reading() as session:
        categories = {
            row.id: row.name_zh for row in await session.execute(select(Category.id, Category.name_zh))
        }
    found = parts(wanted.filter, by=wanted.by, now=wanted.now)
    after: tuple[datetime, UUID] | None = None
    while found.codes:
        first = lists.first_of(found, lists.NEWEST, after=after, limit=CHUNK)
        query = (
            select(*_COLUMNS, HandlingUnit.name)
            .join(first, first.c.id == Report.id)
            .outerjoin(HandlingUnit, HandlingUnit.id == Report.unit_id)
            .order_by(*lists.NEWEST.by(lists.NEWEST.columns))
        )
        async with db.reading() as session:
            rows = (await session.execute(query)).all()
        if rows:
            yield [_line(row, categories) for row in rows]
        if len(rows) < CHUNK:
            return
        after = (rows[-1].submitted_at, rows[-1].id)


def _line(row: Any, categories: dict[str, str]) -> Line:
    return [
        numbers.write(row.number),
        _STATES[row.state],
        _OUTCOMES.get(row.outcome, ""),
        categories.get(row.category_id, row.category_id),
        _URGENCIES[row.urgency],
        row.area_code,
        masked(row.address),
        masked(row.description),
        *(("", "") if lies_nowhere(row) else (round(row.lat, 6), round(row.lon, 6))),
        *(
            _local(at)
            for at in (
                row.submitted_at, row.acceptance_due_at, row.decided_at, row.due_at, row.original_due_at,
                row.resolved_at, row.closed_at,
            )
        ),
        row.name or "",
        row.return_count,
        row.reopened_count,
    ]  # fmt: skip


def _local(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
