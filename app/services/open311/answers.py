"""What other cities' endpoints answer, read with patience for their dialects and none for tricks; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree as ET

import orjson

from app.models import Open311Format
from app.ports import WebAnswer
from app.services.reports.masking import masked

Row = dict[str, str]

_LONGEST_SAID = 300
_LONGEST_ID = 200
_GOOD = range(200, 300)
_BROKEN = range(500, 600)
_LATER = frozenset({408, 425, 429})


class GarbageError(ValueError):
    """The answer is none that GeoReport knows."""


class Kind(StrEnum):
    """What came of an attempt to send a case."""

    DELIVERED = "delivered"  # ``said`` is their number
    TOKEN = "token"  # noqa: S105 - ``said`` is their token, which is no secret
    PENDING = "pending"  # the token has no number yet
    UNCLEAR = "unclear"  # it may have arrived
    LATER = "later"
    REFUSED = "refused"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt, and what they said: a number, a token, or why not."""

    kind: Kind
    said: str = ""


def rows(body: bytes, fmt: Open311Format, root: str, element: str) -> list[Row]:
    """Return the members of a list, each as its texts by name; what is nested is left out.

    Wrapped JSON (FixMyStreet's), a bare object and namespaces are borne.

    Raises:
        GarbageError: it is no such list.
    """
    try:
        text = body.decode("utf-8-sig")
        found = _of_json(text, root, element) if fmt is Open311Format.JSON else _of_xml(text, element)
        return [{name: value.strip() for name, value in row.items() if "\0" not in value} for row in found]
    except (ValueError, RecursionError, ET.ParseError) as error:
        raise GarbageError from error


def _of_json(text: str, root: str, element: str) -> Iterator[Row]:
    found: Any = orjson.loads(text)
    for name in (root, element):
        if isinstance(found, dict) and name in found:
            found = found[name]
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        raise GarbageError
    for each in found:
        if not isinstance(each, dict):
            raise GarbageError
        yield {
            name: str(value)
            for name, value in each.items()
            if isinstance(value, str | int | float) and not isinstance(value, bool)
        }


def _of_xml(text: str, element: str) -> Iterator[Row]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise GarbageError  # entities unfold to any size, or read files
    tree = ET.fromstring(text)  # noqa: S314 - without a document type there are no entities
    for each in tree.iter():
        if _local(each.tag) == element:
            yield {_local(child.tag): child.text or "" for child in each}


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def outcome(answer: WebAnswer, fmt: Open311Format) -> Outcome:
    """Return what came of a POST of a request."""
    if answer.status not in _GOOD:
        kind = Kind.LATER if answer.status in _LATER or answer.status in _BROKEN else Kind.REFUSED
        return Outcome(kind, refusal(answer, fmt))
    return _taken(answer, fmt) or Outcome(Kind.UNCLEAR, f"HTTP {answer.status}: unreadable")


def number_of_token(answer: WebAnswer, fmt: Open311Format) -> Outcome:
    """Return what a token has come to; one that is unknown may not be known yet."""
    if answer.status not in _GOOD:
        return Outcome(Kind.PENDING, refusal(answer, fmt))
    taken = _taken(answer, fmt)
    return taken if taken is not None and taken.kind is Kind.DELIVERED else Outcome(Kind.PENDING)


def _taken(answer: WebAnswer, fmt: Open311Format) -> Outcome | None:
    try:
        found = rows(answer.body, fmt, "service_requests", "request")
    except GarbageError:
        return None
    row = found[0] if found else {}
    for name, kind in (("service_request_id", Kind.DELIVERED), ("token", Kind.TOKEN)):
        if value := row.get(name, ""):
            return Outcome(kind, value) if len(value) <= _LONGEST_ID else None
    return None


def refusal(answer: WebAnswer, fmt: Open311Format) -> str:
    """Return why they refused, by their error body if that can be read; numbers of people covered."""
    try:
        said = [row.get("description", "") for row in rows(answer.body, fmt, "errors", "error")]
    except GarbageError:
        said = []
    return masked(": ".join([f"HTTP {answer.status}", *filter(None, said)]))[:_LONGEST_SAID]


def instant(text: str) -> datetime | None:
    """Return an instant as they write it; without a zone it is none."""
    try:
        at = datetime.fromisoformat(text)
        return None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):  # the year 1 is what some say for "never"
        return None
