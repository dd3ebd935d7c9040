"""The demonstration: as much as the press says, marked as invented, the same again, and only once."""

import itertools
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.open311.outward_schemas import EndpointOut
from app.core.actor import Role
from app.core.clock import SHANGHAI, local_day
from app.core.geo import CoordType, Point
from app.models import (
    Account,
    ActivityShift,
    Amenity,
    Appointment,
    AppointmentKind,
    ApprovalLevel,
    Area,
    Broadcast,
    BroadcastState,
    EvidenceGrade,
    Grid,
    GroupRobot,
    HandlingUnit,
    LedgerEntry,
    Occupancy,
    OccupancyQuarter,
    Open311Endpoint,
    OrganisationLiaison,
    OutboxEvent,
    Provenance,
    RoleGrant,
    ShiftRole,
    SignUp,
    SignUpState,
    Station,
    StationKind,
    UnitKind,
    Visit,
    VolunteerActivity,
    VolunteerTeam,
    WeatherAlert,
    WeatherFeed,
)
from app.models.points import PointsAccount, PointsOffer, PointsTransfer
from app.runtime import Runtime
from app.services import areas, demo, ledger
from app.services.demo.places import DISTRICTS
from app.services.ledger import queries
from app.services.stations import facts
from tests.demo.conftest import A_DAY, NOW, filled


async def test_as_many_stations_as_the_press_says(loaded: AsyncSession):
    stations = (await loaded.scalars(select(Station))).all()

    by_district = Counter(station.area_code[:6] for station in stations)
    assert len(stations) == 500
    assert by_district["620902"] == 31
    assert {"620802", "620503", "620302", "620902"} <= by_district.keys()
    assert sum(count for code, count in by_district.items() if code.startswith("6208")) == 403
    assert {station.kind for station in stations} == set(StationKind)


async def test_every_station_says_that_it_is_invented(loaded: AsyncSession):
    for station in await loaded.scalars(select(Station)):
        assert station.is_invented
        assert "示例" in station.name
        assert "虚构" in station.address
        assert station.phone.split("-")[1].startswith("0")  # no local number does


async def test_stations_stand_near_their_seat_on_real_communities(loaded: AsyncSession):
    rows = await loaded.execute(select(Station, Area).join(Area, Area.code == Station.area_code))
    districts = {district.code: district for district in DISTRICTS}
    seen = 0
    for station, area in rows:
        district = districts[station.area_code[:6]]
        assert (area.level, area.valid_to) == (5, None)
        d_lat, d_lon = station.lat - district.seat.lat, (station.lon - district.seat.lon) * 0.78
        assert (d_lat**2 + d_lon**2) ** 0.5 * 111_200 <= district.radius_m * 1.05
        seen += 1
    assert seen == 500


async def test_hours_of_all_sorts_can_be_read(loaded: AsyncSession):
    stations = await facts.load_facts(loaded, now=NOW)

    states = Counter(station.timetable.at(NOW).is_open for station in stations)
    assert states[True] > 200
    assert states[False] > 5
    assert any(station.opening_hours == "24/7" for station in stations)
    assert any(station.closures for station in stations)
    assert {amenity for station in stations for amenity, _ in station.amenities} >= set(Amenity) - {
        Amenity.HAIRCUT
    }


async def test_the_district_has_its_grids_and_they_are_found(loaded: AsyncSession):
    assert await loaded.scalar(select(func.count()).select_from(Grid)) == 144
    grids = await areas.load_grid_map(loaded)
    (found,) = grids.locate_all(Point(34.5703, 105.8903))
    assert found.community_code.startswith("620503")


async def test_a_month_of_visits_lies_in_opening_hours(loaded: AsyncSession):
    visits = (await loaded.scalars(select(Visit))).all()
    stations = {station.id: station for station in await facts.load_facts(loaded, now=NOW)}

    assert len(visits) == pytest.approx(500 * 30 * A_DAY, rel=0.02)
    for visit in visits:
        assert NOW - timedelta(days=30) <= visit.captured_at < NOW
        assert visit.captured_at <= visit.received_at <= NOW + timedelta(seconds=2)
        assert visit.captured_at < visit.due_at <= visit.captured_at + timedelta(hours=4)
        assert visit.ended_at is None or visit.captured_at < visit.ended_at <= min(NOW, visit.due_at)
        assert (visit.lat is None) == (visit.grade in {EvidenceGrade.B, EvidenceGrade.D})
        assert visit.coord_type in {None, CoordType.WGS84}
    yesterday = [visit for visit in visits if local_day(visit.captured_at) == local_day(NOW)]
    assert yesterday
    for visit in yesterday:
        state = stations[visit.station_id].timetable.at(visit.captured_at)
        assert state.is_open is not False or stations[visit.station_id].closures
    hours = Counter(visit.captured_at.astimezone(SHANGHAI).hour for visit in visits)
    assert hours[15] > hours[12] > hours[4]


