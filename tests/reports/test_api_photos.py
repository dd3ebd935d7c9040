"""Photos of reports: named first, sent later, seen by whom they may be seen."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import PersonalDataRead, Photo
from app.services.photos.errors import PhotoUnknown
from tests.factories.accounts import make_account
from tests.factories.photos import jpeg
from tests.factories.reports import make_case_photo, make_report
from tests.factories.stations import COMMUNITY, make_area
from tests.photos.conftest import develop_all
from tests.reports.test_api_submit import a_report, rider

__all__ = ["develop_all", "rider"]

JPEG = {"content-type": "image/jpeg"}


async def put(rider, photo_id, seed=1):
    sent = await rider.put(f"/v1/photos/{photo_id}", content=jpeg(seed=seed), headers=JPEG)
    assert sent.status_code == 200, sent.text


async def own(rider, report_id):
    return (await rider.get(f"/v1/reports/mine/{report_id}")).json()


async def test_a_report_is_taken_before_its_photos_which_find_it_later(rider, runtime, develop_all):
    first, second = uuid4(), uuid4()
    await put(rider, first)
    given = a_report(photo_ids=[str(first), str(second)])

    assert (await rider.post("/v1/reports", json=given)).status_code == 201

    states = [each["state"] for each in (await own(rider, given["id"]))["photos"]]
    assert states == ["received", None]
    await put(rider, second, seed=2)
    await develop_all()
    await deliver(runtime.db, REACTIONS, now=utc_now())
    photos = (await own(rider, given["id"]))["photos"]
    assert [(each["id"], each["state"]) for each in photos] == [(str(first), "ready"), (str(second), "ready")]
    assert all(each["thumb"] and each["large"] and not each["is_public"] for each in photos)
    await put(rider, first)  # a phone that lost the answer sends it again


async def test_more_photos_come_later_up_to_nine_and_again_is_harmless(rider):
    given = a_report(photo_ids=[str(uuid4()) for _ in range(8)])
    await rider.post("/v1/reports", json=given)
    path, one = f"/v1/reports/{given['id']}/photos", [str(uuid4())]

    assert [(await rider.post(path, json={"photo_ids": one})).status_code for _ in range(2)] == [204, 204]
    refused = await rider.post(path, json={"photo_ids": [str(uuid4())]})

    assert (refused.status_code, refused.json()["code"]) == (422, "report.too_many_photos")
    assert len((await own(rider, given["id"]))["photos"]) == 9


async def test_a_case_that_is_over_takes_no_more(rider):
    given = a_report()
    await rider.post("/v1/reports", json=given)
    await rider.post(f"/v1/reports/mine/{given['id']}/withdraw", json={})

    refused = await rider.post(f"/v1/reports/{given['id']}/photos", json={"photo_ids": [str(uuid4())]})

    assert refused.json()["code"] == "report.photos_closed"


async def test_somebody_elses_photo_never_becomes_ones_own(rider, session):
    other = await make_report(session)
    theirs = await make_case_photo(session, other, (await make_account(session)).id)
    await session.commit()
    given = a_report(photo_ids=[str(theirs.id)])

    assert (await rider.post("/v1/reports", json=given)).status_code == 201

    (photo,) = (await own(rider, given["id"]))["photos"]
    assert (photo["state"], photo["large"]) == (None, None)


@pytest.fixture
async def reporter(session):
    await make_area(session, COMMUNITY)
    return await make_account(session, area_code=COMMUNITY)


@pytest.fixture
async def case(session, reporter):
    return await make_report(session, reporter_id=reporter.id)


@pytest.fixture
async def photo(session, case, reporter) -> Photo:
    return await make_case_photo(session, case, reporter.id, phash=0b1010, created_at=utc_now())


@pytest.fixture
async def desk(session, client_for, photo):
    account = await make_account(session, display_name="小李")
    await session.commit()
    return client_for(Actor(account.id, (Grant(Role.COMMUNITY_STAFF, (COMMUNITY,)),)))


async def album(desk, case):
    return (await desk.get(f"/v1/reports/cases/{case.id}/photos")).json()["photos"]


async def test_the_desk_sees_copies_and_what_speaks_against_a_photo(desk, case, photo, session):
    photo.exif_lat, photo.exif_lon = case.lat + 0.02, case.lon
    photo.is_gallery = True
    await session.commit()

    (seen,) = await album(desk, case)

    assert all(seen[each].startswith("/v1/photos/") for each in ("large", "plain"))
    assert "original" not in seen
    assert seen["is_gallery"] is True
    assert 2000 < seen["exif_distance_m"] < 2500


async def test_staff_approve_what_they_saw_and_then_others_see_it(desk, case, photo, session, client_for):
    follower = await make_account(session)
    await session.commit()
    other = client_for(Actor(follower.id))
    await other.post(f"/v1/reports/{case.id}/follow")
    assert (await own(other, case.id))["photos"] == []
    path = f"/v1/reports/cases/{case.id}/photos/{photo.id}"

    stale = await desk.post(f"{path}/approve", json={"version": 2})
    approved = await desk.post(f"{path}/approve", json={"version": 1})

    assert stale.json()["code"] == "edit_conflict"
    assert approved.json()["is_public"] is True
    assert [each["id"] for each in (await own(other, case.id))["photos"]] == [str(photo.id)]
    assert (await desk.post(f"{path}/withdraw")).json()["is_public"] is False
    assert (await own(other, case.id))["photos"] == []


async def test_a_restricted_photo_cannot_be_public(desk, case, photo):
    path = f"/v1/reports/cases/{case.id}/photos/{photo.id}"
    await desk.post(f"{path}/approve", json={"version": 1})

    restricted = (await desk.post(f"{path}/restrict", json={"restricted": True})).json()

    assert (restricted["is_restricted"], restricted["is_public"]) == (True, False)
    assert (await desk.post(f"{path}/approve", json={"version": 1})).json()["code"] == "photo.restricted"


async def test_covering_makes_a_new_version_to_be_approved_anew(desk, case, photo):
    path = f"/v1/reports/cases/{case.id}/photos/{photo.id}"
    await desk.post(f"{path}/approve", json={"version": 1})
    cover = {"x": 0.1, "y": 0.1, "width": 0.2, "height": 0.2, "hides": "other"}

    covered = (await desk.post(f"{path}/cover", json={"version": 1, "covers": [cover]})).json()

    assert (covered["version"], covered["state"], covered["is_public"]) == (2, "received", False)
    assert (await album(desk, case))[0]["covers"] == [cover]


async def test_an_original_opens_for_a_reason_and_the_reading_is_logged(desk, case, photo, reporter, session):
    path = f"/v1/reports/cases/{case.id}/photos/{photo.id}/original"

    assert (await desk.post(path, json={"reason": ""})).status_code == 422
    opened = await desk.post(path, json={"reason": "核对车牌"})

    assert opened.json()["original"].startswith(f"/v1/photos/{photo.id}/original")
    read = (await session.scalars(select(PersonalDataRead))).one()
    assert (read.subject_id, read.what, read.reason) == (reporter.id, "photo_original", "核对车牌")


async def test_a_photo_that_turned_up_elsewhere_is_shown_to_staff_never_merged(desk, case, photo, session):
    twin = await make_report(session)
    copy = await make_case_photo(session, twin, None, phash=0b1011, created_at=utc_now())
    elsewhere = await make_report(session, area_code="620921001001")
    await make_case_photo(session, elsewhere, None, phash=0b1010, created_at=utc_now())
    stranger = await make_report(session)
    await make_case_photo(session, stranger, None, phash=(1 << 40) - 1, created_at=utc_now())
    await session.commit()

    (seen,) = await album(desk, case)

    assert [(each["report_id"], each["photo_id"]) for each in seen["similar"]] == [
        (str(twin.id), str(copy.id))
    ]
    assert twin.parent_id is None


async def test_a_photo_of_another_case_is_not_there(desk, case, session):
    other = await make_report(session)
    theirs = await make_case_photo(session, other, None)
    await session.commit()

    answer = await desk.post(f"/v1/reports/cases/{case.id}/photos/{theirs.id}/approve", json={"version": 1})

    assert answer.json()["code"] == PhotoUnknown.code


async def test_an_old_picture_from_the_gallery_is_marked_when_it_is_attached(rider, session):
    given = a_report()
    await rider.post("/v1/reports", json=given)
    photo_id = uuid4()
    await put(rider, photo_id)
    photo = await session.get_one(Photo, photo_id)
    photo.captured_at, photo.exif_taken_at = utc_now(), utc_now() - timedelta(days=400)
    await session.commit()

    await rider.post(f"/v1/reports/{given['id']}/photos", json={"photo_ids": [str(photo_id)]})

    await session.refresh(photo)
    assert (photo.is_gallery, photo.about_id) == (True, UUID(given["id"]))
