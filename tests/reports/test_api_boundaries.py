"""Streets between two communities, maps that overlap, and places that no grid knows."""

import pytest

from app.core.geo import Point
from app.models import PlacedBy, Report
from tests.factories.grids import LAT, LON, STEP, square
from tests.factories.reports import SENT_AT, make_category, make_report, make_unit
from tests.factories.rules import make_rule
from tests.factories.stations import COMMUNITY, make_area, make_station
from tests.reports import crew
from tests.reports.test_api_corrections import make_grid
from tests.reports.test_api_submit import a_report

CASES = "/v1/reports/cases"
OVER_THERE = "620921001001"  # another county's community; serial invented


@pytest.fixture
async def street(session, clock):
    """Draw two communities of two counties side by side, and the police's own map over them."""
    clock.at = SENT_AT
    await make_category(session)
    here = await make_grid(session, 1, square(0, 0))
    there = await make_grid(session, 1, square(1, 0), community=OVER_THERE)
    beat = await make_grid(session, 7, square(-1, -1, 3), scheme="police")
    await session.commit()
    return here, there, beat


def at(steps_east):
    return {"lat": LAT + STEP / 2, "lon": LON + steps_east * STEP, "coord_type": "wgs84"}


async def test_a_boundary_streets_case_has_one_owner_and_the_neighbour_reads_it(session, client_for, street):
    here, _, beat = street
    rider = client_for(await crew.rider(session))
    owner, across = client_for(await crew.staff(session)), client_for(await crew.staff(session, OVER_THERE))
    county = client_for(await crew.officer(session, OVER_THERE[:6]))
    away = client_for(await crew.staff(session, "620921002001"))
    await session.commit()
    # A street is 85 m wide in steps of longitude here: 17 m from the border, and 43 m.
    near, far = a_report(position=at(0.8)), a_report(position=at(0.5))
    for sent in (near, far):
        assert (await rider.post("/v1/reports", json=sent)).status_code == 201

    case = await session.get_one(Report, near["id"])
    assert (case.area_code, case.grid_id) == (COMMUNITY, here.id)
    # Both maps' grids are kept (edge 11), and everybody across the street, by each level.
    assert sorted(case.grid_ids) == sorted([str(here.id), str(beat.id)])
    assert case.neighbour_codes == ["620921", "620921001", OVER_THERE]
    assert (await session.get_one(Report, far["id"])).neighbour_codes == []

    for neighbour in (across, county):
        seen = (await neighbour.get(f"{CASES}/{near['id']}")).json()
        assert (seen["case"]["id"], seen["possible"]) == (near["id"], [])
        (listed,) = (await neighbour.get(f"{CASES}/across")).json()["items"]
        assert listed["id"] == near["id"]
        assert (await neighbour.get(f"{CASES}/counts")).json()["is_neighbour"] is True
        # To read and nothing else: no list of work, no move, no questions, no photos.
        assert (await neighbour.get(CASES)).json()["items"] == []
        for path in ("questions", "notes", "photos", "updates"):
            assert (await neighbour.get(f"{CASES}/{near['id']}/{path}")).status_code == 404
        for move in ("accept", "take", "publish"):
            refused = await neighbour.post(f"{CASES}/{near['id']}/{move}", json={"version": 1})
            assert refused.status_code == 404
        assert (await neighbour.get(f"{CASES}/{far['id']}")).status_code == 404
    assert (await owner.get(f"{CASES}/{near['id']}")).json()["possible"] != []
    assert (await owner.get(f"{CASES}/across")).json()["items"] == []
    assert (await owner.get(f"{CASES}/counts")).json()["is_neighbour"] is False
    assert (await away.get(f"{CASES}/{near['id']}")).status_code == 404

    case.is_confidential = True
    await session.commit()
    assert (await across.get(f"{CASES}/{near['id']}")).status_code == 404
    assert (await across.get(f"{CASES}/across")).json()["items"] == []


async def test_a_case_that_came_to_the_county_goes_on_to_a_community(session, client_for, clock):
    clock.at = SENT_AT
    await make_category(session)
    county = COMMUNITY[:6]
    place = Point(39.70, 98.40)
    await make_station(session, area_code=COMMUNITY, at=Point(place.lat + 0.05, place.lon))
    await make_area(session, "620102001001")
    rider, staff = client_for(await crew.rider(session)), client_for(await crew.staff(session))
    officer = client_for(await crew.officer(session))
    unit = await make_unit(session, area_code=COMMUNITY, name="社区物业")
    await make_rule(session, unit, area_code=COMMUNITY)
    await session.commit()
    here = {"lat": place.lat, "lon": place.lon, "coord_type": "wgs84"}
    sent = a_report(position=here, area_code=None)
    taken = await rider.post("/v1/reports", json=sent)
    assert (taken.json()["area_code"], taken.json()["placed_by"]) == (county, "station")
    path = f"{CASES}/{sent['id']}"

    # No community is known: the county's officer has it, and no community sees what is not its own.
    assert (await staff.get(path)).status_code == 404
    (listed,) = (await officer.get(CASES)).json()["items"]
    assert listed["id"] == sent["id"]
    given = {"area_code": COMMUNITY, "reason": "现场在该社区", "version": listed["version"]}
    assert (await staff.post(f"{path}/hand-to", json=given)).status_code == 403
    for elsewhere in ("620102001001", f"{county}999999"):
        refused = await officer.post(f"{path}/hand-to", json={**given, "area_code": elsewhere})
        assert refused.status_code == 404
    handed = await officer.post(f"{path}/hand-to", json=given)
    assert handed.status_code == 200, handed.text
    assert (handed.json()["area_code"], handed.json()["placed_by"]) == (COMMUNITY, PlacedBy.MOVED)
    assert handed.json()["proposed_unit_id"] == str(unit.id)

    seen = (await staff.get(path)).json()
    step = seen["steps"][-1]
    assert (step["move"], step["reason"]) == ("rehome", "现场在该社区")
    assert (step["details"]["before"]["area_code"], step["details"]["after"]["area_code"]) == (
        county, COMMUNITY,
    )  # fmt: skip
    drawn = await make_grid(session, 1, square(0, 0))
    gridded = await make_report(session, grid_id=drawn.id)
    await session.commit()
    refused = await officer.post(f"{CASES}/{gridded.id}/hand-to", json={**given, "version": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "report.placed_by_grid")
