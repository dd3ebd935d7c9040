"""Hours of the time before, from another system's list: a class of their own, never mixed with recorded ones.

They are printed on no certificate, stand in no figure but their own, and count when a second person agrees.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.ids import new_id
from app.core.sheets import workbook
from app.models import ApprovalLevel, EntryKind, LedgerEntry, LedgerSubject, Provenance
from app.services import outbox
from app.services.ledger import books, people
from app.services.ledger.appending import append
from app.services.ledger.events import HoursRecorded
from app.services.reports.masking import masked
from app.services.stations.exchange import CellProblem, Form, ImportReport, RowAction, RowReport, Table
from app.services.stations.exchange.cells import BadCell, Cell, day, text, text_of
from app.services.stations.exchange.columns import Column
from app.services.stations.exchange.rows import read_cells

MOST_MINUTES = 10_000 * 60  # imported hours may stand for years
_EARLIEST = date(1990, 1, 1)
_NOISE = re.compile(r"[\s*＊_\-:/()【】\[\]]+")
_NAME_PARTS = re.compile(r"[·•・\s]+")
_DECIMAL = re.compile(r"(\d{1,5})(?:\.(\d{1,2}))?")
_WHOLE = re.compile(r"\d{1,6}")


def _volunteer(cell: Cell) -> str:
    said = unicodedata.normalize("NFKC", text(cell)).strip().lower()
    if not re.fullmatch(r"[0-9a-z-]{4,36}", said):
        raise BadCell("不是志愿者编号", "填志愿者在“我的时长”里看到的编号,或其登记的全国志愿者编号")
    return said


def _served_on(cell: Cell) -> date:
    found = day(cell)
    if found < _EARLIEST:
        raise BadCell("日期过早", "例如 2024-05-18")
    return found


def _hours(cell: Cell) -> int:
    found = _DECIMAL.fullmatch(_plain(cell))
    hundredths = 0 if found is None else int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    if hundredths == 0 or hundredths * 60 % 100:
        raise BadCell("不是合适的小时数", "例如 2 或 1.5,折合整数分钟;也可改填“分钟”列")
    return hundredths * 60 // 100


def _minutes(cell: Cell) -> int:
    said = _plain(cell)
    if not _WHOLE.fullmatch(said) or int(said) == 0:
        raise BadCell("不是合适的整数", "只填分钟数,例如 90")
    return int(said)


def _plain(cell: Cell) -> str:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return f"{cell:g}"
    return unicodedata.normalize("NFKC", text(cell))


COLUMNS: tuple[Column, ...] = (
    Column("volunteer", "志愿者编号", _volunteer, needed=True,
           synonyms=("志愿者ID", "志愿者号", "全国志愿者编号", "志愿者号码"),
           advice="志愿者在“我的时长”里看到的编号,或其登记的全国志愿者编号"),
    Column("name", "姓名", text_of(50), synonyms=("志愿者姓名",), advice="可不填;填了就核对是否与登记一致"),
    Column("served_on", "服务日期", _served_on, needed=True, synonyms=("日期", "截止日期"),
           advice="例如 2024-05-18;多次合计的填最后一天"),
    Column("activity", "服务内容", text_of(100), needed=True, synonyms=("活动名称", "项目名称", "服务项目"),
           advice="例如 清扫楼道"),
    Column("hours", "小时", _hours, synonyms=("小时数", "服务小时数", "时长小时", "服务时长小时"),
           blank=None, advice="小时和分钟只填一列"),
    Column("minutes", "分钟", _minutes, synonyms=("分钟数", "服务分钟数", "时长分钟", "服务时长分钟"),
           blank=None, advice="小时和分钟只填一列"),
    Column("reference", "原记录编号", text_of(64), synonyms=("记录编号", "原编号", "编号"),
           advice="原系统里的编号;没有时按人、日期、内容和时长认同一条"),
    Column("source", "来源", text_of(200), synonyms=("数据来源", "说明", "备注"), advice="例如 原系统导出"),
)  # fmt: skip


def _heading(said: str) -> str:
    """Return a heading without its ornaments; what stands in brackets stays: it may be the unit."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", said)).upper()


