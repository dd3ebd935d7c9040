"""One zone outside, UTC inside: Asia/Shanghai has no daylight saving."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def local_day(at: datetime) -> date:
    """Return the calendar day in China at an instant."""
    return at.astimezone(SHANGHAI).date()
