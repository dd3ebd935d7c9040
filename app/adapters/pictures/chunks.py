"""The structure of PNG, WebP and HEIC files, chunk by chunk."""

import struct
import zlib
from collections.abc import Iterator

from app.adapters.pictures.jpeg import check_trailer
from app.adapters.pictures.refusal import Refused, check_pixels, check_words

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_FRAME = 12  # length, type, check sum
_RIFF_HEAD, _CHUNK_HEAD = 12, 8
_VP8X_ANIMATED = 0x02


def is_webp(data: bytes) -> bool:
    """Tell whether it says that it is WebP."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def walk_png(data: bytes) -> None:
    """Walk a PNG file (ISO/IEC 15948) to its last byte."""
    at = len(PNG_SIGNATURE)
    names: list[bytes] = []
    while not names or names[-1] != b"IEND":
        if at + _PNG_FRAME > len(data):
            raise Refused("truncated")
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + _PNG_FRAME + length
        if end > len(data):
            raise Refused("truncated")
        body = data[at + 8 : end - 4]
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            raise Refused("unreadable")
        _check_png_chunk(name, body, is_first=not names)
        names.append(name)
        at = end
    check_trailer(data[at:])


def _check_png_chunk(name: bytes, body: bytes, *, is_first: bool) -> None:
    if is_first != (name == b"IHDR") or (is_first and len(body) != 13):  # noqa: PLR2004 - its fixed size
        raise Refused("unreadable")
    if is_first:
        check_pixels(*struct.unpack_from(">II", body))
    elif name == b"acTL":
        raise Refused("animated")
    elif name != b"IDAT":
        check_words(body)


def walk_webp(data: bytes) -> None:
    """Walk a WebP file (RFC 9649) to its last byte."""
    (size,) = struct.unpack_from("<I", data, 4)
    end = _CHUNK_HEAD + size
    if end > len(data):
        raise Refused("truncated")
    check_trailer(data[end:])
    at, names = _RIFF_HEAD, []
    while at < end:
        if at + _CHUNK_HEAD > end:
            raise Refused("unreadable")
        name, (length,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        at += _CHUNK_HEAD
        if at + length > end:
            raise Refused("truncated")
        _check_webp_chunk(name, data[at : at + length])
        names.append(name)
        at += length + length % 2
    if not {b"VP8 ", b"VP8L"} & set(names):
        raise Refused("unreadable")


def _check_webp_chunk(name: bytes, body: bytes) -> None:
    if name in {b"ANIM", b"ANMF"}:
        raise Refused("animated")
    if name == b"VP8X" and len(body) >= 10:  # noqa: PLR2004 - its fixed size
        if body[0] & _VP8X_ANIMATED:
            raise Refused("animated")
        check_pixels(1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little"))
    elif name == b"VP8 " and len(body) >= 10:  # noqa: PLR2004 - up to its width and height
        width, height = struct.unpack_from("<HH", body, 6)
        check_pixels(width & 0x3FFF, height & 0x3FFF)
    elif name == b"VP8L" and len(body) >= 5:  # noqa: PLR2004 - up to its width and height
        bits = int.from_bytes(body[1:5], "little")
        check_pixels(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    elif name != b"ALPH":
        check_words(body)


_STILL = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_MOVING = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})


def is_heif(data: bytes) -> bool:
    """Tell whether it says that it is of the family that HEIC belongs to."""
    return data[4:8] == b"ftyp" and bool(brands_of(data) & (_STILL | _MOVING))


def brands_of(data: bytes) -> set[bytes]:
    """Return what an ISO base media file says that it is."""
    length = min(int.from_bytes(data[:4]), 512)
    return {data[8:12], *(data[at : at + 4] for at in range(16, length, 4))}


def walk_heif(data: bytes) -> None:
    """Walk a HEIC file (ISO/IEC 23008-12) box by box to its last byte; its sizes are the decoder's."""
    if data[8:12] in _MOVING:
        raise Refused("animated")
    if data[8:12] not in _STILL or b"avif" in brands_of(data):
        raise Refused("type_unsupported")
    at = 0
    for name, start, end in _boxes(data):
        if name not in {b"mdat", b"mpvd"}:  # pixels, and a short film beside them
            check_words(data[start:end])
        at = end
    check_trailer(data[at:])


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name and bounds of each box, until what follows is none."""
    at, names = 0, set()
    while at + _CHUNK_HEAD <= len(data):
        (length, name), head = struct.unpack_from(">I4s", data, at), _CHUNK_HEAD
        if not (name.isalnum() and name.isascii()):
            break
        if length == 1 and at + 16 <= len(data):
            (length,), head = struct.unpack_from(">Q", data, at + 8), 16
        elif length == 0:
            length = len(data) - at
        if length < head:
            raise Refused("unreadable")
        if at + length > len(data):
            check_words(data[at:])
            raise Refused("truncated")
        names.add(name)
        yield name, at + head, at + length
        at += length
    if b"meta" not in names:
        raise Refused("truncated")
