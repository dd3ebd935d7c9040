"""Who hears that a case at another city needs somebody here: its clerk, or who sent it there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Move, Open311Sending, Report, ReportStep
from app.services import notifications, outbox
from app.services.notifications import About
from app.services.open311.events import PartnerSaidDone, SendingGaveUp
from app.services.reports import numbers


async def gave_up(session: AsyncSession, sending: Open311Sending, report: Report, *, now: datetime) -> None:
    """Tell that a case could not be brought to its unit."""
    event = SendingGaveUp(report.id, sending.id)
    outbox.record(session, event, now=now, area_code=report.area_code)
    await _tell(session, "desk.city_gave_up", sending, report, now=now)


async def said_done(session: AsyncSession, sending: Open311Sending, report: Report, *, now: datetime) -> None:
    """Tell that a case is over there, as they say: somebody has to look."""
    event = PartnerSaidDone(report.id, sending.id)
    outbox.record(session, event, now=now, area_code=report.area_code)
    await _tell(session, "desk.city_says_done", sending, report, now=now)


async def _tell(
    session: AsyncSession, kind: str, sending: Open311Sending, report: Report, *, now: datetime
) -> None:
    clerk = report.assigned_to or await _who_sent(session, report)
    await notifications.tell(
        session,
        kind=kind,
        to=[] if clerk is None else [clerk],
        key=f"{kind}:{sending.id}:{int(now.timestamp())}",
        now=now,
        params={"number": numbers.write(report.number)},
        subject=About("case", report.id),
        area_code=report.area_code,
    )


async def _who_sent(session: AsyncSession, report: Report) -> UUID | None:
    query = select(ReportStep.actor_id).where(
        ReportStep.report_id == report.id, ReportStep.move == Move.DISPATCH
    )
    return await session.scalar(query.order_by(ReportStep.id.desc()).limit(1))
