"""How a certificate says its number, its hours and, to strangers, its holder; pure."""

import re
from datetime import datetime

from app.core.clock import local_day

# What joins the parts of a name: the interpunct of Uyghur, Tibetan and foreign names, and blanks.
_PARTS = re.compile(r"[·•・\s]+")
NOBODY = "＊"


def number_of(serial: int, issued_at: datetime) -> str:
    """Return a certificate's number: year of issue and serial."""
    return f"NFZ{local_day(issued_at).year}{serial:08}"


def hours_of(minutes: int) -> str:
    """Return hours to a tenth, never rounded up (domain §2.6)."""
    tenths = minutes * 10 // 60
    return f"{tenths // 10}.{tenths % 10}"


def initials_of(name: str | None) -> str:
    """Return the first character of each part of a name; the others are covered, and so is their number."""
    if name is None:
        return NOBODY
    return "·".join(f"{part[0]}＊" for part in _PARTS.split(name.strip()) if part)
