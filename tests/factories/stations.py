"""Stations for tests: an area chain and a station in it, whatever is not given invented."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.core.geo import CoordType, Point, from_wgs84
from app.core.ids import new_id
from app.models import (
    Amenity,
    AmenityState,
    Area,
    AreaKind,
    HolidayPolicy,
    HoursException,
    Photo,
    PhotoPurpose,
    PhotoState,
    Station,
    StationAmenity,
    StationClosure,
    StationKind,
)
from app.services.stations import promises
from tests.factories.accounts import make_account
from tests.factories.photos import make_photo

COMMUNITY = "620902006001"  # in 肃州区; the last three digits are invented
SUZHOU = Point(39.7431, 98.5083)
MADE_AT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
_LEVELS = (2, 4, 6, 9, 12)


async def make_area(session: AsyncSession, code: str = COMMUNITY, name: str = "测试社区") -> str:
    """Make a division and those above it, unless they are there."""
    for length in (each for each in _LEVELS if each <= len(code)):
        above = code[: max((each for each in _LEVELS if each < length), default=0)] or None
        values = {
            "code": code[:length],
            "name": name if length == len(code) else f"区划{code[:length]}",
            "level": _LEVELS.index(length) + 1,
            "kind": AreaKind.OFFICIAL,
            "parent_code": above,
            "valid_from": date(2000, 1, 1),
            "source": "test",
        }
        await session.execute(insert(Area).values(values).on_conflict_do_nothing())
    return code


async def make_station(
    session: AsyncSession,
    *,
    area_code: str = COMMUNITY,
    at: Point = SUZHOU,
    amenities: dict[Amenity, AmenityState] | None = None,
    **given: Any,
) -> Station:
    """Make a station; it is open round the clock on every day unless told otherwise."""
    await make_area(session, area_code)
    station_id: UUID = given.pop("id", None) or new_id()
    lat, lon = from_wgs84(at, CoordType.GCJ02)
    values: dict[str, Any] = {
        "code": f"T{station_id.hex[-12:]}",
        "name": "金泉路暖蜂驿站",
        "kind": StationKind.WARM_STATION,
        "address": "金泉路 1 号",
        "given_lat": lat,
        "given_lon": lon,
        "given_coord_type": CoordType.GCJ02,
        "opening_hours": "24/7",
        "holiday_policy": HolidayPolicy.SAME,
        "code_secret": b"s" * 32,
        "seats": 12,
        "changed_at": MADE_AT,
        "created_at": MADE_AT,
        **given,
    }
    station = Station(id=station_id, area_code=area_code, lat=at.lat, lon=at.lon, **values)
    session.add(station)
    await session.flush()
    promises.keep(session, station, None, now=station.created_at)
    for amenity, state in (amenities or {Amenity.HOT_WATER: AmenityState.WORKS}).items():
        session.add(StationAmenity(station_id=station_id, amenity=amenity, state=state, state_at=MADE_AT))
    await session.flush()
    return station


async def make_closure(
    session: AsyncSession, station: Station, starts_at: datetime, ends_at: datetime | None = None
) -> StationClosure:
    """Close a station from an instant to another."""
    closure = StationClosure(
        station_id=station.id, starts_at=starts_at, ends_at=ends_at, reason="停水", entered_at=MADE_AT
    )
    session.add(closure)
    await session.flush()
    return closure


async def make_exception(
    session: AsyncSession, station: Station, from_on: date, to_on: date, hours: str, *, entered_at: datetime
) -> HoursException:
    """Give a station other hours on some days."""
    exception = HoursException(
        station_id=station.id, from_on=from_on, to_on=to_on, hours=hours, note="", entered_at=entered_at
    )
    session.add(exception)
    await session.flush()
    return exception


async def make_station_photo(
    session: AsyncSession, station: Station, owner_id: UUID | None, **given: Any
) -> Photo:
    """Make a photo of a station whose copies are made and that nobody has approved."""
    ready = {"state": PhotoState.READY, "received_at": MADE_AT, "ready_at": MADE_AT, "has_original": True}
    about = {"purpose": PhotoPurpose.STATION, "about_id": station.id, "attached_at": MADE_AT}
    return await make_photo(session, owner_id, **{**about, **ready, **given})


async def make_staff(
    session: AsyncSession, role: Role, *area_codes: str, station: Station | None = None, name: str = "王站长"
) -> Actor:
    """Make somebody with a role over areas, or over one station."""
    account = await make_account(session, display_name=name)
    return Actor(account.id, (Grant(role, area_codes, station and station.id),))