async def test_nobody_is_in_two_places_at_once(loaded: AsyncSession):
    visits = (await loaded.scalars(select(Visit).order_by(Visit.account_id, Visit.captured_at))).all()

    for one, next_one in itertools.pairwise(visits):
        if one.account_id == next_one.account_id:
            assert one.ended_at is not None
            assert one.ended_at < next_one.captured_at


async def test_occupancy_and_history_follow_from_the_visits(loaded: AsyncSession):
    visits = (await loaded.scalars(select(Visit))).all()
    inside = Counter(visit.station_id for visit in visits if visit.ended_at is None)

    for row in await loaded.scalars(select(Occupancy)):
        assert (row.open_visits, row.correction) == (inside[row.station_id], 0)
        assert row.observed_at <= NOW
    station = Counter(visit.station_id for visit in visits).most_common(1)[0][0]
    stays = [(v.captured_at, v.ended_at or NOW) for v in visits if v.station_id == station]
    quarters = await loaded.scalars(select(OccupancyQuarter).where(OccupancyQuarter.station_id == station))
    for row in quarters:
        end = row.starts_at + timedelta(minutes=15)
        assert row.occupancy == sum(begin < end <= over for begin, over in stays)
        assert (
            row.occupancy <= row.peak <= sum(begin < end and over >= row.starts_at for begin, over in stays)
        )
        assert row.peak > 0


async def test_there_is_somebody_for_every_role_and_they_can_be_found(
    loaded: AsyncSession, demo_runtime: Runtime
):
    granted = set(await loaded.scalars(select(RoleGrant.role)))
    assert granted | {Role.WORKER} == set(Role)
    for each in demo.SIGN_INS:
        found = Account.phone_hash == demo_runtime.vault.phone_hash(each.phone)
        account = (await loaded.scalars(select(Account).where(found))).one()
        assert account.display_name == each.name
        assert demo_runtime.vault.decrypt_phone(account.phone_encrypted) == each.phone


async def test_a_neighbour_that_speaks_open311_is_there_and_off(loaded: AsyncSession):
    (endpoint,) = (await loaded.scalars(select(Open311Endpoint))).all()
    unit = await loaded.get(HandlingUnit, endpoint.unit_id)
    assert (unit.kind, endpoint.is_enabled, endpoint.api_key_encrypted) == (UnitKind.OPEN311, False, None)
    assert unit.name.startswith("示例")
    assert EndpointOut.model_validate(endpoint).services["*"].code == "other"  # an officer can read it


async def test_a_database_in_use_is_left_alone(demo_runtime: Runtime):
    async with demo_runtime.db.writing() as session:
        desk, vault = demo_runtime.photos, demo_runtime.vault
        assert await demo.load(session, vault=vault, desk=desk, now=NOW) is None


SAME = {
    "stations": "id, code, name, kind, area_code, address, lat, lon, opening_hours, seats, phone",
    "station_amenities": "station_id, amenity, state, state_at",
    "station_closures": "station_id, starts_at, ends_at",
    "hours_exceptions": "station_id, from_on, hours",
    "visits": "*",
    "occupancies": "*",
    "occupancy_quarters": "*",
    "grids": "code, name, polygon",
    "accounts": "id, phone_hash, display_name, worker_kind, area_code, last_seen_on",
    "role_grants": "account_id, role, area_code, station_id",
    "photos": "id, about_id, purpose, sha256, captured_at, approved_at",
    "report_photos": "*",
}


async def test_a_second_database_gets_the_same(demo_runtime: Runtime, own_url: str, tmp_path: Path):
    other = await filled(own_url, tmp_path)
    for table, columns in SAME.items():
        digest = text(
            "SELECT md5(string_agg(row::text, '|' ORDER BY row::text))"
            f" FROM (SELECT {columns} FROM {table}) row"
        )
        found = []
        for runtime in (demo_runtime, other):
            async with runtime.db.reading() as session:
                found.append(await session.scalar(digest))
        assert found[0] == found[1] is not None, table
    await other.db.close()


async def test_a_bureaus_system_posts_and_who_is_concerned_is_told(loaded: AsyncSession):
    feed = (await loaded.scalars(select(WeatherFeed))).one()
    alert = (await loaded.scalars(select(WeatherAlert))).one()
    event = select(OutboxEvent.payload["alert_id"].astext).where(OutboxEvent.name == "weather.alert_issued")

    assert (feed.heard_at, feed.closed_at, alert.ended_at) == (NOW, None, None)
    assert feed.name.startswith("示例")
    assert alert.area_code == feed.area_code
    assert (await loaded.scalars(event)).all() == [str(alert.id)]


