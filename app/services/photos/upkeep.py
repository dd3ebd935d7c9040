"""What photos throw away in time."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ports import ObjectStore
from app.services.photos import queries
from app.services.photos.commands import LOOSE_LIVES
from app.services.photos.desk import folder_of, original_of

_BATCH = 200


async def purge_loose(session: AsyncSession, store: ObjectStore, *, now: datetime) -> int:
    """Throw away photos that were begun a week ago and belong to nothing, with all their bytes.

    The bytes go first: what a crash leaves is a row that the next run finds again.
    """
    loose = await queries.loose_since(session, now - LOOSE_LIVES, limit=_BATCH)
    for photo in loose:
        await store.delete_under(folder_of(photo.id))
        await session.delete(photo)
    return len(loose)


async def forget_originals(session: AsyncSession, store: ObjectStore, ids: Collection[UUID]) -> int:
    """Throw away what the phones sent, and with it what the cameras wrote into it; the copies stay.

    The bytes go first: what a crash leaves is a row that the next run finds again.
    """
    photos = [photo for photo in (await queries.get_many(session, ids)).values() if photo.has_original]
    await store.delete([original_of(photo.id) for photo in photos])
    for photo in photos:
        photo.has_original = False
        photo.exif_lat = photo.exif_lon = photo.exif_taken_at = None
    return len(photos)
