"""The code that an organiser's phone shows: the stations' rotating one, for a shift."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.keys import derive, keyed_hash
from app.services.checkins import codes


@dataclass(frozen=True, slots=True)
class Shown:
    """What to draw as a QR code, and for how many seconds."""

    path: str
    changes_in_s: float


class ShiftCodes:
    """Makes and checks the codes of shifts; every shift has a key of its own, and nothing is kept."""

    def __init__(self, secret: str) -> None:
        """Take the settings' secret."""
        self._key = derive(secret, "shift-code")

    def show(self, shift_id: UUID, now: datetime) -> Shown:
        """Return what the organiser's phone shows now."""
        left = codes.SLOT_S - now.timestamp() % codes.SLOT_S
        return Shown(codes.rotating_code(self._of(shift_id), shift_id, now), left)

    def is_right(self, shift_id: UUID, code: str, at: datetime) -> bool:
        """Tell whether a code was shown for this shift at an instant."""
        return codes.verify(self._of(shift_id), shift_id, code, at, ()) is not None

    def _of(self, shift_id: UUID) -> bytes:
        return keyed_hash(self._key, shift_id.bytes)
