"""Whom to call, before any form: the area says its gas company's number."""

from app.core.actor import Actor
from app.core.clock import utc_now
from app.services import categories
from tests.factories.accounts import make_account
from tests.factories.areas import make_succession
from tests.factories.grids import LAT, LON, square
from tests.factories.stations import COMMUNITY, make_area
from tests.reports import crew
from tests.reports.test_api_corrections import make_grid
from tests.reports.test_api_submit import a_report

KEPT = "/v1/reports/area-phones"
HERE = {"lat": LAT + 0.0005, "lon": LON + 0.0005, "coord_type": "wgs84"}


async def numbers(client, **at):
    query = {"category_id": "gas_smell", **HERE, **at}
    answer = await client.get("/v1/reports/phones", params=query)
    assert answer.status_code == 200, answer.text
    return [each["number"] for each in answer.json()["phones"]]


async def test_an_area_says_the_number_of_its_gas_firm(session, client, client_for):
    await categories.plant_shipped(session, now=utc_now())
    await make_grid(session, 1, square(0, 0))
    before = f"{COMMUNITY[:4]}77"  # the county's code until it was renamed
    for code in (before, COMMUNITY[:6]):
        await make_area(session, code)
    await make_succession(session, before, COMMUNITY[:6])
    old, officer = await crew.officer(session, before), await crew.officer(session)
    rider = Actor((await make_account(session)).id)
    await session.commit()
    assert await numbers(client) == ["119", "110", "120"]

    old_one = {"area_code": before, "service": "gas", "number": "0937-7777777"}
    assert (await client_for(old).put(KEPT, json=old_one)).json()["version"] == 1
    assert (await numbers(client))[-1] == "0937-7777777"
    desk = client_for(officer)
    given = {"area_code": COMMUNITY[:6], "service": "gas", "number": "0937-1111111"}
    assert (await desk.put(KEPT, json=given)).status_code == 200
    nearer = {**given, "area_code": COMMUNITY, "number": "0937-2222222"}
    assert (await desk.put(KEPT, json=nearer)).status_code == 200
    assert (await numbers(client))[-1] == "0937-2222222"
    assert (await numbers(client, category_id="fallen_wire")) == ["119", "110", "120"]
    assert len((await desk.get(KEPT)).json()["phones"]) == 2

    # What is answered to the report itself says it, too.
    phone = client_for(rider)
    smelt = a_report(category_id="gas_smell", position=HERE)
    sent = await phone.post("/v1/reports", json=smelt)
    assert sent.status_code == 201, sent.text
    assert [each["number"] for each in sent.json()["phones"]][-1] == "0937-2222222"
    assert sent.json()["duty"]["phones"] == sent.json()["phones"]

    assert (await desk.put(KEPT, json=nearer)).json()["code"] == "edit_conflict"
    assert (await desk.put(KEPT, json={**nearer, "number": "call me"})).status_code == 422
    gone = f"{KEPT}?area_code={COMMUNITY}&service=gas"
    assert [(await desk.delete(gone)).status_code for _ in range(2)] == [204, 404]
    assert (await numbers(client))[-1] == "0937-1111111"
    assert (await desk.put(KEPT, json={**given, "area_code": "620102"})).status_code == 404
