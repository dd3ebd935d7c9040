"""Stations of the demonstration, all with ``is_invented`` and 示例 in every name and address."""

import random
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.core.clock import local_day
from app.core.geo import CoordType, from_wgs84
from app.models import (
    Accessibility,
    Amenity,
    AmenityState,
    DoorCode,
    EntryRequirement,
    HoursException,
    Station,
    StationAmenity,
    StationClosure,
)
from app.services.accounts.vault import Vault
from app.services.demo.habits import ALWAYS, BASICS, HABITS, MALL, Habit, Hours
from app.services.demo.lots import draw
from app.services.demo.places import District, somewhere_in
from app.services.stations.drafts import GivenPosition, position_columns

_MALL_DISTRICT = "620902"
_FLOORS = ("B1", "1层", "2层", "3层", "4层", "5层")
_STATES = ((AmenityState.WORKS, 0.94), (AmenityState.BROKEN, 0.04), (AmenityState.SHORT, 0.02))
_COORD_TYPES = tuple(CoordType)
_SHARED_SHARE = 0.04
_CLOSED_SHARE, _CLOSING_SHARE, _OTHER_HOURS_SHARE = 0.02, 0.02, 0.02
_SECRET_BYTES = 32
_DOOR_CODE = "2468#"


@dataclass(frozen=True, slots=True)
class Community:
    """A real community that invented stations are filed under."""

    code: str
    full_name: str  # county, town and community


@dataclass(frozen=True, slots=True)
class Invented:
    """One station with what made it: the visits follow its hours."""

    station: Station
    hours: Hours
    closed_since: datetime | None


def stations_of(
    district: District, communities: Sequence[Community], dice: random.Random, now: datetime
) -> list[Invented]:
    """Invent a district's stations, dealt out to its communities in turn."""
    return [
        _station(district, number, communities[(number - 1) % len(communities)], dice, now)
        for number in range(1, district.stations + 1)
    ]


def _station(
    district: District, number: int, community: Community, dice: random.Random, now: datetime
) -> Invented:
    habit = _habit(district, number, dice)
    hours = draw(dice, habit.hours)
    closure, exceptions = _closure(dice, now), _exceptions(dice, now)
    if number == 1:  # a demo manager's: whoever tries it out, at whatever hour, finds it open
        hours, closure, exceptions = ALWAYS, None, []
    made_at = now - timedelta(days=60, minutes=number)
    station = Station(
        id=UUID(bytes=dice.randbytes(16), version=4),
        code=f"SHILI-{district.code}-{number:03}",
        name=f"示例·{district.name}{habit.zh}{number:03}",
        kind=habit.kind,
        area_code=community.code,
        address=f"{community.full_name}(示例地址,位置为虚构)",
        floor_text=dice.choice(_FLOORS) if habit.indoors_high else "",
        indoor_note="示例:乘扶梯上楼后左转" if habit.indoors_high else "",
        entry_requirements=list(hours.entry),
        accessibility=dice.sample(list(Accessibility), k=dice.choice((0, 0, 1, 2))),
        operators=_operators(habit, dice),
        service_items=["示例:饮水热饭", "示例:手机充电", "示例:政策咨询"][: dice.randint(0, 3)],
        # A local number never begins with 0, so this one rings nowhere.
        phone=f"{district.landline}-0{number:06}",
        seats=dice.randint(*habit.seats),
        opening_hours=hours.text,
        holiday_policy=hours.on_holidays,
        holiday_hours=hours.holiday_text,
        makeup_policy=hours.on_makeup_days,
        code_secret=secrets.token_bytes(_SECRET_BYTES),
        is_invented=True,
        confirmed_on=local_day(made_at) + timedelta(days=dice.randint(0, 50)),
        changed_at=made_at,
        created_at=made_at,
        amenities=_amenities(habit, dice, now),
        **_position(district, dice),
    )
    station.closures = [closure] if closure else []
    station.exceptions = exceptions
    closed_since = closure.starts_at if closure and closure.starts_at <= now else None
    return Invented(station, hours, closed_since)


def door_codes(stations: Iterable[Station], vault: Vault) -> Iterator[DoorCode]:
    """Yield the codes of stations that open by one."""
    for station in stations:
        if EntryRequirement.DOOR_CODE in station.entry_requirements:
            code = vault.encrypt_door_code(_DOOR_CODE)
            yield DoorCode(station_id=station.id, code_encrypted=code, set_at=station.created_at)


def _habit(district: District, number: int, dice: random.Random) -> Habit:
    if district.code == _MALL_DISTRICT:
        return MALL
    # One of each kind first, so that every district shows them all.
    if number <= len(HABITS):
        return HABITS[number - 1]
    return draw(dice, [(habit, habit.weight) for habit in HABITS])


def _position(district: District, dice: random.Random) -> dict[str, object]:
    """Draw a position and say it in one of the three types, as offices do."""
    coord_type = dice.choice(_COORD_TYPES)
    lat, lon = from_wgs84(somewhere_in(district, dice), coord_type)
    return position_columns(GivenPosition(round(lat, 6), round(lon, 6), coord_type))


def _operators(habit: Habit, dice: random.Random) -> list[dict[str, object]]:
    if dice.random() > _SHARED_SHARE:
        return []
    return [
        {"name": "示例总工会", "kind": "union_station", "phone": ""},
        {"name": "示例街道党工委", "kind": habit.kind, "phone": ""},
    ]


def _amenities(habit: Habit, dice: random.Random, now: datetime) -> list[StationAmenity]:
    drawn = [amenity for amenity, share in habit.extras if dice.random() < share]
    return [
        StationAmenity(
            amenity=Amenity(amenity),
            state=AmenityState.WORKS if amenity is Amenity.SEATS else draw(dice, _STATES),
            state_at=now - timedelta(hours=dice.randint(1, 400)),
        )
        for amenity in dict.fromkeys((*BASICS, *habit.holds_always, *drawn))
    ]


def _closure(dice: random.Random, now: datetime) -> StationClosure | None:
    lot = dice.random()
    if lot < _CLOSED_SHARE:
        starts_at, ends_at = (
            now - timedelta(days=dice.randint(1, 6)),
            now + timedelta(days=dice.randint(2, 9)),
        )
        open_ended = dice.random() < 0.3  # noqa: PLR2004 - a share
        return _close(starts_at, None if open_ended else ends_at, "示例:设备检修", now)
    if lot < _CLOSED_SHARE + _CLOSING_SHARE:
        starts_at = now + timedelta(days=dice.randint(1, 10))
        return _close(starts_at, starts_at + timedelta(days=2), "示例:场地装修", now)
    return None


def _close(starts_at: datetime, ends_at: datetime | None, reason: str, now: datetime) -> StationClosure:
    return StationClosure(
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        entered_at=min(starts_at, now) - timedelta(days=1),
    )


def _exceptions(dice: random.Random, now: datetime) -> list[HoursException]:
    if dice.random() > _OTHER_HOURS_SHARE:
        return []
    day = local_day(now) + timedelta(days=dice.randint(0, 7))
    closed = dice.random() < 0.5  # noqa: PLR2004 - a share
    return [
        HoursException(
            from_on=day,
            to_on=day + timedelta(days=1),
            hours="" if closed else "10:00-16:00",
            note="示例:社区活动",
            entered_at=now - timedelta(days=2),
        )
    ]
