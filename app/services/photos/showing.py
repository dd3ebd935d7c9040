"""Showing a photo: the addresses of its copies, and the bytes behind them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models import Photo, PhotoState
from app.ports import Hides, ObjectMissing
from app.services.photos.addresses import PhotoAddresses, Variant, Viewer, until
from app.services.photos.desk import PhotoDesk, copy_of, original_of, plain_of
from app.services.photos.errors import PhotoUnknown

COPY_TYPE = "image/jpeg"
UNTYPED = "application/octet-stream"
COPIES = (Variant.LARGE, Variant.THUMB, Variant.PLATES)  # made anew with each version
FIRST_VERSION = 1  # nothing is covered in it


def is_public(photo: Photo) -> bool:
    """Tell whether staff have let everybody see a photo."""
    return photo.approved_at is not None and not photo.is_restricted and photo.state is PhotoState.READY


async def addresses(desk: PhotoDesk, photo: Photo, *, viewer: Viewer, now: datetime) -> PhotoAddresses:
    """Return where a photo's copies can be fetched until :func:`until`.

    Paths of this service begin with a slash; an object store's own addresses are whole. The caller has
    decided that this viewer may see the photo.
    """
    if photo.state is PhotoState.REFUSED or photo.ready_at is None:
        return PhotoAddresses(None, None)
    is_shown, is_staff = photo.state is PhotoState.READY, viewer is Viewer.STAFF
    has_plates = any(each.get("hides") == Hides.PLATE for each in photo.covered)
    large = Variant.PLATES if viewer is Viewer.READS_PLATES and has_plates else Variant.LARGE
    return PhotoAddresses(
        thumb=await _address(desk, photo, Variant.THUMB, now) if is_shown else None,
        large=await _address(desk, photo, large, now) if is_shown else None,
        plain=await _address(desk, photo, Variant.PLAIN, now) if is_staff else None,
        original=await _address(desk, photo, Variant.ORIGINAL, now)
        if is_staff and photo.has_original
        else None,
    )


async def _address(desk: PhotoDesk, photo: Photo, variant: Variant, now: datetime) -> str:
    ends_at = until(now)
    key = _key(photo.id, variant, photo.version)
    found = await desk.store.address(key, lives=ends_at - now)
    return found or desk.signer.path(photo.id, variant, photo.version, ends_at=ends_at)


def _key(photo_id: UUID, variant: Variant, version: int) -> str:
    if variant is Variant.ORIGINAL:
        return original_of(photo_id)
    if variant is Variant.PLAIN:
        if version > FIRST_VERSION:
            return plain_of(photo_id)
        variant = Variant.LARGE
    return copy_of(photo_id, variant.value, version)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a signed address says."""

    photo_id: UUID
    variant: Variant
    version: int
    ends: int
    signature: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes to show. What a phone sent has no type: it is for keeping, not for showing."""

    data: bytes
    media_type: str


async def fetch(desk: PhotoDesk, asked: Asked, *, now: datetime) -> Picture:
    """Return the bytes behind a signed address.

    Raises:
        AddressExpired: it is over, or not one of ours.
        PhotoUnknown: the copy is gone.
    """
    desk.signer.check(
        asked.photo_id,
        asked.variant,
        asked.version,
        ends=asked.ends,
        signature=asked.signature,
        now=now,
    )
    media_type = UNTYPED if asked.variant is Variant.ORIGINAL else COPY_TYPE
    try:
        data = await desk.store.get(_key(asked.photo_id, asked.variant, asked.version))
    except ObjectMissing:
        raise PhotoUnknown from None
    return Picture(data, media_type)
