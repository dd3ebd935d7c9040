"""Uploads that go on where they stopped, by the tus protocol."""

import asyncio
import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor
from app.main import create_app
from app.models import Photo
from app.services.photos import uploads
from tests.clients import ClientFor, TestClock
from tests.factories.accounts import make_account
from tests.factories.photos import jpeg

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


def metadata(**said: str) -> dict[str, str]:
    pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    return {"Upload-Metadata": ",".join(pairs)}


async def create(phone, size, content=None, **said):
    headers = {**(BYTES if content else TUS), "Upload-Length": str(size), **metadata(**said)}
    return await phone.post("/v1/photos/tus", headers=headers, content=content)


async def go_on(phone, place, offset, data, **headers):
    headers = {**BYTES, "Upload-Offset": str(offset), **headers}
    return await phone.patch(place, headers=headers, content=data)


async def offset_of(phone, place):
    answer = await phone.head(place, headers=TUS)
    assert (answer.status_code, answer.content) == (204, b""), answer.text
    return int(answer.headers["upload-offset"])


async def test_options_say_what_is_offered_to_anybody(client):
    answer = await client.options("/v1/photos/tus")

    assert answer.status_code == 204
    assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(20 * 1024 * 1024)
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation", "creation-with-upload", "expiration", "checksum", "termination",
    }  # fmt: skip
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256"


@pytest.mark.parametrize("version", [{}, {"Tus-Resumable": "0.2.2"}])
async def test_another_version_is_refused(phone, version):
    answer = await phone.post("/v1/photos/tus", headers={**version, "Upload-Length": "5"})

    assert (answer.status_code, answer.json()["code"]) == (412, "photo.tus_version")
    assert answer.headers["tus-version"] == "1.0.0"


