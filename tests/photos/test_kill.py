"""``kill -9`` between two pieces, and between the last byte and the copies: nothing lost, nothing twice."""

import asyncio
import signal
from datetime import timedelta
from uuid import uuid4

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.clock import utc_now
from app.jobs.darkroom import Darkroom
from app.models import OutboxEvent, Photo, PhotoPurpose, PhotoState
from app.ports import OutsideError, PictureRefusedError
from app.realtime.listener import Listener
from app.services import photos
from app.services.photos import NewPhoto, PhotoDesk, PhotoUnknown
from tests.checkins.test_kill import api
from tests.factories.accounts import make_account, make_session
from tests.factories.photos import jpeg

BYTES = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
async def owner(own_runtime) -> Actor:
    async with own_runtime.db.writing() as session:
        return Actor((await make_account(session)).id)


async def sent(runtime, owner: Actor, data: bytes | None = None) -> Photo:
    data = data or jpeg()
    new = NewPhoto(uuid4(), PhotoPurpose.REPORT, len(data))
    return await photos.put(runtime.photos, new, data, by=owner, now=utc_now())


async def state_of(runtime, photo: Photo) -> PhotoState:
    async with runtime.db.reading() as session:
        return (await photos.get_many(session, [photo.id]))[photo.id].state


async def events(runtime) -> int:
    async with runtime.db.reading() as session:
        return await session.scalar(
            select(func.count()).select_from(OutboxEvent).where(OutboxEvent.name == "photo.ready")
        )


async def test_what_was_acknowledged_survives_a_kill(own_runtime, own_url, settings):
    async with own_runtime.db.writing() as session:
        account = await make_account(session)
        sign_in = await make_session(session, account)
    token = own_runtime.tokens.issue(account.id, sign_in.family_id, now=utc_now())
    data = jpeg((2400, 1800), quality=95)
    headers = {"Authorization": f"Bearer {token}"}

    async with api(own_url, settings) as (process, port):
        async with AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as phone:
            half = len(data) // 2
            created = await phone.post(
                "/v1/photos/tus", headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(len(data))}
            )
            upload = created.headers["location"]
            place = upload.replace("/tus", "")
            answer = await phone.patch(upload, headers={**BYTES, "Upload-Offset": "0"}, content=data[:half])
            assert answer.headers["upload-offset"] == str(half)
        process.send_signal(signal.SIGKILL)
        await process.wait()

    async with (
        api(own_url, settings, run_worker=True) as (_, port),
        AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as phone,
    ):
        offset = (await phone.head(upload, headers={"Tus-Resumable": "1.0.0"})).headers["upload-offset"]
        assert offset == str(half)
        answer = await phone.patch(upload, headers={**BYTES, "Upload-Offset": offset}, content=data[half:])
        assert answer.status_code == 204
        for _ in range(300):
            seen = (await phone.get(place)).json()
            if seen["state"] != "received":
                break
            await asyncio.sleep(0.1)
        assert (seen["state"], seen["width"]) == ("ready", 2400)
        assert (await phone.get(seen["large"])).status_code == 200
    async with own_runtime.db.reading() as session:
        kept = await session.scalar(select(Photo))
    assert await own_runtime.photos.store.get(f"photos/{kept.id}/original") == data


class Dying:
    """A store or press that dies at its nth call, as a process does that is killed there."""

    def __init__(self, inner, at: int) -> None:
        self.inner, self.left = inner, at

    def __getattr__(self, name):
        call = getattr(self.inner, name)

        async def counted(*given, **named):
            self.left -= 1
            if self.left < 0:
                raise asyncio.CancelledError
            return await call(*given, **named)

        return counted


@pytest.mark.parametrize("at", range(8))
async def test_whoever_dies_over_a_photo_leaves_it_to_the_next(own_runtime, owner, at):
    photo, desk, now = await sent(own_runtime, owner), own_runtime.photos, utc_now()
    dying = PhotoDesk(desk.db, Dying(desk.store, at), desk.press, desk.signer)
    with_luck = asyncio.create_task(photos.develop_next(dying, slots=2, clock=lambda: now))
    await asyncio.wait([with_luck])

    if with_luck.cancelled():
        assert not await photos.develop_next(desk, slots=2, clock=lambda: now)  # the lease is not over
        assert await photos.develop_next(desk, slots=2, clock=lambda: now + timedelta(seconds=31))

    assert await state_of(own_runtime, photo) is PhotoState.READY
    assert await events(own_runtime) == 1


