"""What is owed on invented cases that are open: promises as the rules give them, along each case's steps."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ENDED, Report, ReportDeadline
from app.services.demo.reports import InventedReport
from app.services.reports import book, deadlines


async def promise(session: AsyncSession, invented: Iterable[InventedReport], *, now: datetime) -> None:
    """Write the promises of every case that is open; what is over was told long ago."""
    lives = {each.id: each.life for each in invented if each.life.state not in ENDED}
    terms = (await book.load_book(session)).terms
    for report in await session.scalars(select(Report).where(Report.id.in_(lives))):
        first, *moves = lives[report.id].steps
        report.state = first.to_state
        rows, _ = deadlines.begin(report, terms=terms)
        session.add_all(rows)
        for step in moves:
            report.state = step.to_state
            await deadlines.follow(session, report, step.move, rows=rows, terms=terms, now=step.at)
        for row in deadlines.open_of(rows):
            _is_told(row, now)


def _is_told(row: ReportDeadline, now: datetime) -> None:
    if row.due_at <= now:
        row.overdue_at = row.due_at
    if row.remind_at <= now:
        row.reminded_at = row.remind_at
