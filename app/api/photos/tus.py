"""Resumable uploads by the tus protocol, version 1.0.0, so that existing clients of phones and pages work."""

from collections.abc import Mapping
from email.utils import format_datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from app.api.deps import Now, ReadDep, RuntimeDep
from app.api.errors import problems
from app.api.photos.arriving import arriving
from app.api.photos.metadata import read_checksum, read_metadata
from app.api.photos.senders import Sender
from app.api.schemas import Text
from app.core.errors import InvalidInput, KeyReused, SignInRequired
from app.models import Photo, PhotoState
from app.services import photos
from app.services.photos import (
    LOOSE_LIVES,
    MOST_BYTES,
    ChecksumUnsupported,
    ChecksumWrong,
    InPieces,
    OffsetWrong,
    PassExpired,
    PhotoEmpty,
    PhotoInUse,
    PhotoTooLarge,
    PhotoUnknown,
    TooManyLoose,
    TusContent,
    TusVersion,
)

router = APIRouter(prefix="/photos/tus", tags=["photos"])

CONTENT = "application/offset+octet-stream"
_BYTES = {"requestBody": {"content": {CONTENT: {"schema": {"type": "string", "format": "binary"}}}}}
_SENDING = (
    SignInRequired,
    PassExpired,
    TusVersion,
    PhotoTooLarge,
    InPieces,
    ChecksumWrong,
    ChecksumUnsupported,
)

Offset = Annotated[int, Header(ge=0, le=1 << 40)]
ChecksumHeader = Annotated[Text | None, Header(max_length=200, description="algorithm and base64 digest")]
ContentType = Annotated[Text | None, Header(max_length=100, include_in_schema=False)]


@router.post(
    "",
    status_code=201,
    response_class=Response,
    max_body_size=MOST_BYTES,
    responses=problems(*_SENDING, PhotoEmpty, TooManyLoose, KeyReused, InvalidInput),
    openapi_extra=_BYTES,
)
async def create_upload(
    *,
    request: Request,
    sender: Sender,
    runtime: RuntimeDep,
    now: Now,
    upload_length: Offset,
    upload_metadata: Annotated[Text, Header(max_length=4000, description="id, purpose, captured_at, …")] = "",
    upload_checksum: ChecksumHeader = None,
    content_type: ContentType = None,
) -> Response:
    """Announce a photo, with its first bytes if you like; the same announcement finds the same upload."""
    new, checksum = read_metadata(upload_metadata, size_bytes=upload_length), read_checksum(upload_checksum)
    async with runtime.photos.db.writing() as session:
        photo = await photos.begin(session, new, by=sender.by, link_id=sender.link_id, now=now)
    if content_type == CONTENT and photo.received_bytes == 0:
        photo = await photos.append(
            runtime.photos,
            photo.id,
            arriving(request),
            offset=0,
            by=sender.by,
            link_id=sender.link_id,
            now=now,
            checksum=checksum,
        )
    return Response(
        status_code=201, headers={"Location": f"/v1{router.prefix}/{photo.id}", **_progress(photo)}
    )


@router.get(
    "/{photo_id:uuid}",
    status_code=204,
    response_class=Response,
    responses=problems(SignInRequired, PassExpired, TusVersion, PhotoUnknown),
)
async def read_upload(photo_id: UUID, sender: Sender, session: ReadDep) -> Response:
    """Learn from where to go on, in ``Upload-Offset``; HEAD, which tus asks for, is answered alike."""
    photo = await photos.get_own(session, photo_id, by=sender.by, link_id=sender.link_id)
    headers = {"Upload-Length": str(photo.size_bytes), "Cache-Control": "no-store", **_progress(photo)}
    return Response(status_code=204, headers=headers)


@router.patch(
    "/{photo_id:uuid}",
    status_code=204,
    response_class=Response,
    max_body_size=MOST_BYTES,
    responses=problems(*_SENDING, PhotoUnknown, OffsetWrong, TusContent),
    openapi_extra=_BYTES,
)
async def continue_upload(
    photo_id: UUID,
    *,
    request: Request,
    sender: Sender,
    runtime: RuntimeDep,
    now: Now,
    upload_offset: Offset,
    upload_checksum: ChecksumHeader = None,
    content_type: ContentType = None,
) -> Response:
    """Send bytes from an offset on; what the answer counts is on disk, whatever happens next."""
    if content_type != CONTENT:
        raise TusContent
    photo = await photos.append(
        runtime.photos,
        photo_id,
        arriving(request),
        offset=upload_offset,
        by=sender.by,
        link_id=sender.link_id,
        now=now,
        checksum=read_checksum(upload_checksum),
    )
    return Response(status_code=204, headers=_progress(photo))


@router.delete(
    "/{photo_id:uuid}",
    status_code=204,
    responses=problems(SignInRequired, PassExpired, TusVersion, PhotoUnknown, PhotoInUse),
)
async def end_upload(photo_id: UUID, sender: Sender, runtime: RuntimeDep) -> None:
    """Give an upload up."""
    await photos.take_back(runtime.photos, photo_id, by=sender.by, link_id=sender.link_id)


def _progress(photo: Photo) -> Mapping[str, str]:
    headers = {"Upload-Offset": str(photo.received_bytes)}
    if photo.state is PhotoState.UPLOADING:
        headers["Upload-Expires"] = format_datetime(photo.created_at + LOOSE_LIVES, usegmt=True)
    return headers
