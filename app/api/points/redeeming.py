"""Points are spent at stations: what is offered, kept, fetched by a code, given back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.api.deps import Now, OnceDep, Person, ReadDep, SessionDep, StationStaff, Worker
from app.api.errors import problems
from app.api.points.redeem_schemas import (
    CodeIn,
    HoldIn,
    HoldOut,
    HoldsOut,
    KeptOut,
    OfferChangeIn,
    OfferIn,
    OfferOut,
    OffersOut,
    RefusalIn,
    StockIn,
    WaitingOut,
)
from app.api.schemas import AreaCodeText
from app.core.errors import EditConflict, InvalidInput, KeyReused, NotFound
from app.models import Station
from app.models.points import PointsOffer
from app.services import points
from app.services.points import holds, offers
from app.services.reports.masking import masked

router = APIRouter(prefix="/points", tags=["points"])


@router.get("/offers", responses=problems(InvalidInput))
async def list_offers(
    *,
    session: ReadDep,
    now: Now,
    station_id: UUID | None = None,
    area: Annotated[AreaCodeText | None, Query(description="one of the two is needed")] = None,
) -> OffersOut:
    """List what is offered for points now at a station or in an area, the cheapest first."""
    if station_id is None and area is None:
        raise InvalidInput(hint="station_id, area")
    found = await offers.live(session, station_id=station_id, area_code=area, now=now)
    return OffersOut(offers=[OfferOut.of(*each) for each in found])


@router.post(
    "/offers",
    status_code=201,
    responses=problems(NotFound, points.PointsOff, KeyReused),
)
async def add_offer(given: OfferIn, *, by: StationStaff, session: SessionDep, now: Now) -> OfferOut:
    """Offer something at a station of one's own; the same id and content again is the same offer."""
    made = await offers.add(
        session, given.id, given.read(), station_id=given.station_id, stock=given.stock, by=by, now=now
    )
    return await _with_station(session, made)


@router.put("/offers/{offer_id:uuid}", responses=problems(NotFound, EditConflict))
async def change_offer(
    offer_id: UUID, given: OfferChangeIn, *, by: StationStaff, session: SessionDep, now: Now
) -> OfferOut:
    """Say anew what is offered; what is kept for somebody keeps its price."""
    changed = await offers.change(session, offer_id, given.read(), version=given.version, by=by, now=now)
    return await _with_station(session, changed)


@router.post(
    "/offers/{offer_id:uuid}/stock",
    response_model=OfferOut,
    responses=problems(NotFound, points.StockTooLow, KeyReused),
)
async def restock_offer(
    offer_id: UUID, given: StockIn, *, by: StationStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Put more on the shelf, or take some off it; send an Idempotency-Key, so that a retry counts once."""

    async def work() -> OfferOut:
        return await _with_station(
            session, await offers.restock(session, offer_id, given.more, by=by, now=now)
        )

    return await once(work)


@router.get("/stations/{station_id:uuid}/offers", responses=problems(NotFound))
async def list_station_offers(station_id: UUID, by: StationStaff, session: ReadDep) -> OffersOut:
    """List all offers of a station of one's own, past ones too."""
    found = await offers.of_station(session, station_id, by=by)
    return OffersOut(offers=[OfferOut.of(*each) for each in found])


@router.post(
    "/holds",
    status_code=201,
    responses=problems(
        NotFound,
        points.NotOffered,
        points.SoldOut,
        points.EnoughOfIt,
        points.NotEnough,
        KeyReused,
    ),
)
async def ask_for_offer(given: HoldIn, *, by: Worker, session: SessionDep, now: Now) -> HoldOut:
    """Have something kept: its points are held until it is fetched, given back, or the term is over."""
    return HoldOut.of(await holds.ask(session, given.id, given.offer_id, by=by, now=now))


@router.get("/me/holds")
async def list_own_holds(by: Person, session: ReadDep) -> HoldsOut:
    """List what is, or was, kept for oneself, with the code of what still waits."""
    return HoldsOut(holds=[HoldOut.of(each) for each in await holds.own(session, by=by)])


@router.post("/holds/{hold_id:uuid}/cancel", responses=problems(NotFound, points.HoldOver))
async def cancel_hold(hold_id: UUID, by: Person, session: SessionDep, now: Now) -> HoldOut:
    """Give back what one asked for; its points are one's own again."""
    return HoldOut.of(await holds.cancel(session, hold_id, by=by, now=now))


@router.get("/stations/{station_id:uuid}/holds", responses=problems(NotFound))
async def list_waiting(station_id: UUID, by: StationStaff, session: ReadDep) -> WaitingOut:
    """List what waits at a station of one's own; for whom, and under which code, is not said."""
    return WaitingOut(waiting=[KeptOut.of(each) for each in await holds.waiting(session, station_id, by=by)])


@router.post(
    "/stations/{station_id:uuid}/hand-over",
    response_model=KeptOut,
    responses=problems(NotFound, points.CodeUnknown, points.HoldOver, points.OwnHold, KeyReused),
)
async def hand_over(
    station_id: UUID, given: CodeIn, *, by: StationStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Hand over what waits under the code that a rider shows; it works once."""

    async def work() -> KeptOut:
        return KeptOut.of(await holds.hand_over(session, station_id, given.code, by=by, now=now))

    return await once(work)


@router.post("/holds/{hold_id:uuid}/refuse", responses=problems(NotFound, points.HoldOver))
async def refuse_hold(
    hold_id: UUID, given: RefusalIn, *, by: StationStaff, session: SessionDep, now: Now
) -> KeptOut:
    """Say that something cannot be had; the rider is told why and has the points back."""
    return KeptOut.of(await holds.refuse(session, hold_id, masked(given.reason), by=by, now=now))


async def _with_station(session: SessionDep, offer: PointsOffer) -> OfferOut:
    return OfferOut.of(offer, await session.get_one(Station, offer.station_id))
