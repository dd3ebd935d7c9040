"""What staff say of a station, checked and turned into what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from app.core.geo import CoordType, read_in_china
from app.models import (
    Accessibility,
    Amenity,
    EntryRequirement,
    HolidayPolicy,
    MakeupPolicy,
    StationKind,
    StationStatus,
)
from app.services.stations.errors import HolidayHoursMissing
from app.services.stations.hours import checked

ROUND_THE_CLOCK = "24/7"


@dataclass(frozen=True, slots=True)
class GivenPosition:
    """A position as somebody wrote it, with the datum they wrote it in."""

    lat: float
    lon: float
    coord_type: CoordType


@dataclass(frozen=True, slots=True)
class Operator:
    """One of the bodies that share a site: one room, several labels, one occupancy."""

    name: str
    kind: StationKind | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class StationDraft:
    """A station as it is to be. ``code`` is the office's stable key; without one the id serves.

    Without a holiday policy a station is closed on public holidays, unless it is open round the clock.
    """

    name: str
    kind: StationKind
    area_code: str
    address: str
    position: GivenPosition
    opening_hours: str
    code: str | None = None
    status: StationStatus = StationStatus.IN_SERVICE
    holiday_policy: HolidayPolicy | None = None
    holiday_hours: str = ""
    makeup_policy: MakeupPolicy = MakeupPolicy.AS_WEEKEND
    amenities: frozenset[Amenity] = frozenset()
    seats: int | None = None
    floor_text: str = ""
    indoor_note: str = ""
    entry_requirements: tuple[EntryRequirement, ...] = ()
    accessibility: tuple[Accessibility, ...] = ()
    operators: tuple[Operator, ...] = ()
    service_items: tuple[str, ...] = ()
    photo_urls: tuple[str, ...] = ()
    phone: str = ""
    geofence_m: int = 120
    is_invented: bool = False


class StationChanges(TypedDict, total=False):
    """Some of a draft's fields; what is absent stays."""

    name: str
    kind: StationKind
    area_code: str
    address: str
    position: GivenPosition
    opening_hours: str
    code: str
    status: StationStatus
    holiday_policy: HolidayPolicy
    holiday_hours: str
    makeup_policy: MakeupPolicy
    amenities: frozenset[Amenity]
    seats: int | None
    floor_text: str
    indoor_note: str
    entry_requirements: tuple[EntryRequirement, ...]
    accessibility: tuple[Accessibility, ...]
    operators: tuple[Operator, ...]
    service_items: tuple[str, ...]
    photo_urls: tuple[str, ...]
    phone: str
    geofence_m: int
    is_invented: bool


def columns_of(changes: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    """Return the station's columns for some of a draft's fields, all but the amenities.

    Raises:
        HoursInvalid, HoursUnsupported, HoursCutShort: the hours cannot be used as written.
        PositionSwapped, PositionForeign: the position is not in China.
    """
    columns = {name: _plain(value) for name, value in changes.items() if name not in _OWN_WAY}
    if position := changes.get("position"):
        columns |= position_columns(position)
    for name in ("opening_hours", "holiday_hours"):
        if columns.get(name):
            columns[name] = checked(columns[name], today=today)
    return columns


_OWN_WAY = frozenset({"position", "amenities"})


def _plain(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    return [_operator(each) if isinstance(each, Operator) else each for each in value]


def _operator(operator: Operator) -> dict[str, Any]:
    return {"name": operator.name, "kind": operator.kind, "phone": operator.phone}


def position_columns(given: GivenPosition) -> dict[str, Any]:
    """Return a position as WGS-84, with the pair as it was given beside it.

    Raises:
        PositionSwapped: it lies in China only the other way round.
        PositionForeign: it does not lie in China at all.
    """
    point = read_in_china(given.lat, given.lon, given.coord_type)
    return {
        "lat": point.lat,
        "lon": point.lon,
        "given_lat": given.lat,
        "given_lon": given.lon,
        "given_coord_type": given.coord_type,
    }


def default_holiday_policy(opening_hours: str) -> HolidayPolicy:
    """Return what holidays do to hours when nobody said: nothing to a place that never closes."""
    return HolidayPolicy.SAME if opening_hours == ROUND_THE_CLOCK else HolidayPolicy.CLOSED


def check_holiday_hours(policy: HolidayPolicy, hours: str) -> None:
    """Refuse the policy of own holiday hours without any.

    Raises:
        HolidayHoursMissing: there are none.
    """
    if policy is HolidayPolicy.OWN_HOURS and not hours:
        raise HolidayHoursMissing
