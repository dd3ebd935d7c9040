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
from app.core.geo import CoordType, Point
from app.models import HandlingUnit
from app.services import areas, categories, outbox
from app.services.accounts.vault import Vault
from app.services.areas.calendar import Calendar, load_calendar
from app.services.areas.notices import publish_shipped
from app.services.demo import (
    album,
    duty,
    hours,
    inboxes,
    notices,
    oddities,
    owed,
    people,
    points,
    queries,
    reports,
    skies,
    station_album,
    trusted,
    visits,
    volunteers,
    weekend,
    writing,
)
from app.services.demo.cities import add_neighbour
from app.services.demo.grids import grid_plan
from app.services.demo.places import DISTRICTS, GRID_SCHEME, GRIDDED, District
from app.services.demo.stations import Community, Invented, door_codes, stations_of
from app.services.photos import PhotoDesk
from app.services.reports import counts
from app.services.reports.places import Place, place
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
    reports: int
    photos: int
    teams: int


async def load(
    session: AsyncSession,
    *,
    vault: Vault,
    desk: PhotoDesk,
    now: datetime,
    visits_a_day: float = visits.VISITS_A_DAY,
) -> Loaded | None:
    """Fill the database, or return ``None`` when anybody or anything is in it already.

    Args:
        session: the transaction that holds all of it.
        vault: keeps the demonstration's numbers.
        desk: keeps its photos.
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
    units = {district.code: reports.units_of(district, dice, now) for district in DISTRICTS}
    session.add_all(itertools.chain(*units.values()))
    session.add_all(reports.gas_phones(DISTRICTS, now))
    await session.flush()
    workers = await _add_people(
        session, by_district, units, communities[GRIDDED.code][0], vault=vault, dice=dice, now=now
    )
    stays, riders = await _add_visits(session, by_district, visits_a_day, now)
    reported = await _add_reports(session, communities, units, workers, dice=dice, now=now)
    reported += await _add_weekend(session, units[GRIDDED.code], workers, dice=dice, now=now)
    shown = await album.fill(session, desk, dice=dice, now=now)
    await trusted.add(session, GRIDDED.code, now=now)
    await duty.add(session, communities[GRIDDED.code][0].code, GRIDDED.code, dice=dice, now=now)
    teams = await volunteers.add(session, communities, dice=dice, now=now)
    await counts.fold(session, now=now)
    await add_neighbour(session, GRIDDED, dice, now=now)
    await inboxes.fill(session, now=now)
    await notices.add(session, vault=vault, now=now)
    await skies.add(session, now=now)
    await hours.add(session, dice=dice, now=now)
    await points.add(session, dice=dice, now=now)
    await oddities.add(session, dice=dice, now=now)
    own = {each.station.id for each in by_district[GRIDDED.code]}
    shown += await station_album.fill(
        session,
        desk,
        [each for each in stations if each.id in own],
        [each for each in stations if each.id not in own],
        tried_out=communities[GRIDDED.code][0].code,
        dice=dice,
    )
    for channel in outbox.Channel:
        await outbox.announce(session, channel)
    return Loaded(sum(map(len, by_district.values())), grids, stays, riders, reported, shown, teams)


async def _draw_grids(session: AsyncSession, communities: Sequence[Community], now: datetime) -> int:
    plan = grid_plan([community.code for community in communities])
    reading = areas.read_grids(plan, CoordType.WGS84)
    report = await areas.import_grids(session, reading, scheme=GRID_SCHEME, by=_OPERATOR, now=now)
    return report.new


async def _add_people(
    session: AsyncSession,
    by_district: dict[str, list[Invented]],
    units: dict[str, list[HandlingUnit]],
    community: Community,
    *,
    vault: Vault,
    dice: random.Random,
    now: datetime,
) -> list[UUID]:
    """Add everybody who may sign in, and return the riders among them."""
    accounts = people.accounts_of(dice, vault, now)
    session.add_all(accounts)
    await session.flush()
    firsts = {code: invented[0].station.id for code, invented in by_district.items()}
    first_units = {code: there[0].id for code, there in units.items()}
    session.add_all(people.grants_of(accounts, firsts, first_units, community.code, now))
    await session.flush()
    workers = zip(people.SIGN_INS, accounts, strict=True)
    return [account.id for each, account in workers if each.worker_kind is not None]


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


async def _add_reports(
    session: AsyncSession,
    communities: dict[str, list[Community]],
    units: dict[str, list[HandlingUnit]],
    workers: Sequence[UUID],
    *,
    dice: random.Random,
    now: datetime,
) -> int:
    await categories.plant_shipped(session, now=now)
    catalogue = [each for each in await categories.list_active(session) if not each.is_confidential]
    grids, calendar = await areas.load_grid_map(session), await load_calendar(session)

    def locate(district: District, point: Point) -> Place:
        found = place(point, grids, otherwise=dice.choice(communities[district.code]).code)
        if found is None:
            raise ValueError("a place is never unknown when there is another way")
        return found

    def working_days(at: datetime, count: int) -> datetime:
        day, _ = calendar.add_working_days(local_day(at), count)
        return at + timedelta(days=(day - local_day(at)).days)

    invented = list(
        reports.reports_of(
            DISTRICTS, catalogue, units, locate=locate, working_days=working_days, dice=dice, now=now
        )
    )
    sent_by = [dice.choice(workers) for _ in invented]
    pairs = list(zip(invented, sent_by, strict=True))
    for table, columns, rows in (
        ("reports", reports.REPORT_COLUMNS, map(reports.report_row, invented)),
        (
            "report_steps",
            reports.STEP_COLUMNS,
            itertools.chain.from_iterable(map(reports.step_rows, invented)),
        ),
        ("report_origins", reports.ORIGIN_COLUMNS, ((each.id, who, False) for each, who in pairs)),
        (
            "report_followers",
            reports.FOLLOWER_COLUMNS,
            ((each.id, who, True, each.submitted_at) for each, who in pairs),
        ),
        (
            "report_satisfactions",
            reports.SATISFACTION_COLUMNS,
            itertools.chain.from_iterable(reports.satisfaction_rows(each, dice, now) for each in invented),
        ),
    ):
        await bulk.copy_rows(session, table, columns, rows)
    await owed.promise(session, invented, now=now)
    return len(invented)


async def _add_weekend(
    session: AsyncSession,
    units: Sequence[HandlingUnit],
    workers: Sequence[UUID],
    *,
    dice: random.Random,
    now: datetime,
) -> int:
    officer = Actor(account_id=None, grants=(Grant(Role.DISTRICT_OFFICER, (GRIDDED.code,)),))
    await weekend.plant_rules(session, units, dice=dice, by=officer, now=now)
    grids = await areas.load_grid_map(session)
    return await weekend.send(session, workers, grids=grids, dice=dice, by=officer, now=now)


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
