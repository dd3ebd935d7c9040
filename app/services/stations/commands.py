"""Creating and editing stations: one entry for pages, imports and the command line alike."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import EditConflict, KeyReused, NotFound
from app.core.ids import new_id
from app.models import (
    Amenity,
    Station,
    StationAmenity,
    StationDeparture,
    StationStatus,
)
from app.services import areas, authority
from app.services.outbox import Channel, announce, record
from app.services.stations import queries
from app.services.stations.drafts import (
    StationChanges,
    StationDraft,
    check_holiday_hours,
    columns_of,
    default_holiday_policy,
)
from app.services.stations.errors import AreaUnknown, CodeTaken, MergeImpossible
from app.services.stations.events import StationCreated, StationMerged, StationRemoved, StationRevised
from app.services.stations.queries import AREA_ROLES

_SECRET_BYTES = 32


class Outcome(StrEnum):
    """What became of a draft that was kept by its code."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


async def create(
    session: AsyncSession,
    draft: StationDraft,
    *,
    by: Actor,
    now: datetime,
    station_id: UUID | None = None,
) -> Station:
    """Add a station to the directory; ``station_id`` may be the client's own.

    The same draft with the same id again gives the station that the first one made.

    Raises:
        NotFound: the area is outside the caller's scope.
        AreaUnknown: no such division is in force.
        CodeTaken: another station has the code.
        KeyReused: the id came with another draft before.
    """
    await _check_area(session, draft.area_code, by=by)
    station_id = station_id or new_id()
    columns = _columns_of_new(draft, station_id, now=now)
    if kept := await _kept(session, station_id, columns):
        return kept
    station = _made(station_id, columns, by=by, now=now)
    try:
        await _insert(session, station)
    except (CodeTaken, KeyReused):
        if kept := await _kept(session, station_id, columns):
            return kept  # the same request came twice at once
        raise
    _welcome(session, station, draft, by=by, now=now)
    await announce(session, Channel.STATIONS, [station.id])
    return station


async def create_all(
    session: AsyncSession, drafts: Sequence[StationDraft], *, by: Actor, now: datetime
) -> list[Station]:
    """Add many stations to the directory at once, as :func:`create` would one by one.

    Raises:
        NotFound: an area is outside the caller's scope.
        AreaUnknown: a division is not in force.
        CodeTaken: another station has one of the codes.
    """
    for area_code in {draft.area_code for draft in drafts}:
        await _check_area(session, area_code, by=by)
    ids = [new_id() for _ in drafts]
    stations = [
        _made(station_id, _columns_of_new(draft, station_id, now=now), by=by, now=now)
        for station_id, draft in zip(ids, drafts, strict=True)
    ]
    await _insert(session, *stations)
    for station, draft in zip(stations, drafts, strict=True):
        _welcome(session, station, draft, by=by, now=now)
    await session.flush()
    if stations:
        await announce(session, Channel.STATIONS, ids)
    return stations


def _columns_of_new(draft: StationDraft, station_id: UUID, *, now: datetime) -> dict[str, Any]:
    given = {each.name: getattr(draft, each.name) for each in fields(draft)}
    columns = columns_of(given, today=local_day(now))
    policy = draft.holiday_policy or default_holiday_policy(columns["opening_hours"])
    check_holiday_hours(policy, columns["holiday_hours"])
    return columns | {"code": draft.code or station_id.hex, "holiday_policy": policy}


def _made(station_id: UUID, columns: dict[str, Any], *, by: Actor, now: datetime) -> Station:
    return Station(
        id=station_id,
        code_secret=secrets.token_bytes(_SECRET_BYTES),
        created_at=now,
        changed_at=now,
        changed_by=by.account_id,
        **columns,
    )


def _welcome(
    session: AsyncSession, station: Station, draft: StationDraft, *, by: Actor, now: datetime
) -> None:
    """Write what goes with a station's row."""
    _offer(session, station, draft.amenities, had={}, by=by, now=now)
    record(session, StationCreated(station.id), now=now, area_code=station.area_code)


async def _insert(session: AsyncSession, *stations: Station) -> None:
    codes = [station.code for station in stations]
    try:
        async with session.begin_nested():
            session.add_all(stations)
            await session.flush()
    except IntegrityError as error:
        if "uq_stations_code" in str(error.orig):
            taken = [code for code in codes if await queries.find_by_code(session, code)]
            raise CodeTaken(station_code="、".join(taken or codes)) from error
        raise KeyReused from error


async def _kept(session: AsyncSession, station_id: UUID, columns: Mapping[str, Any]) -> Station | None:
    """Return the station that an earlier request with this id made."""
    kept = await session.get(Station, station_id)
    if kept is not None and any(getattr(kept, name) != value for name, value in columns.items()):
        raise KeyReused
    return kept


async def _check_area(session: AsyncSession, area_code: str, *, by: Actor) -> None:
    if not authority.may(by, roles=AREA_ROLES, area_code=area_code):
        raise NotFound
    if not await areas.exists(session, area_code):
        raise AreaUnknown(area_code=area_code)


