"""The first of an emergency's two times: it harms nobody any more. Its repair may take longer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import Move, Report
from app.services.reports import moves, triage
from app.services.reports.scope import Acting
from app.services.reports.triage import Decision


async def secure(
    session: AsyncSession, report: Report, *, acting: Acting, now: datetime, reason: str
) -> None:
    """Say of a locked case that it is made safe; one that nobody has decided on is accepted by it.

    Raises:
        IllegalMove, MoveNotYours: it is no emergency, safe already, or another's to say.
    """
    await moves.make(session, report, Move.MAKE_SAFE, acting=acting, now=now, reason=reason)
    report.made_safe_at = now


async def secure_at_desk(
    session: AsyncSession, report_id: UUID, decision: Decision, *, by: Actor, now: datetime
) -> Report:
    """Say as staff that an emergency of one's desk is made safe.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours: see there.
    """
    at_desk = triage.at_desk(session, report_id, version=decision.version, by=by, now=now)
    async with at_desk as (report, acting):
        await secure(session, report, acting=acting, now=now, reason=decision.reason)
        return report
