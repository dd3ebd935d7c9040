"""What the rooms that own photos ask of this one: attach, look, approve, cover, find the same picture."""

import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from PIL import Image, ImageOps
from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.errors import EditConflict, InvalidInput
from app.core.geo import Point
from app.models import Photo, PhotoPurpose, PhotoState
from app.ports import Cover
from app.services import photos
from app.services.photos import (
    NewPhoto,
    NotReady,
    PhotoInUse,
    PhotoUnknown,
    PictureRefused,
    Restricted,
    Viewer,
)
from tests.factories.accounts import make_account
from tests.factories.photos import drawn, encoded, jpeg, make_photo, with_place

NOW = datetime(2026, 11, 22, 6, 40, tzinfo=UTC)
PLACE = Point(39.7432, 98.5123)


@pytest.fixture
async def ready(runtime, rider, develop_all):
    """Make photos that are ready; each call another."""

    async def make(data: bytes | None = None, *, captured_at=None) -> Photo:
        data = data or jpeg()
        new = NewPhoto(uuid4(), PhotoPurpose.REPORT, len(data), captured_at=captured_at)
        await photos.put(runtime.photos, new, data, by=rider, now=utc_now())
        await develop_all()
        async with runtime.db.reading() as session:
            return await photos.get_own(session, new.id, by=rider)

    return make


async def attach(runtime, by, *found: Photo, about_id=None, purpose=PhotoPurpose.REPORT, place=None):
    async with runtime.db.writing() as session:
        return await photos.attach(
            session,
            [photo.id for photo in found],
            purpose=purpose,
            about_id=about_id or uuid4(),
            by=by,
            now=NOW,
            place=place,
        )


async def test_attaching_twice_is_once_and_elsewhere_is_refused(runtime, rider, ready):
    first, second, about_id = await ready(), await ready(jpeg(seed=2)), uuid4()

    for _ in range(2):
        found = await attach(runtime, rider, second, first, about_id=about_id)
        assert [photo.id for photo in found] == [second.id, first.id]
    assert {photo.attached_at for photo in found} == {NOW}
    with pytest.raises(PhotoInUse):
        await attach(runtime, rider, first)
    with pytest.raises(PhotoInUse):
        await photos.take_back(runtime.photos, first.id, by=rider)


async def test_only_the_senders_own_and_for_its_purpose(runtime, rider, ready, session):
    photo = await ready()
    other = Actor((await make_account(session)).id)
    await session.commit()

    with pytest.raises(PhotoUnknown):
        await attach(runtime, other, photo)
    with pytest.raises(InvalidInput):
        await attach(runtime, rider, photo, purpose=PhotoPurpose.RESOLUTION)


async def test_a_refused_photo_cannot_be_attached(runtime, rider, ready):
    photo = await ready(b"no picture at all")

    with pytest.raises(PictureRefused) as refused:
        await attach(runtime, rider, photo)

    assert refused.value.code == "photo.type_unsupported"


TAKEN = datetime(2026, 11, 20, 0, 15, 30, tzinfo=UTC)  # 08:15:30 in China


@pytest.mark.parametrize(
    ("captured_at", "place", "is_gallery"),
    [
        (TAKEN, PLACE, False),
        (TAKEN + timedelta(hours=1), Point(39.7480, 98.5123), False),
        (TAKEN + timedelta(days=3), PLACE, True),
        (TAKEN, Point(39.80, 98.5123), True),
        (None, None, False),
    ],
)
async def test_an_old_picture_from_the_gallery_is_marked(
    runtime, rider, ready, captured_at, place, is_gallery
):
    photo = await ready(jpeg(exif=with_place()), captured_at=captured_at)

    [kept] = await attach(runtime, rider, photo, place=place)

    assert kept.is_gallery is is_gallery
    assert kept.exif_taken_at == TAKEN
    assert (kept.exif_lat, kept.exif_lon) == pytest.approx((PLACE.lat, PLACE.lon), abs=1e-6)


async def shown(client, address: str) -> Image.Image:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


