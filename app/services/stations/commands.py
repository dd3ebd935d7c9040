"""Creating and editing one station: the same entry for pages and for the command line."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound
from app.core.geo import Point
from app.core.ids import new_id
from app.models import Station, StationStatus
from app.services import accounts, authority
from app.services.accounts import editors
from app.services.outbox import Channel, announce, record
from app.services.stations import editing, moving, placing, promises, queries
from app.services.stations.drafts import StationChanges, StationDraft
from app.services.stations.errors import CodeTaken, MergeImpossible, MovedFar
from app.services.stations.events import StationMerged, StationRemoved
from app.services.stations.queries import AREA_ROLES


async def create(
    session: AsyncSession,
    draft: StationDraft,
    *,
    confirm_far: bool = False,
    by: Actor,
    now: datetime,
    station_id: UUID | None = None,
) -> Station:
    """Add a station to the directory; ``station_id`` may be the client's own.

    The same draft with the same id again gives the station that the first one made. ``confirm_far``: the
    editor was asked whether it really stands so far from the rest of its division.

    Raises:
        NotFound: the area is outside the caller's scope.
        AreaUnknown: no such division is in force.
        CodeTaken: another station has the code.
        KeyReused: the id came with another draft before.
        StationElsewhere: it would stand far from its division, and nobody confirmed that.
    """
    await editing.check_area(session, draft.area_code, by=by)
    station_id = station_id or new_id()
    columns = editing.columns_of_new(draft, station_id, now=now)
    if kept := await _kept(session, station_id, columns):
        return kept
    if not confirm_far:
        place = Point(columns["lat"], columns["lon"])
        await placing.check(session, place, draft.area_code, code=columns["code"])
    station = editing.made(station_id, columns, by=by, now=now)
    try:
        await editing.insert(session, station)
    except (CodeTaken, KeyReused):
        if kept := await _kept(session, station_id, columns):
            return kept  # the same request came twice at once
        raise
    editing.welcome(session, station, draft, by=by, now=now)
    await announce(session, Channel.STATIONS, [station.id])
    return station


async def _kept(session: AsyncSession, station_id: UUID, columns: Mapping[str, Any]) -> Station | None:
    """Return the station that an earlier request with this id made."""
    kept = await session.get(Station, station_id)
    if kept is not None and any(getattr(kept, name) != value for name, value in columns.items()):
        raise KeyReused
    return kept


async def revise(
    session: AsyncSession,
    station_id: UUID,
    changes: StationChanges,
    *,
    version: int,
    confirm_far: bool = False,
    by: Actor,
    now: datetime,
) -> Station:
    """Edit a station; what ``changes`` leaves out stays.

    Args:
        session: the transaction of the edit.
        station_id: which station.
        changes: the new values.
        version: the version that the editor saw.
        confirm_far: the editor was asked whether the station really moves or stands that far.
        by: the editor. Area and code are for staff of the area, the rest for the station's manager too.
        now: the present instant.

    Raises:
        NotFound: it is gone or not the caller's.
        EditConflict: somebody else changed it since; the error names them.
        MovedFar: it would move kilometres away, stay in its division, and nobody confirmed that.
        StationElsewhere: it would stand far from its division, and nobody confirmed that.
    """
    station = await queries.get_to_change(session, station_id, by=by)
    await editors.check_version(session, station, version)
    different = editing.differing(station, changes, now=now)
    await _check_staff_fields(session, station, different, by=by)
    if not confirm_far:
        await _check_place(session, station, different)
    amenities = changes.get("amenities")
    had = [] if amenities is None else await queries.amenities_of(session, [station_id])
    promised = await promises.current_of(session, [station_id])
    if await editing.lay_over(
        session,
        station,
        different,
        amenities,
        had={each.amenity: each for each in had},
        promised=promised.get(station_id),
        by=by,
        now=now,
    ):
        await announce(session, Channel.STATIONS, [station_id])
        await session.flush()
    return station


async def _check_place(session: AsyncSession, station: Station, different: Mapping[str, Any]) -> None:
    if not different.keys() & {"area_code", "lat", "lon"}:
        return
    old = Point(station.lat, station.lon)
    new = Point(different.get("lat", old.lat), different.get("lon", old.lon))
    if "area_code" not in different and (kilometres := moving.far_km(old, new)) is not None:
        raise MovedFar(kilometres=kilometres)
    await placing.check(session, new, different.get("area_code", station.area_code), code=station.code)


async def _check_staff_fields(
    session: AsyncSession, station: Station, different: Mapping[str, Any], *, by: Actor
) -> None:
    if different.keys() & {"area_code", "code", "status"} and not authority.may(
        by, roles=AREA_ROLES, area_code=station.area_code
    ):
        raise NotFound
    if "area_code" in different:
        await editing.check_area(session, different["area_code"], by=by)
    taken = different.get("code") and await queries.find_by_code(session, different["code"])
    if taken:
        raise CodeTaken(station_code=different["code"])


async def remove(session: AsyncSession, station_id: UUID, *, by: Actor, now: datetime) -> Station:
    """Take a station out of the directory; its row and history stay.

    Raises:
        NotFound: it is gone already or not the caller's.
    """
    station = await queries.get_to_change(session, station_id, by=by, roles=AREA_ROLES)
    await _withdraw(session, station, by=by, now=now)
    record(session, StationRemoved(station.id), now=now, area_code=station.area_code)
    return station


async def merge(
    session: AsyncSession, station_id: UUID, *, into_id: UUID, by: Actor, now: datetime
) -> Station:
    """Let another station take a station's place, after a move or a merger; the old id leads there.

    Returns:
        The station that stays.

    Raises:
        NotFound: one of the two is gone or not the caller's.
        MergeImpossible: they are one and the same.
    """
    if station_id == into_id:
        raise MergeImpossible
    locked = {
        each: await queries.get_to_change(session, each, by=by, roles=AREA_ROLES)
        for each in sorted((station_id, into_id))  # one order for all: two merges cannot wait for each other
    }
    old, heir = locked[station_id], locked[into_id]
    for earlier in await queries.merged_into(session, old.id):
        earlier.merged_into_id = heir.id
        await editing.touch(session, earlier, by=by, now=now)
    old.merged_into_id = heir.id
    await _withdraw(session, old, by=by, now=now)
    await accounts.follow_heir(session, old.id, heir.id, by=by, now=now)
    record(session, StationMerged(old.id, heir.id), now=now, area_code=old.area_code)
    return heir


async def _withdraw(session: AsyncSession, station: Station, *, by: Actor, now: datetime) -> None:
    """Mark a station as removed; it promises nothing any more."""
    station.status = StationStatus.REMOVED
    promised = await promises.current_of(session, [station.id])
    promises.keep(session, station, promised.get(station.id), now=now)
    await editing.touch(session, station, by=by, now=now)
