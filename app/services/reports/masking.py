"""Numbers of people in free text, covered before others than staff read it."""

import re
from typing import Any

from app.models import Report

# What people put between digits, up to two of them; their full-width forms are read as the narrow ones.
_GAP = r"[-\s._·/()]{0,2}"
# Numbers of mobile phones, of landlines with their area code, of identity cards (18 and 15 digits), and
# addresses of e-mail; a number inside a longer one is something else.
_PERSONAL = re.compile(
    rf"""(?<![0-9])(?:
        (?:\+?86{_GAP})?1{_GAP}[3-9](?:{_GAP}[0-9]){{9}}
      | [0-9](?:{_GAP}[0-9]){{16}}{_GAP}[0-9Xx]
      | [0-9]{{15}}
      | 0[1-9][0-9]{{1,2}}{_GAP}[2-8][0-9]{{2,3}}{_GAP}[0-9]{{4}}
    )(?![0-9])
    | [a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+""",
    re.VERBOSE | re.IGNORECASE,
)
_WIDE = {0xFEE0 + narrow: narrow for narrow in range(ord("!"), ord("~") + 1)}
_NARROW = _WIDE | dict.fromkeys(map(ord, "‐‑‒–—−"), "-") | {ord("\u3000"): " "}
COVERED = "***"


def masked(text: str) -> str:
    """Return a text with phone and identity numbers and e-mail addresses covered, however they are spaced."""
    narrow, rest, parts = text.translate(_NARROW), 0, []
    for found in _PERSONAL.finditer(narrow):
        parts += [text[rest : found.start()], COVERED]
        rest = found.end()
    return "".join([*parts, text[rest:]])


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
