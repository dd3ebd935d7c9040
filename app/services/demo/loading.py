"""Filling an empty database with the demonstration: the same for the same instant, secrets apart."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import bulk
from app.core.actor import Actor, Grant, Role
from app.core.clock import local_day
from app.core.geo import CoordType
from app.services import areas, outbox
from app.services.accounts.vault import Vault
from app.services.areas.calendar import Calendar, load_calendar
from app.services.areas.notices import publish_shipped
from app.services.demo import people, queries, visits, writing
from app.services.demo.grids import grid_plan
from app.services.demo.places import DISTRICTS, GRID_SCHEME, GRIDDED
from app.services.demo.stations import Community, Invented, door_codes, stations_of
from app.services.stations import promises
from app.services.stations.hours import compile_hours

_SEED = 2026
_OPERATOR = Actor(account_id=None, grants=(Grant(Role.SYSADMIN),))


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was invented."""

    stations: int
    grids: int
    visits: int
    riders: int


async def load(
    session: AsyncSession, *, vault: Vault, now: datetime, visits_a_day: float = visits.VISITS_A_DAY
) -> Loaded | None:
    """Fill the database, or return ``None`` when anybody or anything is in it already.

    Args:
        session: the transaction that holds all of it.
        vault: keeps the demonstration's numbers.
        now: the instant at which the month of visits ends.
        visits_a_day: how many a station and day; fewer load faster.
    """
    if not await queries.is_empty(session):
        return None
    await publish_shipped(session, now=now)
    if not await areas.exists(session, GRIDDED.code):
        await areas.import_shipped(session)
    dice = random.Random(_SEED)  # noqa: S311 - invention, not secrecy
    communities = {district.code: await queries.communities_of(session, district) for district in DISTRICTS}
    by_district = {
        district.code: stations_of(district, communities[district.code], dice, now) for district in DISTRICTS
    }
    stations = [each.station for each in itertools.chain(*by_district.values())]
    session.add_all(stations)
    await session.flush()
    for station in stations:
        promises.keep(session, station, None, now=station.created_at)
    session.add_all(door_codes(stations, vault))
    grids = await _draw_grids(session, communities[GRIDDED.code], now)
    await _add_people(session, by_district, communities[GRIDDED.code][0], vault=vault, dice=dice, now=now)
    stays, riders = await _add_visits(session, by_district, visits_a_day, now)
    for channel in outbox.Channel:
        await outbox.announce(session, channel)
    return Loaded(sum(map(len, by_district.values())), grids, stays, riders)


async def _draw_grids(session: AsyncSession, communities: Sequence[Community], now: datetime) -> int:
    plan = grid_plan([community.code for community in communities])
    reading = areas.read_grids(plan, CoordType.WGS84)
    report = await areas.import_grids(session, reading, scheme=GRID_SCHEME, by=_OPERATOR, now=now)
    return report.new


async def _add_people(
    session: AsyncSession,
    by_district: dict[str, list[Invented]],
    community: Community,
    *,
    vault: Vault,
    dice: random.Random,
    now: datetime,
) -> None:
    accounts = people.accounts_of(dice, vault, now)
    session.add_all(accounts)
    await session.flush()
    firsts = {code: invented[0].station.id for code, invented in by_district.items()}
    session.add_all(people.grants_of(accounts, firsts, community.code, now))
    await session.flush()


async def _add_visits(
    session: AsyncSession, by_district: dict[str, list[Invented]], visits_a_day: float, now: datetime
) -> tuple[int, int]:
    calendar = await load_calendar(session)
    dice = np.random.default_rng(_SEED)
    places, districts = [], []
    for code, invented in by_district.items():
        places += [_place(each, calendar, now) for each in invented]
        districts += [code] * len(invented)
    stays = visits.visits_of(places, visits_a_day, dice, now)
    made_in = np.array(districts)[stays.place]
    made_by = np.empty(len(stays), dtype=np.int64)
    riders: list[UUID] = []
    for code in by_district:
        people_there, crowd = visits.share_out(stays, made_in == code, dice)
        made_by[made_in == code] = people_there + len(riders)
        await bulk.copy_rows(session, "accounts", people.RIDER_COLUMNS, people.riders(dice, code, crowd, now))
        riders += crowd
    await writing.write_visits(session, stays, places, riders, made_by, dice=dice, now=now)
    await writing.write_quarters(session, stays, places, now)
    rows = visits.occupancy_rows(stays, places, now)
    await bulk.copy_rows(session, "occupancies", visits.OCCUPANCY_COLUMNS, rows)
    return len(stays), len(riders)


def _place(invented: Invented, calendar: Calendar, now: datetime) -> visits.Place:
    station = invented.station
    compiled = compile_hours(
        station.opening_hours,
        holiday_policy=station.holiday_policy,
        holiday_hours=station.holiday_hours,
        makeup_policy=station.makeup_policy,
        calendar=calendar,
        exceptions=(),
        first=local_day(now - visits.MONTH) - timedelta(days=1),
        last=local_day(now) + timedelta(days=1),
    )
    return visits.Place(
        station.id, station.area_code, station.lat, station.lon, compiled, invented.closed_since
    )