async def test_staff_cover_and_approve_what_they_saw(runtime, rider, ready, develop_all, client):
    photo, desk, covers = await ready(), runtime.photos, [Cover(0, 0, 0.5, 0.5)]
    before = await photos.addresses(desk, photo, viewer=Viewer.STAFF, now=utc_now())
    async with runtime.db.writing() as session:
        await photos.approve(session, photo.id, version=1, by=rider, now=NOW)

    async with runtime.db.writing() as session:
        covered = await photos.cover(session, photo.id, covers, version=1, by=rider, now=utc_now())
        assert (covered.approved_at, covered.state, covered.version) == (None, PhotoState.RECEIVED, 2)
        found = await photos.addresses(desk, covered, viewer=Viewer.PUBLIC, now=utc_now())
        assert (found.thumb, found.large) == (None, None)
    async with runtime.db.writing() as session:
        with pytest.raises(NotReady):
            await photos.approve(session, photo.id, version=2, by=rider, now=NOW)
    await develop_all()

    async with runtime.db.writing() as session:
        with pytest.raises(EditConflict):
            await photos.approve(session, photo.id, version=1, by=rider, now=NOW)
        covered = await photos.approve(session, photo.id, version=2, by=rider, now=NOW)
        assert (covered.approved_at, covered.approved_by) == (NOW, rider.account_id)
        assert covered.sha256 == photo.sha256
    public = await photos.addresses(desk, covered, viewer=Viewer.PUBLIC, now=utc_now())
    staff = await photos.addresses(desk, covered, viewer=Viewer.STAFF, now=utc_now())
    assert (public.plain, public.original) == (None, None)
    for address in (public.thumb, public.large):
        assert max((await shown(client, address)).getpixel((5, 5))) < 24
    assert (await shown(client, staff.plain)).getpixel((5, 5))[0] > 180
    # What was handed out before leads nowhere now.
    for address in (before.thumb, before.large):
        assert (await client.get(address)).status_code == 404
    original = await client.get(staff.original)
    assert original.content == jpeg()
    assert original.headers["content-type"] == "application/octet-stream"
    assert original.headers["content-disposition"] == "attachment"

    async with runtime.db.writing() as session:
        await photos.cover(session, photo.id, [], version=2, by=rider, now=utc_now())
    await develop_all()
    async with runtime.db.reading() as session:
        again = await photos.get_own(session, photo.id, by=rider)
    bare = await photos.addresses(desk, again, viewer=Viewer.PUBLIC, now=utc_now())
    assert (await shown(client, bare.large)).getpixel((5, 5))[0] > 180


@pytest.mark.parametrize(
    "bad",
    [Cover(0.6, 0, 0.5, 0.5), Cover(0, 0, 0, 1), Cover(-0.1, 0, 0.5, 0.5), Cover(float("nan"), 0, 1, 1)],
)
async def test_covers_lie_in_the_picture(runtime, rider, ready, bad):
    photo = await ready()
    async with runtime.db.writing() as session:
        with pytest.raises(InvalidInput):
            await photos.cover(session, photo.id, [bad], version=1, by=rider, now=NOW)


async def test_a_restricted_photo_is_never_public(runtime, rider, ready):
    photo = await ready()
    async with runtime.db.writing() as session:
        await photos.approve(session, photo.id, version=1, by=rider, now=NOW)
        kept = await photos.restrict(session, photo.id, restricted=True, by=rider)
        assert kept.approved_at is None
        with pytest.raises(Restricted):
            await photos.approve(session, photo.id, version=1, by=rider, now=NOW)
        await photos.restrict(session, photo.id, restricted=False, by=rider)
        assert (await photos.approve(session, photo.id, version=1, by=rider, now=NOW)).approved_at == NOW
        assert (await photos.withdraw(session, photo.id, by=rider)).approved_at is None


async def test_the_same_picture_is_found_and_another_is_not(runtime, ready):
    first = await ready(jpeg((1200, 900)))
    same = await ready(encoded(drawn((1200, 900)).resize((800, 600)), quality=50))
    await ready(jpeg((1200, 900), seed=9))

    async with runtime.db.reading() as session:
        found = await photos.near_duplicates(session, first, since=utc_now() - timedelta(days=1))
        later = await photos.near_duplicates(session, first, since=utc_now() + timedelta(days=1))

    assert [photo.id for photo in found] == [same.id]
    assert (list(later), photos.are_alike(first, same)) == ([], True)
    assert photos.distance(0, -1) == 64
    assert photos.distance(5, 4) == 1


