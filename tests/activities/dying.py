"""A process that hands a free place on and is killed at a stage of it: ``python -m … URL STAGE INSTANT``."""

import asyncio
import os
import signal
import sys
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database, create_engine
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import OutboxEvent
from app.services import activities
from app.services.activities.events import SignUpMoved

STAGES = ("before the commit", "before the telling", "while telling")


async def _die(
    session: AsyncSession | None = None, event: OutboxEvent | None = None, *, now: datetime | None = None
) -> None:
    """End this process as a power cut would; it reacts to events, too."""
    del session, event, now
    os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, stage: str, now: datetime) -> None:
    """Do the clock's work until the stage at which the process dies."""
    db = Database(create_engine(url, pool_size=2))
    async with db.writing() as session:
        await activities.tend_waiting(session, now=now)
        await session.flush()
        if stage == STAGES[0]:
            await _die()
    if stage == STAGES[1]:
        await _die()
    told = {**REACTIONS, SignUpMoved.name: (*REACTIONS[SignUpMoved.name], _die)}
    await deliver(db, told, now=now)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])))
