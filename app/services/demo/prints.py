"""Keeping the demonstration's drawings as photos whose copies are made."""

import asyncio
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import bulk
from app.core.geo import Point
from app.models import PhotoPurpose, PhotoState
from app.services.demo.pictures import SIZE, Copies
from app.services.photos.desk import PhotoDesk, copy_of
from app.services.photos.showing import COPY_TYPE, FIRST_VERSION

_HANDS = 16  # so many are written at once
_COLUMNS = (
    "id", "owner_id", "about_id", "purpose", "state", "declared_type", "media_type", "size_bytes",
    "received_bytes", "parts", "sha256", "width", "height", "captured_at", "place_lat", "place_lon",
    "is_gallery", "created_at", "received_at", "ready_at", "attached_at", "approved_at", "approved_by",
    "is_restricted", "covered", "version", "has_original", "tries",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Print:
    """One photo: what it shows, of what, and when it was taken; without an approver nobody looked at it."""

    id: UUID
    about_id: UUID
    purpose: PhotoPurpose
    copies: Copies
    at: datetime
    place: Point
    owner_id: UUID | None = None
    approved_at: datetime | None = None
    approved_by: UUID | None = None


def new_id(dice: random.Random) -> UUID:
    """Draw an id."""
    return UUID(bytes=dice.randbytes(16), version=4)


async def keep(session: AsyncSession, desk: PhotoDesk, prints: Sequence[Print]) -> None:
    """Write photos and the bytes of their copies."""
    gate = asyncio.Semaphore(_HANDS)

    async def one(each: Print) -> None:
        async with gate:
            for kind, copy in (("large", each.copies.large), ("thumb", each.copies.thumb)):
                await desk.store.put(copy_of(each.id, kind, FIRST_VERSION), copy, media_type=COPY_TYPE)

    await asyncio.gather(*map(one, prints))
    await bulk.copy_rows(session, "photos", _COLUMNS, map(_row, prints))


def _row(each: Print) -> tuple[object, ...]:
    """Return a photo's row; without a hash of looks, for one drawing of many things tells staff nothing."""
    large = each.copies.large
    is_approved = each.approved_at is not None and each.approved_by is not None
    return (
        each.id, each.owner_id, each.about_id, each.purpose, PhotoState.READY, COPY_TYPE, COPY_TYPE,
        len(large), len(large), "[]", hashlib.sha256(large).digest(), *SIZE, each.at, each.place.lat,
        each.place.lon, False, each.at, each.at, each.at, each.at,
        each.approved_at if is_approved else None, each.approved_by if is_approved else None, False, "[]",
        FIRST_VERSION, False, 1,
    )  # fmt: skip
