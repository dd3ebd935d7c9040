"""Bytes that come over bad networks: each piece is kept before it is acknowledged, from whichever process.

A piece is put into the store under a name of its own, and only then counted, in one statement that says
from where to where the upload went. Of two that come at once, one is counted; the other is told where to
go on. A process that dies leaves at most a piece that nobody counted.
"""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import KeyReused
from app.models import Photo, PhotoState
from app.services import outbox
from app.services.outbox import Channel
from app.services.photos import queries
from app.services.photos.commands import NewPhoto, begin
from app.services.photos.desk import PhotoDesk, folder_of, pieces_of
from app.services.photos.errors import (
    ChecksumWrong,
    InPieces,
    OffsetWrong,
    PhotoInUse,
    PhotoTooLarge,
    PhotoUnknown,
)

PIECE_BYTES = 1024 * 1024
MOST_PIECES = 400
CHECKSUMS = ("sha1", "sha256")  # tus asks for the first
_PIECE_TYPE = "application/octet-stream"
_IN_PIECES_WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must hash to, by an algorithm of ``hashlib``."""

    algorithm: str
    digest: bytes


@dataclass(slots=True)
class _Run:
    """One request's bytes on their way: what is counted, what is only kept, what is still in memory."""

    desk: PhotoDesk
    photo: Photo
    now: datetime
    kept: list[str] = field(default_factory=list)
    kept_bytes: int = 0
    buffer: bytearray = field(default_factory=bytearray)

    @property
    def left(self) -> int:
        """Return how many bytes may still come."""
        return self.photo.size_bytes - self.photo.received_bytes - self.kept_bytes - len(self.buffer)

    async def keep(self, size: int) -> None:
        """Put the first bytes of the buffer into the store, without counting them yet."""
        if not size:
            return
        if len(self.photo.parts) + len(self.kept) >= MOST_PIECES:
            raise InPieces(retry_after_s=_IN_PIECES_WAIT_S)
        data = bytes(self.buffer[:size])
        name = uuid4().hex
        await self.desk.store.put(f"{pieces_of(self.photo.id)}/{name}", data, media_type=_PIECE_TYPE)
        self.kept.append(name)
        self.kept_bytes += size
        del self.buffer[:size]

    async def count(self) -> None:
        """Count what is kept."""
        if not self.kept:
            return
        try:
            async with self.desk.db.writing() as session:
                self.photo = await _count(session, self.photo, self.kept, self.kept_bytes, now=self.now)
        except PhotoUnknown:  # taken back meanwhile: nobody else would delete these
            await self.desk.store.delete_under(folder_of(self.photo.id))
            raise
        self.kept, self.kept_bytes = [], 0


async def append(
    desk: PhotoDesk,
    photo_id: UUID,
    chunks: AsyncIterator[bytes],
    *,
    offset: int,
    by: Actor,
    now: datetime,
    link_id: UUID | None = None,
    checksum: Checksum | None = None,
) -> Photo:
    """Take bytes from an offset on, and return the photo as far as it is here.

    It commits piece by piece, so it takes no session of its caller; where the chunks end early, what came
    is kept, unless a checksum was to prove it.

    Raises:
        PhotoUnknown: the caller has no such upload.
        OffsetWrong: the upload goes on from elsewhere.
        PhotoTooLarge: more came than was announced.
        ChecksumWrong: other bytes came than were sent; nothing of this request is kept.
        InPieces: it came in more than 400 pieces.
    """
    async with desk.db.reading() as session:
        photo = await queries.get_own(session, photo_id, by=by, link_id=link_id)
    if photo.received_bytes != offset:
        raise OffsetWrong(offset=photo.received_bytes)
    run = _Run(desk, photo, now)
    digest = None if checksum is None else hashlib.new(checksum.algorithm, usedforsecurity=False)
    async for chunk in chunks:
        if len(chunk) > run.left:
            raise PhotoTooLarge(most_bytes=photo.size_bytes)
        run.buffer += chunk
        if digest is not None:
            digest.update(chunk)
        while len(run.buffer) >= PIECE_BYTES:
            await run.keep(PIECE_BYTES)
            if checksum is None:
                await run.count()
    if checksum is not None and digest is not None and digest.digest() != checksum.digest:
        raise ChecksumWrong
    await run.keep(len(run.buffer))
    await run.count()
    return run.photo


async def _count(session: AsyncSession, photo: Photo, names: list[str], size: int, *, now: datetime) -> Photo:
    """Say that an upload went on by some pieces, unless another request was first."""
    reached = photo.received_bytes + size
    is_whole = reached == photo.size_bytes
    went_on = (
        update(Photo)
        .where(
            Photo.id == photo.id,
            Photo.state == PhotoState.UPLOADING,
            Photo.received_bytes == photo.received_bytes,
        )
        .values(
            received_bytes=reached,
            parts=[*photo.parts, *names],
            state=PhotoState.RECEIVED if is_whole else PhotoState.UPLOADING,
            received_at=now if is_whole else None,
        )
        .returning(Photo)
        .execution_options(populate_existing=True)
    )
    if (counted := await session.scalar(went_on)) is not None:
        if is_whole:
            await outbox.announce(session, Channel.PHOTOS, [photo.id])
        return counted
    current = await queries.find(session, photo.id)
    if current is None:
        raise PhotoUnknown
    raise OffsetWrong(offset=current.received_bytes)


async def put(
    desk: PhotoDesk,
    new: NewPhoto,
    data: bytes,
    *,
    by: Actor,
    now: datetime,
    link_id: UUID | None = None,
) -> Photo:
    """Take a small photo whole; the same again, also after half an upload, finds the same photo.

    Raises:
        PhotoEmpty, PhotoTooLarge, TooManyLoose: as :func:`~app.services.photos.commands.begin`.
        KeyReused: the id names another photo.
        OffsetWrong: the same photo is being uploaded at this very moment.
    """
    async with desk.db.writing() as session:
        photo = await begin(session, new, by=by, link_id=link_id, now=now)
    if photo.sha256 is not None and photo.sha256 != hashlib.sha256(data).digest():
        raise KeyReused
    offset = photo.received_bytes
    return await append(desk, new.id, _once(data[offset:]), offset=offset, by=by, now=now, link_id=link_id)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def take_back(desk: PhotoDesk, photo_id: UUID, *, by: Actor, link_id: UUID | None = None) -> None:
    """Forget a photo that belongs to nothing yet, with all its bytes.

    Raises:
        PhotoUnknown: the caller has no such photo.
        PhotoInUse: it was submitted.
    """
    async with desk.db.writing() as session:
        photo = await queries.get_own(session, photo_id, by=by, link_id=link_id, lock=True)
        if photo.attached_at is not None:
            raise PhotoInUse
        await desk.store.delete_under(folder_of(photo_id))
        await session.delete(photo)
