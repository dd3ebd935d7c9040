"""Who is concerned by a case or a station."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Role
from app.models import EndReason, Report, ReportFollower, Visit
from app.services.accounts import holders
from app.services.reports import lifecycle


async def riders(
    session: AsyncSession, report: Report, *, reporters: bool | None = None, of_children: bool = True
) -> dict[UUID, UUID]:
    """Return who hears what becomes of a case, each with their own way to it.

    Riders whose reports were merged into it come with their own report's id. ``reporters`` asks for those
    who sent this very case, or for all but those.
    """
    child = select(Report.id).where(Report.parent_id == report.id)
    own = ReportFollower.report_id == report.id
    among = or_(own, ReportFollower.report_id.in_(child)) if of_children else own
    query = select(ReportFollower.account_id, ReportFollower.report_id, ReportFollower.is_reporter)
    # The case's own followers last: who follows both opens the case itself.
    rows = await session.execute(query.where(among).order_by(own, ReportFollower.report_id))
    found, sent = dict[UUID, UUID](), set[UUID]()
    for account_id, report_id, is_reporter in rows:
        found[account_id] = report_id
        if is_reporter and report_id == report.id:
            sent.add(account_id)
    if reporters is None:
        return found
    return {account_id: each for account_id, each in found.items() if (account_id in sent) is reporters}


async def merged_riders(session: AsyncSession, report: Report) -> dict[UUID, UUID]:
    """Return the riders whose reports were merged into a case, each with their own report."""
    query = (
        select(ReportFollower.account_id, ReportFollower.report_id)
        .join(Report, Report.id == ReportFollower.report_id)
        .where(Report.parent_id == report.id)
    )
    return {row.account_id: row.report_id for row in await session.execute(query)}


async def desk(session: AsyncSession, report: Report, *, now: datetime) -> list[UUID]:
    """Return who works on a case at its desk: the clerk it lies with, else the area's staff, else officers.

    Of a confidential case only its two named people; of one that units sent back twice, the officers.
    """
    if report.is_confidential:
        return [each for each in (report.case_worker_id, report.supervisor_id) if each is not None]
    if lifecycle.needs_officer(report):
        return await holders.of_area(session, report.area_code, [Role.DISTRICT_OFFICER], now=now)
    if report.assigned_to is not None:
        return [report.assigned_to]
    return await staff(session, report.area_code, now=now)


async def staff(session: AsyncSession, area_code: str, *, now: datetime) -> list[UUID]:
    """Return an area's staff, or where it has none, its district's officers."""
    for role in (Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER):
        if found := await holders.of_area(session, area_code, [role], now=now):
            return found
    return []


async def leaving(session: AsyncSession, station_id: UUID) -> list[UUID]:
    """Return who is inside a station and has to leave because it closes."""
    query = select(Visit.account_id).where(
        Visit.station_id == station_id,
        Visit.ended_at.is_(None),
        Visit.due_reason == EndReason.CLOSED,
        Visit.account_id.is_not(None),
    )
    return [each for each in await session.scalars(query) if each is not None]


async def inside_since(session: AsyncSession, station_id: UUID, *, before: datetime) -> list[UUID]:
    """Return who is inside a station and was already before an instant."""
    query = select(Visit.account_id).where(
        Visit.station_id == station_id, Visit.ended_at.is_(None), Visit.captured_at <= before
    )
    return [each for each in await session.scalars(query) if each is not None]
