"""What a file is by its own structure, walked to its last byte before anything is decoded.

Refused are other types, moving pictures, pictures without an end, too many pixels, and files that are
also something else: a zip archive, a page, a document. What cameras themselves put behind a picture (a
gain map, a second view, a short film, Samsung's own records) is theirs and stays in the original.
"""

from collections.abc import Callable
from typing import NamedTuple

from app.adapters.pictures import chunks, jpeg
from app.adapters.pictures.refusal import Refused


class Kind(NamedTuple):
    """A type that is taken: its name on the net, and the decoder's name for it."""

    media_type: str
    decoder: str


JPEG = Kind("image/jpeg", "JPEG")
PNG = Kind("image/png", "PNG")
WEBP = Kind("image/webp", "WEBP")
HEIC = Kind("image/heic", "HEIF")
_WALKS: dict[Kind, Callable[[bytes], None]] = {
    JPEG: jpeg.walk,
    PNG: chunks.walk_png,
    WEBP: chunks.walk_webp,
    HEIC: chunks.walk_heif,
}

# Names that senders use for the same type, and those that say nothing.
_SAME = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/heif": "image/heic",
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heic",
}
_UNSAID = frozenset({"", "application/octet-stream", "binary/octet-stream", "image/*"})

_ZIP_END = b"PK\x05\x06"
_ZIP_END_SIZE = 22
_LONGEST_COMMENT = 0xFFFF


def inspect(data: bytes, *, declared_type: str | None) -> Kind:
    """Return what a file is.

    Raises:
        Refused: it is none of the types that are taken, another than declared, or not sound.
    """
    kind = _kind_of(data)
    declared = (declared_type or "").split(";", 1)[0].strip().lower()
    if declared not in _UNSAID and _SAME.get(declared, declared) != kind.media_type:
        raise Refused("type_mismatch")
    if _is_zip(data):
        raise Refused("foreign_content")
    _WALKS[kind](data)
    return kind


def _kind_of(data: bytes) -> Kind:
    if data.startswith(jpeg.SIGNATURE):
        return JPEG
    if data.startswith(chunks.PNG_SIGNATURE):
        return PNG
    if chunks.is_webp(data):
        return WEBP
    if chunks.is_heif(data):
        return HEIC
    raise Refused("type_unsupported")


def _is_zip(data: bytes) -> bool:
    """Tell whether a program that opens zip archives would find one, whatever stands in front of it."""
    at = data.rfind(_ZIP_END, max(0, len(data) - _ZIP_END_SIZE - _LONGEST_COMMENT))
    if at < 0 or at + _ZIP_END_SIZE > len(data):
        return False
    comment = int.from_bytes(data[at + 20 : at + 22], "little")
    return at + _ZIP_END_SIZE + comment <= len(data)
