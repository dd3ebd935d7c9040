"""Weather alerts for tests, and CAP messages as a bureau sends them."""

from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.weather import AlertColour, WeatherKind
from app.models import WeatherAlert, WeatherFeed, WeatherWatch
from tests.factories.stations import COMMUNITY, make_area

MORNING = datetime(2026, 12, 20, 22, 0, tzinfo=UTC)  # 06:00 in China


async def make_alert(session: AsyncSession, *, area_code: str = COMMUNITY, **given) -> WeatherAlert:
    """Make an alert of road ice for twelve hours from the morning."""
    await make_area(session, area_code)
    starts_at = given.get("starts_at", MORNING)
    alert = WeatherAlert(
        **{
            "kind": WeatherKind.ROAD_ICE,
            "colour": AlertColour.ORANGE,
            "area_code": area_code,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=12),
            "source": "气象台",
            "text": "",
            "replaces": [],
            "issued_at": starts_at,
            "entered_at": starts_at,
            **given,
        }
    )
    session.add(alert)
    await session.flush()
    return alert


async def make_feed(session: AsyncSession, *, area_code: str = COMMUNITY, **given) -> WeatherFeed:
    """Make a bureau's system, open since the morning; nobody knows its key."""
    await make_area(session, area_code)
    named = {"name": "气象台", "key_hash": token_bytes(), "opened_at": MORNING}
    feed = WeatherFeed(**{"area_code": area_code, **named, **given})
    session.add(feed)
    await session.flush()
    return feed


async def make_watch(session: AsyncSession, account_id: UUID, area_code: str = COMMUNITY) -> WeatherWatch:
    """Have somebody told of an area's alerts."""
    await make_area(session, area_code)
    watch = WeatherWatch(account_id=account_id, area_code=area_code, since=MORNING)
    session.add(watch)
    await session.flush()
    return watch


def cap_message(
    *area_codes: str,
    identifier: str = "A1",
    said: str = "Alert",
    references: tuple[str, ...] = (),
    headline: str = "兰州市气象台发布道路结冰橙色预警信号",
    starts_at: datetime = MORNING,
    ends_at: datetime | None = None,
    extra: str = "",
) -> bytes:
    """Write a CAP 1.2 message for divisions, their codes filled up with zeros to twelve digits."""
    areas = "".join(
        f"<area><areaDesc>区</areaDesc><geocode><valueName>adcode</valueName>"
        f"<value>{code.ljust(12, '0')}</value></geocode></area>"
        for code in area_codes
    )
    info = (
        f"<info><language>zh-CN</language><category>Met</category><event>预警</event>"
        f"<urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>"
        f"<effective>{_cap(starts_at)}</effective>"
        f"<expires>{_cap(ends_at or starts_at + timedelta(hours=12))}</expires>"
        f"<senderName>兰州市气象台</senderName><headline>{headline}</headline>"
        f"<description>道路湿滑</description>{areas}</info>"
    )
    refers = " ".join(f"bureau@cma.example,{each},{_cap(starts_at)}" for each in references)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{identifier}</identifier><sender>bureau@cma.example</sender>"
        f"<sent>{_cap(starts_at)}</sent><status>Actual</status><msgType>{said}</msgType><scope>Public</scope>"
        f"{f'<references>{refers}</references>' if refers else ''}{info if area_codes else ''}{extra}</alert>"
    ).encode()


def _cap(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
