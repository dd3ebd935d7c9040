"""Photos as rows, and pictures drawn by code, as plain functions."""

import io
import random
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pillow_heif
from PIL import ExifTags, Image, ImageDraw
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Photo, PhotoPurpose, PhotoState

SIZE = (640, 480)


async def make_photo(session: AsyncSession, owner_id: UUID | None, **given) -> Photo:
    """Make a photo that was just begun, or whatever else is given."""
    photo = Photo(
        **{
            "id": uuid4(),
            "owner_id": owner_id,
            "purpose": PhotoPurpose.REPORT,
            "state": PhotoState.UPLOADING,
            "size_bytes": 1000,
            "created_at": datetime.now(UTC),
            **given,
        }
    )
    session.add(photo)
    await session.flush()
    return photo


def drawn(size: tuple[int, int] = SIZE, *, seed: int = 1, mode: str = "RGB") -> Image.Image:
    """Draw a street of rectangles; the upper left quarter is red."""
    lot = random.Random(seed)
    picture = Image.new("RGB", size, (200, 200, 190))
    pen = ImageDraw.Draw(picture)
    width, height = size
    for _ in range(40):
        left, top = lot.randrange(width), lot.randrange(height)
        box = (left, top, left + width // 6, top + height // 6)
        pen.rectangle(box, fill=tuple(lot.randrange(256) for _ in range(3)))
    pen.rectangle((0, 0, width // 2, height // 2), fill=(220, 20, 20))
    return picture.convert(mode)


def encoded(picture: Image.Image, kind: str = "JPEG", **options) -> bytes:
    """Return a picture as a file's bytes."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def jpeg(size: tuple[int, int] = SIZE, *, seed: int = 1, **options) -> bytes:
    """Return a drawn picture as JPEG."""
    return encoded(drawn(size, seed=seed), "JPEG", **{"quality": 90, **options})


def heic(size: tuple[int, int] = SIZE, **options) -> bytes:
    """Return a drawn picture as HEIC."""
    out = io.BytesIO()
    pillow_heif.from_pillow(drawn(size)).save(out, quality=80, **options)
    return out.getvalue()


def with_place(*, lat: float = 39.7432, lon: float = 98.5123, orientation: int = 1) -> Image.Exif:
    """Return what a camera writes: which side is up, where and when, and what it is itself."""
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.Make], tags[ExifTags.Base.Model] = "PhoneMaker", "Model-4711"
    tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:11:20 08:15:30"
    gps = tags.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", _sexagesimal(lat)
    gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", _sexagesimal(lon)
    return tags


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    whole, rest = divmod(degrees, 1)
    minutes, rest = divmod(rest * 60, 1)
    return whole, minutes, rest * 60