async def test_one_notice_is_sent_one_scheduled_and_one_waits_for_another_officer(loaded: AsyncSession):
    found = {row.state: row for row in await loaded.scalars(select(Broadcast))}

    assert set(found) == {BroadcastState.SENT, BroadcastState.SCHEDULED, BroadcastState.WAITING}
    sent, waiting = found[BroadcastState.SENT], found[BroadcastState.WAITING]
    assert sent.told == sent.people > 5
    assert waiting.people > 50
    assert found[BroadcastState.SCHEDULED].send_at > NOW
    robot = (await loaded.scalars(select(GroupRobot))).one()
    assert (robot.area_code, robot.name[:2]) == ("620503", "示例")
    assert all("示例" in row.title_zh for row in found.values())


async def test_who_came_has_hours_in_a_book_that_proves_and_one_shift_goes_on(loaded: AsyncSession):
    came = select(SignUp).join(ActivityShift, ActivityShift.id == SignUp.shift_id)
    past = (
        await loaded.scalars(came.where(ActivityShift.ends_at < NOW, SignUp.state == SignUpState.BOOKED))
    ).all()
    evidenced = LedgerEntry.provenance != Provenance.MANUAL, LedgerEntry.source_id.is_not(None)
    assert await loaded.scalar(select(func.count()).where(*evidenced)) == len(past)
    # Something waits for everybody who may decide, and two people speak for organisations.
    waiting = await loaded.scalars(select(LedgerEntry.needs).where(queries.waiting()))
    assert set(waiting) == {ApprovalLevel.SECOND, ApprovalLevel.PARENT, ApprovalLevel.DISTRICT}
    assert len((await loaded.scalars(select(OrganisationLiaison))).all()) == 2
    entries = await loaded.scalar(select(func.count()).select_from(LedgerEntry))
    proved = [each async for each in ledger.verify(loaded)]
    assert sum(each.entries for each in proved) == entries
    assert [each.broken for each in proved if each.broken] == []
    on_now = select(ActivityShift).where(ActivityShift.starts_at < NOW, ActivityShift.ends_at > NOW)
    shifts = [each.id for each in await loaded.scalars(on_now)]
    there = (
        select(SignUp).join(Account, Account.id == SignUp.account_id).where(Account.phone_hash.is_not(None))
    )
    assert {each.shift_id for each in await loaded.scalars(there)} <= set(shifts)
    assert len((await loaded.scalars(there)).all()) == 4


async def test_as_many_teams_as_the_press_says_with_a_year_of_activities(loaded: AsyncSession):
    teams = (await loaded.scalars(select(VolunteerTeam))).all()
    assert len(teams) == 130
    assert all("示例" in team.name and "虚构" in team.about for team in teams)
    shifts = (await loaded.scalars(select(ActivityShift))).all()
    past = [shift for shift in shifts if shift.ends_at < NOW]
    assert len(past) == 610
    assert min(shift.starts_at for shift in past) < NOW - timedelta(days=330)
    assert sum(shift.starts_at > NOW for shift in shifts) >= 60
    tasks = select(VolunteerActivity).where(VolunteerActivity.is_on_the_way)
    assert len((await loaded.scalars(tasks)).all()) == 10

    # What the roles say is taken is what the sign-ups hold, in the order of coming.
    held = select(SignUp.role_id, func.count(), func.max(SignUp.line_no)).group_by(SignUp.role_id)
    by_role = {role_id: (count, last) for role_id, count, last in await loaded.execute(held)}
    for role in await loaded.scalars(select(ShiftRole)):
        count, last = by_role.get(role.id, (0, 0))
        assert (role.taken, role.next_in_line) == (count, last + 1)
        assert role.taken <= role.places
    kinds = Counter(await loaded.scalars(select(Appointment.kind)))
    assert set(kinds) == set(AppointmentKind)
    assert kinds[AppointmentKind.PART_TIME_GRID_MEMBER] == 49


async def test_one_district_has_points_and_gives_things_for_them(loaded: AsyncSession):
    earned = (await loaded.scalars(select(PointsTransfer.amount))).all()
    offers = (await loaded.scalars(select(PointsOffer))).all()

    assert len(earned) > 20
    assert {each.scheme_code for each in offers} == {"620503"}
    assert {each.stock for each in offers} >= {1}
    assert await loaded.scalar(select(func.sum(PointsAccount.balance))) == 0
