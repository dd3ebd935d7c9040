"""Beginning an upload, giving photos to what they belong to, and what staff do before others may look."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.errors import InvalidInput, KeyReused, SignInRequired
from app.core.geo import Point
from app.models import Photo, PhotoPurpose, PhotoState
from app.ports import Cover
from app.services import outbox
from app.services.accounts import editors
from app.services.outbox import Channel
from app.services.photos import queries
from app.services.photos.errors import (
    PICTURE_REFUSALS,
    NotReady,
    PhotoEmpty,
    PhotoInUse,
    PhotoTooLarge,
    PhotoUnknown,
    PictureRefused,
    Restricted,
    TooManyLoose,
)
from app.services.photos.evidence import is_from_gallery

MOST_BYTES = 20 * 1024 * 1024
MOST_LOOSE = 60
MOST_COVERS = 50
LOOSE_LIVES = timedelta(days=7)  # a phone may be offline for so long
_LOOSE_WAIT_S = 600


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo as its sender announces it; ``id`` is made by the phone."""

    id: UUID
    purpose: PhotoPurpose
    size_bytes: int
    captured_at: datetime | None = None
    declared_type: str | None = None
    about_id: UUID | None = None


async def begin(
    session: AsyncSession, new: NewPhoto, *, by: Actor, link_id: UUID | None = None, now: datetime
) -> Photo:
    """Open a photo for its bytes; the same announcement again finds the same photo.

    Args:
        session: the transaction.
        new: what the sender announces.
        by: who sends it.
        link_id: the contractor's link that stands for the sender instead of an account.
        now: the present instant.

    Raises:
        PhotoEmpty, PhotoTooLarge: the size cannot be.
        TooManyLoose: the sender has too many photos that belong to nothing.
        KeyReused: the id names another photo.
    """
    sender_id = link_id or by.account_id
    if sender_id is None:
        raise SignInRequired
    check_size(new.size_bytes)
    # One's photos begin one after the other: of many sent at once, each sees those before it.
    await locks.alone(session, sender_id)
    if (kept := await queries.find(session, new.id)) is not None:
        return _same(kept, new, by=by, link_id=link_id)
    if await queries.count_loose(session, by=by, link_id=link_id) >= MOST_LOOSE:
        raise TooManyLoose(retry_after_s=_LOOSE_WAIT_S)
    owner_id = by.account_id if link_id is None else None
    row: dict[str, Any] = {**asdict(new), "owner_id": owner_id, "link_id": link_id, "created_at": now}
    await session.execute(insert(Photo).values(row).on_conflict_do_nothing())
    kept = await queries.find(session, new.id)
    if kept is None:
        raise PhotoUnknown
    return _same(kept, new, by=by, link_id=link_id)


def check_size(size_bytes: int) -> None:
    """Refuse a size that no photo has.

    Raises:
        PhotoEmpty, PhotoTooLarge: it is nothing, or too much.
    """
    if size_bytes == 0:
        raise PhotoEmpty
    if size_bytes > MOST_BYTES:
        raise PhotoTooLarge(most_bytes=MOST_BYTES)


def _same(kept: Photo, new: NewPhoto, *, by: Actor, link_id: UUID | None) -> Photo:
    whose = (by.account_id, None) if link_id is None else (None, link_id)
    # What it belongs to may have been said since, by the report that named it.
    is_since = new.about_id is None and kept.attached_at is not None
    about_id = None if is_since else kept.about_id
    told = (kept.purpose, kept.size_bytes, kept.captured_at, about_id, kept.owner_id, kept.link_id)
    if told != (new.purpose, new.size_bytes, new.captured_at, new.about_id, *whose):
        raise KeyReused
    return kept


async def attach(
    session: AsyncSession,
    ids: Sequence[UUID],
    *,
    purpose: PhotoPurpose,
    about_id: UUID,
    by: Actor,
    now: datetime,
    link_id: UUID | None = None,
    place: Point | None = None,
) -> list[Photo]:
    """Give the caller's photos to what they belong to, in the order given; doing it twice changes nothing.

    Their bytes may still be coming. ``place`` is where they are said to be taken, to be compared with what
    the pictures say.

    Raises:
        PhotoUnknown: one is not there or not the caller's.
        PhotoInUse: one belongs to something else.
        InvalidInput: one was sent for another purpose.
        PictureRefused: one was refused; the code is that of its refusal.
    """
    found = await queries.own_locked(session, set(ids), by=by, link_id=link_id)
    if len(found) < len(set(ids)):
        raise PhotoUnknown
    photos = [found[each] for each in dict.fromkeys(ids)]
    for photo in photos:
        _check_attachable(photo, purpose, about_id)
        photo.attached_at = photo.attached_at or now
        photo.about_id = about_id
        if place is not None:
            photo.place_lat, photo.place_lon = place.lat, place.lon
        photo.is_gallery = is_from_gallery(photo)
    await session.flush()
    return photos


