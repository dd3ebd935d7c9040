"""When two accounts turn out to be one person: of two open visits, one stays."""

from datetime import datetime
from itertools import pairwise
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import EndReason
from app.services.checkins import commands, queries


async def end_doubled_visit(
    session: AsyncSession, absorbed_id: UUID, survivor_id: UUID, *, now: datetime
) -> None:
    """End the earlier of two open visits where the later begins, as any new visit would have done."""
    visits = await queries.locked_visits_of_two(session, absorbed_id, survivor_id)
    still_open = sorted(
        (visit for visit in visits if visit.ended_at is None), key=lambda visit: (visit.captured_at, visit.id)
    )
    for earlier, later in pairwise(still_open):
        await commands.end(session, earlier, later.captured_at, EndReason.NEW_VISIT, now=now)
