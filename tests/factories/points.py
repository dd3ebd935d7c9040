"""Schemes, rules and points for tests, as plain functions."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import utc_now
from app.models import Station
from app.models.points import (
    CapPer,
    OfferKind,
    PointsHold,
    PointsOffer,
    PointsRule,
    PointsScheme,
    PointsSource,
    PointsTransfer,
)
from app.services.points import books, earning, holds
from app.services.points.earning import Deed
from tests.factories.stations import COMMUNITY, make_area

COUNTY = COMMUNITY[:6]
SINCE = date(2026, 1, 1)


async def make_scheme(session: AsyncSession, area_code: str = COUNTY, **given: Any) -> PointsScheme:
    """Switch points on in a county, since the beginning of the year."""
    await make_area(session, area_code)
    scheme = PointsScheme(
        **{
            "area_code": area_code,
            "is_on": True,
            "since": SINCE,
            "hold_minutes": 60,
            "lasts_months": 12,
            "version": 1,
            "changed_at": utc_now(),
            **given,
        }
    )
    session.add(scheme)
    await session.flush()
    await books.open_scheme(session, area_code)
    return scheme


async def make_rule(session: AsyncSession, scheme: PointsScheme, **given: Any) -> PointsRule:
    """Give ten points for an hour, at most a hundred a day."""
    source = given.get("source", PointsSource.HOURS)
    rule = PointsRule(
        **{
            "id": uuid4(),
            "scheme_code": scheme.area_code,
            "source": source,
            "includes_typed": False,
            "points": 10,
            "per_minutes": 60 if source is PointsSource.HOURS else None,
            "cap": 100,
            "cap_per": CapPer.DAY,
            "valid_from": SINCE,
            "version": 1,
            "made_at": utc_now(),
            **given,
        }
    )
    session.add(rule)
    await session.flush()
    return rule


async def make_points(
    session: AsyncSession, account_id: UUID, points: int, *, on: date | None = None
) -> PointsTransfer:
    """Have somebody earn points in the county, by a rule that is made if need be."""
    scheme = await session.get(PointsScheme, COUNTY) or await make_scheme(session)
    day = on or date(2026, 11, 18)
    deed = Deed(account_id, COMMUNITY, PointsSource.CHECK, day, origin=uuid4().hex)
    rule = await make_rule(
        session,
        scheme,
        source=PointsSource.CHECK,
        points=points,
        cap=100_000,
        valid_from=day,
        valid_to=day,
    )
    given = await earning.reward(session, deed, now=utc_now())
    rule.valid_to = date(2000, 1, 1)  # it never was in force, so that the next one may be
    await session.flush()
    if given is None:
        raise LookupError("points are off")
    return given


async def make_offer(session: AsyncSession, station: Station, **given: Any) -> PointsOffer:
    """Offer one umbrella for ten points at a station of the county."""
    await session.get(PointsScheme, COUNTY) or await make_scheme(session)
    offer = PointsOffer(
        **{
            "id": uuid4(),
            "scheme_code": COUNTY,
            "station_id": station.id,
            "kind": OfferKind.GOODS,
            "name": "雨伞",
            "text": "",
            "price": 10,
            "starts_on": SINCE,
            "stock": 1,
            "stocked": given.get("stock", 1),
            "made_at": utc_now(),
            "changed_at": utc_now(),
            **given,
        }
    )
    session.add(offer)
    await session.flush()
    return offer


async def make_hold(session: AsyncSession, offer: PointsOffer, account_id: UUID) -> PointsHold:
    """Have an offer kept for somebody."""
    kept = await holds.ask(session, uuid4(), offer.id, by=Actor(account_id), now=utc_now())
    return kept.hold
