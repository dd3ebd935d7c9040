"""What is read of photos; whose they are stands in the query."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, cast, false, func, select
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import Photo, PhotoPurpose, PhotoState
from app.services.photos.errors import PhotoUnknown
from app.services.photos.evidence import ALIKE_BITS


def is_senders(by: Actor, link_id: UUID | None) -> ColumnElement[bool]:
    """Return the WHERE condition of photos that the caller, or who came by the link, has sent."""
    if link_id is not None:
        return Photo.link_id == link_id
    return false() if by.account_id is None else Photo.owner_id == by.account_id


async def find(session: AsyncSession, photo_id: UUID) -> Photo | None:
    """Return a photo, whoever sent it."""
    return await session.get(Photo, photo_id, populate_existing=True)


async def get_own(
    session: AsyncSession, photo_id: UUID, *, by: Actor, link_id: UUID | None = None, lock: bool = False
) -> Photo:
    """Return a photo that the caller sent.

    Raises:
        PhotoUnknown: there is none, or it is somebody else's.
    """
    query = select(Photo).where(Photo.id == photo_id, is_senders(by, link_id))
    return _one(await session.scalar(_fresh(query, lock=lock)))


async def get_to_edit(session: AsyncSession, photo_id: UUID) -> Photo:
    """Return a photo, locked; who may edit it is the business of the feature that it belongs to.

    Raises:
        PhotoUnknown: there is none.
    """
    return _one(await find_locked(session, photo_id))


async def find_locked(session: AsyncSession, photo_id: UUID) -> Photo | None:
    """Return a photo, whoever sent it, locked."""
    return await session.scalar(_fresh(select(Photo).where(Photo.id == photo_id), lock=True))


def _fresh(query: Select[Photo], *, lock: bool) -> Select[Photo]:
    query = query.execution_options(populate_existing=True)
    return query.with_for_update(key_share=True) if lock else query


def _one(photo: Photo | None) -> Photo:
    if photo is None:
        raise PhotoUnknown
    return photo


async def get_many(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Photo]:
    """Return photos by their ids, whoever sent them; ids without a photo are left out."""
    found = await session.scalars(select(Photo).where(Photo.id.in_(ids)))
    return {photo.id: photo for photo in found}


async def belonging_to(
    session: AsyncSession, about_id: UUID, *, purposes: Collection[PhotoPurpose]
) -> Sequence[Photo]:
    """Return the photos that were given to one thing for some purposes, the oldest first."""
    query = (
        select(Photo)
        .where(Photo.about_id == about_id, Photo.attached_at.is_not(None), Photo.purpose.in_(purposes))
        .order_by(Photo.attached_at, Photo.id)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).all()


async def own_locked(
    session: AsyncSession, ids: Collection[UUID], *, by: Actor, link_id: UUID | None
) -> dict[UUID, Photo]:
    """Return those of the photos that the caller sent, locked, in one order for everybody."""
    query = (
        select(Photo)
        .where(Photo.id.in_(ids), is_senders(by, link_id))
        .order_by(Photo.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {photo.id: photo for photo in await session.scalars(query)}


async def count_loose(session: AsyncSession, *, by: Actor, link_id: UUID | None) -> int:
    """Return how many of the caller's photos belong to nothing yet."""
    query = select(func.count()).where(is_senders(by, link_id), Photo.attached_at.is_(None))
    return await session.scalar(query) or 0


async def near_duplicates(
    session: AsyncSession, photo: Photo, *, since: datetime, limit: int = 20
) -> Sequence[Photo]:
    """Return other photos that look the same and were sent since an instant, newest first."""
    if photo.phash is None:
        return []
    differing = func.bit_count(cast(Photo.phash.op("#")(photo.phash), BIT(64)))
    query = (
        select(Photo)
        .where(
            Photo.phash.is_not(None), Photo.created_at >= since, Photo.id != photo.id, differing <= ALIKE_BITS
        )
        .order_by(Photo.created_at.desc(), Photo.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def loose_since(session: AsyncSession, before: datetime, *, limit: int) -> Sequence[Photo]:
    """Return photos that were begun before an instant and belong to nothing, locked."""
    query = (
        select(Photo)
        .where(Photo.attached_at.is_(None), Photo.created_at < before)
        .order_by(Photo.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(query)).all()


async def waiting(session: AsyncSession, *, now: datetime) -> Photo | None:
    """Return the photo that has waited longest for its copies and that nobody is at, locked."""
    query = (
        select(Photo)
        .where(
            Photo.state == PhotoState.RECEIVED, Photo.claimed_until.is_(None) | (Photo.claimed_until < now)
        )
        .order_by(Photo.received_at, Photo.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return await session.scalar(query)


async def count_claimed(session: AsyncSession, *, now: datetime) -> int:
    """Return how many photos are being made into copies at this instant, in all processes."""
    query = select(func.count()).where(Photo.state == PhotoState.RECEIVED, Photo.claimed_until >= now)
    return await session.scalar(query) or 0
