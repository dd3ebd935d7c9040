"""Requests that say where only in words: the division is what the words name, the pin is set by a person."""

import pytest
from sqlalchemy import select

from app.models import Area, Report
from app.services.open311.addresses import smallest
from tests.factories.open311 import make_key
from tests.factories.reports import make_category
from tests.factories.stations import make_area
from tests.open311.test_sending import V2, a_form, sent
from tests.reports import crew

COUNTY, TOWN, QUARTER = "620902", "620902006", "620902006001"
NAMES = {
    "62": "甘肃省",
    "6209": "酒泉市",
    COUNTY: "肃州区",
    TOWN: "新城街道",
    QUARTER: "富康社区居民委员会",
    "620902006002": "西富康社区居委会",
    "620902100": "城关镇",
    "620902100201": "上井村村民委员会",
    "620902101": "清水镇",
    "620902101201": "上井村委会",
    "620921": "金塔县",
    "620921100": "城关镇",
    "620921100201": "新华村委会",
    "620102": "城关区",
    "1405": "晋城市",
    "140502": "城区",
}
ADDRESSES = [
    ("甘肃省酒泉市肃州区新城街道富康社区富康路12号", "6209", QUARTER),
    ("富康社区居民委员会", COUNTY, QUARTER),
    ("富康路12号, 富康社区, 新城街道, 肃州区", COUNTY, QUARTER),
    ("肃州区西富康社区", COUNTY, "620902006002"),  # not the one whose name ends it
    ("肃州区大富康社区", COUNTY, COUNTY),  # known to nobody: the name before it holds
    ("肃州区富康社区路口", COUNTY, COUNTY),  # a road that is called after it
    ("新城街道办事处旁", COUNTY, TOWN),
    ("金塔县城关镇", "6209", "620921100"),  # of the two of this name
    ("城关镇", "6209", None),
    ("城关镇新华村", "6209", "620921100201"),
    ("肃州区城关镇上井村", COUNTY, "620902100201"),
    ("肃州区上井村", COUNTY, COUNTY),  # there are two
    ("肃州区和金塔县交界", "6209", None),  # they agree on a city alone, which has no desk of its own
    ("酒泉市", "6209", None),
    ("富康路12号", COUNTY, None),
    ("", COUNTY, None),
    ("金塔县城关镇", COUNTY, None),  # elsewhere
    ("兰州的城关区,城关镇", COUNTY, None),
    ("城关区富康社区", COUNTY, None),  # another city's: that its quarter's name exists here says nothing
    ("肃州区城区富康社区", COUNTY, QUARTER),  # the middle of any town, and a county elsewhere
    ("晋城市城区富康社区", COUNTY, None),
    ("城区新华路", "140502", "140502"),
]


@pytest.mark.parametrize(("said", "inside", "meant"), ADDRESSES, ids=range(len(ADDRESSES)))
def test_words_name_the_smallest_division_that_is_clear(said, inside, meant):
    assert smallest(said, NAMES, inside=inside) == meant


@pytest.fixture
async def places(session):
    """Make the divisions, a service, and a key for the county; nothing of it has a point."""
    for code in (QUARTER, "620921", "620902100"):
        await make_area(session, code)
    for area in await session.scalars(select(Area)):
        area.name = NAMES.get(area.code, area.name)
    await make_category(session)
    await make_key(session, area_code=COUNTY)
    await session.commit()


def by_words(address: str | None, **given) -> dict:
    return a_form(lat=None, long=None, address_string=address, **given)


