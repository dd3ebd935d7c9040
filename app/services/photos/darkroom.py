"""Photos that are all here become copies: claimed from a queue in PostgreSQL, made in the press, kept.

A claim is a lease. Whoever dies with one loses it after half a minute, and another process goes on; a
photo that failed three makers is refused. No more leases are given at once than there are slots, in all
processes together: copies are made beside the requests, never instead of them.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import SHANGHAI
from app.models import Photo, PhotoState
from app.ports import Cover, Developed, ObjectMissing, OutsideError, PictureRefusedError, PressBrokenError
from app.services import outbox
from app.services.outbox import Channel
from app.services.photos import queries
from app.services.photos.desk import PhotoDesk, copy_of, folder_of, original_of, pieces_of, plain_of
from app.services.photos.errors import Unreadable
from app.services.photos.events import PhotoReady, PhotoRefused
from app.services.photos.evidence import is_from_gallery
from app.services.photos.showing import COPIES, COPY_TYPE, FIRST_VERSION

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
MOST_TRIES = 3
_LOCK = 0x70686F74  # "phot": who claims, claims alone


async def develop_next(desk: PhotoDesk, *, slots: int, clock: Callable[[], datetime]) -> bool:
    """Make the copies of one waiting photo; return whether it is worth asking for another at once."""
    async with desk.db.writing() as session:
        photo = await _claim(session, slots=slots, now=clock())
    if photo is None:
        return False
    try:
        return await _develop(desk, photo, clock)
    except OutsideError:
        # The store's failure, not the photo's: it waits as long as it takes.
        log.warning("photo waits for the store", photo_id=str(photo.id))
        await _put_off(desk, photo, clock(), tries=photo.tries - 1)
        return False


async def _claim(session: AsyncSession, *, slots: int, now: datetime) -> Photo | None:
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if await queries.count_claimed(session, now=now) >= slots:
        return None
    photo = await queries.waiting(session, now=now)
    if photo is not None:
        photo.claimed_until = now + LEASE
        photo.tries += 1
        await session.flush()
    return photo


async def _develop(desk: PhotoDesk, photo: Photo, clock: Callable[[], datetime]) -> bool:
    if photo.tries > MOST_TRIES and photo.ready_at is None:
        await _refuse(desk, photo, Unreadable.code, clock())
        return True
    try:
        data = await _bytes_of(desk, photo)
    except ObjectMissing:
        log.exception("photo has lost its bytes", photo_id=str(photo.id))
        await _put_off(desk, photo, clock(), tries=photo.tries)
        return False
    covered = [Cover(**each) for each in photo.covered]
    try:
        made = await desk.press.develop(data, declared_type=photo.declared_type, covered=covered)
    except PictureRefusedError as error:
        await _refuse(desk, photo, f"photo.{error.code}", clock())
    except PressBrokenError:
        log.warning("press failed on a photo", photo_id=str(photo.id), tries=photo.tries)
        await _put_off(desk, photo, clock(), tries=photo.tries)
    else:
        await _keep(desk, photo, data, made)
        await _finish(desk, photo, made, hashlib.sha256(data).digest(), clock())
    return True


async def _bytes_of(desk: PhotoDesk, photo: Photo) -> bytes:
    """Return what the copies are made of: what was sent at first, our own plain copy ever after."""
    is_new = photo.ready_at is None
    try:
        return await desk.store.get(original_of(photo.id) if is_new else plain_of(photo.id))
    except ObjectMissing:
        if not is_new:
            return await desk.store.get(copy_of(photo.id, "large", FIRST_VERSION))
    pieces = pieces_of(photo.id)
    return b"".join([await desk.store.get(f"{pieces}/{name}") for name in photo.parts])


async def _keep(desk: PhotoDesk, photo: Photo, data: bytes, made: Developed) -> None:
    """Put what was made, then delete what it replaces: after a crash in between it is made again."""
    if photo.ready_at is None:
        await desk.store.put(original_of(photo.id), data, media_type=made.media_type)
    else:
        await desk.store.put(plain_of(photo.id), data, media_type=COPY_TYPE)
    for variant, copy in zip(COPIES, (made.large, made.thumb, made.plates), strict=True):
        if copy:
            await desk.store.put(copy_of(photo.id, variant.value, photo.version), copy, media_type=COPY_TYPE)
    await desk.store.delete_under(pieces_of(photo.id))
    if photo.version > FIRST_VERSION:
        # Addresses of what is covered now lead nowhere from here on.
        old = photo.version - 1
        await desk.store.delete([copy_of(photo.id, variant.value, old) for variant in COPIES])


async def _finish(desk: PhotoDesk, photo: Photo, made: Developed, digest: bytes, now: datetime) -> None:
    async with desk.db.writing() as session:
        current = await _still_waiting(session, photo)
        if current is None:
            await _sweep_up(desk, session, photo)
            return
        if current.ready_at is None:
            _note(current, made, digest, now)
        current.state, current.claimed_until, current.parts = PhotoState.READY, None, []
        event = PhotoReady(photo.id, current.purpose.value, current.about_id, current.version)
        outbox.record(session, event, now=now)
        await outbox.announce(session, Channel.PHOTOS, [photo.id])


def _note(photo: Photo, made: Developed, digest: bytes, now: datetime) -> None:
    photo.ready_at, photo.has_original, photo.sha256 = now, True, digest
    photo.media_type, photo.width, photo.height = made.media_type, made.width, made.height
    photo.phash = made.phash
    if photo.owner_id is None and photo.link_id is None:
        return  # the sender's account was deleted meanwhile
    photo.exif_lat, photo.exif_lon = made.exif_lat, made.exif_lon
    taken_at = made.exif_taken_at
    if taken_at is not None and taken_at.tzinfo is None:
        taken_at = taken_at.replace(tzinfo=SHANGHAI)  # the camera's own clock
    photo.exif_taken_at = taken_at and taken_at.astimezone(UTC)
    photo.is_gallery = is_from_gallery(photo)


async def _sweep_up(desk: PhotoDesk, session: AsyncSession, photo: Photo) -> None:
    """Delete what was made of a photo that its sender has taken back meanwhile: nobody else would."""
    if await queries.find(session, photo.id) is None:
        await desk.store.delete_under(folder_of(photo.id))


async def _refuse(desk: PhotoDesk, photo: Photo, code: str, now: datetime) -> None:
    async with desk.db.writing() as session:
        current = await _still_waiting(session, photo)
        if current is None:  # whoever was faster may have made copies of it
            return
        await desk.store.delete_under(folder_of(photo.id))
        current.state, current.refused_code, current.claimed_until = PhotoState.REFUSED, code, None
        event = PhotoRefused(photo.id, current.purpose.value, current.about_id, code)
        outbox.record(session, event, now=now)
        await outbox.announce(session, Channel.PHOTOS, [photo.id])


async def _put_off(desk: PhotoDesk, photo: Photo, now: datetime, *, tries: int) -> None:
    """Send a photo to the end of the queue."""
    async with desk.db.writing() as session:
        current = await _still_waiting(session, photo)
        if current is not None:
            current.received_at, current.claimed_until, current.tries = now, None, tries


async def _still_waiting(session: AsyncSession, photo: Photo) -> Photo | None:
    current = await queries.find_locked(session, photo.id)
    if current is None or current.version != photo.version or current.state is not PhotoState.RECEIVED:
        return None
    return current
