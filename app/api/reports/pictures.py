"""Making the addresses of a case's photos for who may see them."""

from collections.abc import Sequence
from datetime import datetime

from app.api.reports.schemas import CasePhotoOut
from app.services import photos
from app.services.photos import PhotoDesk, Viewer
from app.services.reports import Picture


async def shown(desk: PhotoDesk, pictures: Sequence[Picture], *, now: datetime) -> list[CasePhotoOut]:
    """Return photos that the caller may see, with addresses of their copies."""
    return [await _shown(desk, picture, now=now) for picture in pictures]


async def _shown(desk: PhotoDesk, picture: Picture, *, now: datetime) -> CasePhotoOut:
    photo = picture.photo
    found = None if photo is None else await photos.addresses(desk, photo, viewer=Viewer.PUBLIC, now=now)
    return CasePhotoOut(
        id=picture.link.photo_id,
        role=picture.link.role,
        state=None if photo is None else photo.state,
        is_public=photo is not None and photos.is_public(photo),
        thumb=None if found is None else found.thumb,
        large=None if found is None else found.large,
    )
