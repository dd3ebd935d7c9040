"""A small photo sent whole: kept, made into copies, shown to its sender."""

import hashlib
import io
from uuid import uuid4

from PIL import Image
from sqlalchemy import select

from app.core.actor import Actor
from app.models import OutboxEvent, Photo
from app.services.photos.commands import MOST_LOOSE
from tests.factories.accounts import make_account
from tests.factories.photos import jpeg, make_photo

JPEG = {"content-type": "image/jpeg"}


async def send(phone, data, photo_id=None, **query):
    photo_id = photo_id or uuid4()
    return await phone.put(f"/v1/photos/{photo_id}", content=data, headers=JPEG, params=query)


async def test_a_photo_is_kept_made_into_copies_and_shown(phone, client, develop_all, session):
    data = jpeg((2400, 1800))

    sent = await send(phone, data, purpose="report", captured_at="2026-11-20T08:00:00+08:00")

    assert sent.status_code == 200, sent.text
    assert (sent.json()["state"], sent.json()["thumb"]) == ("received", None)
    await develop_all()
    seen = (await phone.get(f"/v1/photos/{sent.json()['id']}")).json()
    assert (seen["state"], seen["width"], seen["height"]) == ("ready", 2400, 1800)
    assert seen["captured_at"] == "2026-11-20T00:00:00Z"
    for address, size in ((seen["large"], (1920, 1440)), (seen["thumb"], (400, 300))):
        shown = await client.get(address)
        assert shown.headers["content-type"] == "image/jpeg"
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["content-disposition"] == "inline"
        assert "immutable" in shown.headers["cache-control"]
        assert Image.open(io.BytesIO(shown.content)).size == size
    kept = await session.scalar(select(Photo))
    assert kept.sha256 == hashlib.sha256(data).digest()
    event = await session.scalar(select(OutboxEvent).where(OutboxEvent.name == "photo.ready"))
    assert event.payload == {"photo_id": str(kept.id), "purpose": "report", "about_id": None, "version": 1}


async def test_sending_it_again_finds_the_same_photo(phone, develop_all):
    data, photo_id = jpeg(), uuid4()
    assert (await send(phone, data, photo_id)).status_code == 200
    assert (await send(phone, data, photo_id)).json()["state"] == "received"
    await develop_all()
    assert (await send(phone, data, photo_id)).json()["state"] == "ready"

    other = await send(phone, jpeg(seed=2), photo_id)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_somebody_elses_photo_is_not_there(phone, client_for, session):
    photo_id = (await send(phone, jpeg())).json()["id"]
    other = client_for(Actor((await make_account(session)).id))
    await session.commit()

    for method in ("GET", "DELETE"):
        answer = await other.request(method, f"/v1/photos/{photo_id}")
        assert (answer.status_code, answer.json()["code"]) == (404, "photo.unknown")
    assert (await send(other, jpeg(), photo_id)).json()["code"] == "idempotency_key_reused"


async def test_a_photo_taken_back_leaves_nothing(phone, runtime, settings, session):
    photo_id = (await send(phone, jpeg())).json()["id"]

    assert (await phone.delete(f"/v1/photos/{photo_id}")).status_code == 204

    assert (await phone.get(f"/v1/photos/{photo_id}")).status_code == 404
    assert [path for path in (settings.data_dir / "objects").rglob("*") if path.is_file()] == []


async def test_nothing_and_too_much_are_refused_at_once(phone):
    empty = await send(phone, b"")
    large = await send(phone, b"x" * (5 * 1024 * 1024 + 1))

    assert (empty.status_code, empty.json()["code"]) == (422, "photo.empty")
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")


async def test_nobody_sends_without_signing_in(client):
    answer = await send(client, jpeg())

    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


async def test_too_many_loose_photos_wait(phone, rider, session):
    for _ in range(MOST_LOOSE):
        await make_photo(session, rider.account_id)
    await session.commit()

    answer = await send(phone, jpeg())

    assert (answer.status_code, answer.json()["code"]) == (429, "photo.too_many")
    assert "retry-after" in answer.headers
