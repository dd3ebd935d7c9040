"""Stations as a feed in the form of GBFS 3.0 (General Bikeshare Feed Specification).

A seat is a dock: a rider who sits down "returns" to it, nothing is ever "rented". Members that begin with an
underscore are ours, as the specification allows. The feed is in that form; it is not listed as a vehicle
system, because it is none.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Amenity, AmenityState, Area, StationClosure, StationStatus
from app.services.stations.exchange import words
from app.services.stations.facts import StationFacts
from app.services.stations.occupancy_level import Level, is_fresh, level_of, public_free_seats

VERSION = "3.0"
LANGUAGE = "zh"
REGION_DIGITS = 6
_AHEAD = timedelta(days=7)
FEEDS = ("system_information", "station_information", "station_status", "system_regions", "system_alerts")

# GTFS-Realtime's names of how full something is.
_LEVELS: Mapping[Level, str] = {
    Level.EMPTY: "EMPTY",
    Level.MANY: "MANY_SEATS_AVAILABLE",
    Level.FEW: "FEW_SEATS_AVAILABLE",
    Level.FULL: "FULL",
    Level.NOT_ACCEPTING: "NOT_ACCEPTING_PASSENGERS",
    Level.UNKNOWN: "NO_DATA_AVAILABLE",
}
_MOBILE = re.compile(r"1[3-9]\d{9}")
_SERVICE_NUMBER = re.compile(r"[48]00\d{7}")


@dataclass(frozen=True, slots=True)
class Inside:
    """How many are inside a station, and when that was last heard of."""

    count: int = 0
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Closure:
    """A closure that holds or is announced."""

    id: UUID
    station_id: UUID
    reason: str
    starts_at: datetime
    ends_at: datetime | None


def discovery(public_url: str) -> dict[str, Any]:
    """Return which files there are."""
    root = public_url.rstrip("/")
    return {"feeds": [{"name": name, "url": f"{root}/gbfs/v3/{name}.json"} for name in FEEDS]}


def system_information(public_url: str, contact_email: str) -> dict[str, Any]:
    """Return who publishes the feed."""
    return {
        "system_id": "nuanfeng",
        "languages": [LANGUAGE],
        "name": _said("暖蜂驿站"),
        "opening_hours": "24/7",
        "url": public_url,
        "feed_contact_email": contact_email,
        "timezone": "Asia/Shanghai",
    }


def is_listed(facts: StationFacts) -> bool:
    """Tell whether a station is in the feed: planned ones are, as not installed; removed ones are not."""
    return facts.status is not StationStatus.REMOVED


def station_information(stations: Iterable[StationFacts]) -> dict[str, Any]:
    """Return what changes seldom of each station."""
    return {"stations": [_information(facts) for facts in stations]}


def station_status(stations: Iterable[tuple[StationFacts, Inside]], now: datetime) -> dict[str, Any]:
    """Return what changes often of each station, by the server's clock."""
    return {"stations": [_status(facts, inside, now) for facts, inside in stations]}


