"""When two accounts turn out to be one person: an open visit stays only when it is the last."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import EndReason
from app.services.checkins import commands, queries


async def end_doubled_visit(
    session: AsyncSession, absorbed_id: UUID, survivor_id: UUID, *, now: datetime
) -> None:
    """End an open visit where a later one of either account begins, as that one would have done.

    The check-in statement counts on it: what a person's next visit ends is the last one before it.
    """
    visits = await queries.locked_visits_of_two(session, absorbed_id, survivor_id)
    for visit in visits:
        if visit.ended_at is None:
            overtaken_at = await queries.next_visit_at(session, (absorbed_id, survivor_id), after=visit)
            if overtaken_at is not None:
                await commands.end(session, visit, overtaken_at, EndReason.NEW_VISIT, now=now)
