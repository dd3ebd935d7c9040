"""The structure of a JPEG file (ITU-T T.81 annex B), marker by marker."""

import re
import struct

from app.adapters.pictures.refusal import Refused, check_pixels, check_words

SIGNATURE = b"\xff\xd8\xff"
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# In compressed data FF is followed by 00 or a restart marker; anything else ends it.
_NEXT_MARKER = re.compile(rb"\xff[^\xff\x00\xd0-\xd7]")
_MOST_SCANS = 100  # progressive cameras make about ten; a thousand would take minutes


def walk(data: bytes) -> None:
    """Walk the picture and what the camera put behind it."""
    end = _walk_one(data, 0)
    while data.startswith(SIGNATURE, end):
        end = _walk_one(data, end)  # a gain map or a second view (CIPA DC-007)
    check_trailer(data[end:])


def check_trailer(trailer: bytes) -> None:
    """Refuse what follows a picture, unless cameras are known to put it there."""
    check_words(trailer)
    is_padding = not trailer.strip(b"\x00")
    is_film = trailer[4:8] == b"ftyp"
    if not (is_padding or is_film or trailer.endswith(b"SEFT")):
        raise Refused("foreign_content")


def _walk_one(data: bytes, start: int) -> int:
    """Walk one picture and return where it ends."""
    at, scans, has_frame = start + 2, 0, False
    while True:
        marker, at = _marker(data, at)
        if marker == _EOI:
            break
        if marker in _BARE:
            continue
        if marker == _SOI:
            raise Refused("unreadable")
        segment, at = _segment(data, at)
        if marker == _SOS:
            scans += 1
            at = _behind_scan(data, at, scans)
        elif marker in _FRAMES:
            has_frame = True
            _check_frame(segment)
        else:
            check_words(segment)
    if not (has_frame and scans):
        raise Refused("unreadable")
    return at


def _marker(data: bytes, at: int) -> tuple[int, int]:
    if at < len(data) and data[at] != 0xFF:  # noqa: PLR2004 - every marker begins so
        raise Refused("unreadable")
    while at < len(data) and data[at] == 0xFF:  # noqa: PLR2004 - as many as it likes
        at += 1
    if at >= len(data):
        raise Refused("truncated")
    return data[at], at + 1


def _segment(data: bytes, at: int) -> tuple[bytes, int]:
    if at + 2 > len(data):
        raise Refused("truncated")
    (length,) = struct.unpack_from(">H", data, at)
    if length < 2:  # noqa: PLR2004 - it counts itself
        raise Refused("unreadable")
    if at + length > len(data):
        raise Refused("truncated")
    return data[at + 2 : at + length], at + length


def _behind_scan(data: bytes, at: int, scans: int) -> int:
    if scans > _MOST_SCANS:
        raise Refused("unreadable")
    found = _NEXT_MARKER.search(data, at)
    if found is None:
        raise Refused("truncated")
    return found.start()


def _check_frame(segment: bytes) -> None:
    if len(segment) < 6:  # noqa: PLR2004 - precision, height, width, components
        raise Refused("unreadable")
    height, width = struct.unpack_from(">HH", segment, 1)
    check_pixels(width, height)
