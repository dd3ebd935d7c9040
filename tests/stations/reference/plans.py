"""The expressions that the reference reader was asked about: plain ones, and compiled ones."""

import sys
from datetime import date

from app.models import HolidayPolicy, MakeupPolicy
from app.services.areas import Calendar, shipped_notices
from app.services.stations.hours import DatedHours, compile_hours

PLAIN = (
    "24/7",
    "Mo-Fr 08:30-18:00",
    "Mo-Fr 08:30-12:00,14:30-18:00; Sa 09:00-12:00",
    "Mo-Su 22:00-06:00",
    "Mo-Fr 22:00-06:00, Sa 10:00-12:00",
    "Mo-Su 10:00-26:00",
    "Nov-Mar 07:00-23:00; Apr-Oct 06:00-24:00",
    "Mo-Sa 08:00-20:00; 2026 Jan 20-2026 Feb 10 off",
    'Mo-Su 00:00-24:00 unknown "电话预约", Mo-Su 08:00-18:00',
    'Mo-Fr 08:00-18:00; Sa unknown "看门卫"',
    'We[1],We[3] 14:00-17:00; Fr 09:00-11:00 open "义诊"',
    "week 1-53/2 Sa 09:00-12:00; Mo-Fr 07:30-19:30",
    "Mo-Su 08:00-20:00; 12:00-13:00 off",
    "off",
)
FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)
_CLOSED, _SAME, _OWN = HolidayPolicy
_WORKDAY, _WEEKEND = MakeupPolicy
_PLANS = (
    ("Mo-Fr 08:30-18:00", _CLOSED, "", _WORKDAY),
    ("Mo-Fr 08:30-12:00,14:30-18:00; Sa 09:00-12:00", _OWN, "10:00-16:00", _WORKDAY),
    ("Mo-Su 22:00-06:00", _CLOSED, "", _WEEKEND),
    ("Mo-Fr 22:00-06:00, Sa 10:00-12:00", _OWN, "20:00-26:00", _WORKDAY),
    ("24/7", _CLOSED, "", _WEEKEND),
    ('Mo-Su 00:00-24:00 unknown "电话预约", Mo-Su 08:00-18:00', _OWN, "09:00-11:00", _WEEKEND),
    ("Nov-Mar 07:00-23:00; Apr-Oct 06:00-24:00", _SAME, "", _WEEKEND),
)
_EXCEPTIONS = (
    DatedHours(date(2025, 7, 20), date(2025, 8, 10), ""),
    DatedHours(date(2025, 8, 1), date(2025, 8, 2), "20:00-25:00"),
    DatedHours(date(2026, 10, 3), date(2026, 10, 9), "06:30-22:30"),
)


def official_calendar() -> Calendar:
    """The notices that come with the code."""
    days = [day for notice in shipped_notices() for day in notice.days]
    years = frozenset(notice.year for notice in shipped_notices())
    return Calendar({day.on: day.kind for day in days}, {day.on: day.name for day in days}, years)


def expressions() -> list[str]:
    """Every expression once: plain, and what the service makes of each plan, with exceptions and without."""
    calendar = official_calendar()
    compiled = (
        compile_hours(
            base,
            holiday_policy=policy,
            holiday_hours=hours,
            makeup_policy=makeup,
            calendar=calendar,
            exceptions=exceptions,
            first=FIRST,
            last=LAST,
        )
        for base, policy, hours, makeup in _PLANS
        for exceptions in ((), _EXCEPTIONS)
    )
    return list(dict.fromkeys([*PLAIN, *compiled]))


if __name__ == "__main__":
    sys.stdout.write("\n".join(expressions()))
