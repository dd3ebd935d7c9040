"""The catalogue: shipped whole, read by anybody, changed by import with every version kept."""

import pytest
from sqlalchemy import select

from app.cli.categories import import_categories as command
from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.models import Category, CategoryRevision, Urgency
from app.services import categories
from app.services.categories import RowResult
from tests.factories.accounts import make_account


def a_category(**given):
    return {"id": "pothole", "group": "road", "name_zh": "坑", "name_en": "Pothole", **given}


@pytest.fixture
async def sysadmin(session, client_for):
    account = await make_account(session)
    await session.commit()
    return client_for(Actor(account.id, (Grant(Role.SYSADMIN),)))


async def bring(client, *rows, dry_run=False):
    response = await client.post(
        "/v1/categories/import", json={"categories": list(rows)}, params={"dry_run": dry_run}
    )
    assert response.status_code == 200, response.text
    return response.json()


async def test_the_shipped_catalogue_is_planted_once_and_keeps_what_an_office_changed(session):
    planted = await categories.plant_shipped(session, now=utc_now())
    (await session.get_one(Category, "road_damage")).name_zh = "路上有坑"

    assert planted >= 40
    assert await categories.plant_shipped(session, now=utc_now()) == 0
    assert (await session.get_one(Category, "road_damage")).name_zh == "路上有坑"


async def test_the_shipped_catalogue_read_again_changes_nothing(session):
    await categories.plant_shipped(session, now=utc_now())
    rows = categories.read_file(categories.SHIPPED)

    report = await categories.import_categories(session, rows, now=utc_now())

    assert {row.result for row in report.rows} == {RowResult.SAME}


async def test_anybody_reads_it_in_display_order_with_whom_to_call(session, client):
    await categories.plant_shipped(session, now=utc_now())
    await session.commit()

    response = await client.get("/v1/categories")

    groups = response.json()["groups"]
    listed = [category for group in groups for category in group["categories"]]
    emergencies = [category for category in listed if category["urgency"] == "emergency"]
    assert groups[0]["categories"][0]["id"] == "manhole_cover"
    assert {"gas_smell", "fallen_wire", "road_collapse"} <= {each["id"] for each in emergencies}
    assert all(each["phones"] for each in emergencies)
    assert all(phone["number"] for each in listed for phone in each["phones"])
    assert {each["id"] for each in listed if each["is_confidential"]} >= {"food_safety", "wages"}
    for each in listed:
        if each["id"] in {"wages", "labor_dispute"}:
            assert [phone["number"] for phone in each["phones"]] == ["12333", "12348", "12351"]
    again = await client.get("/v1/categories", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


async def test_a_category_says_its_place_in_the_standards(session, client):
    await categories.plant_shipped(session, now=utc_now())
    await session.commit()

    cover = (await client.get("/v1/categories/manhole_cover")).json()
    gas = (await client.get("/v1/categories/gas_smell")).json()

    assert (cover["standard_ref"], cover["kind"], cover["code"]) == (
        "GB/T 47678.5-2026", "component", "01023"
    )  # fmt: skip
    assert (gas["is_local_extension"], gas["code"], gas["code_2013"]) == (True, None, "0403")
    assert (await client.get("/v1/categories/no_such")).status_code == 404


async def test_an_import_reports_every_row_and_writes_all_or_nothing(sysadmin, session):
    report = await bring(sysadmin, a_category(), a_category(id="Bad Id"), a_category(id="x", urgency="soon"))

    assert (report["is_written"], report["bad"]) == (False, 2)
    assert [row["result"] for row in report["rows"]] == ["new", "bad", "bad"]
    assert report["rows"][1]["hint"].startswith("id:")
    assert await session.get(Category, "pothole") is None
    assert (await bring(sysadmin, a_category(), dry_run=True))["new"] == 1
    assert await session.get(Category, "pothole") is None
    assert (await bring(sysadmin, a_category()))["is_written"] is True
    assert await session.get(Category, "pothole") is not None


async def test_a_change_is_a_new_version_and_the_old_one_is_kept(sysadmin, session):
    await bring(sysadmin, a_category())
    report = await bring(sysadmin, a_category(urgency="urgent"))
    assert report["rows"][0] == {
        "row": 1, "id": "pothole", "result": "changed", "changes": ["urgency"], "hint": ""
    }  # fmt: skip
    assert (await bring(sysadmin, a_category(urgency="urgent")))["same"] == 1

    category = await session.get_one(Category, "pothole", populate_existing=True)
    kept = await session.scalar(select(CategoryRevision))
    assert (category.version, category.urgency) == (2, Urgency.URGENT)
    assert (kept.id, kept.version, kept.content["urgency"]) == ("pothole", 1, "normal")


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"code": "06013"}, "local"),
        ({"urgency": "emergency"}, "call"),
        ({"questions": [{"id": "q", "type": "choice", "zh": "?", "en": "?"}]}, "choices"),
        ({"name_zh": "a\0"}, "name_zh"),
        ({"unknown": 1}, "unknown"),
    ],
)
async def test_a_row_that_cannot_be_meant_says_why(sysadmin, change, hint):
    report = await bring(sysadmin, a_category(**change))

    assert hint in report["rows"][0]["hint"]


async def test_components_and_matters_share_codes_but_two_categories_do_not(sysadmin):
    of = {"standard_ref": "GB/T 47678.5-2026", "code": "01001"}
    first = a_category(id="a", kind="matter", **of)
    other_kind = a_category(id="b", kind="component", **of)
    assert (await bring(sysadmin, first, other_kind))["is_written"] is True

    report = await bring(sysadmin, a_category(id="c", kind="matter", **of), first | {"id": "d", "code": "02"})

    assert report["rows"][0]["hint"] == "code: is that of a"
    assert report["is_written"] is False
    twice = await bring(sysadmin, a_category(id="e"), a_category(id="e"))
    assert [row["result"] for row in twice["rows"]] == ["new", "bad"]


async def test_who_is_no_sysadmin_imports_nothing(session, client_for):
    officer = client_for(
        Actor((await make_account(session)).id, (Grant(Role.DISTRICT_OFFICER, ("620902",)),))
    )
    await session.commit()

    response = await officer.post("/v1/categories/import", json={"categories": [a_category()]})

    assert response.json()["code"] == "role_missing"


def test_the_command_wants_a_file_or_the_shipped_list():
    with pytest.raises(Exception, match="give a file"):
        command(None)
