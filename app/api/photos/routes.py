"""A photo sent whole, what became of it, and its copies behind signed addresses."""

from datetime import UTC
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response

from app.api.deps import Now, ReadDep, RuntimeDep
from app.api.errors import language_of, problems
from app.api.photos.arriving import arriving
from app.api.photos.schemas import PhotoOut
from app.api.photos.senders import Sender
from app.api.schemas import Instant, Text
from app.core.errors import KeyReused, SignInRequired
from app.models import PhotoPurpose
from app.services import photos
from app.services.photos import (
    AddressExpired,
    Asked,
    NewPhoto,
    OffsetWrong,
    PassExpired,
    PhotoEmpty,
    PhotoInUse,
    PhotoTooLarge,
    PhotoUnknown,
    TooManyLoose,
    Variant,
    Viewer,
)

router = APIRouter(prefix="/photos", tags=["photos"])

SMALL_BYTES = 5 * 1024 * 1024
_PICTURES = ("image/jpeg", "image/png", "image/webp", "image/heic")
_BYTES = {"schema": {"type": "string", "format": "binary"}}


@router.put(
    "/{photo_id:uuid}",
    max_body_size=SMALL_BYTES,
    responses=problems(
        SignInRequired,
        PassExpired,
        PhotoEmpty,
        PhotoTooLarge,
        TooManyLoose,
        KeyReused,
        OffsetWrong,
        PhotoUnknown,
    ),
    openapi_extra={"requestBody": {"required": True, "content": dict.fromkeys(_PICTURES, _BYTES)}},
)
async def put_photo(
    photo_id: UUID,
    *,
    request: Request,
    sender: Sender,
    runtime: RuntimeDep,
    now: Now,
    purpose: PhotoPurpose = PhotoPurpose.REPORT,
    captured_at: Annotated[Instant | None, Query(description="the phone's clock")] = None,
    about_id: Annotated[UUID | None, Query(description="the report … that it belongs to")] = None,
    content_type: Annotated[Text | None, Header(max_length=100, include_in_schema=False)] = None,
    content_length: Annotated[int | None, Header(ge=0, include_in_schema=False)] = None,
) -> PhotoOut:
    """Send a photo of up to 5 MB whole, under an id that the phone made; sending it again is safe."""
    data = b"".join([chunk async for chunk in arriving(request)])
    new = NewPhoto(
        id=photo_id,
        purpose=purpose,
        size_bytes=len(data) if content_length is None else content_length,
        captured_at=captured_at and captured_at.astimezone(UTC),
        declared_type=content_type,
        about_id=about_id,
    )
    photo = await photos.put(runtime.photos, new, data, by=sender.by, link_id=sender.link_id, now=now)
    found = await photos.addresses(runtime.photos, photo, viewer=Viewer.PUBLIC, now=now)
    return PhotoOut.of(photo, found, language=language_of(request))


@router.get("/{photo_id:uuid}", responses=problems(SignInRequired, PassExpired, PhotoUnknown))
async def read_photo(
    photo_id: UUID, *, request: Request, sender: Sender, session: ReadDep, runtime: RuntimeDep, now: Now
) -> PhotoOut:
    """Read what became of a photo that you sent."""
    photo = await photos.get_own(session, photo_id, by=sender.by, link_id=sender.link_id)
    found = await photos.addresses(runtime.photos, photo, viewer=Viewer.PUBLIC, now=now)
    return PhotoOut.of(photo, found, language=language_of(request))


@router.delete(
    "/{photo_id:uuid}",
    status_code=204,
    responses=problems(SignInRequired, PassExpired, PhotoUnknown, PhotoInUse),
)
async def take_back_photo(photo_id: UUID, sender: Sender, runtime: RuntimeDep) -> None:
    """Take a photo back that belongs to nothing yet."""
    await photos.take_back(runtime.photos, photo_id, by=sender.by, link_id=sender.link_id)


@router.get(
    "/{photo_id:uuid}/{variant}",
    response_class=Response,
    responses={
        **problems(AddressExpired, PhotoUnknown),
        200: {"description": "The picture", "content": {"image/jpeg": _BYTES}},
    },
)
async def show_photo(
    photo_id: UUID,
    variant: Variant,
    *,
    version: Annotated[int, Query(ge=1, le=1_000_000)],
    until: Annotated[int, Query(ge=0, le=1 << 40)],
    signature: Annotated[Text, Query(max_length=100)],
    runtime: RuntimeDep,
    now: Now,
) -> Response:
    """Show a copy to whoever holds its signed address; phones cannot make one."""
    asked = Asked(photo_id, variant, version, until, signature)
    picture = await photos.fetch(runtime.photos, asked, now=now)
    return Response(
        picture.data,
        media_type=picture.media_type,
        headers={
            "Cache-Control": f"private, max-age={max(0, until - int(now.timestamp()))}, immutable",
            "Content-Disposition": "attachment" if variant is Variant.ORIGINAL else "inline",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-site",
            "ETag": f'"{photo_id.hex}-{variant.value}-{version}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