_BY_HEADING = {
    _heading(name): column for column in COLUMNS for name in (column.heading, column.key, *column.synonyms)
}
FORM = Form(lambda heading: _BY_HEADING.get(_heading(heading)), "志愿者编号、服务日期、服务内容、分钟")


def template() -> bytes:
    """Return an empty form; a star marks what every row needs."""
    return workbook("历史时长", [f"{each.heading}*" if each.needed else each.heading for each in COLUMNS], [])


@dataclass(slots=True)
class _Line:
    """One row of the file: what it says, whom it is about, what is wrong with it."""

    values: dict[str, Any]
    report: RowReport
    subject: LedgerSubject | None = None
    recording_id: UUID | None = None

    def refuse(self, column: str, problem: str, advice: str) -> None:
        """Say what is wrong."""
        self.report.problems.append(CellProblem(column, problem, advice))


async def import_hours(
    session: AsyncSession,
    book_id: UUID,
    table: Table,
    *,
    by: Actor,
    now: datetime,
    dry_run: bool,
    skip_bad: bool = False,
) -> ImportReport:
    """Record what a list of another system says, all of it or nothing; what is known already stays as it is.

    Args:
        session: the one transaction of the whole import.
        book_id: the organisation whose volunteers they are.
        table: the file as it was read with :data:`FORM`.
        by: who answers for the list; hours of their own are refused.
        now: the present instant.
        dry_run: only say what would be done.
        skip_bad: write the good rows although others are bad; else one bad row keeps all out.

    Raises:
        NotFound: the book is not the caller's.
    """
    await books.get_kept(session, book_id, by=by, now=now)
    lines = [_read(table, row) for row in table.rows]
    known = await _subjects(session, {line.values.get("volunteer", "") for line in lines})
    for line in lines:
        _check(line, known, book_id, by=by, now=now)
    _refuse_repeats(lines)
    # Before looking what is known: of two who send one list at once the second finds the first's hours there.
    await people.lock_all(session, {line.subject.id for line in lines if line.subject is not None})
    await _compare(session, lines, book_id)
    is_all_right = not any(line.report.problems for line in lines)
    is_written = not dry_run and (is_all_right or skip_bad)
    if is_written:
        new = [line for line in lines if line.report.action is RowAction.CREATE]
        await _write(session, book_id, new, by=by, now=now)
    return ImportReport(table.sheet, table.ignored, [line.report for line in lines], is_written)


def _read(table: Table, row: Any) -> _Line:
    values, problems = read_cells(table, row)
    line = _Line(values, RowReport(row.number, values.get("reference", ""), values.get("name", "")))
    line.report.problems += problems
    for column in COLUMNS:
        if column.needed and column.key not in table.columns:
            line.refuse(column.heading, f"表中没有“{column.heading}”这一列", column.advice)
    said = [values[key] for key in ("hours", "minutes") if values.get(key) is not None]
    if len(said) == 1:
        values["lasted"] = said[0]
    elif not problems:
        line.refuse("分钟", "小时和分钟应填其中一列", "例如 分钟填 90")
    return line


def _check(
    line: _Line, known: Mapping[str, list[LedgerSubject]], book_id: UUID, *, by: Actor, now: datetime
) -> None:
    if line.report.problems:
        return
    found = known.get(line.values["volunteer"], [])
    if len(found) != 1:
        problem = "没有这位志愿者" if not found else "这个编号登记在多人名下"
        line.refuse("志愿者编号", problem, "请志愿者先登记,并核对编号")
        return
    line.subject = found[0]
    if line.subject.account_id == by.account_id:
        line.refuse("志愿者编号", "不能导入本人的时长", "请另一位同事办理")
    if line.values.get("name") and _name(line.values["name"]) != _name(line.subject.name or ""):
        line.refuse("姓名", "与志愿者登记的姓名不一致", "核对编号和姓名")
    if line.values["served_on"] > local_day(now):
        line.refuse("服务日期", "日期在未来", "历史时长只到今天为止")
    if line.values["lasted"] > MOST_MINUTES:
        line.refuse("分钟", "时长过大", "一行最多 10000 小时")
    line.recording_id = uuid5(book_id, _same(line.values))


