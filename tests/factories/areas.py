"""Divisions and grids, as plain functions."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Area, AreaKind, AreaSuccession, DayKind
from app.services.areas import NoticeDay
from app.services.areas.tree import LENGTHS, level_of

# The festivals that a year's notice gives days off for; see ``app.services.areas.notices``.
FESTIVALS_2027 = (
    NoticeDay(date(2027, 1, 1), DayKind.HOLIDAY, "元旦"),
    NoticeDay(date(2027, 2, 6), DayKind.HOLIDAY, "春节"),
    NoticeDay(date(2027, 4, 5), DayKind.HOLIDAY, "清明节"),
    NoticeDay(date(2027, 5, 1), DayKind.HOLIDAY, "劳动节"),
    NoticeDay(date(2027, 6, 9), DayKind.HOLIDAY, "端午节"),
    NoticeDay(date(2027, 10, 1), DayKind.HOLIDAY, "国庆节"),
)


async def make_area(session: AsyncSession, code: str, name: str = "", **given) -> Area:
    """Make a division in force since 2023, with those above it by digits where they are missing."""
    parent = None
    for length in LENGTHS:
        if length >= len(code):
            break
        if await session.get(Area, code[:length]) is None:
            session.add(_area(code[:length], parent))
            await session.flush()
        parent = code[:length]
    area = _area(code, parent, **({"name": name} if name else {}), **given)
    session.add(area)
    await session.flush()
    return area


def _area(code: str, parent: str | None, **given) -> Area:
    return Area(
        **{
            "code": code,
            "name": f"示例{code}",
            "level": level_of(code),
            "kind": AreaKind.OFFICIAL,
            "parent_code": parent,
            "valid_from": date(2023, 6, 30),
            "source": "示例",
            **given,
        }
    )


async def make_succession(session: AsyncSession, code: str, successor_code: str) -> AreaSuccession:
    """Say that one division took over from another."""
    succession = AreaSuccession(code=code, successor_code=successor_code)
    session.add(succession)
    await session.flush()
    return succession
