"""Things are asked for, kept with the points for a term, handed over for a code, or go back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import KeyReused, NotFound
from app.models import Station, StationStatus
from app.models.points import (
    HoldState,
    PointsAccountKind,
    PointsHold,
    PointsOffer,
    PointsScheme,
    PointsWallet,
    TransferKind,
)
from app.services import authority, outbox, stations
from app.services.points import books, offers, queries
from app.services.points.books import Cause
from app.services.points.errors import (
    CodeUnknown,
    EnoughOfIt,
    HoldOver,
    NotEnough,
    NotOffered,
    OwnHold,
    SoldOut,
)
from app.services.points.events import HoldEnded
from app.services.stations.queries import STATION_ROLES

_CODES = 1_000_000  # six digits: short to say, and good at one station while it waits alone
_AT_ONCE = 100
_MOST_LISTED = 200
_HAD = (HoldState.OPEN, HoldState.HANDED_OVER)


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is, or was, kept for somebody: what, and where."""

    hold: PointsHold
    offer: PointsOffer
    station: Station


async def ask(session: AsyncSession, hold_id: UUID, offer_id: UUID, *, by: Actor, now: datetime) -> Kept:
    """Have something kept for the caller: its points are held, the stock is one less.

    The same id and offer again is the same hold.

    Raises:
        NotFound: there is no such offer.
        KeyReused: the id stands for another hold.
        NotOffered, SoldOut, EnoughOfIt, NotEnough: see there.
    """
    offer = await offers.lock(session, offer_id)
    wallet = await books.wallet_of(session, queries.own_id(by), offer.scheme_code)
    wallets = await books.wallets_of(session, wallet)
    if kept := await session.get(PointsHold, hold_id):
        if kept.offer_id != offer_id or kept.wallet_id not in wallets:
            raise KeyReused
        return await _shown(session, kept)
    station = await session.get_one(Station, offer.station_id)
    if not offers.is_on(offer, local_day(now)) or station.status is not StationStatus.IN_SERVICE:
        raise NotOffered
    if offer.stock < 1:
        raise SoldOut
    if offer.per_person is not None and await _had(session, offer_id, wallets) >= offer.per_person:
        raise EnoughOfIt(per_person=offer.per_person)
    return await _keep(session, hold_id, offer, station, wallet, now=now)


async def _keep(
    session: AsyncSession,
    hold_id: UUID,
    offer: PointsOffer,
    station: Station,
    wallet: PointsWallet,
    *,
    now: datetime,
) -> Kept:
    available, held = await books.lock(
        session,
        offer.scheme_code,
        (PointsAccountKind.AVAILABLE, wallet.id),
        (PointsAccountKind.HELD, wallet.id),
    )
    if available.balance < offer.price:
        raise NotEnough(missing=offer.price - available.balance)
    scheme = await session.get_one(PointsScheme, offer.scheme_code)
    offer.stock -= 1
    hold = PointsHold(
        id=hold_id,
        offer_id=offer.id,
        station_id=station.id,
        wallet_id=wallet.id,
        price=offer.price,
        code=await _free_code(session, station.id),
        state=HoldState.OPEN,
        held_at=now,
        expires_at=now + timedelta(minutes=scheme.hold_minutes),
        reason="",
    )
    session.add(hold)
    await books.move(
        session,
        TransferKind.HOLD,
        hold.price,
        debit=available,
        credit=held,
        wallet_id=wallet.id,
        now=now,
        cause=Cause(origin=str(hold_id)),
    )
    return Kept(hold, offer, station)


async def hand_over(session: AsyncSession, station_id: UUID, code: str, *, by: Actor, now: datetime) -> Kept:
    """Hand over, at a station of the caller's, what waits under a code: its points are spent.

    Raises:
        NotFound: the station is not the caller's.
        CodeUnknown: no such code waits there.
        HoldOver: its term is over.
        OwnHold: it is kept for the caller.
    """
    await stations.queries.check_in_scope(session, station_id, by=by)
    query = select(PointsHold).where(
        PointsHold.station_id == station_id, PointsHold.code == code, PointsHold.state == HoldState.OPEN
    )
    hold = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if hold is None:
        raise CodeUnknown
    if hold.expires_at <= now:
        raise HoldOver
    wallet = await session.get_one(PointsWallet, hold.wallet_id, populate_existing=True)
    if wallet.account_id == by.account_id:
        raise OwnHold
    redeemed, held = await books.lock(
        session,
        wallet.scheme_code,
        (PointsAccountKind.REDEEMED, None),
        (PointsAccountKind.HELD, wallet.id),
    )
    await books.move(
        session,
        TransferKind.REDEEM,
        hold.price,
        debit=held,
        credit=redeemed,
        wallet_id=wallet.id,
        now=now,
        cause=Cause(origin=str(hold.id)),
    )
    hold.decided_by = by.account_id
    kept = await _shown(session, hold)
    _end(session, kept, HoldState.HANDED_OVER, now=now)
    return kept


async def cancel(session: AsyncSession, hold_id: UUID, *, by: Actor, now: datetime) -> Kept:
    """Give back what is kept for the caller, and get the points back; twice is once.

    Raises:
        NotFound: it is not the caller's.
        HoldOver: it was fetched, or went back before.
    """
    mine = select(PointsWallet.id).where(PointsWallet.account_id == queries.own_id(by))
    query = select(PointsHold).where(PointsHold.id == hold_id, PointsHold.wallet_id.in_(mine))
    hold = await _locked(session, query)
    if hold.state is HoldState.CANCELLED:
        return await _shown(session, hold)
    return await _give_back(session, hold, HoldState.CANCELLED, now=now)


