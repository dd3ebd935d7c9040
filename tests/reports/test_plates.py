"""Number plates in photos: legible for the unit that looks for the vehicle, and for nobody else."""

import io
from uuid import UUID, uuid4

import pytest
from PIL import Image

from app.models import Report, ReportState
from tests.factories.reports import make_category, make_unit
from tests.photos.conftest import develop_all
from tests.reports import crew
from tests.reports.test_api_photos import own, put
from tests.reports.test_api_submit import a_report, rider

__all__ = ["develop_all", "rider"]

CASES = "/v1/reports/cases"
# Both lie in the red quarter that the factory draws.
PLATE = {"x": 0.05, "y": 0.05, "width": 0.15, "height": 0.15, "hides": "plate"}
FACE = {"x": 0.3, "y": 0.3, "width": 0.1, "height": 0.1, "hides": "face"}


@pytest.fixture
async def around(session, client_for):
    """The desk, a unit and its user."""
    unit = await make_unit(session)
    return client_for(await crew.staff(session)), unit, client_for(await crew.unit_user(session, unit.id))


async def seen_in(client, path):
    """Return whether the plate and the face are to be seen in a picture."""
    answer = await client.get(path)
    assert answer.status_code == 200, path
    picture = Image.open(io.BytesIO(answer.content))
    spots = ((each["x"] + each["width"] / 2, each["y"] + each["height"] / 2) for each in (PLATE, FACE))
    return tuple(
        picture.getpixel((int(x * picture.width), int(y * picture.height)))[0] > 150 for x, y in spots
    )


@pytest.mark.parametrize("is_parking", [True, False], ids=["parking", "another"])
async def test_a_plate_is_legible_for_the_unit_of_a_parking_case_alone(
    rider, around, session, develop_all, is_parking
):
    desk, unit, worker = around
    category = await make_category(session, "a_vehicle", unit_reads_plates=is_parking)
    photo_id = uuid4()
    given = a_report(category_id=category, photo_ids=[str(photo_id)])
    await session.commit()
    await put(rider, photo_id)
    sent = await rider.post("/v1/reports", json=given)
    assert sent.status_code == 201, sent.text
    await develop_all()
    path = f"{CASES}/{given['id']}/photos/{photo_id}"
    covered = await desk.post(f"{path}/cover", json={"version": 1, "covers": [PLATE, FACE]})
    assert covered.status_code == 200, covered.text
    await develop_all()
    assert (await desk.post(f"{path}/approve", json={"version": 2})).json()["is_public"] is True
    case = await session.get_one(Report, UUID(given["id"]))
    case.unit_id, case.state = unit.id, ReportState.IN_PROGRESS
    await session.commit()

    async def photo(client, path, member="photos"):
        [found] = (await client.get(path)).json()[member]
        return found

    handled = await photo(worker, f"/v1/reports/handling/{case.id}")
    assert await seen_in(worker, handled["large"]) == (is_parking, False)
    assert await seen_in(worker, handled["thumb"]) == (False, False)
    sheet = await photo(desk, f"{CASES}/{case.id}/photos")
    assert [each["hides"] for each in sheet["covers"]] == ["plate", "face"]
    assert await seen_in(desk, sheet["large"]) == (False, False)
    assert await seen_in(desk, sheet["plain"]) == (True, True)
    [mine] = (await own(rider, case.id))["photos"]
    assert await seen_in(rider, mine["large"]) == (False, False)
    # Who holds the address of one copy cannot make that of another.
    other = mine["large"].replace("/large?", "/plates?")
    assert (await rider.get(other)).json()["code"] == "photo.address_expired"
    # A contractor comes by a link, which anybody may hold.
    link = (await worker.post(f"{CASES}/{case.id}/links", json={"label": "拖车师傅"})).json()["secret"]
    shown = await rider.get("/v1/reports/contractors/case", headers={"X-Report-Link": link})
    assert await seen_in(rider, shown.json()["photos"][0]["large"]) == (False, False)
    # Covered anew, the old legible copy leads nowhere.
    again = await desk.post(f"{path}/cover", json={"version": 2, "covers": [{**PLATE, "hides": "other"}]})
    assert again.status_code == 200, again.text
    await develop_all()
    assert (await worker.get(handled["large"])).status_code == 404
    handled = await photo(worker, f"/v1/reports/handling/{case.id}")
    assert await seen_in(worker, handled["large"]) == (False, True)
