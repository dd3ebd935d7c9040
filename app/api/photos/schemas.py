"""What phones say of a photo, and what they hear of it."""

from datetime import datetime
from uuid import UUID

from app.api.schemas import Out
from app.models import Photo, PhotoPurpose, PhotoState
from app.services.photos import PICTURE_REFUSALS, PhotoAddresses, PictureRefused


class PhotoRefusalOut(Out):
    """Why a picture was not taken."""

    code: str
    detail: str


class PhotoOut(Out):
    """A photo as its sender sees it; the two addresses are there once it is ready, and live for minutes."""

    id: UUID
    purpose: PhotoPurpose
    state: PhotoState
    refusal: PhotoRefusalOut | None
    size_bytes: int
    received_bytes: int
    media_type: str | None
    width: int | None
    height: int | None
    captured_at: datetime | None
    created_at: datetime
    thumb: str | None
    large: str | None

    @classmethod
    def of(cls, photo: Photo, found: PhotoAddresses, *, language: str) -> "PhotoOut":
        """Return a photo with its addresses."""
        return cls(
            id=photo.id,
            purpose=photo.purpose,
            state=photo.state,
            refusal=_refusal(photo.refused_code, language),
            size_bytes=photo.size_bytes,
            received_bytes=photo.received_bytes,
            media_type=photo.media_type,
            width=photo.width,
            height=photo.height,
            captured_at=photo.captured_at,
            created_at=photo.created_at,
            thumb=found.thumb,
            large=found.large,
        )


def _refusal(code: str | None, language: str) -> PhotoRefusalOut | None:
    if code is None:
        return None
    error = PICTURE_REFUSALS.get(code, PictureRefused)
    return PhotoRefusalOut(code=code, detail=error().sentence(language))
