"""Numbers of people in free text, covered before others than staff read it."""

import re
from typing import Any

from app.models import Report

# Mobile numbers, with or without country code and separators; identity numbers of 18 and 15 digits.
_PERSONAL = re.compile(
    r"(?<!\d)(?:(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|\d{17}[\dXx]|\d{15})(?!\d)", re.ASCII
)
COVERED = "***"


def masked(text: str) -> str:
    """Return a text with phone and identity numbers covered."""
    return _PERSONAL.sub(COVERED, text)


def covered_words(report: Report) -> dict[str, Any]:
    """Return what a reporter wrote (``description``, ``address``, ``answers``) with such numbers covered."""
    return {
        "description": masked(report.description),
        "address": masked(report.address),
        "answers": {key: _covered(answer) for key, answer in report.answers.items()},
    }


def _covered(answer: Any) -> Any:
    match answer:
        case str():
            return masked(answer)
        case list():
            return [_covered(each) for each in answer]
        case _:
            return answer
