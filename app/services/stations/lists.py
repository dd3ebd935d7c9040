"""Writing an office's whole list: the rules of one station, with a few statements for all of them."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.ids import new_id
from app.models import Amenity, Station, StationAmenity
from app.services.outbox import Channel, announce
from app.services.stations import editing, promises, queries
from app.services.stations.drafts import StationChanges, StationDraft
from app.services.stations.errors import CodeTaken


async def create_all(
    session: AsyncSession, drafts: Sequence[StationDraft], *, by: Actor, now: datetime
) -> list[Station]:
    """Add many stations to the directory at once, as ``create`` would one by one.

    Raises:
        NotFound: an area is outside the caller's scope.
        AreaUnknown: a division is not in force.
        CodeTaken: another station has one of the codes.
    """
    for area_code in sorted({draft.area_code for draft in drafts}):
        await editing.check_area(session, area_code, by=by)
    ids = [new_id() for _ in drafts]
    stations = [
        editing.made(station_id, editing.columns_of_new(draft, station_id, now=now), by=by, now=now)
        for station_id, draft in zip(ids, drafts, strict=True)
    ]
    await editing.insert(session, *stations)
    for station, draft in zip(stations, drafts, strict=True):
        editing.welcome(session, station, draft, by=by, now=now)
    await session.flush()
    if stations:
        await announce(session, Channel.STATIONS, ids)
    return stations


async def keep_all(
    session: AsyncSession, drafts: Sequence[StationDraft], *, by: Actor, now: datetime
) -> list[Station]:
    """Make the stations with the drafts' codes as the drafts say, and return those that this changed.

    Removed stations come back. A draft without a holiday policy keeps the one there is.

    Raises:
        NotFound: a station or an area is outside the caller's scope, or there is no station with a code.
        AreaUnknown: a division is not in force.
        CodeTaken: another station took one's place, and with it the code.
    """
    by_code = {draft.code: draft for draft in drafts if draft.code is not None}
    stations = await queries.by_code_to_change(session, by_code, by=by)
    if len(stations) != len(drafts):
        raise NotFound
    if moved := [station.code for station in stations if station.merged_into_id is not None]:
        raise CodeTaken(station_code="、".join(moved))
    areas = {by_code[each.code].area_code for each in stations} - {each.area_code for each in stations}
    for area_code in sorted(areas):
        await editing.check_area(session, area_code, by=by)
    changed = await _lay_all_over(session, stations, by_code, by=by, now=now)
    await session.flush()
    if changed:
        await announce(session, Channel.STATIONS, [station.id for station in changed])
    return changed


async def _lay_all_over(
    session: AsyncSession,
    stations: Sequence[Station],
    drafts: dict[str, StationDraft],
    *,
    by: Actor,
    now: datetime,
) -> list[Station]:
    ids = [station.id for station in stations]
    promised = await promises.current_of(session, ids)
    had: dict[UUID, dict[Amenity, StationAmenity]] = {station_id: {} for station_id in ids}
    for each in await queries.amenities_of(session, ids):
        had[each.station_id][each.amenity] = each
    changed = []
    for station in stations:
        changes = _changes_of(drafts[station.code])
        if await editing.lay_over(
            session,
            station,
            editing.differing(station, changes, now=now),
            changes["amenities"],
            had=had[station.id],
            promised=promised.get(station.id),
            by=by,
            now=now,
        ):
            changed.append(station)
    return changed


def _changes_of(draft: StationDraft) -> StationChanges:
    changes: dict[str, Any] = {each.name: getattr(draft, each.name) for each in fields(draft)}
    if draft.holiday_policy is None:
        del changes["holiday_policy"]
    return cast(StationChanges, changes)