async def test_no_more_are_made_at_once_than_there_are_slots(own_runtime, owner):
    for seed in range(4):
        await sent(own_runtime, owner, jpeg(seed=seed))
    desk, at_once, most = own_runtime.photos, 0, 0

    class Counting:
        async def develop(self, data, **named):
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            made = await desk.press.develop(data, **named)
            at_once -= 1
            return made

    counting = PhotoDesk(desk.db, desk.store, Counting(), desk.signer)

    async def drain() -> None:
        while await photos.develop_next(counting, slots=2, clock=utc_now):
            pass

    await asyncio.gather(*(drain() for _ in range(5)))
    await drain()

    assert most == 2
    assert await events(own_runtime) == 4


async def test_a_photo_waits_for_its_store_as_long_as_it_takes(own_runtime, owner):
    photo, desk = await sent(own_runtime, owner), own_runtime.photos

    class Down:
        def __getattr__(self, name):
            async def fails(*given, **named):
                raise OutsideError

            return fails

    for _ in range(5):
        down = PhotoDesk(desk.db, Down(), desk.press, desk.signer)
        assert not await photos.develop_next(down, slots=2, clock=utc_now)
    assert await photos.develop_next(desk, slots=2, clock=utc_now)

    assert await state_of(own_runtime, photo) is PhotoState.READY


async def test_the_darkroom_wakes_when_a_photo_is_all_here(own_runtime, own_url, owner):
    listener, darkroom = Listener(own_url), Darkroom(own_runtime.photos, slots=2)
    darkroom.listen(listener)
    listener.start()
    darkroom.start()
    found = [await sent(own_runtime, owner, jpeg(seed=seed)) for seed in range(3)]

    for _ in range(600):
        states = [await state_of(own_runtime, photo) for photo in found]
        if states == [PhotoState.READY] * 3:
            break
        await asyncio.sleep(0.05)
    assert states == [PhotoState.READY] * 3

    await darkroom.stop()
    await listener.stop()


class Meddling:
    """A press whose work something comes in between; then it works, or refuses the picture."""

    def __init__(self, inner, meddle, refuses: str | None = None) -> None:
        self.inner, self.meddle, self.refuses = inner, meddle, refuses

    async def develop(self, data, **given):
        await self.meddle()
        if self.refuses:
            raise PictureRefusedError(self.refuses)
        return await self.inner.develop(data, **given)


async def kept(runtime, photo: Photo) -> list[str]:
    folder = runtime.photos.store._folder / "photos" / str(photo.id)
    return sorted(each.name for each in folder.rglob("*") if each.is_file())


async def test_a_photo_taken_back_while_its_copies_are_made_leaves_nothing(own_runtime, owner):
    photo, desk = await sent(own_runtime, owner), own_runtime.photos

    async def take_back():
        await photos.take_back(desk, photo.id, by=owner)

    press = Meddling(desk.press, take_back)
    await photos.develop_next(PhotoDesk(desk.db, desk.store, press, desk.signer), slots=2, clock=utc_now)

    assert await kept(own_runtime, photo) == []


async def test_a_piece_that_comes_after_its_photo_was_taken_back_is_not_kept(own_runtime, owner):
    data, desk, now = jpeg(), own_runtime.photos, utc_now()
    async with desk.db.writing() as session:
        photo = await photos.begin(
            session, NewPhoto(uuid4(), PhotoPurpose.REPORT, len(data)), by=owner, now=now
        )

    async def coming():
        yield data[:100]
        await photos.take_back(desk, photo.id, by=owner)

    with pytest.raises(PhotoUnknown):
        await photos.append(desk, photo.id, coming(), offset=0, by=owner, now=now)
    assert await kept(own_runtime, photo) == []


async def test_whoever_refuses_too_late_destroys_no_copies_of_another(own_runtime, owner):
    photo, desk, now = await sent(own_runtime, owner), own_runtime.photos, utc_now()

    async def another_is_faster():
        assert await photos.develop_next(desk, slots=2, clock=lambda: now + timedelta(seconds=31))

    press = Meddling(desk.press, another_is_faster, refuses="unreadable")
    await photos.develop_next(PhotoDesk(desk.db, desk.store, press, desk.signer), slots=2, clock=lambda: now)

    assert await state_of(own_runtime, photo) is PhotoState.READY
    assert await kept(own_runtime, photo) == ["large-1.jpg", "original", "thumb-1.jpg"]
