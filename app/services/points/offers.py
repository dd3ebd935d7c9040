"""What stations give for points, put there and kept by those who run the station."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import KeyReused, NotFound
from app.models import Station, StationStatus
from app.models.points import OfferKind, PointsOffer
from app.services import authority, stations
from app.services.accounts import editors
from app.services.points import schemes
from app.services.points.errors import PointsOff, StockTooLow
from app.services.stations.queries import STATION_ROLES

_MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """What may be said anew of an offer; a new price holds for who asks from now on."""

    kind: OfferKind
    name: str
    text: str
    price: int
    per_person: int | None
    starts_on: date
    ends_on: date | None


async def add(
    session: AsyncSession,
    offer_id: UUID,
    draft: OfferDraft,
    *,
    station_id: UUID,
    stock: int,
    by: Actor,
    now: datetime,
) -> PointsOffer:
    """Offer something at a station for points of the scheme in force there; the same again is the same.

    Raises:
        NotFound: the station is not the caller's.
        PointsOff: the station's area has none.
        KeyReused: the id is another offer's.
    """
    station = await stations.queries.get_to_change(session, station_id, by=by)
    if kept := await session.get(PointsOffer, offer_id):
        same = all(getattr(kept, key) == value for key, value in asdict(draft).items())
        if not same or kept.station_id != station_id:
            raise KeyReused
        return kept
    scheme = await schemes.in_force(session, station.area_code)
    if scheme is None:
        raise PointsOff
    offer = PointsOffer(
        id=offer_id,
        scheme_code=scheme.area_code,
        station_id=station_id,
        stock=stock,
        stocked=stock,
        version=1,
        made_at=now,
        changed_at=now,
        changed_by=by.account_id,
        **asdict(draft),
    )
    session.add(offer)
    await session.flush()
    return offer


async def change(
    session: AsyncSession, offer_id: UUID, draft: OfferDraft, *, version: int, by: Actor, now: datetime
) -> PointsOffer:
    """Say anew what is offered; with an end that is over, it is offered no more.

    Raises:
        NotFound: the offer is at no station of the caller's.
        EditConflict: somebody else changed it since.
    """
    offer = await _to_change(session, offer_id, by=by)
    await editors.check_version(session, offer, version)
    for key, value in asdict(draft).items():
        setattr(offer, key, value)
    offer.version, offer.changed_at, offer.changed_by = offer.version + 1, now, by.account_id
    return offer


async def restock(
    session: AsyncSession, offer_id: UUID, more: int, *, by: Actor, now: datetime
) -> PointsOffer:
    """Put more there, or take some away: a difference, so that two managers' taps both count.

    Raises:
        NotFound: the offer is at no station of the caller's.
        StockTooLow: so much is not there; what is kept for somebody stays.
    """
    offer = await _to_change(session, offer_id, by=by)
    if offer.stock + more < 0:
        raise StockTooLow(stock=offer.stock)
    offer.stock += more
    offer.stocked += more
    offer.changed_at, offer.changed_by = now, by.account_id
    return offer


async def lock(session: AsyncSession, offer_id: UUID) -> PointsOffer:
    """Return an offer, locked until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    query = select(PointsOffer).where(PointsOffer.id == offer_id).with_for_update()
    offer = await session.scalar(query.execution_options(populate_existing=True))
    if offer is None:
        raise NotFound
    return offer


def is_on(offer: PointsOffer, today: date) -> bool:
    """Tell whether an offer has begun and is not over."""
    return offer.starts_on <= today and (offer.ends_on is None or today <= offer.ends_on)


async def live(
    session: AsyncSession, *, station_id: UUID | None, area_code: str | None, now: datetime
) -> Sequence[tuple[PointsOffer, Station]]:
    """Return what is offered now at a station or in an area, the cheapest first; at most two hundred."""
    today = local_day(now)
    query = _with_stations().where(
        Station.status == StationStatus.IN_SERVICE,
        PointsOffer.starts_on <= today,
        or_(PointsOffer.ends_on.is_(None), PointsOffer.ends_on >= today),
    )
    if station_id is not None:
        query = query.where(PointsOffer.station_id == station_id)
    if area_code is not None:
        query = query.where(authority.within(Station.area_code, area_code))
    return await _listed(session, query)


async def of_station(
    session: AsyncSession, station_id: UUID, *, by: Actor
) -> Sequence[tuple[PointsOffer, Station]]:
    """Return all offers of a station of the caller's, those of the past too; at most two hundred.

    Raises:
        NotFound: the station is not theirs.
    """
    await stations.queries.check_in_scope(session, station_id, by=by)
    return await _listed(session, _with_stations().where(PointsOffer.station_id == station_id))


def _with_stations() -> Select[PointsOffer, Station]:
    return select(PointsOffer, Station).join(Station, Station.id == PointsOffer.station_id)


async def _listed(
    session: AsyncSession, query: Select[PointsOffer, Station]
) -> Sequence[tuple[PointsOffer, Station]]:
    ordered = query.order_by(PointsOffer.price, PointsOffer.name, PointsOffer.id).limit(_MOST_LISTED)
    return [(offer, station) for offer, station in await session.execute(ordered)]


async def _to_change(session: AsyncSession, offer_id: UUID, *, by: Actor) -> PointsOffer:
    mine = (
        select(Station.id)
        .where(Station.id == PointsOffer.station_id)
        .where(authority.covers(by, roles=STATION_ROLES, area=Station.area_code, station=Station.id))
    )
    query = select(PointsOffer).where(PointsOffer.id == offer_id, mine.exists())
    offer = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if offer is None:
        raise NotFound
    return offer
