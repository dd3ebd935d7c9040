"""Riders in an alert's area are told of it once, stations that longer hours may help."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.urgency import Urgency
from app.core.weather import AlertColour
from app.models import OutboxEvent, WeatherAlert
from app.services import notifications
from app.services.notifications import About
from app.services.weather import queries

_URGENT = {AlertColour.ORANGE, AlertColour.RED}


async def tell(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """React to ``weather.alert_issued``: one inbox row a person, worth nothing once the alert has ended.

    Who is concerned by several divisions of one message is told once.
    """
    alert = await session.get(WeatherAlert, UUID(event.payload["alert_id"]), populate_existing=True)
    if alert is None or alert.ended_at is not None or alert.ends_at <= now:
        return
    riders = [each for each in await queries.riders_of(session, alert.area_code) if each is not None]
    await _say(session, "weather.alert", riders, alert, now=now)
    managers = await queries.managers_of(session, alert.area_code, now=now)
    await _say(session, "weather.open_longer", managers, alert, now=now)


async def recall(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """React to ``weather.alert_ended``: what waits of an alert that was taken back goes nowhere."""
    alert = await session.get(WeatherAlert, UUID(event.payload["alert_id"]), populate_existing=True)
    if alert is not None:
        await notifications.recall(session, [_key(alert)], area_code=alert.area_code, now=now)


def _key(alert: WeatherAlert) -> str:
    return f"weather:{alert.cap_key or alert.id}"


async def _say(
    session: AsyncSession, kind: str, to: Sequence[UUID], alert: WeatherAlert, *, now: datetime
) -> None:
    await notifications.tell(
        session,
        kind=kind,
        to=to,
        key=_key(alert),
        now=now,
        params={
            "colour": alert.colour.value,
            "weather": alert.kind.value,
            "until": alert.ends_at,
        },
        subject=About("weather_alert", alert.id),
        urgency=Urgency.URGENT if alert.colour in _URGENT else Urgency.NORMAL,
        expires_at=alert.ends_at,
        area_code=alert.area_code,
        collapse_key=f"weather:{alert.area_code}:{alert.kind.value}",
    )
