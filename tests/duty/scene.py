"""A night of the community, for tests: who was called when, by whichever way time moves on."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.core.db import Database
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import Account, DutyCall, DutyLadder, DutyRung, OutboxEvent
from app.services.duty import ladder
from tests.factories.duty import NIGHT


def after(minutes: float) -> datetime:
    """Return an instant so many minutes into the emergency."""
    return NIGHT + timedelta(minutes=minutes)


async def react(db: Database, now: datetime = NIGHT) -> None:
    """Deliver everything that waits."""
    while await deliver(db, REACTIONS, now=now):
        pass


async def tick(db: Database, now: datetime) -> int:
    """Run the job once."""
    async with db.writing() as session:
        return await ladder.climb_due(session, now=now)


async def called(db: Database, report_id: UUID) -> list[tuple[str, str, float]]:
    """Return the calls about a case: rung, name, minutes after it."""
    query = (
        select(DutyCall.rung, Account.display_name, DutyCall.called_at)
        .join(DutyLadder, DutyLadder.id == DutyCall.ladder_id)
        .join(Account, Account.id == DutyCall.account_id)
        .where(DutyLadder.report_id == report_id)
        .order_by(DutyCall.called_at, DutyCall.id)
    )
    async with db.reading() as session:
        rows = (await session.execute(query)).all()
    return [(rung.value, name, (at - NIGHT) / timedelta(minutes=1)) for rung, name, at in rows]


async def reached(db: Database, report_id: UUID) -> list[tuple[str, int, float]]:
    """Return the rungs reached about a case: which, how many were there, minutes after it."""
    query = (
        select(DutyRung.rung, DutyRung.on_duty, DutyRung.reached_at)
        .join(DutyLadder, DutyLadder.id == DutyRung.ladder_id)
        .where(DutyLadder.report_id == report_id)
        .order_by(DutyLadder.round, DutyRung.due_at)
    )
    async with db.reading() as session:
        rows = (await session.execute(query)).all()
    return [(rung.value, there, (at - NIGHT) / timedelta(minutes=1)) for rung, there, at in rows]


async def ladders(db: Database, report_id: UUID) -> list[DutyLadder]:
    """Return the ladders of a case, round by round."""
    query = select(DutyLadder).where(DutyLadder.report_id == report_id).order_by(DutyLadder.round)
    async with db.reading() as session:
        return list(await session.scalars(query))


async def events(db: Database, name: str) -> list[dict]:
    """Return what was told of a kind."""
    query = select(OutboxEvent.payload).where(OutboxEvent.name == name).order_by(OutboxEvent.id)
    async with db.reading() as session:
        return list(await session.scalars(query))
