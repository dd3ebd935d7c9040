"""Photos of stations and of what is broken there: sent by staff, looked at, then seen by everybody."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.core.clock import utc_now
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import Account, Amenity, AmenityState, Notification, OutboxEvent, Photo
from app.services.photos.events import PhotoReady
from app.services.stations import album
from app.services.stations.events import StationPhotoWaiting
from tests.factories.accounts import make_account, make_grant
from tests.factories.photos import drawn, encoded, jpeg, make_photo, with_place
from tests.factories.stations import COMMUNITY, make_area, make_staff, make_station, make_station_photo
from tests.photos.conftest import develop_all
from tests.stations.staff import URL

__all__ = ["develop_all"]

JPEG = {"content-type": "image/jpeg"}


async def send(sender, photo_id, purpose, content=None):
    sent = await sender.put(
        f"/v1/photos/{photo_id}?purpose={purpose}", content=content or jpeg(), headers=JPEG
    )
    assert sent.status_code == 200, sent.text


@pytest.fixture
async def station(session):
    return await make_station(session, amenities={Amenity.MICROWAVE: AmenityState.WORKS})


@pytest.fixture
async def manager(session, client_for, station):
    return client_for(await make_staff(session, Role.STATION_MANAGER, station=station))


@pytest.fixture
async def clerk(session, client_for, station):
    return client_for(await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY, name="马社区"))


async def test_a_managers_photo_is_seen_once_the_community_looked_at_it(
    manager, clerk, officer, client, station, develop_all
):
    url, photo_id = f"{URL}/{station.id}", str(uuid4())
    await send(manager, photo_id, "station", encoded(drawn(), "JPEG", exif=with_place()))
    again = [await manager.post(f"{url}/photos", json={"photo_id": photo_id}) for _ in range(2)]
    assert [each.status_code for each in again] == [204, 204]
    one = f"{url}/photos/{photo_id}"
    early = await clerk.post(f"{one}/approve", json={"version": 1})
    assert early.json()["code"] == "photo.not_ready"
    await develop_all()

    assert (await client.get(f"{url}?coord_type=gcj02")).json()["photos"] == []
    assert (await manager.post(f"{one}/approve", json={"version": 1})).json()["code"] == "role_missing"
    (waits,) = (await clerk.get(f"{URL}/photos/waiting")).json()["photos"]
    assert (waits["id"], waits["station_id"], waits["amenity"]) == (photo_id, str(station.id), None)
    face = {"x": 0.6, "y": 0.6, "width": 0.2, "height": 0.2}
    covered = (await clerk.post(f"{one}/cover", json={"version": 1, "covers": [face]})).json()
    assert (covered["version"], covered["is_public"]) == (2, False)
    await develop_all()
    stale = await officer.post(f"{one}/approve", json={"version": 1})
    assert (stale.status_code, stale.json()["editor"]) == (409, "马社区")
    assert (await clerk.post(f"{one}/approve", json={"version": 2})).json()["is_public"] is True

    (shown,) = (await client.get(f"{url}?coord_type=gcj02")).json()["photos"]
    assert (shown["id"], shown["amenity"]) == (photo_id, None)
    picture = await client.get(shown["large"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert b"Exif" not in picture.content
    assert (await clerk.get(f"{URL}/photos/waiting")).json()["photos"] == []
    assert (await manager.delete(one)).status_code == 204
    assert (await client.get(f"{url}?coord_type=gcj02")).json()["photos"] == []
    assert (await manager.delete(one)).json()["code"] == "photo.unknown"


async def test_a_photo_of_what_is_broken_may_be_named_before_it_comes_and_goes_with_the_repair(
    session, manager, clerk, client, runtime, station, develop_all
):
    url, photo_id = f"{URL}/{station.id}", str(uuid4())
    said = {"state": "broken", "note": "不加热", "photo_id": photo_id}
    answer = await manager.post(f"{url}/amenities/microwave/state", json=said)
    assert (answer.status_code, answer.json()["photo_id"]) == (200, photo_id)
    await send(manager, photo_id, "amenity")
    await develop_all()
    await deliver(runtime.db, REACTIONS, now=utc_now())

    said = select(OutboxEvent.payload).where(OutboxEvent.name == StationPhotoWaiting.name)
    assert [each["photo_id"] for each in await session.scalars(said)] == [photo_id]  # once
    (sheet,) = (await manager.get(f"{url}/photos")).json()["photos"]
    assert (sheet["id"], sheet["amenity"], sheet["state"]) == (photo_id, "microwave", "ready")
    await clerk.post(f"{url}/photos/{photo_id}/approve", json={"version": 1})
    (shown,) = (await client.get(f"{url}?coord_type=gcj02")).json()["photos"]
    assert (shown["id"], shown["amenity"]) == (photo_id, "microwave")

    await manager.post(f"{url}/amenities/microwave/state", json={"state": "works"})
    page = (await client.get(f"{url}?coord_type=gcj02")).json()
    assert (page["photos"], page["amenities"][0]["photo_id"]) == ([], None)
    gone = await session.get_one(Photo, UUID(photo_id), populate_existing=True)
    assert gone.attached_at is None  # thrown away with the next loose ones


async def test_naming_somebody_elses_picture_as_a_faults_takes_it_from_nothing(manager, session, station):
    case_id = uuid4()
    evidence = await make_photo(session, None, about_id=case_id, attached_at=utc_now())
    await session.commit()
    said = [{"state": "broken", "photo_id": str(evidence.id)}, {"state": "works"}]
    for each in said:
        answer = await manager.post(f"{URL}/{station.id}/amenities/microwave/state", json=each)
        assert answer.status_code == 200

    kept = await session.get_one(Photo, evidence.id, populate_existing=True)
    assert (kept.about_id, kept.attached_at is None) == (case_id, False)


async def test_a_faults_picture_that_was_sent_as_another_kind_keeps_nobody_elses_news_waiting(
    session, manager, runtime, station, develop_all
):
    url, photo_id = f"{URL}/{station.id}", str(uuid4())
    said = {"state": "broken", "photo_id": photo_id}
    assert (await manager.post(f"{url}/amenities/microwave/state", json=said)).status_code == 200
    await send(manager, photo_id, "station")
    await develop_all()
    await deliver(runtime.db, REACTIONS, now=utc_now())

    events = select(OutboxEvent).where(OutboxEvent.name == PhotoReady.name)
    (ready,) = await session.scalars(events)
    assert (ready.last_error, ready.delivered_at is None) == (None, False)
    loose = await session.get_one(Photo, UUID(photo_id), populate_existing=True)
    assert loose.attached_at is None


async def test_staff_are_told_once_that_photos_wait_and_again_when_new_ones_come_later(
    session, runtime, manager, clerk, officer, station, develop_all
):
    url = f"{URL}/{station.id}"
    await make_area(session, COMMUNITY)
    told_one = await make_account(session, display_name="马社区")
    await make_grant(session, told_one, Role.COMMUNITY_STAFF, area_code=COMMUNITY)

    async def hear() -> None:
        for _ in range(2):  # what is told follows from what became of the photo
            await deliver(runtime.db, REACTIONS, now=utc_now())

    async def give(*, is_early: bool) -> str:
        photo_id = str(uuid4())
        await send(manager, photo_id, "station")
        if is_early:  # its copies are made before it is given to the station
            await develop_all()
        await manager.post(f"{url}/photos", json={"photo_id": photo_id})
        await develop_all()
        await hear()
        return photo_id

    async def told() -> list[str]:
        heard = select(Notification).where(Notification.kind == "station.photo_waiting")
        rows = (await session.scalars(heard.order_by(Notification.created_at))).all()
        assert {each.params["station"] for each in rows} <= {station.name}
        names = {each.id: each.display_name for each in await session.scalars(select(Account))}
        return [names[each.account_id] for each in rows]

    photo_ids = [await give(is_early=False), await give(is_early=True)]
    assert await told() == ["马社区"]
    waiting = (await clerk.get(f"{URL}/photos/waiting")).json()["photos"]
    assert [(each["id"], each["station_name"]) for each in waiting] == [
        (photo_id, station.name) for photo_id in photo_ids
    ]
    # What is covered comes back to the same list, and nobody is told of it.
    face = {"x": 0.1, "y": 0.1, "width": 0.2, "height": 0.2}
    await clerk.post(f"{url}/photos/{photo_ids[0]}/cover", json={"version": 1, "covers": [face]})
    await develop_all()
    await hear()
    assert await told() == ["马社区"]

    await clerk.post(f"{url}/photos/{photo_ids[0]}/approve", json={"version": 2})
    await clerk.delete(f"{url}/photos/{photo_ids[1]}")
    await give(is_early=False)
    assert await told() == ["马社区", "马社区"]
    assert (await officer.get(f"{URL}/photos/waiting")).json()["photos"][0]["station_name"] == station.name


async def test_nobody_gives_a_station_what_is_not_theirs_or_too_much(
    session, manager, clerk, client_for, station
):
    url, foreign = f"{URL}/{station.id}/photos", str(uuid4())
    await send(clerk, foreign, "station")
    assert (await manager.post(url, json={"photo_id": foreign})).json()["code"] == "photo.unknown"
    report = str(uuid4())
    await send(manager, report, "report")
    assert (await manager.post(url, json={"photo_id": report})).json()["code"] == "invalid_input"
    # Somebody else's photo is not shown as a fault's, and what broke is said all the same.
    said = {"state": "short", "photo_id": foreign}
    assert (await manager.post(f"{URL}/{station.id}/amenities/microwave/state", json=said)).status_code == 200
    assert (await manager.get(url)).json()["photos"] == []

    for _ in range(album.MOST_PHOTOS):
        await make_station_photo(session, station, None)
    one_more = str(uuid4())
    await send(manager, one_more, "station")
    full = await manager.post(url, json={"photo_id": one_more})
    assert (full.status_code, full.json()["code"]) == (409, "station.too_many_photos")
    other = await make_station(session, area_code="620902100200")
    elsewhere = client_for(await make_staff(session, Role.STATION_MANAGER, station=other))
    assert (await elsewhere.get(url)).status_code == 404


async def test_what_phones_sent_of_stations_goes_after_thirty_days(
    session, manager, runtime, station, develop_all
):
    photo_id = str(uuid4())
    await send(manager, photo_id, "station", encoded(drawn(), "JPEG", exif=with_place()))
    await manager.post(f"{URL}/{station.id}/photos", json={"photo_id": photo_id})
    await develop_all()
    store, now = runtime.outside.objects, utc_now()
    assert await album.forget_originals(session, store, now=now + timedelta(days=29)) == 0
    assert await album.forget_originals(session, store, now=now + timedelta(days=31)) == 1

    photo = await session.get_one(Photo, UUID(photo_id), populate_existing=True)
    assert (photo.has_original, photo.exif_lat) == (False, None)
    (sheet,) = (await manager.get(f"{URL}/{station.id}/photos")).json()["photos"]
    assert (await manager.get(sheet["large"])).content.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    "url",
    [
        "http://img.example.org/1.jpg",
        "https://10.0.0.5/1.jpg",
        "https://localhost/1.jpg",
        "javascript:alert(1)",
    ],
)
async def test_a_picture_elsewhere_has_a_public_https_address(officer, station, url):
    page = f"{URL}/{station.id}"
    refused = [
        await officer.post(f"{page}/amenities/microwave/state", json={"state": "broken", "photo_url": url}),
        await officer.patch(f"{page}?coord_type=gcj02", json={"version": 1, "photo_urls": [url]}),
    ]
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(422, "invalid_input")] * 2
