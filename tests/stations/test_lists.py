"""Whole lists of an office, kept by code."""

import pytest
from sqlalchemy import event

from app.core.actor import Role
from app.core.errors import NotFound
from app.models import Amenity
from app.services import stations
from app.services.stations import GivenPosition, StationDraft
from tests.factories.stations import COMMUNITY, make_area, make_staff
from tests.stations.staff import NOW


def draft(**given):
    return StationDraft(
        **{
            "name": "驿站",
            "kind": "warm_station",
            "area_code": COMMUNITY,
            "address": "路",
            "position": GivenPosition(39.7443, 98.5093, "gcj02"),
            "opening_hours": "24/7",
            "code": "K1",
            **given,
        }
    )


@pytest.fixture
async def by(session):
    await make_area(session)
    return await make_staff(session, Role.DISTRICT_OFFICER, "620902")


async def keep(session, by, **given) -> int:
    return len(await stations.keep_all(session, [draft(**given)], by=by, now=NOW))


async def test_a_lists_row_is_kept_by_its_code(session, by):
    (station,) = await stations.create_all(session, [draft()], by=by, now=NOW)

    assert (await keep(session, by), station.version) == (0, 1)
    assert await keep(session, by, name="新名", amenities=frozenset({Amenity.AED})) == 1
    assert (station.version, station.name) == (2, "新名")
    await stations.remove(session, station.id, by=by, now=NOW)
    assert (await keep(session, by), station.status) == (1, "in_service")


async def test_a_list_names_only_stations_of_ones_own(session, by):
    await stations.create_all(session, [draft()], by=by, now=NOW)
    stranger = await make_staff(session, Role.DISTRICT_OFFICER, "620921")

    for who, code in ((stranger, "K1"), (by, "K2")):
        with pytest.raises(NotFound):
            await keep(session, who, code=code, name="新名")


async def test_many_stations_change_with_a_few_statements(session, by):
    codes = [f"K{number}" for number in range(40)]
    await stations.create_all(session, [draft(code=code) for code in codes], by=by, now=NOW)
    session.expire_all()
    changed = [
        draft(code=code, opening_hours="Mo-Su 08:00-20:00", amenities=frozenset({Amenity.AED}))
        for code in codes
    ]

    said: list[str] = []
    connection = (await session.connection()).sync_connection

    def listen(_connection, _cursor, statement, *_rest):
        said.append(statement)

    event.listen(connection, "before_cursor_execute", listen)
    assert len(await stations.keep_all(session, changed, by=by, now=NOW)) == 40
    event.remove(connection, "before_cursor_execute", listen)

    assert len(said) <= 15, said
