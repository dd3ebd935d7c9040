"""Weather alerts: anybody reads what holds, staff enter and end, riders ask for an area's."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query

from app.api.deps import Anyone, AreaStaff, Now, ReadDep, RuntimeDep, SessionDep, Worker
from app.api.errors import problems
from app.api.schemas import AreaCodeText
from app.api.weather.schemas import (
    AlertIn,
    AlertList,
    AlertOut,
    HereIn,
    OpenStationOut,
    ShelterOut,
    WatchList,
)
from app.core.errors import KeyReused, NotFound, PositionForeign, PositionSwapped, Unavailable
from app.core.geo import read_in_china
from app.realtime.nearby import nearest_open
from app.services import weather
from app.services.weather import (
    AlertDraft,
    AlertInvalid,
    AlertOver,
    CapUnreadable,
    TooManyWatches,
    read_cap,
)

router = APIRouter(prefix="/weather-alerts", tags=["weather"])

CAP = "application/cap+xml"
_SHELTERS = 3


@router.get("")
async def list_alerts(
    _: Anyone, area: Annotated[AreaCodeText, Query()], session: ReadDep, now: Now
) -> AlertList:
    """List the alerts of a division, of those above it and inside it, that hold or will.

    `GET /v1/stations/nearby?open=now` names the nearest stations that are open.
    """
    found = await weather.in_force(session, area, now=now)
    return AlertList(items=[AlertOut.model_validate(each) for each in found])


@router.get("/{alert_id:uuid}", responses=problems(NotFound))
async def get_alert(_: Anyone, alert_id: UUID, session: ReadDep) -> AlertOut:
    """Return an alert, as the inbox's row about it names it; one that is over, too."""
    return AlertOut.model_validate(await weather.get(session, alert_id))


@router.get(
    "/{alert_id:uuid}/shelter",
    responses=problems(NotFound, PositionSwapped, PositionForeign, Unavailable),
)
async def find_shelter(
    *,
    _: Anyone,
    alert_id: UUID,
    query: Annotated[HereIn, Query()],
    runtime: RuntimeDep,
    session: ReadDep,
    now: Now,
) -> ShelterOut:
    """Return an alert and the nearest stations that are open now; the position is used for this alone."""
    here = read_in_china(query.lat, query.lon, query.coord_type)
    alert = AlertOut.model_validate(await weather.get(session, alert_id))
    found = nearest_open(runtime.realtime.board.table(now), here, now, limit=_SHELTERS)
    return ShelterOut(alert=alert, stations=[OpenStationOut.model_validate(each) for each in found])


@router.post("", status_code=201, responses=problems(NotFound, AlertInvalid, AlertOver, KeyReused))
async def enter_alert(given: AlertIn, by: AreaStaff, session: SessionDep, now: Now) -> AlertOut:
    """Enter an alert: riders in the area are told once, stations that longer hours may help."""
    draft = AlertDraft(**given.model_dump(exclude={"id"}))
    return AlertOut.model_validate(await weather.enter(session, given.id, draft, by=by, now=now))


@router.post("/cap", responses=problems(NotFound, AlertInvalid, CapUnreadable))
async def import_cap(
    content: Annotated[bytes, Body(media_type=CAP)], by: AreaStaff, session: SessionDep, now: Now
) -> AlertList:
    """Take a CAP 1.2 message: `Alert`, `Update` or `Cancel`; the same message again changes nothing.

    Divisions are read from `geocode` values; those that are not the caller's are left out.
    """
    found = await weather.take_cap(session, read_cap(content), by=by, now=now)
    return AlertList(items=[AlertOut.model_validate(each) for each in found])


@router.post("/{alert_id:uuid}/end", responses=problems(NotFound, AlertOver))
async def end_alert(alert_id: UUID, by: AreaStaff, session: SessionDep, now: Now) -> AlertOut:
    """End an alert before its time."""
    return AlertOut.model_validate(await weather.end(session, alert_id, by=by, now=now))


@router.get("/watches")
async def list_watches(by: Worker, session: ReadDep) -> WatchList:
    """List the areas of whose alerts the caller asked to be told."""
    return WatchList(area_codes=list(await weather.watched(session, by=by)))


@router.put("/watches/{area_code}", status_code=204, responses=problems(NotFound, TooManyWatches))
async def watch_area(area_code: AreaCodeText, by: Worker, session: SessionDep, now: Now) -> None:
    """Be told of an area's alerts, wherever one is."""
    await weather.watch(session, area_code, by=by, now=now)


@router.delete("/watches/{area_code}", status_code=204)
async def unwatch_area(area_code: AreaCodeText, by: Worker, session: SessionDep) -> None:
    """Be told of an area's alerts no more."""
    await weather.unwatch(session, area_code, by=by)
