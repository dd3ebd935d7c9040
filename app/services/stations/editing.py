"""What every way of writing a station shares: its row, what it has, what it promises, and who is told."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import KeyReused, NotFound
from app.models import Amenity, Station, StationAmenity, StationDeparture, StationHours
from app.services import areas, authority
from app.services.outbox import Channel, announce, record
from app.services.stations import promises, queries
from app.services.stations.drafts import (
    StationChanges,
    StationDraft,
    check_holiday_hours,
    columns_of,
    default_holiday_policy,
)
from app.services.stations.errors import AreaUnknown, CodeTaken
from app.services.stations.events import StationCreated, StationRevised
from app.services.stations.queries import AREA_ROLES

_SECRET_BYTES = 32


def columns_of_new(draft: StationDraft, station_id: UUID, *, now: datetime) -> dict[str, Any]:
    """Return the columns of a new station's row, as far as its draft decides them."""
    given = {each.name: getattr(draft, each.name) for each in fields(draft)}
    columns = columns_of(given, today=local_day(now))
    policy = draft.holiday_policy or default_holiday_policy(columns["opening_hours"])
    check_holiday_hours(policy, columns["holiday_hours"])
    return columns | {"code": draft.code or station_id.hex, "holiday_policy": policy}


def made(station_id: UUID, columns: dict[str, Any], *, by: Actor, now: datetime) -> Station:
    """Return a new station's row."""
    return Station(
        id=station_id,
        code_secret=secrets.token_bytes(_SECRET_BYTES),
        created_at=now,
        changed_at=now,
        changed_by=by.account_id,
        **columns,
    )


async def insert(session: AsyncSession, *stations: Station) -> None:
    """Write new stations' rows.

    Raises:
        CodeTaken: another station has one of the codes.
        KeyReused: another station has one of the ids.
    """
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


def welcome(
    session: AsyncSession, station: Station, draft: StationDraft, *, by: Actor, now: datetime
) -> None:
    """Write what goes with a new station's row."""
    _offer(session, station, draft.amenities, had={}, by=by, now=now)
    promises.keep(session, station, None, now=now)
    record(session, StationCreated(station.id), now=now, area_code=station.area_code)


async def check_area(session: AsyncSession, area_code: str, *, by: Actor) -> None:
    """Return when the caller may file stations under a division.

    Raises:
        NotFound: it is outside the caller's scope.
        AreaUnknown: no such division is in force.
    """
    if not authority.may(by, roles=AREA_ROLES, area_code=area_code):
        raise NotFound
    if not await areas.exists(session, area_code):
        raise AreaUnknown(area_code=area_code)


def differing(station: Station, changes: StationChanges, *, now: datetime) -> dict[str, Any]:
    """Return the columns that changes would give other values, all but the amenities."""
    columns = columns_of(changes, today=local_day(now))
    return {name: value for name, value in columns.items() if getattr(station, name) != value}


async def lay_over(
    session: AsyncSession,
    station: Station,
    different: Mapping[str, Any],
    amenities: Iterable[Amenity] | None,
    *,
    had: Mapping[Amenity, StationAmenity],
    promised: StationHours | None,
    by: Actor,
    now: datetime,
) -> bool:
    """Write what differs, and the fact of it; tell whether anything did. Who is told of it is the caller's.

    Args:
        session: the transaction of the edit.
        station: the station's row, locked.
        different: its columns that get other values.
        amenities: what it has from now on; None when that stays.
        had: what it has now, where ``amenities`` are given.
        promised: the hours it promises until now.
        by: the editor.
        now: the present instant.

    Raises:
        HolidayHoursMissing: the policy is to have own hours on holidays, but none are given.
    """
    if "area_code" in different:
        session.add(StationDeparture(station_id=station.id, area_code=station.area_code, left_at=now))
    for name, value in different.items():
        setattr(station, name, value)
    check_holiday_hours(station.holiday_policy, station.holiday_hours)
    changed = list(different)
    if amenities is not None and had.keys() != (wanted := set(amenities)):
        _offer(session, station, wanted, had=had, by=by, now=now)
        for amenity in had.keys() - wanted:
            await session.delete(had[amenity])
        changed.append("amenities")
    if changed:
        mark_changed(station, by=by, now=now)
        promises.keep(session, station, promised, now=now)
        event = StationRevised(station.id, station.version, ",".join(sorted(changed)))
        record(session, event, now=now, area_code=station.area_code)
    return bool(changed)


def _offer(
    session: AsyncSession,
    station: Station,
    amenities: Iterable[Amenity],
    *,
    had: Mapping[Amenity, StationAmenity],
    by: Actor,
    now: datetime,
) -> None:
    """Add what a station did not have; what it had keeps its state."""
    for amenity in set(amenities) - had.keys():
        session.add(
            StationAmenity(station_id=station.id, amenity=amenity, state_at=now, state_by=by.account_id)
        )


def mark_changed(station: Station, *, by: Actor, now: datetime) -> None:
    """Mark a station as changed, for editors and offline directories."""
    station.version += 1
    station.changed_at = now
    station.changed_by = by.account_id


async def touch(session: AsyncSession, station: Station, *, by: Actor, now: datetime) -> None:
    """Mark a station as changed, and tell every process's memory."""
    mark_changed(station, by=by, now=now)
    await announce(session, Channel.STATIONS, [station.id])