def _name(said: str) -> str:
    return _NAME_PARTS.sub("·", unicodedata.normalize("NFKC", said).strip())


def _same(values: Mapping[str, Any]) -> str:
    """Return what makes two rows the same recording: the other system's number, or all that they say."""
    if values.get("reference"):
        return f"import:{values['reference']}"
    said = (values[key] for key in ("volunteer", "served_on", "activity", "lasted"))
    return "import:" + "|".join(map(str, said))


def _refuse_repeats(lines: Sequence[_Line]) -> None:
    first: dict[UUID, int] = {}
    for line in lines:
        if line.recording_id is None or line.report.problems:
            continue
        before = first.setdefault(line.recording_id, line.report.number)
        if before != line.report.number:
            line.refuse("原记录编号", f"与第 {before} 行是同一条记录", "若确为两次服务,请填不同的原记录编号")


async def _subjects(session: AsyncSession, numbers: set[str]) -> dict[str, list[LedgerSubject]]:
    """Return volunteers by what a list calls them: our id, or their national number."""
    ids = {number: UUID(number) for number in numbers if _is_id(number)}
    called = func.lower(LedgerSubject.volunteer_number)
    query = select(LedgerSubject).where(
        or_(LedgerSubject.id.in_(ids.values()), called.in_(numbers)),
        LedgerSubject.account_id.is_not(None),
    )
    found: dict[str, list[LedgerSubject]] = {}
    for subject in await session.scalars(query):
        names = {str(subject.id), (subject.volunteer_number or "").lower()}
        for name in names & numbers:
            found.setdefault(name, []).append(subject)
    return found


def _is_id(number: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", number) is not None


async def _compare(session: AsyncSession, lines: Sequence[_Line], book_id: UUID) -> None:
    """Say of each good row whether it is new, known, or differs from what was imported under its number."""
    wanted = {line.recording_id for line in lines if line.recording_id is not None}
    query = select(LedgerEntry).where(
        LedgerEntry.recording_id.in_(wanted), LedgerEntry.kind == EntryKind.RECORD
    )
    kept = {entry.recording_id: entry for entry in await session.scalars(query)}
    for line in lines:
        if line.report.problems or line.recording_id is None:
            continue
        entry = kept.get(line.recording_id)
        if entry is None:
            line.report.action = RowAction.CREATE
        elif _says_the_same(entry, line, book_id):
            line.report.action = RowAction.UNCHANGED
        else:
            line.refuse("原记录编号", "这个编号导入过,内容不同", "入账的时长不改写:请在账本中更正那一条")


def _says_the_same(entry: LedgerEntry, line: _Line, book_id: UUID) -> bool:
    values, subject = line.values, line.subject
    said = (book_id, values["served_on"], values["activity"], values["lasted"])
    is_same_person = subject is not None and entry.subject_id == subject.id
    return is_same_person and said == (entry.book_id, entry.served_on, entry.activity, entry.minutes)


async def _write(
    session: AsyncSession, book_id: UUID, lines: Sequence[_Line], *, by: Actor, now: datetime
) -> None:
    """Add the entries at the book's end; everybody's hours are locked before the book, as always.

    They share their source, this list: somebody else may decide on it as a whole (:mod:`.lists`).
    """
    list_id = new_id()
    said = [
        {
            "kind": EntryKind.RECORD,
            "subject_id": line.subject.id,
            "recording_id": line.recording_id,
            "part": 0,
            "source_id": list_id,
            "served_on": line.values["served_on"],
            "minutes": line.values["lasted"],
            "counted": 0,
            "provenance": Provenance.IMPORTED,
            "needs": ApprovalLevel.SECOND,
            "activity": line.values["activity"],
            "reason": masked(line.values.get("source") or "历史时长导入").strip(),
        }
        for line in lines
        if line.subject is not None
    ]
    for entry in await append(session, book_id, said, by=by, now=now):
        event = HoursRecorded(book_id, entry.subject_id, entry.recording_id, entry.minutes)
        outbox.record(session, event, now=now)