async def revise(
    session: AsyncSession,
    station_id: UUID,
    changes: StationChanges,
    *,
    version: int | None,
    by: Actor,
    now: datetime,
) -> Station:
    """Edit a station; what ``changes`` leaves out stays.

    Args:
        session: the transaction of the edit.
        station_id: which station.
        changes: the new values.
        version: the version that the editor saw; None where an office's list rules, as in imports.
        by: the editor. Area and code are for staff of the area, the rest for the station's manager too.
        now: the present instant.

    Raises:
        NotFound: it is gone or not the caller's.
        EditConflict: somebody else changed it since; the error names them.
    """
    station = await queries.get_to_change(session, station_id, by=by)
    if version is not None and version != station.version:
        raise EditConflict(editor=await queries.editor_of(session, station))
    if await _apply(session, station, changes, by=by, now=now):
        await session.flush()
    return station


async def _apply(
    session: AsyncSession, station: Station, changes: StationChanges, *, by: Actor, now: datetime
) -> bool:
    """Write what differs; tell whether anything did."""
    columns = columns_of(changes, today=local_day(now))
    different = {name: value for name, value in columns.items() if getattr(station, name) != value}
    await _check_staff_fields(session, station, different, by=by)
    if "area_code" in different:
        session.add(StationDeparture(station_id=station.id, area_code=station.area_code, left_at=now))
    for name, value in different.items():
        setattr(station, name, value)
    check_holiday_hours(station.holiday_policy, station.holiday_hours)
    changed = list(different)
    if "amenities" in changes:
        had = {each.amenity: each for each in await queries.amenities_of(session, station.id)}
        _offer(session, station, changes["amenities"], had=had, by=by, now=now)
        for amenity in had.keys() - changes["amenities"]:
            await session.delete(had[amenity])
        if had.keys() != set(changes["amenities"]):
            changed.append("amenities")
    if changed:
        await touch(session, station, by=by, now=now)
        event = StationRevised(station.id, station.version, ",".join(sorted(changed)))
        record(session, event, now=now, area_code=station.area_code)
    return bool(changed)


async def _check_staff_fields(
    session: AsyncSession, station: Station, different: dict[str, Any], *, by: Actor
) -> None:
    if different.keys() & {"area_code", "code", "status"} and not authority.may(
        by, roles=AREA_ROLES, area_code=station.area_code
    ):
        raise NotFound
    if "area_code" in different:
        await _check_area(session, different["area_code"], by=by)
    taken = different.get("code") and await queries.find_by_code(session, different["code"])
    if taken:
        raise CodeTaken(station_code=different["code"])


def _offer(
    session: AsyncSession,
    station: Station,
    amenities: Iterable[Amenity],
    *,
    had: dict[Amenity, StationAmenity],
    by: Actor,
    now: datetime,
) -> None:
    """Add what a station did not have; what it had keeps its state."""
    for amenity in set(amenities) - had.keys():
        session.add(
            StationAmenity(station_id=station.id, amenity=amenity, state_at=now, state_by=by.account_id)
        )


async def touch(session: AsyncSession, station: Station, *, by: Actor, now: datetime) -> None:
    """Mark a station as changed, for editors, offline directories and every process's memory."""
    station.version += 1
    station.changed_at = now
    station.changed_by = by.account_id
    await announce(session, Channel.STATIONS, [station.id])


async def keep(
    session: AsyncSession, draft: StationDraft, *, by: Actor, now: datetime
) -> tuple[Station, Outcome]:
    """Make the station with the draft's code as the draft says; for imports.

    A removed station with that code comes back. A draft without a holiday policy keeps the one there is.

    Raises:
        NotFound: the station or the area is outside the caller's scope.
    """
    station = None if draft.code is None else await queries.find_by_code(session, draft.code)
    if station is None:
        return await create(session, draft, by=by, now=now), Outcome.CREATED
    if station.merged_into_id is not None:
        raise CodeTaken(station_code=station.code)
    if station.status is StationStatus.REMOVED:
        return await _revive(session, station, draft, by=by, now=now), Outcome.CHANGED
    station = await queries.get_to_change(session, station.id, by=by)
    changed = await _apply(session, station, _changes_of(draft), by=by, now=now)
    return station, Outcome.CHANGED if changed else Outcome.UNCHANGED


async def _revive(
    session: AsyncSession, station: Station, draft: StationDraft, *, by: Actor, now: datetime
) -> Station:
    if not authority.may(by, roles=AREA_ROLES, area_code=station.area_code):
        raise NotFound
    station.status = StationStatus.PLANNED  # _apply gives it the draft's
    await _apply(session, station, _changes_of(draft), by=by, now=now)
    return station


def _changes_of(draft: StationDraft) -> StationChanges:
    changes: dict[str, Any] = {each.name: getattr(draft, each.name) for each in fields(draft)}
    if draft.holiday_policy is None:
        del changes["holiday_policy"]
    return changes  # type: ignore[return-value]


async def remove(session: AsyncSession, station_id: UUID, *, by: Actor, now: datetime) -> Station:
    """Take a station out of the directory; its row and history stay.

    Raises:
        NotFound: it is gone already or not the caller's.
    """
    station = await queries.get_to_change(session, station_id, by=by, roles=AREA_ROLES)
    station.status = StationStatus.REMOVED
    await touch(session, station, by=by, now=now)
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
        await touch(session, earlier, by=by, now=now)
    old.status = StationStatus.REMOVED
    old.merged_into_id = heir.id
    await touch(session, old, by=by, now=now)
    record(session, StationMerged(old.id, heir.id), now=now, area_code=old.area_code)
    return heir