def system_regions(codes: Iterable[str], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the counties in which stations lie."""
    return {
        "regions": [{"region_id": code, "name": _said(names.get(code, code))} for code in sorted(set(codes))]
    }


def system_alerts(stations: Sequence[StationFacts], closures: Iterable[Closure]) -> dict[str, Any]:
    """Return closures, and what is broken or short."""
    listed = {facts.id for facts in stations}
    alerts = [_closure_alert(closure) for closure in closures if closure.station_id in listed]
    alerts += [
        _amenity_alert(facts, amenity, state)
        for facts in stations
        for amenity, state in facts.amenities
        if state is not AmenityState.WORKS
    ]
    return {"alerts": alerts}


def region_of(facts: StationFacts) -> str:
    """Return the county code of a station."""
    return facts.area_code[:REGION_DIGITS]


async def region_names(session: AsyncSession, codes: Collection[str]) -> dict[str, str]:
    """Return what the counties are called."""
    query = select(Area.code, Area.name).where(Area.code.in_(codes))
    return {row.code: row.name for row in await session.execute(query)}


async def closures_ahead(session: AsyncSession, *, now: datetime) -> list[Closure]:
    """Return the closures that hold or begin within a week."""
    query = (
        select(StationClosure)
        .where(or_(StationClosure.ends_at.is_(None), StationClosure.ends_at > now))
        .where(StationClosure.starts_at < now + _AHEAD)
        .order_by(StationClosure.id)
    )
    return [
        Closure(each.id, each.station_id, each.reason, each.starts_at, each.ends_at)
        for each in await session.scalars(query)
    ]


def _information(facts: StationFacts) -> dict[str, Any]:
    working = {amenity for amenity, state in facts.amenities if state is AmenityState.WORKS}
    optional = {
        "address": facts.address or None,
        "contact_phone": _e164(facts.phone),
        "capacity": facts.seats,
    }
    return {
        "station_id": str(facts.id),
        "name": _said(facts.name),
        "lat": round(facts.point.lat, 6),
        "lon": round(facts.point.lon, 6),
        "region_id": region_of(facts),
        "station_opening_hours": facts.timetable.compiled,
        "is_virtual_station": False,
        "is_charging_station": Amenity.EBIKE_CHARGING in working,
        **{name: value for name, value in optional.items() if value is not None},
        "_kind": facts.kind,
        "_amenities": [amenity for amenity, _ in facts.amenities],
        "_entry_requirements": list(facts.entry_requirements),
        "_accessibility": list(facts.accessibility),
        "_floor": facts.floor_text,
        "_is_invented": facts.is_invented,
    }


def _status(facts: StationFacts, inside: Inside, now: datetime) -> dict[str, Any]:
    in_service = facts.status is StationStatus.IN_SERVICE
    accepting = in_service and facts.timetable.at(now).is_open is True
    level = level_of(
        inside=inside.count, seats=facts.seats, observed_at=inside.observed_at, now=now, accepting=accepting
    )
    known = public_free_seats(inside.count, facts.seats) if is_fresh(inside.observed_at, now) else None
    free = known if accepting else 0  # behind a closed door no seat is free
    return {
        "station_id": str(facts.id),
        "num_vehicles_available": 0,
        # Left out where the door is open and nobody knows: an unknown number is not an empty room.
        **({} if free is None else {"num_docks_available": free}),
        "is_installed": in_service,
        "is_renting": False,
        "is_returning": accepting,
        "last_reported": moment(inside.observed_at or facts.changed_at),
        "_amenities": [amenity for amenity, state in facts.amenities if state is AmenityState.WORKS],
        "_occupancy_level": _LEVELS[level],
    }


def _closure_alert(closure: Closure) -> dict[str, Any]:
    times = {"start": moment(closure.starts_at)}
    if closure.ends_at is not None:
        times["end"] = moment(closure.ends_at)
    return {
        "alert_id": str(closure.id),
        "type": "station_closure",
        "station_ids": [str(closure.station_id)],
        "times": [times],
        "summary": _said(f"临时关闭:{closure.reason}"),
    }


def _amenity_alert(facts: StationFacts, amenity: Amenity, state: AmenityState) -> dict[str, Any]:
    how = "故障" if state is AmenityState.BROKEN else "短缺"
    return {
        "alert_id": f"{facts.id}-{amenity}",
        "type": "other",
        "station_ids": [str(facts.id)],
        "summary": _said(f"{how}:{words.write_word(words.AMENITIES, amenity)}"),
    }


def moment(at: datetime) -> str:
    """Return an instant as RFC 3339 with its offset, to the second."""
    return at.isoformat(timespec="seconds")


def _said(text: str) -> list[dict[str, str]]:
    return [{"text": text, "language": LANGUAGE}]


def _e164(phone: str) -> str | None:
    """Return a Chinese number in E.164 form; short service numbers have none."""
    digits = re.sub(r"\D", "", phone)
    if phone.startswith("+"):
        return f"+{digits}"
    if _MOBILE.fullmatch(digits) or _SERVICE_NUMBER.fullmatch(digits):
        return f"+86{digits}"
    # A landline with its area code: its leading zero is only dialled inside the country.
    return f"+86{digits[1:]}" if re.fullmatch(r"0\d{9,11}", digits) else None
