"""A weather bureau's system that posts a district's alerts in the demonstration, and what it posted last."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.core.weather import AlertColour, WeatherKind
from app.models import RoleGrant
from app.services import weather
from app.services.weather import CapAlert

_DISTRICT = "620902"
_HELD_FOR = timedelta(hours=9)


async def add(session: AsyncSession, *, now: datetime) -> None:
    """Let the system in as a district's officer does, and take an alert that holds for some hours from it."""
    officer = select(RoleGrant.account_id).where(
        RoleGrant.role == Role.DISTRICT_OFFICER, RoleGrant.area_code == _DISTRICT
    )
    by = Actor((await session.scalars(officer)).one(), (Grant(Role.DISTRICT_OFFICER, (_DISTRICT,)),))
    _, key = await weather.open_feed(session, "示例:肃州区气象台", _DISTRICT, by=by, now=now)
    alert = CapAlert(
        key="shili@example.invalid,SHILI-1",
        replaces=(),
        issued_at=now,
        is_cancel=False,
        kind=WeatherKind.GALE,
        colour=AlertColour.BLUE,
        starts_at=now,
        ends_at=now + _HELD_FOR,
        area_codes=(_DISTRICT,),
        source="示例:肃州区气象台",
        text="示例:今天白天阵风 6 级,骑行请减速,远离广告牌。",
    )
    await weather.take_from_feed(session, key, alert, now=now)
