"""What reaches people's inboxes from here: a call, and a warning near by."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import DutyCall, Report
from app.services import outbox
from app.services.duty.events import DutyCalled


async def call(session: AsyncSession, call: DutyCall, report: Report, *, now: datetime) -> None:
    """Tell somebody on duty of an emergency: what and which number, never who reported it."""
    event = DutyCalled(report.id, call.id, call.rung.value)
    outbox.record(session, event, now=now, area_code=report.area_code)
    await session.flush()
