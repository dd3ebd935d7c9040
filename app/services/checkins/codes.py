"""Station codes (现场码): the rotating one on the tablet, the printed one on the wall.

A rotating code is a keyed digest of the station and a slot of fifteen seconds, so no server keeps state
and a photograph of it dies within half a minute. A printed code is a digest of the paper's own id and
lives until that paper is revoked. Both travel as the path of a link: ``/c/<station>/<slot>/<token>``.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models import CodeKind

SLOT_S = 15
_TOKEN_BYTES = 10  # 80 bits: sixteen letters of base32
_PREFIX = "/c/"
_PARTS = 3
_PRINTED = "p"
# The slot before is still on a rider's camera; the slot after covers two servers' clocks.
_SLOTS_ACCEPTED = (-1, 0, 1)


@dataclass(frozen=True, slots=True)
class _Read:
    station_id: UUID
    slot: str
    token: bytes


def rotating_code(secret: bytes, station_id: UUID, at: datetime) -> str:
    """Return what the station's tablet shows at an instant."""
    return _code(secret, station_id, str(_slot_of(at)))


def printed_code(secret: bytes, station_id: UUID, printed_id: UUID) -> str:
    """Return what is printed on one paper of the station."""
    return _code(secret, station_id, f"{_PRINTED}{printed_id.hex}")


def verify(
    secret: bytes, station_id: UUID, code: str, now: datetime, printed_ids: Collection[UUID]
) -> CodeKind | None:
    """Tell which code of this station it is, or ``None`` when it is wrong, stale or revoked.

    Args:
        secret: the station's signing secret.
        station_id: the station that the rider says to be at.
        code: the scanned text; a whole link or its path.
        now: the instant at which it must have been on the tablet.
        printed_ids: the station's papers that are not revoked.
    """
    read = _read(code)
    if read is None or read.station_id != station_id:
        return None
    # Signature first, and in constant time: the rest of the code means nothing without it.
    if not hmac.compare_digest(_digest(secret, station_id, read.slot), read.token):
        return None
    if read.slot.startswith(_PRINTED):
        return CodeKind.PRINTED if UUID(read.slot[1:]) in printed_ids else None
    in_time = int(read.slot) - _slot_of(now) in _SLOTS_ACCEPTED
    return CodeKind.ROTATING if in_time else None


def _slot_of(at: datetime) -> int:
    return int(at.timestamp()) // SLOT_S


def _code(secret: bytes, station_id: UUID, slot: str) -> str:
    token = base64.b32encode(_digest(secret, station_id, slot)).decode().lower()
    return f"{_PREFIX}{station_id}/{slot}/{token}"


def _digest(secret: bytes, station_id: UUID, slot: str) -> bytes:
    return hmac.digest(secret, f"{station_id}|{slot}".encode(), hashlib.sha256)[:_TOKEN_BYTES]


def _read(code: str) -> _Read | None:
    parts = code.rpartition(_PREFIX)[2].split("/")
    if len(parts) != _PARTS:
        return None
    station, slot, token = parts
    try:
        return _Read(UUID(station), slot, base64.b32decode(token.upper()))
    except (ValueError, binascii.Error):
        return None