def _check_attachable(photo: Photo, purpose: PhotoPurpose, about_id: UUID) -> None:
    if photo.attached_at is not None and photo.about_id != about_id:
        raise PhotoInUse
    if photo.purpose is not purpose:
        raise InvalidInput(hint=f"purpose: {photo.purpose.value}, not {purpose.value}")
    if photo.refused_code is not None:
        raise PICTURE_REFUSALS.get(photo.refused_code, PictureRefused)


async def release(session: AsyncSession, ids: Sequence[UUID], *, about_id: UUID) -> None:
    """Take photos from the thing they belong to; they are thrown away with the next unattached ones.

    What belongs to something else stays there.
    """
    for photo in (await queries.get_many(session, ids)).values():
        if photo.about_id == about_id:
            photo.attached_at = photo.approved_at = photo.approved_by = None


async def approve(session: AsyncSession, photo_id: UUID, *, version: int, by: Actor, now: datetime) -> Photo:
    """Let everybody see a photo, as the approver saw it.

    Raises:
        PhotoUnknown: there is none.
        EditConflict: somebody covered something meanwhile.
        NotReady, Restricted: it cannot be shown.
    """
    photo = await _editable(session, photo_id, version)
    if photo.is_restricted:
        raise Restricted
    photo.approved_at, photo.approved_by, photo.changed_by = now, by.account_id, by.account_id
    return photo


async def withdraw(session: AsyncSession, photo_id: UUID, *, by: Actor) -> Photo:
    """Take a photo back from the public.

    Raises:
        PhotoUnknown: there is none.
    """
    photo = await queries.get_to_edit(session, photo_id)
    photo.approved_at, photo.approved_by, photo.changed_by = None, None, by.account_id
    return photo


async def restrict(session: AsyncSession, photo_id: UUID, *, restricted: bool, by: Actor) -> Photo:
    """Mark that a photo shows children, injured people or somebody's home: it cannot be public then.

    Raises:
        PhotoUnknown: there is none.
    """
    photo = await queries.get_to_edit(session, photo_id)
    photo.is_restricted, photo.changed_by = restricted, by.account_id
    if restricted:
        photo.approved_at = photo.approved_by = None
    return photo


async def cover(
    session: AsyncSession,
    photo_id: UUID,
    covers: Sequence[Cover],
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> Photo:
    """Paint over parts of a photo, in the place of what was covered before; the original stays.

    New copies are made soon after; until then the photo is not ready, and it must be approved anew.

    Raises:
        PhotoUnknown: there is none.
        EditConflict: somebody else covered something meanwhile.
        NotReady: its copies are not made yet.
        InvalidInput: a rectangle does not lie in the picture, or there are too many.
    """
    photo = await _editable(session, photo_id, version)
    if len(covers) > MOST_COVERS or not all(map(_lies_inside, covers)):
        raise InvalidInput(hint="covered: fractions of the picture, at most 50")
    photo.covered = [asdict(each) for each in covers]
    photo.version += 1
    photo.changed_by = by.account_id
    photo.approved_at = photo.approved_by = None
    photo.state, photo.received_at = PhotoState.RECEIVED, now
    photo.claimed_until, photo.tries = None, 0
    await outbox.announce(session, Channel.PHOTOS, [photo.id])
    return photo


async def _editable(session: AsyncSession, photo_id: UUID, version: int) -> Photo:
    photo = await queries.get_to_edit(session, photo_id)
    await editors.check_version(session, photo, version)
    if photo.state is not PhotoState.READY:
        raise NotReady
    return photo


def _lies_inside(each: Cover) -> bool:
    slack = 1e-6
    return (
        each.x >= 0
        and each.y >= 0
        and 0 < each.width <= 1 + slack - each.x
        and 0 < each.height <= 1 + slack - each.y
    )