async def refuse(session: AsyncSession, hold_id: UUID, reason: str, *, by: Actor, now: datetime) -> Kept:
    """Say, for the station, that something cannot be had; the rider reads why and gets the points back.

    Raises:
        NotFound: it waits at no station of the caller's.
        HoldOver: it was fetched, or went back before.
    """
    mine = (
        select(Station.id)
        .where(Station.id == PointsHold.station_id)
        .where(authority.covers(by, roles=STATION_ROLES, area=Station.area_code, station=Station.id))
    )
    hold = await _locked(session, select(PointsHold).where(PointsHold.id == hold_id, mine.exists()))
    kept = await _give_back(session, hold, HoldState.REFUSED, now=now)
    hold.reason, hold.decided_by = reason, by.account_id
    return kept


async def lapse(session: AsyncSession, *, now: datetime) -> int:
    """Give back what nobody fetched within its term, and what erased people left; return how many.

    For a job. It waits for nobody: what is in use now is looked at the next time.
    """
    query = (
        select(PointsHold)
        .join(PointsOffer, PointsOffer.id == PointsHold.offer_id)
        .join(PointsWallet, PointsWallet.id == PointsHold.wallet_id)
        .where(
            PointsHold.state == HoldState.OPEN,
            (PointsHold.expires_at <= now) | PointsWallet.account_id.is_(None),
        )
        .order_by(PointsHold.expires_at)
        .limit(_AT_ONCE)
        .with_for_update(of=(PointsHold, PointsOffer), skip_locked=True)
        .execution_options(populate_existing=True)
    )
    found = (await session.scalars(query)).all()
    for hold in found:
        await _give_back(session, hold, HoldState.LAPSED, now=now)
    return len(found)


async def own(session: AsyncSession, *, by: Actor) -> list[Kept]:
    """Return what is, or was, kept for the caller, the newest first; at most two hundred."""
    query = _with_all().join(PointsWallet, PointsWallet.id == PointsHold.wallet_id)
    mine = query.where(PointsWallet.account_id == queries.own_id(by))
    rows = await session.execute(mine.order_by(PointsHold.held_at.desc()).limit(_MOST_LISTED))
    return [Kept(*row) for row in rows]


async def waiting(session: AsyncSession, station_id: UUID, *, by: Actor) -> list[Kept]:
    """Return what waits at a station of the caller's, the first to end first; nobody's name, no code.

    Raises:
        NotFound: the station is not theirs.
    """
    await stations.queries.check_in_scope(session, station_id, by=by)
    query = _with_all().where(PointsHold.station_id == station_id, PointsHold.state == HoldState.OPEN)
    rows = await session.execute(query.order_by(PointsHold.expires_at, PointsHold.id).limit(_MOST_LISTED))
    return [Kept(*row) for row in rows]


async def _locked(session: AsyncSession, query: Select[PointsHold]) -> PointsHold:
    hold = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if hold is None:
        raise NotFound
    return hold


async def _give_back(session: AsyncSession, hold: PointsHold, state: HoldState, *, now: datetime) -> Kept:
    """Put the thing back on the shelf and the points into the purse that its person has today.

    Points whose last day is over meanwhile expire in the next night.
    """
    if hold.state is not HoldState.OPEN:
        raise HoldOver
    offer = await offers.lock(session, hold.offer_id)
    wallet = await session.get_one(PointsWallet, hold.wallet_id, populate_existing=True)
    today = wallet
    if wallet.account_id is not None:
        today = await books.wallet_of(session, wallet.account_id, wallet.scheme_code)
    held, available = await books.lock(
        session,
        wallet.scheme_code,
        (PointsAccountKind.HELD, wallet.id),
        (PointsAccountKind.AVAILABLE, today.id),
    )
    await books.move(
        session,
        TransferKind.REFUND,
        hold.price,
        debit=held,
        credit=available,
        wallet_id=today.id,
        now=now,
        cause=Cause(origin=str(hold.id)),
    )
    offer.stock += 1
    await books.look_again(session, today.id, on=local_day(now) + timedelta(days=1))
    kept = await _shown(session, hold)
    _end(session, kept, state, now=now)
    return kept


def _end(session: AsyncSession, kept: Kept, state: HoldState, *, now: datetime) -> None:
    kept.hold.state, kept.hold.ended_at = state, now
    event = HoldEnded(kept.hold.id, state.value)
    outbox.record(session, event, now=now, area_code=kept.station.area_code)


def _with_all() -> Select[PointsHold, PointsOffer, Station]:
    return (
        select(PointsHold, PointsOffer, Station)
        .join(PointsOffer, PointsOffer.id == PointsHold.offer_id)
        .join(Station, Station.id == PointsHold.station_id)
    )


async def _shown(session: AsyncSession, hold: PointsHold) -> Kept:
    offer = await session.get_one(PointsOffer, hold.offer_id)
    return Kept(hold, offer, await session.get_one(Station, hold.station_id))


async def _had(session: AsyncSession, offer_id: UUID, wallets: Sequence[UUID]) -> int:
    query = select(func.count()).where(
        PointsHold.offer_id == offer_id, PointsHold.wallet_id.in_(wallets), PointsHold.state.in_(_HAD)
    )
    return int(await session.scalar(query) or 0)


async def _free_code(session: AsyncSession, station_id: UUID) -> str:
    """Return a code under which nothing waits at a station."""
    query = select(PointsHold.code).where(
        PointsHold.station_id == station_id, PointsHold.state == HoldState.OPEN
    )
    taken = set(await session.scalars(query))
    while (code := f"{secrets.randbelow(_CODES):06d}") in taken:
        pass
    return code
