"""Short-lived signed addresses of a photo's copies.

Whoever holds an address sees the picture until it is over, and no longer. Which photos somebody may see
is decided by the feature that they belong to, before it asks for addresses.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.core.keys import derive, keyed_hash
from app.services.photos.errors import AddressExpired, PassExpired

# An address lives for one to two of these. It stays the same for one, so that phones keep the picture.
STEP = timedelta(minutes=15)


class Variant(StrEnum):
    """Which copy: 400 px, 1920 px, that with its number plates or with nothing covered, or what was sent."""

    THUMB = "thumb"
    LARGE = "large"
    PLATES = "plates"
    PLAIN = "plain"
    ORIGINAL = "original"


class Viewer(StrEnum):
    """For whom addresses are made; staff also get what others do not.

    A unit whose work it is to find a vehicle reads the number plates, and sees no faces.
    """

    PUBLIC = "public"
    READS_PLATES = "reads_plates"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class PhotoAddresses:
    """Where a photo can be fetched for a while.

    The first two are ``None`` while there are no copies; ``plain`` (before covering) and ``original``
    are for staff.
    """

    thumb: str | None
    large: str | None
    plain: str | None = None
    original: str | None = None


def until(now: datetime) -> datetime:
    """Return when an address that is made now ends."""
    step = int(STEP.total_seconds())
    return datetime.fromtimestamp((int(now.timestamp()) // step + 2) * step, UTC)


class Signer:
    """Makes and checks addresses that this service answers itself."""

    def __init__(self, secret: str) -> None:
        """Derive the keys; what staff alone may fetch has a key of its own."""
        self._keys = {
            False: derive(secret, "photos/copies"),
            True: derive(secret, "photos/staff"),
        }
        self._pass_key = derive(secret, "photos/pass")

    def path(self, photo_id: UUID, variant: Variant, version: int, *, ends_at: datetime) -> str:
        """Return a path that opens one copy until an instant."""
        ends = int(ends_at.timestamp())
        signature = self._sign(photo_id, variant, version, ends)
        return f"/v1/photos/{photo_id}/{variant.value}?version={version}&until={ends}&signature={signature}"

    def pass_of(self, link_id: UUID, *, ends_at: datetime) -> str:
        """Return a pass with which whoever came by a link may send photos until an instant."""
        ends = int(ends_at.timestamp())
        return f"{link_id}.{ends}.{self._sign_pass(link_id, ends)}"

    def read_pass(self, given: str, *, now: datetime) -> UUID:
        """Return the link that a pass stands for.

        Raises:
            PassExpired: it is over, or not one of ours.
        """
        link, ends, signature = (*given.split("."), "", "")[:3]
        try:
            link_id, ends_s = UUID(link), int(ends)
        except ValueError:
            raise PassExpired from None
        right = self._sign_pass(link_id, ends_s)
        if not hmac.compare_digest(right.encode(), signature.encode()) or ends_s <= now.timestamp():
            raise PassExpired
        return link_id

    def check(
        self, photo_id: UUID, variant: Variant, version: int, *, ends: int, signature: str, now: datetime
    ) -> None:
        """Check what an address says of itself.

        Raises:
            AddressExpired: it is over, or not one of ours.
        """
        right = self._sign(photo_id, variant, version, ends)
        if not hmac.compare_digest(right.encode(), signature.encode()) or ends <= now.timestamp():
            raise AddressExpired

    def _sign_pass(self, link_id: UUID, ends: int) -> str:
        return keyed_hash(self._pass_key, link_id.bytes, str(ends).encode()).hex()

    def _sign(self, photo_id: UUID, variant: Variant, version: int, ends: int) -> str:
        key = self._keys[variant not in {Variant.THUMB, Variant.LARGE}]
        said = f"{variant.value}/{version}/{ends}".encode()
        return keyed_hash(key, photo_id.bytes, said).hex()