async def test_a_case_without_a_point_waits_for_its_pin_and_is_on_no_map(client, client_for, session, places):
    clerk = client_for(await crew.staff(session, QUARTER))
    await session.commit()

    answer = await sent(client, by_words("肃州区新城街道富康社区3号楼前"))

    assert answer.status_code == 200, answer.text
    [taken] = answer.json()
    assert QUARTER in taken["service_notice"]
    [read] = (await client.get(f"{V2}/requests/{taken['service_request_id']}.json")).json()
    assert (read["lat"], read["long"], read["address"]) == (None, None, "肃州区新城街道富康社区3号楼前")
    xml = await client.get(f"{V2}/requests/{taken['service_request_id']}.xml")
    assert "<lat></lat>" in xml.text
    # The desk of the division has it, as something to be done.
    [case] = (await clerk.get("/v1/reports/cases?is_pin_missing=true")).json()["items"]
    assert (case["area_code"], case["placed_by"], case["flags"]) == (QUARTER, "address", ["pin_missing"])
    assert (case["lat"], case["lon"], case["accuracy_m"]) == (None, None, None)
    path = f"/v1/reports/cases/{case['id']}"
    refused = await clerk.post(f"{path}/publish", json={"version": case["version"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "report.not_publishable")
    given = {"lat": 39.7431, "lon": 98.5083, "coord_type": "wgs84"}
    moved = await clerk.post(
        f"{path}/pin", json={"version": case["version"], "reason": "现场核实", "position": given}
    )
    assert moved.status_code == 200, moved.text
    assert (moved.json()["flags"], moved.json()["lat"], moved.json()["placed_by"]) == ([], 39.7431, "moved")
    assert (await clerk.get("/v1/reports/cases?is_pin_missing=true")).json()["items"] == []
    published = await clerk.post(f"{path}/publish", json={"version": moved.json()["version"]})
    assert published.status_code == 200, published.text


async def test_an_address_id_is_a_divisions_code(client, session, places):
    for address_id, status in (
        (f"{COUNTY}000000", 200),
        (TOWN, 200),
        ("620921", 403),
        ("6209", 400),
        ("12 Main St", 400),
    ):
        answer = await sent(client, by_words(None, address_id=address_id))

        assert answer.status_code == status, (address_id, answer.text)
    found = await session.scalars(select(Report.area_code).order_by(Report.number))
    assert found.all() == [COUNTY, TOWN]


async def test_who_names_no_division_of_the_key_is_told_why(client, session, places):
    for form, code in (
        (by_words("富康路12号"), 400),
        (by_words("金塔县"), 400),
        (by_words("肃州区", jurisdiction_id="620921"), 403),
        (by_words(None), 400),
        (by_words("肃州区") | {"lat": "39.7431"}, 400),  # both or none
    ):
        answer = await sent(client, form)

        assert (answer.status_code, answer.json()[0]["code"]) == (code, code), form
    assert "lat" in (await sent(client, by_words("富康路12号"))).json()[0]["description"]
    assert (await session.scalars(select(Report))).all() == []


async def test_no_two_cases_without_a_point_lie_together(client, client_for, session, places):
    clerk = client_for(await crew.staff(session, QUARTER))
    await session.commit()
    numbers = [
        (await sent(client, by_words(f"富康社区{floor}号楼"))).json()[0]["service_request_id"]
        for floor in range(12)  # as many as nobody could send from one place
    ]

    cases = (await clerk.get("/v1/reports/cases?is_pin_missing=true")).json()["items"]

    assert len(cases) == len(set(numbers)) == 12
    related = (await clerk.get(f"/v1/reports/cases/{cases[0]['id']}/related")).json()
    assert related["recurrences"] == []
    assert {flag for case in cases for flag in case["flags"]} == {"pin_missing"}


async def test_a_platform_speaks_for_many_people(client, session, places):
    """A city's platform sends from one place what many people saw there, and from one end to the other."""
    for at in range(12):
        lat = "39.7431" if at < 11 else "39.9431"

        answer = await sent(client, a_form(description=f"第{at}个", lat=lat, jurisdiction_id=COUNTY))

        assert answer.status_code == 200, answer.text
    found = (await session.scalars(select(Report))).all()
    assert {(tuple(each.flags), each.is_trust_low) for each in found} == {((), False)}
