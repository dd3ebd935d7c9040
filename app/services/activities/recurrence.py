"""Recurring shifts by RFC 5545's RRULE, in China's hours: pure, and bounded before it is computed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice

from dateutil.rrule import rrule, rrulestr

from app.core.clock import SHANGHAI
from app.services.activities.errors import ActivityInvalid, RecurrenceUnreadable

LONGEST = timedelta(days=366)
MOST = 200
_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "WKST"}
_OFTEN = {"DAILY", "WEEKLY", "MONTHLY"}  # by the hour or second a rule could be computed for ever
_LONGEST_TEXT = 200


def starts_of(rule: str | None, first: datetime) -> list[datetime]:
    """Return when the shifts of a rule begin, the first one included, in UTC's order.

    A rule without an end goes on for a year; at most 200 shifts are made.

    Raises:
        RecurrenceUnreadable: see there.
        ActivityInvalid: the first shift is none of the rule's: it would be lost without a word.
    """
    if rule is None:
        return [first]
    parts = _parts(rule)
    local = first.astimezone(SHANGHAI).replace(tzinfo=None)
    count, until = _bounds(parts, local)
    kept = ";".join(f"{name}={value}" for name, value in parts.items() if name not in {"COUNT", "UNTIL"})
    try:
        made = rrulestr(f"RRULE:{kept}", dtstart=local)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise RecurrenceUnreadable from None
    if not isinstance(made, rrule):
        raise RecurrenceUnreadable
    found = list(islice(made.replace(until=until), count + 1))
    if not found or (len(found) > count and "COUNT" not in parts):
        raise RecurrenceUnreadable
    if found[0] != local:
        raise ActivityInvalid(hint="首场日期不符合重复规则;the first shift is not one of the rule's")
    return [each.replace(tzinfo=SHANGHAI).astimezone(first.tzinfo) for each in found[:count]]


def _parts(rule: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in rule.strip().upper().removeprefix("RRULE:").split(";")]
    parts = {name: value for name, _, value in pairs}
    is_read = len(parts) == len(pairs) and parts.keys() <= _PARTS and parts.get("FREQ") in _OFTEN
    if not is_read or len(rule) > _LONGEST_TEXT:
        raise RecurrenceUnreadable
    return parts


def _bounds(parts: Mapping[str, str], local: datetime) -> tuple[int, datetime]:
    try:
        count = int(parts.get("COUNT", MOST))
        interval = int(parts.get("INTERVAL", 1))
        until = _until(parts["UNTIL"]) if "UNTIL" in parts else local + LONGEST
    except ValueError:
        raise RecurrenceUnreadable from None
    if not 1 <= count <= MOST or not 1 <= interval <= MOST or not local <= until <= local + LONGEST:
        raise RecurrenceUnreadable
    return count, until


def _until(text: str) -> datetime:
    """Return the last minute of a rule: a day of China is meant whole, an instant in UTC is converted."""
    if text.endswith("Z"):
        at = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=SHANGHAI)
        return at.replace(tzinfo=None) + timedelta(hours=8)
    if "T" in text:
        return datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=SHANGHAI).replace(tzinfo=None)
    day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=SHANGHAI).replace(tzinfo=None)
    return day + timedelta(days=1) - timedelta(seconds=1)
