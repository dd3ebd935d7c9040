"""What riders and partners said of cases, as the desk's work: what waits, and who saw to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound, SignInRequired
from app.core.pages import Page, read_time_cursor, time_cursor
from app.models import Account, Report, ReportUpdate
from app.services import authority, outbox
from app.services.accounts import editors
from app.services.outbox import Channel
from app.services.reports import queries, scope, trust
from app.services.reports.filters import IS_LISTED

MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update with its case and, once somebody saw to it, that person's name."""

    update: ReportUpdate
    report: Report
    handler: str | None


def _unhandled(by: Actor, area_code: str | None) -> ColumnElement[bool]:
    """Return the condition of what waits on the caller's desk; of confidential cases nothing is listed."""
    mine = and_(ReportUpdate.is_handled.is_(False), scope.on_desk(by), IS_LISTED)
    return mine if area_code is None else and_(mine, authority.at_level(Report.area_code, area_code))


async def waiting(
    session: AsyncSession, *, area_code: str | None, by: Actor, cursor: str | None, limit: int
) -> Page[Waiting]:
    """Return a page of the updates that nobody on the caller's desk has seen to, the oldest first.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    place = (ReportUpdate.at, ReportUpdate.id)
    query = _with_case().where(_unhandled(by, area_code))
    if cursor is not None:
        query = query.where(tuple_(*place) > tuple_(*read_time_cursor(cursor)))
    rows = (await session.execute(query.order_by(*place).limit(limit + 1))).all()
    items = [Waiting(*row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items, None)
    last = items[-1].update
    return Page(items, time_cursor(last.at, last.id))


def _with_case() -> Select[ReportUpdate, Report, str]:
    return (
        select(ReportUpdate, Report, Account.display_name)
        .join(Report, Report.id == ReportUpdate.report_id)
        .join(Account, Account.id == ReportUpdate.handled_by, isouter=True)
    )


async def count_waiting(session: AsyncSession, *, area_code: str | None, by: Actor) -> int:
    """Return how many updates wait on the caller's desk, counted up to :data:`MOST_COUNTED`."""
    found = select(literal(1)).select_from(ReportUpdate).join(Report, Report.id == ReportUpdate.report_id)
    some = found.where(_unhandled(by, area_code)).limit(MOST_COUNTED).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def of_case(session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime) -> Sequence[Waiting]:
    """Return all that was said of a case, the oldest first; that a confidential one was read is kept.

    Raises:
        NotFound: the case is not on the caller's desk.
    """
    report = await queries.get(session, report_id, within=scope.on_desk(by))
    await trust.note_read(session, report, by=by, now=now)
    query = _with_case().where(ReportUpdate.report_id == report_id)
    rows = (await session.execute(query.order_by(ReportUpdate.at, ReportUpdate.id))).all()
    return [Waiting(*row) for row in rows]


async def handle(
    session: AsyncSession, report_id: UUID, update_id: UUID, *, by: Actor, now: datetime
) -> Waiting:
    """Keep that the caller saw to an update; who was first stays who did.

    Raises:
        NotFound: the case is not on the caller's desk, or has no such update.
    """
    if by.account_id is None:
        raise SignInRequired
    report = await queries.get(session, report_id, within=scope.on_desk(by))
    query = select(ReportUpdate).where(ReportUpdate.id == update_id, ReportUpdate.report_id == report_id)
    update = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if update is None:
        raise NotFound
    if not update.is_handled:
        update.is_handled, update.handled_at, update.handled_by = True, now, by.account_id
        await outbox.announce(session, Channel.REPORTS, [report_id])
    return Waiting(update, report, await editors.name_of(session, update.handled_by))