async def test_a_photo_goes_on_where_it_stopped(phone, develop_all, clock):
    clock.at = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
    data, photo_id = jpeg((1200, 900)), uuid4()
    created = await create(phone, len(data), id=str(photo_id), purpose="update", filename="IMG_1.jpg")
    assert created.status_code == 201, created.text
    place = created.headers["location"]
    assert place == f"/v1/photos/tus/{photo_id}"
    assert created.headers["upload-expires"] == "Sun, 29 Nov 2026 06:30:00 GMT"
    assert await offset_of(phone, place) == 0

    first = await go_on(phone, place, 0, data[:1000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "1000")
    assert first.headers["tus-resumable"] == "1.0.0"
    assert await offset_of(phone, place) == 1000
    again = await create(phone, len(data), id=str(photo_id), purpose="update", filename="IMG_1.jpg")
    assert (again.status_code, again.headers["upload-offset"]) == (201, "1000")
    last = await go_on(phone, place, 1000, data[1000:])
    assert last.headers["upload-offset"] == str(len(data))
    assert "upload-expires" not in last.headers

    await develop_all()
    seen = (await phone.get(f"/v1/photos/{photo_id}")).json()
    assert (seen["state"], seen["purpose"], seen["width"]) == ("ready", "update", 1200)


async def test_creation_may_bring_the_first_bytes(phone):
    data = jpeg()

    created = await create(phone, len(data), content=data[:700])

    assert (created.status_code, created.headers["upload-offset"]) == (201, "700")
    assert await offset_of(phone, created.headers["location"]) == 700


async def test_a_wrong_offset_is_told_the_right_one(phone):
    place = (await create(phone, 100)).headers["location"]
    await go_on(phone, place, 0, b"x" * 10)

    for offset in (0, 11):
        answer = await go_on(phone, place, offset, b"y" * 10)
        assert (answer.status_code, answer.json()["code"]) == (409, "photo.offset_wrong")
        assert answer.json()["offset"] == 10
        assert answer.headers["tus-resumable"] == "1.0.0"
    assert await offset_of(phone, place) == 10


async def test_more_than_was_announced_is_refused(phone):
    place = (await create(phone, 100)).headers["location"]

    answer = await go_on(phone, place, 0, b"x" * 101)

    assert (answer.status_code, answer.json()["code"]) == (413, "photo.too_large")
    assert await offset_of(phone, place) == 0
    large = await create(phone, 20 * 1024 * 1024 + 1)
    assert (large.status_code, large.json()["code"]) == (413, "photo.too_large")
    assert (await create(phone, 0)).json()["code"] == "photo.empty"


async def test_another_persons_upload_is_not_there(phone, client_for, session):
    place = (await create(phone, 100)).headers["location"]
    other = client_for(Actor((await make_account(session)).id))
    await session.commit()

    answers = [
        await other.head(place, headers=TUS),
        await go_on(other, place, 0, b"x"),
        await other.delete(place, headers=TUS),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert await offset_of(phone, place) == 0


async def test_an_upload_given_up_is_gone(phone, settings):
    place = (await create(phone, 100, content=b"x" * 10)).headers["location"]

    assert (await phone.delete(place, headers=TUS)).status_code == 204

    assert (await phone.head(place, headers=TUS)).status_code == 404
    assert [path for path in (settings.data_dir / "objects").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_damaged_bytes_are_not_kept(phone, algorithm):
    place = (await create(phone, 10)).headers["location"]
    digest = base64.b64encode(hashlib.new(algorithm, b"12345").digest()).decode()
    proven = {"Upload-Checksum": f"{algorithm} {digest}"}

    damaged = await go_on(phone, place, 0, b"12345x", **proven)
    assert (damaged.status_code, damaged.json()["code"]) == (460, "photo.checksum_wrong")
    assert await offset_of(phone, place) == 0
    assert (await go_on(phone, place, 0, b"12345", **proven)).status_code == 204
    assert await offset_of(phone, place) == 5


async def test_what_cannot_be_read_is_refused(phone):
    place = (await create(phone, 10)).headers["location"]
    refusals = [
        await go_on(phone, place, 0, b"1", **{"Upload-Checksum": "md5 MTIz"}),
        await go_on(phone, place, 0, b"1", **{"Upload-Checksum": "sha1 ?"}),
        await phone.patch(place, headers={**TUS, "Upload-Offset": "0"}, content=b"1"),
        await phone.patch(place, headers=BYTES, content=b"1"),
        await phone.post("/v1/photos/tus", headers=TUS),
        await phone.post("/v1/photos/tus", headers={**TUS, "Upload-Length": "5", "Upload-Metadata": "id ?"}),
        await create(phone, 5, purpose="holiday"),
        await create(phone, 5, id="1"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in refusals] == [
        (400, "photo.checksum_unsupported"),
        (400, "photo.checksum_unsupported"),
        (415, "photo.tus_content"),
        *[(422, "invalid_input")] * 5,
    ]


async def test_a_client_without_patch_says_so(phone):
    place = (await create(phone, 10)).headers["location"]

    answer = await phone.post(
        place, headers={**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}, content=b"123"
    )

    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "3")


async def test_the_same_id_for_another_photo_is_refused(phone):
    photo_id = str(uuid4())
    await create(phone, 10, id=photo_id)

    answer = await create(phone, 11, id=photo_id)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_large_photos_come_in_pieces_that_are_counted_one_by_one(phone, session, runtime, rider):
    size = uploads.PIECE_BYTES * 2 + 5
    place = (await create(phone, size)).headers["location"]

    assert (await go_on(phone, place, 0, b"x" * size)).status_code == 204

    photo = await session.scalar(select(Photo))
    assert (photo.received_bytes, len(photo.parts)) == (size, 3)


async def test_too_many_pieces_are_refused(phone, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_PIECES", 2)
    place = (await create(phone, 10)).headers["location"]
    assert [(await go_on(phone, place, at, b"x")).status_code for at in range(2)] == [204, 204]

    answer = await go_on(phone, place, 2, b"x")

    assert (answer.status_code, answer.json()["code"]) == (429, "photo.in_pieces")


async def test_what_came_before_the_line_broke_is_kept(phone, runtime, rider):
    place = (await create(phone, 100)).headers["location"]

    async def broken():
        yield b"x" * 40

    photo_id = place.rpartition("/")[2]
    await uploads.append(runtime.photos, photo_id, broken(), offset=0, by=rider, now=datetime.now(UTC))

    assert await offset_of(phone, place) == 40


async def test_what_came_of_bytes_that_trickle_is_kept_and_counted(phone, runtime, rider, clock):
    place = (await create(phone, 100)).headers["location"]
    impatient = runtime.settings.model_copy(update={"body_seconds": 0.3})
    client_for = ClientFor(create_app(replace(runtime, settings=impatient)), clock)

    async def trickling():
        yield b"x" * 40
        await asyncio.sleep(60)
        yield b"x" * 60

    answer = await go_on(client_for(rider), place, 0, trickling())
    await client_for.close()

    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "40")
    assert answer.headers["connection"] == "close"
    assert await offset_of(phone, place) == 40


async def test_of_two_at_one_offset_one_is_counted(own_runtime):
    async with own_runtime.db.writing() as session:
        rider = Actor((await make_account(session)).id)
    client_for = ClientFor(create_app(own_runtime), TestClock())
    phone = client_for(rider)
    data = jpeg()
    place = (await create(phone, len(data))).headers["location"]

    answers = await asyncio.gather(*(go_on(phone, place, 0, data[: 1000 + n]) for n in range(6)))

    counted = [answer for answer in answers if answer.status_code == 204]
    assert sorted(answer.status_code for answer in answers) == [204, *[409] * 5]
    reached = int(counted[0].headers["upload-offset"])
    assert await offset_of(phone, place) == reached
    assert (await go_on(phone, place, reached, data[reached:])).status_code == 204
    async with own_runtime.db.reading() as session:
        photo = await session.scalar(select(Photo))
        pieces = [
            await own_runtime.photos.store.get(f"photos/{photo.id}/pieces/{name}") for name in photo.parts
        ]
    assert b"".join(pieces) == data
    await client_for.close()


async def test_two_announcements_at_once_are_one_photo(own_runtime):
    async with own_runtime.db.writing() as session:
        rider = Actor((await make_account(session)).id)
    client_for = ClientFor(create_app(own_runtime), TestClock())
    phone, photo_id = client_for(rider), str(uuid4())

    answers = await asyncio.gather(*(create(phone, 10, id=photo_id) for _ in range(5)))

    assert [answer.status_code for answer in answers] == [201] * 5
    await client_for.close()


async def test_a_contractor_sends_by_the_pass_of_a_link(client, runtime, develop_all, clock):
    clock.at = now = datetime(2026, 11, 22, tzinfo=UTC)
    given = runtime.photos.signer.pass_of(uuid4(), ends_at=now + timedelta(hours=1))
    data = jpeg()
    client.headers["Photo-Pass"] = given

    created = await create(client, len(data), content=data, purpose="resolution")

    assert created.status_code == 201, created.text
    assert (
        await client.get(f"/v1/photos/{created.headers['location'].rpartition('/')[2]}")
    ).status_code == 200
    for bad in (given[:-1] + ("0" if given[-1] != "0" else "1"), "x", given.replace(".", "")):
        client.headers["Photo-Pass"] = bad
        assert (await create(client, 5)).json()["code"] == "photo.pass_expired"
    client.headers["Photo-Pass"] = given
    clock.at = now + timedelta(hours=1)
    assert (await create(client, 5)).json()["code"] == "photo.pass_expired"
