"""Numbers of people in free text, covered before others than staff read it."""

import re

# Mobile numbers, with or without country code and separators; identity numbers of 18 and 15 digits.
_PERSONAL = re.compile(
    r"(?<!\d)(?:(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|\d{17}[\dXx]|\d{15})(?!\d)", re.ASCII
)
COVERED = "***"


def masked(text: str) -> str:
    """Return a text with phone and identity numbers covered."""
    return _PERSONAL.sub(COVERED, text)