def _lit(seed: int) -> Image.Image:
    """Draw a street with light from one side: what is wholly flat looks the same in a mirror."""
    light = Image.linear_gradient("L").rotate(90).resize((1200, 900)).convert("RGB")
    return Image.blend(drawn((1200, 900), seed=seed), light, 0.3)


@pytest.mark.parametrize("turn", [ImageOps.mirror, ImageOps.flip, lambda each: each.rotate(180)])
async def test_a_picture_in_a_mirror_is_no_new_one(ready, turn):
    first, turned, other = [await ready(encoded(each)) for each in (_lit(1), turn(_lit(1)), turn(_lit(9)))]

    assert (photos.are_alike(first, turned), photos.are_alike(first, other)) == (True, False)


async def test_an_address_lives_for_minutes_and_opens_one_thing(runtime, rider, ready, client, clock):
    photo = await ready()
    clock.at = datetime(2026, 11, 22, 6, 40, tzinfo=UTC)
    found = await photos.addresses(runtime.photos, photo, viewer=Viewer.STAFF, now=clock.at)
    again = await photos.addresses(
        runtime.photos, photo, viewer=Viewer.STAFF, now=clock.at + timedelta(minutes=4)
    )
    assert found == again
    assert (await client.get(found.large)).status_code == 200
    assert (await client.get(found.large)).headers["cache-control"] == "private, max-age=1200, immutable"

    tampered = [
        found.large.replace("/large", "/original"),
        found.large.replace("version=1", "version=2"),
        found.large.replace(str(photo.id), str(uuid4())),
        found.large[:-1] + ("0" if found.large[-1] != "0" else "1"),
        found.large.replace("until=", "until=1"),
        found.large.replace("/large", "/plain"),
    ]
    for address in tampered:
        answer = await client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (403, "photo.address_expired"), address
    clock.at = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    assert (await client.get(found.large)).status_code == 403


async def test_what_belongs_to_nothing_is_thrown_away_after_a_week(runtime, rider, ready, session, settings):
    loose, kept = await ready(), await ready(jpeg(seed=2))
    (attached,) = await attach(runtime, rider, kept)
    half = await make_photo(session, rider.account_id)
    await session.commit()
    store, day = runtime.outside.objects, timedelta(days=1)

    async with runtime.db.writing() as writing:
        assert await photos.purge_loose(writing, store, now=utc_now() + 6 * day) == 0
    async with runtime.db.writing() as writing:
        assert await photos.purge_loose(writing, store, now=utc_now() + 8 * day) == 2

    assert {photo.id for photo in await session.scalars(select(Photo))} == {kept.id} - {loose.id, half.id}
    folders = {path.parent.name for path in (settings.data_dir / "objects").rglob("*") if path.is_file()}
    assert folders == {str(kept.id)}
    async with runtime.db.writing() as writing:
        await photos.release(writing, [kept.id], about_id=attached.about_id)
    async with runtime.db.writing() as writing:
        assert await photos.purge_loose(writing, store, now=utc_now() + 8 * day) == 1


async def test_an_original_is_forgotten_and_its_copies_stay(runtime, ready, client):
    photo = await ready(jpeg(exif=with_place()))
    async with runtime.db.writing() as session:
        assert await photos.forget_originals(session, runtime.outside.objects, [photo.id]) == 1
    async with runtime.db.writing() as session:
        assert await photos.forget_originals(session, runtime.outside.objects, [photo.id]) == 0
        [kept] = (await photos.get_many(session, [photo.id])).values()

    found = await photos.addresses(runtime.photos, kept, viewer=Viewer.STAFF, now=utc_now())
    assert found.original is None
    assert (await client.get(found.large)).status_code == 200


async def test_a_deleted_account_leaves_a_photo_that_names_nobody(runtime, ready, phone, session):
    photo = await ready(jpeg(exif=with_place()))

    assert (await phone.delete("/v1/accounts/me")).status_code < 300

    kept = await session.get(Photo, photo.id, populate_existing=True)
    assert (kept.owner_id, kept.exif_lat, kept.exif_taken_at) == (None, None, None)
    assert kept.state is PhotoState.READY
