"""Attendance at shifts: by the organiser's code, a position, or a list; what counts goes to the ledger."""

from app.services.attendance.codes import ShiftCodes, Shown
from app.services.attendance.commands import Listed, Tap, TapKind, enter, tap
from app.services.attendance.errors import (
    AlreadySettled,
    EvidenceNeeded,
    NotBooked,
    NotNow,
    NotSignedIn,
    TimesImpossible,
)
from app.services.attendance.sync import MOST_TAPS, Taken, sync

__all__ = [
    "MOST_TAPS",
    "AlreadySettled",
    "EvidenceNeeded",
    "Listed",
    "NotBooked",
    "NotNow",
    "NotSignedIn",
    "ShiftCodes",
    "Shown",
    "Taken",
    "Tap",
    "TapKind",
    "TimesImpossible",
    "enter",
    "sync",
    "tap",
]
