"""When the official calendar changes, so do the hours that phones keep of most stations."""

from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import HolidayPolicy, MakeupPolicy, Station
from app.services.outbox import Channel, announce


async def calendar_changed(session: AsyncSession, *, now: datetime) -> int:
    """Mark every station whose hours follow the calendar as changed, and return how many.

    Offline directories fetch their new dated hours; versions stay, as no editor's work is touched.
    """
    follows = or_(
        Station.holiday_policy != HolidayPolicy.SAME, Station.makeup_policy != MakeupPolicy.AS_WEEKEND
    )
    result = await session.execute(update(Station).where(follows).values(changed_at=now))
    await announce(session, Channel.STATIONS)
    return int(result.rowcount)  # type: ignore[attr-defined]
