"""What a tus client says of its upload, in ``Upload-Metadata`` and ``Upload-Checksum``."""

import base64
import binascii
import mimetypes
from datetime import UTC
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError

from app.api.schemas import Instant, Text
from app.core.errors import InvalidInput
from app.core.ids import new_id
from app.models import PhotoPurpose
from app.services.photos import CHECKSUMS, Checksum, ChecksumUnsupported, NewPhoto


class _Metadata(BaseModel):
    """The members that are used; clients may send others, and a file's name is never kept."""

    id: UUID | None = None
    purpose: PhotoPurpose = PhotoPurpose.REPORT
    about_id: UUID | None = None
    captured_at: Instant | None = None
    filetype: Annotated[Text | None, Field(max_length=100)] = None
    filename: Annotated[Text | None, Field(max_length=300)] = None


def read_metadata(header: str, *, size_bytes: int) -> NewPhoto:
    """Return the photo that a client announces; without an id it gets one.

    Raises:
        InvalidInput: the header cannot be read.
    """
    try:
        said = _Metadata.model_validate(dict(map(_pair, filter(None, header.split(",")))))
    except ValidationError as error:
        names = ", ".join(sorted({str(each["loc"][0]) for each in error.errors()}))
        raise InvalidInput(hint=f"Upload-Metadata: {names}") from None
    except (ValueError, binascii.Error):
        raise InvalidInput(hint="Upload-Metadata: key and base64, separated by commas") from None
    return NewPhoto(
        id=said.id or new_id(),
        purpose=said.purpose,
        size_bytes=size_bytes,
        captured_at=said.captured_at and said.captured_at.astimezone(UTC),
        declared_type=said.filetype or _type_of(said.filename),
        about_id=said.about_id,
    )


def _pair(item: str) -> tuple[str, str]:
    key, _, value = item.strip().partition(" ")
    return key, base64.b64decode(value, validate=True).decode()


def _type_of(filename: str | None) -> str | None:
    """Return what a file's ending claims that it is."""
    ending = "." + filename.rpartition(".")[2].lower() if filename and "." in filename else ""
    if ending in {".heic", ".heif"}:  # not in every system's table
        return "image/heic"
    return "image/webp" if ending == ".webp" else mimetypes.types_map.get(ending)


def read_checksum(header: str | None) -> Checksum | None:
    """Return what the body must hash to, if the client said so.

    Raises:
        ChecksumUnsupported: it cannot be read, or names an algorithm that is not offered.
    """
    if header is None:
        return None
    algorithm, _, value = header.strip().partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ChecksumUnsupported from None
    if algorithm not in CHECKSUMS:
        raise ChecksumUnsupported
    return Checksum(algorithm, digest)
