"""What everybody may see: staff publish and take back, the map in points and cells, a case's story."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core.geo import CoordType, Point, from_wgs84
from app.models import Move, Outcome, PhotoRole, PublicationRule, ReportState, ReportStep
from tests.factories.accounts import make_account
from tests.factories.areas import make_succession
from tests.factories.reports import SENT_AT, make_case_photo, make_category, make_report, make_unit
from tests.factories.stations import COMMUNITY, SUZHOU, make_area
from tests.reports import crew

OTHER = "620102001001"
METRE = 1 / 111_000


def box(point: Point = SUZHOU, reach: float = 0.01, coord_type: CoordType = CoordType.WGS84) -> str:
    lat, lon = from_wgs84(point, coord_type)
    return f"{lon - reach},{lat - reach},{lon + reach},{lat + reach}"


async def see_map(client, *, status: int = 200, **given):
    query = {"bbox": box(), "zoom": 16, "coord_type": "wgs84", **given}
    response = await client.get("/v1/reports/map", params=query)
    assert response.status_code == status, response.text
    return response.json()


async def numbers(client, **given):
    features = (await see_map(client, **given))["features"]
    return {each["properties"]["number"] for each in features}


async def test_staff_publish_a_case_and_take_it_back(client, client_for, session):
    unit = await make_unit(session)
    report = await make_report(
        session, description="金店老板13712345678的井盖", address="13712345678", unit_id=unit.id
    )
    owner = await make_account(session)
    shown = await make_case_photo(session, report, owner.id, approved_at=SENT_AT, approved_by=owner.id)
    for hidden in ({}, {"approved_at": SENT_AT, "approved_by": owner.id, "is_restricted": True}):
        await make_case_photo(session, report, owner.id, role=PhotoRole.AFTER, **hidden)
    staff = await crew.staff(session)
    away = client_for(await crew.staff(session, OTHER))
    await session.commit()
    desk, number = client_for(staff), f"NF{report.number}"
    path, page = f"/v1/reports/cases/{report.id}", f"/v1/reports/public/{number}?coord_type=gcj02"

    assert (await client.get(page)).status_code == 404
    assert (await away.post(f"{path}/publish", json={"version": 1})).status_code == 404
    first = await desk.post(f"{path}/publish", json={"version": 1})
    assert first.status_code == 200, first.text
    conflict = await desk.post(f"{path}/publish", json={"version": 1, "text": "缺井盖"})
    assert (conflict.status_code, conflict.json()["editor"]) == (409, "小李")

    public = (await client.get(page)).json()
    assert (public["text"], public["address"], public["unit"]) == ("金店老板***的井盖", "***", unit.name)
    assert (public["lat"], public["lon"]) == (round(report.given_lat, 6), round(report.given_lon, 6))
    assert [each["id"] for each in public["photos"]] == [str(shown.id)]
    assert public["photos"][0]["large"]
    assert [each["move"] for each in public["steps"]] == ["submit"]
    assert "小李" not in str(public)
    (point,) = (await see_map(client, bbox=box(coord_type=CoordType.GCJ02), coord_type="gcj02"))["features"]
    assert point["geometry"]["coordinates"] == [public["lon"], public["lat"]]
    assert point["properties"]["number"] == number

    again = await desk.post(f"{path}/publish", json={"version": first.json()["version"], "text": "缺井盖"})
    assert (again.json()["public_at"], again.json()["public_text"]) == (first.json()["public_at"], "缺井盖")
    assert (await client.get(f"/v1/reports/public/{report.id}?coord_type=wgs84")).json()["text"] == "缺井盖"
    (open311,) = (await client.get(f"/open311/v2/requests/{number}.json")).json()
    assert open311["description"] == "缺井盖"

    version = again.json()["version"]
    wordless = await desk.post(f"{path}/unpublish", json={"version": version})
    assert wordless.json()["code"] == "report.reason_needed"
    back = await desk.post(f"{path}/unpublish", json={"version": version, "reason": "涉及他人隐私"})
    assert (back.status_code, back.json()["public_at"]) == (200, None)
    assert (await client.get(page)).status_code == 404
    assert await numbers(client) == set()
    assert (await client.get(f"/open311/v2/requests/{number}.json")).status_code == 404
    steps = await session.scalars(select(ReportStep.move).where(ReportStep.report_id == report.id))
    assert list(steps) == [Move.SUBMIT, Move.PUBLISH, Move.PUBLISH, Move.UNPUBLISH]
    await session.refresh(report)
    assert report.state_at == SENT_AT


async def test_what_is_confidential_or_came_to_nothing_is_never_public(client, client_for, session):
    parent = await make_report(session, public_at=SENT_AT)
    staff = await crew.staff(session)
    await make_category(session, "food_safety", is_confidential=True)
    secret = await make_report(
        session, category_id="food_safety", is_confidential=True, case_worker_id=staff.account_id
    )
    ended = [
        await make_report(session, state=state, public_at=SENT_AT, parent_id=of)
        for state, of in (
            (ReportState.REJECTED, None),
            (ReportState.DUPLICATE, parent.id),
            (ReportState.WITHDRAWN, None),
        )
    ]
    leaked = await make_report(session, is_confidential=True, public_at=SENT_AT)
    await session.commit()
    desk = client_for(staff)

    for report in (secret, *ended):
        refused = await desk.post(f"/v1/reports/cases/{report.id}/publish", json={"version": 1})
        assert (refused.status_code, refused.json()["code"]) == (409, "report.not_publishable")
        assert refused.json()["because"] == ("confidential" if report is secret else report.state.value)

    assert await numbers(client) == {f"NF{parent.number}"}
    cells = await see_map(client, bbox="73,3,136,54", zoom=4)
    assert [each["properties"]["count"] for each in cells["features"]] == [None]
    rejected, merged, withdrawn = ended
    for hidden in (secret, leaked, rejected, withdrawn):
        for reference in (hidden.id, hidden.number):
            page = await client.get(f"/v1/reports/public/{reference}?coord_type=wgs84")
            assert page.status_code == 404
    # A link to a merged case leads to the case that it went into.
    page = await client.get(f"/v1/reports/public/NF{merged.number}?coord_type=wgs84")
    assert page.json()["number"] == f"NF{parent.number}"
    for nonsense in ("NF", "坑", "9" * 19, "nf٣"):
        page = await client.get(f"/v1/reports/public/{nonsense}?coord_type=wgs84")
        assert page.status_code == 404


async def test_an_areas_rule_publishes_what_is_accepted_without_its_words(client, client_for, session):
    kind = await make_category(session, "lamp")
    await make_category(session, "wages", is_confidential=True)
    plain, other, odd, early = [
        await make_report(session, category_id=category, **given)
        for category, given in (
            (kind, {}), ("road_damage", {}), (kind, {"flags": ["series"]}),
            (kind, {"decided_at": SENT_AT}),
        )
    ]  # fmt: skip
    officer, staff = await crew.officer(session), await crew.staff(session)
    await session.commit()
    district, desk = client_for(officer), client_for(staff)
    rule = {"area_code": COMMUNITY[:6], "category_id": kind, "is_automatic": True}

    assert (await desk.put("/v1/reports/publication-rules", json=rule)).status_code == 403
    elsewhere = await district.put("/v1/reports/publication-rules", json={**rule, "area_code": "620102"})
    secret = await district.put("/v1/reports/publication-rules", json={**rule, "category_id": "wages"})
    assert (elsewhere.status_code, secret.json()["code"]) == (404, "report.rule_invalid")
    made = await district.put("/v1/reports/publication-rules", json=rule)
    assert (made.status_code, made.json()["version"]) == (200, 1)
    stale = await district.put("/v1/reports/publication-rules", json={**rule, "version": 9})
    assert stale.status_code == 409
    listed = (await district.get("/v1/reports/publication-rules")).json()["rules"]
    assert [(each["area_code"], each["category_id"]) for each in listed] == [(COMMUNITY[:6], kind)]

    for report in (plain, other, odd, early):
        accepted = await desk.post(f"/v1/reports/cases/{report.id}/accept", json={"version": 1})
        assert accepted.status_code == 200, accepted.text
    assert await numbers(client) == {f"NF{plain.number}"}
    page = (await client.get(f"/v1/reports/public/{plain.number}?coord_type=wgs84")).json()
    assert (page["text"], page["category_zh"], page["state"]) == ("", "道路破损", "accepted")

    # The community's own rule, of all categories, is nearer than the county's.
    off = {"area_code": COMMUNITY, "is_automatic": False}
    assert (await district.put("/v1/reports/publication-rules", json=off)).status_code == 200
    later = await make_report(session, category_id=kind)
    await session.commit()
    assert (await desk.post(f"/v1/reports/cases/{later.id}/accept", json={"version": 1})).status_code == 200
    assert await numbers(client) == {f"NF{plain.number}"}


async def test_no_rule_decides_anew_what_staff_let_the_public_read(client, client_for, session):
    rule = {"id": uuid4(), "category_id": None, "changed_at": SENT_AT}
    await make_area(session, COMMUNITY)
    session.add(PublicationRule(area_code=COMMUNITY[:6], is_automatic=True, **rule))
    written, taken_back = [await make_report(session) for _ in range(2)]
    desk = client_for(await crew.staff(session))
    await session.commit()
    for report in (written, taken_back):
        said = {"version": 1, "text": "井盖缺失,已围挡"}
        assert (await desk.post(f"/v1/reports/cases/{report.id}/publish", json=said)).status_code == 200
    said = {"version": 2, "reason": "照片里有车牌"}
    gone = await desk.post(f"/v1/reports/cases/{taken_back.id}/unpublish", json=said)
    assert gone.status_code == 200, gone.text

    for report, version in ((written, 2), (taken_back, 3)):
        accepted = await desk.post(f"/v1/reports/cases/{report.id}/accept", json={"version": version})
        assert accepted.status_code == 200, accepted.text

    assert await numbers(client) == {f"NF{written.number}"}
    page = (await client.get(f"/v1/reports/public/{written.number}?coord_type=wgs84")).json()
    assert page["text"] == "井盖缺失,已围挡"


async def test_the_word_of_a_renamed_community_holds_for_the_one_that_followed_it(
    client, client_for, session
):
    before = f"{COMMUNITY[:9]}977"
    for code in (before, COMMUNITY):
        await make_area(session, code)
    await make_succession(session, before, COMMUNITY)
    for area_code, is_automatic in ((COMMUNITY[:6], True), (before, False)):
        rule = {"id": uuid4(), "category_id": None, "changed_at": SENT_AT}
        session.add(PublicationRule(area_code=area_code, is_automatic=is_automatic, **rule))
    report, staff = await make_report(session), await crew.staff(session)
    await session.commit()

    accepted = await client_for(staff).post(f"/v1/reports/cases/{report.id}/accept", json={"version": 1})

    assert accepted.status_code == 200, accepted.text
    assert await numbers(client) == set()


async def test_cells_are_counted_whole_and_small_numbers_are_not_told(client, session):
    await make_category(session, "lamp")
    far = Point(SUZHOU.lat + 0.4, SUZHOU.lon)
    for number in range(6):
        at = Point(SUZHOU.lat + number * 5 * METRE, SUZHOU.lon)
        await make_report(session, at=at, public_at=SENT_AT, category_id="lamp" if number else "road_damage")
    closed = await make_report(
        session, at=far, public_at=SENT_AT, state=ReportState.CLOSED, outcome=Outcome.FIXED,
        submitted_at=SENT_AT - timedelta(days=40),
    )  # fmt: skip
    await make_report(session, at=SUZHOU)
    await session.commit()

    async def counted(**given):
        found = await see_map(client, **{"bbox": box(reach=0.6), "zoom": 11, **given})
        assert found["drawn"] == "cells"
        return sorted((each["properties"]["count"] or 0) for each in found["features"])

    assert await counted() == [0, 6]
    assert await counted(bbox=box(reach=0.002)) == [6]
    assert await counted(bbox="10,10,11,11") == []
    assert await counted(category="lamp") == [5]
    assert await counted(category=["lamp", "road_damage"], state="submitted") == [6]
    assert await counted(state=["closed"]) == [0]
    assert await counted(since=(SENT_AT - timedelta(days=1)).isoformat()) == [6]
    (small,) = (await see_map(client, bbox=box(far), zoom=11))["features"]
    assert (small["properties"]["count"], small["properties"]["fewer_than"]) == (None, 5)
    ring = small["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    assert len(ring) >= 6

    newest = await see_map(client, limit=4)
    rest = await see_map(client, limit=4, cursor=newest["next_cursor"])
    seen = [each["properties"]["id"] for each in (*newest["features"], *rest["features"])]
    assert (len(seen), len(set(seen)), rest["next_cursor"]) == (6, 6, None)
    assert str(closed.id) not in seen
    refused = await see_map(client, cursor="nonsense", status=422)
    assert refused["code"] == "bad_cursor"


async def test_a_map_is_kept_for_half_a_minute_and_asked_for_again_by_its_tag(client, session):
    await make_report(session, public_at=SENT_AT)
    await session.commit()
    query = {"bbox": box(), "zoom": 16, "coord_type": "bd09"}

    first = await client.get("/v1/reports/map", params=query)
    again = await client.get(
        "/v1/reports/map", params=query, headers={"If-None-Match": first.headers["etag"]}
    )

    assert first.headers["content-type"].startswith("application/geo+json")
    assert first.headers["cache-control"] == "public, max-age=30"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"bbox": "179,39,-179,40"}, "report.map_box_invalid"),
        ({"bbox": "98,39,99,40"}, "report.map_box_too_large"),
        ({"zoom": 23}, "invalid_input"),
        ({"zoom": -1}, "invalid_input"),
        ({"coord_type": "mars"}, "invalid_input"),
    ],
)
async def test_what_cannot_be_drawn_is_refused_with_its_code(client, given, code):
    refused = await see_map(client, status=422, **given)

    assert refused["code"] == code
    assert "98,39" not in refused.get("detail", "")
