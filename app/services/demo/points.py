"""Points in the demonstration: one district has them, for what was served lately; four stations give things.

What is given for how much is invented; a district decides that for itself.
"""

import random
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import SHANGHAI, local_day
from app.models import ActivityKind, LedgerBook, LedgerEntry, Station
from app.models.points import CapPer, OfferKind, PointsOffer, PointsRule, PointsScheme, PointsSource
from app.services import authority
from app.services.demo.places import GRIDDED
from app.services.points import books, earning

_DAYS, _MOST_ENTRIES = 60, 60
# What earns, of which kind of activity, how much, for how many minutes, and at most how much a day or month.
_RULES = (
    (PointsSource.HOURS, None, 10, 60, 80, CapPer.DAY),
    (PointsSource.HOURS, ActivityKind.NIGHT_PATROL, 15, 60, 80, CapPer.DAY),
    (PointsSource.REPORT, None, 20, None, 100, CapPer.MONTH),
    (PointsSource.CHECK, None, 5, None, 25, CapPer.DAY),
)
_OFFERS = (
    (OfferKind.GOODS, "一次性雨衣(演示)", 10, 30, None),
    (OfferKind.GOODS, "加厚手套(演示)", 20, 12, 1),
    (OfferKind.SERVICE, "电动车检修(演示)", 30, 6, 1),
    (OfferKind.GOODS, "早餐券(演示)", 10, 1, None),
)


async def add(session: AsyncSession, *, dice: random.Random, now: datetime) -> int:
    """Switch points on in one district and return how many times somebody earned some."""
    since = local_day(now) - timedelta(days=_DAYS)
    session.add(
        PointsScheme(
            area_code=GRIDDED.code,
            is_on=True,
            since=since,
            hold_minutes=24 * 60,
            lasts_months=24,
            version=1,
            changed_at=now,
        )
    )
    await session.flush()
    await books.open_scheme(session, GRIDDED.code)
    for source, kind, worth, per_minutes, cap, cap_per in _RULES:
        session.add(
            PointsRule(
                id=_id(dice),
                scheme_code=GRIDDED.code,
                source=source,
                activity_kind=kind,
                includes_typed=False,
                points=worth,
                per_minutes=per_minutes,
                cap=cap,
                cap_per=cap_per,
                valid_from=since,
                version=1,
                made_at=now,
            )
        )
    await _offer(session, dice, now)
    await session.flush()
    return await _earn(session, now)


async def _earn(session: AsyncSession, now: datetime) -> int:
    query = (
        select(LedgerEntry.id, LedgerEntry.served_on)
        .join(LedgerBook, LedgerBook.id == LedgerEntry.book_id)
        .where(authority.within(LedgerBook.area_code, GRIDDED.code))
        .order_by(LedgerEntry.served_on.desc(), LedgerEntry.id)
        .limit(_MOST_ENTRIES)
    )
    earned = 0
    for entry_id, served_on in reversed((await session.execute(query)).all()):
        evening = datetime.combine(served_on, time(20), SHANGHAI)
        earned += await earning.reward_entry(session, entry_id, now=min(evening, now)) is not None
    return earned


async def _offer(session: AsyncSession, dice: random.Random, now: datetime) -> None:
    query = select(Station.id).where(authority.within(Station.area_code, GRIDDED.code)).order_by(Station.code)
    places = (await session.scalars(query.limit(len(_OFFERS)))).all()
    for station_id, (kind, name, price, stock, per_person) in zip(places, _OFFERS, strict=False):
        session.add(
            PointsOffer(
                id=_id(dice),
                scheme_code=GRIDDED.code,
                station_id=station_id,
                kind=kind,
                name=name,
                text="",
                price=price,
                per_person=per_person,
                starts_on=local_day(now),
                stock=stock,
                stocked=stock,
                made_at=now,
                changed_at=now,
            )
        )


def _id(dice: random.Random) -> UUID:
    return UUID(bytes=dice.randbytes(16), version=4)
