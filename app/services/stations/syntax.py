"""What an opening-hours expression may say: OSM syntax, less what its readers disagree on.

Refused, though OSM syntax has them: ``PH`` and ``SH`` (no reader knows China's calendar; stations have
policies instead), the sun's times (one expression serves many places), open ends (``08:00+``) and
``||`` (the reference reader and ours differ), and a comment without a state (open to one reader,
unknown to the other).
"""

import re
import unicodedata
from collections.abc import Callable

from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]

from app.services.stations.errors import HoursInvalid, HoursUnsupported

MAX_LENGTH = 500
_COMMENT = re.compile(r'("[^"]*")')
_RANGE = re.compile(r"\b(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\b")
_STATED = re.compile(r"\b(open|unknown|closed|off)\s*$", re.IGNORECASE)
_POSITION = re.compile(r"--> \d+:(\d+)")
_DASHES = str.maketrans({"–": "-", "—": "-", "~": "-", "、": ","})
_MIDNIGHT = 24 * 60
_LATEST_END = 47 * 60  # of a range that began the day before
# Stands in for hours that end on their own day: beside any that spill over midnight.
_OWN_DAY = "23:59-24:00"
_UNSUPPORTED = (
    (re.compile(r"\b(PH|SH|easter)\b"), "节假日请用节假日规则设置,不写进时间;set the holiday policy instead"),
    (re.compile(r"\b(sunrise|sunset|dawn|dusk)\b"), "请写钟点,如 07:30-19:00;write clock times"),
    (re.compile(r":\d{2}\s*\+"), "请写明关门时间;say when it closes"),
    (
        re.compile(r"\|\|"),
        '请改写为 Mo-Su 00:00-24:00 unknown "电话预约", Mo-Su 08:00-18:00;put the unknown hours first',
    ),
)


def check_hours(text: str) -> str:
    """Return an expression tidied (full-width punctuation, spaces), fit to be stored.

    Raises:
        HoursInvalid: it is not OSM syntax; the error names the position.
        HoursUnsupported: it is, but says something that readers disagree on.
    """
    tidy = _outside_comments(
        text, lambda code: unicodedata.normalize("NFKC", code).translate(_DASHES)
    ).strip()
    if not tidy or len(tidy) > MAX_LENGTH:
        raise HoursInvalid(position=1, hint=f"1–{MAX_LENGTH} 个字符;1 to {MAX_LENGTH} characters")
    _check_supported(tidy)
    try:
        OpeningHours(tidy)
    except ParserError as error:
        found = _POSITION.search(str(error))
        raise HoursInvalid(
            position=int(found.group(1)) if found else 1,
            hint="如 Mo-Fr 08:30-18:00; Sa 09:00-12:00,全天写 24/7;e.g. Mo-Fr 08:30-18:00, or 24/7",
        ) from error
    return tidy


def _half_width(code: str) -> str:
    return unicodedata.normalize("NFKC", code).translate(_DASHES)


def _check_supported(text: str) -> None:
    code = _outside_comments(text, keep_comments=False)
    for pattern, hint in _UNSUPPORTED:
        if found := pattern.search(code):
            raise HoursUnsupported(found=found.group(0), hint=hint)
    before = ""
    for index, piece in enumerate(_COMMENT.split(text)):
        if index % 2 and not _STATED.search(before):
            raise HoursUnsupported(
                found=piece, hint="说明文字前请写 open 或 unknown;write open or unknown before it"
            )
        before = piece
    for _, end in map(_minutes, _RANGE.finditer(code)):
        if end > _LATEST_END:
            raise HoursUnsupported(found=f"{end // 60}:{end % 60:02}", hint="最晚到次日 23:00;47:00 at most")


def crosses_midnight(text: str) -> bool:
    """Tell whether any range of an expression ends on the day after it began."""
    ranges = _RANGE.finditer(_outside_comments(text, keep_comments=False))
    return any(_spill(*_minutes(found)) > 0 for found in ranges)


def only_before_midnight(text: str) -> str:
    """Return an expression whose ranges end at midnight where they would go on."""

    def cut(found: re.Match[str]) -> str:
        begin, end = _minutes(found)
        return f"{_clock(begin)}-{_clock(end if begin < end <= _MIDNIGHT else _MIDNIGHT)}"

    return _outside_comments(text, lambda code: _RANGE.sub(cut, code))


def only_after_midnight(text: str) -> str:
    """Return an expression that says, for a day, what of its hours lies after midnight, as if on that day.

    Hours that end on their own day become its last minute, so that their rules still replace others.
    """

    def shift(found: re.Match[str]) -> str:
        spill = _spill(*_minutes(found))
        return f"00:00-{_clock(spill)}" if spill > 0 else _OWN_DAY

    return _outside_comments(text, lambda code: _RANGE.sub(shift, code))


def _minutes(found: re.Match[str]) -> tuple[int, int]:
    h1, m1, h2, m2 = map(int, found.groups())
    return 60 * h1 + m1, 60 * h2 + m2


def _spill(begin: int, end: int) -> int:
    """Return how many minutes of a range lie after midnight."""
    return end if end <= begin else end - _MIDNIGHT


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _outside_comments(text: str, change: Callable[[str], str] = str, *, keep_comments: bool = True) -> str:
    pieces = _COMMENT.split(text)
    pieces[::2] = map(change, pieces[::2])
    return "".join(pieces if keep_comments else pieces[::2])
