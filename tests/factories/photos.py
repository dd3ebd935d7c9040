"""Photos as rows, and pictures drawn by code, as plain functions."""

import io
import random
from datetime import UTC, datetime
from uuid import UUID, uuid4

from PIL import Image, ImageDraw
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
