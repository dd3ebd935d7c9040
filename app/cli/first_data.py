"""What a fresh database needs before it can answer: the official calendar, and what can be reported."""

import asyncio

from app.core.clock import utc_now
from app.core.settings import Settings
from app.services import areas, categories, stations
from app.wiring import build_runtime


def load_first_data(settings: Settings) -> None:
    """Store the shipped notices and categories that are missing; every start may do it again."""
    asyncio.run(_load(settings))


async def _load(settings: Settings) -> None:
    runtime = build_runtime(settings)
    now = utc_now()
    try:
        async with runtime.db.writing() as session:
            if await areas.publish_shipped(session, now=now):
                await stations.calendar_changed(session, now=now)
            await categories.plant_shipped(session, now=now)
    finally:
        await runtime.db.close()
