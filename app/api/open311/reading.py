"""Reading arguments as the standard means them: an empty one is an absent one, lists have commas."""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from starlette.datastructures import FormData, UploadFile

from app.core.errors import BadCursor
from app.core.geo import CoordType, read_in_china
from app.core.pages import decode_cursor, encode_cursor, instant_of, read_time_cursor
from app.models import ReportStep
from app.services.open311 import (
    MOST,
    ArgumentMissing,
    ArgumentWrong,
    NewRequest,
    NewUpdate,
    Search,
    UpdateSearch,
)
from app.services.reports import GivenPosition

WINDOW = timedelta(days=90)
_MOST_PAGE = 10_000
_DEEPEST = 10_000  # rows that a page by its number may skip
_MOST_ITEMS = 200
_LARGEST_ID = 2**63 - 1
_LONGEST = 4000
_SHORT = 200
_YEARS = range(2000, 2101)
_ATTRIBUTE = re.compile(r"attribute\[([A-Za-z0-9_.-]{1,60})\](\[\])?")
_STATES = {frozenset({"open"}): True, frozenset({"closed"}): False, frozenset({"open", "closed"}): None}


@dataclass(frozen=True, slots=True)
class Arguments:
    """A call's arguments, as they came."""

    pairs: Sequence[tuple[str, str]]

    def text(self, name: str, *, longest: int = _SHORT) -> str | None:
        """Return an argument; ``None`` when it is absent or empty.

        Raises:
            ArgumentWrong: it is too long, or holds what no text holds.
        """
        found = next((value for key, value in self.pairs if key == name and value), None)
        if found is not None and (len(found) > longest or not _is_text(found)):
            raise ArgumentWrong(argument=name)
        return found

    def needed(self, name: str, *, longest: int = _SHORT) -> str:
        """Return an argument.

        Raises:
            ArgumentMissing, ArgumentWrong: see there.
        """
        found = self.text(name, longest=longest)
        if found is None:
            raise ArgumentMissing(argument=name)
        return found

    def several(self, name: str) -> list[str]:
        """Return the members of a list with commas."""
        found = self.text(name, longest=_LONGEST) or ""
        members = [each.strip() for each in found.split(",") if each.strip()]
        if len(members) > _MOST_ITEMS:
            raise ArgumentWrong(argument=name)
        return members

    def instant(self, name: str) -> datetime | None:
        """Return a W3C instant; a plus sign that became a blank on its way is a plus sign."""
        found = self.text(name)
        if found is None:
            return None
        try:
            at = datetime.fromisoformat(found.replace(" ", "+"))
        except ValueError:
            raise ArgumentWrong(argument=name) from None
        if at.tzinfo is None or at.year not in _YEARS:
            raise ArgumentWrong(argument=name)
        return at.astimezone(UTC)

    def number(self, name: str, *, otherwise: int, most: int) -> int:
        """Return a whole number from one to ``most``."""
        found = self.text(name)
        if found is None:
            return otherwise
        if not (found.isascii() and found.isdigit() and len(found) < _SHORT and 1 <= int(found) <= most):
            raise ArgumentWrong(argument=name)
        return int(found)

    def degrees(self, name: str) -> float | None:
        """Return a latitude or longitude."""
        found = self.text(name)
        if found is None:
            return None
        try:
            degrees = float(found)
        except ValueError:
            raise ArgumentWrong(argument=name) from None
        if not math.isfinite(degrees) or abs(degrees) > 180:  # noqa: PLR2004 - degrees
            raise ArgumentWrong(argument=name)
        return degrees

    def attributes(self) -> Mapping[str, list[str]]:
        """Return ``attribute[CODE]=v`` and ``attribute[CODE][]=v`` by code; empty ones are absent."""
        found: dict[str, list[str]] = {}
        for name, value in self.pairs:
            if (match := _ATTRIBUTE.fullmatch(name)) and value:
                if not _is_text(value) or len(value) > _LONGEST:
                    raise ArgumentWrong(argument=name)
                found.setdefault(match[1], []).append(value)
        return found


def _is_text(value: str) -> bool:
    return not any(unicodedata.category(each) in {"Cc", "Cs"} and each not in "\r\n\t" for each in value)


def read_search(arguments: Arguments, *, area_code: str | None, now: datetime) -> Search:
    """Return which requests are wanted.

    Without dates that is the last 90 days; a window of ``updated_…`` stands for itself, because what
    changes now may have been sent long ago.

    Raises:
        ArgumentWrong: an argument cannot be read, the dates are more than 90 days apart, or a page by its
            number lies too deep: ``after`` goes as deep as one likes.
    """
    updated_after, updated_before = arguments.instant("updated_after"), arguments.instant("updated_before")
    is_by_update = updated_after is not None or updated_before is not None
    is_dated = arguments.text("start_date") is not None or arguments.text("end_date") is not None
    start, end = (None, None) if is_by_update and not is_dated else _read_window(arguments, now=now)
    page, page_size = _read_page(arguments)
    return Search(
        area_code=area_code,
        ids=arguments.several("service_request_id"),
        service_codes=arguments.several("service_code"),
        is_open=_read_status(arguments),
        start=start,
        end=end,
        updated_after=updated_after,
        updated_before=updated_before,
        page=page,
        page_size=page_size,
        after=_read_after(arguments),
    )


def read_update_search(arguments: Arguments, *, area_code: str | None, now: datetime) -> UpdateSearch:
    """Return which updates are wanted: without dates those of the last 90 days.

    Raises:
        ArgumentWrong: as :func:`read_search`.
    """
    start, end = _read_window(arguments, now=now)
    page, page_size = _read_page(arguments)
    after = arguments.text("after")
    return UpdateSearch(
        area_code=area_code,
        start=start,
        end=end or now,
        page=page,
        page_size=page_size,
        after=None if after is None else _read_update_cursor(after),
    )


def update_cursor(step: ReportStep) -> str:
    """Return where a page of updates ends."""
    return encode_cursor([step.at.isoformat(), str(step.id)])


def _read_update_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        at, step_id = decode_cursor(cursor, size=2)
        after = instant_of(at), int(step_id)
    except (BadCursor, ValueError):
        raise ArgumentWrong(argument="after") from None
    if not 0 <= after[1] <= _LARGEST_ID:
        raise ArgumentWrong(argument="after")
    return after


def _read_page(arguments: Arguments) -> tuple[int, int]:
    """Return a page's number and size; one that lies too deep has no number."""
    page = arguments.number("page", otherwise=1, most=_MOST_PAGE)
    page_size = arguments.number("page_size", otherwise=MOST, most=MOST)
    if (page - 1) * page_size > _DEEPEST:
        raise ArgumentWrong(argument="page")
    return page, page_size


def _read_after(arguments: Arguments) -> tuple[datetime, UUID] | None:
    """Return where the page before ended, as its ``Link`` header said it."""
    found = arguments.text("after")
    try:
        return None if found is None else read_time_cursor(found)
    except BadCursor:
        raise ArgumentWrong(argument="after") from None


def _read_status(arguments: Arguments) -> bool | None:
    states = frozenset(arguments.several("status"))
    if states and states not in _STATES:
        raise ArgumentWrong(argument="status")
    return _STATES.get(states)


def _read_window(arguments: Arguments, *, now: datetime) -> tuple[datetime, datetime | None]:
    """Return ``start_date`` and ``end_date``, at most 90 days apart; without both, the last 90 days.

    Raises:
        ArgumentWrong: they are further apart, or the wrong way round.
    """
    start, end = arguments.instant("start_date"), arguments.instant("end_date")
    if start is None and end is None:
        return now - WINDOW, None
    end = end or (now if start is None else min(now, start + WINDOW))
    start = start or end - WINDOW
    if end - start > WINDOW:
        raise ArgumentWrong(argument="end_date")
    return start, end


def read_request(arguments: Arguments, *, area_code: str | None, files: Sequence[str]) -> NewRequest:
    """Return a request as a partner's form says it; who the citizen is, is not read at all.

    Raises:
        ArgumentMissing, ArgumentWrong, PositionSwapped, PositionForeign: see there.
    """
    service_code = arguments.needed("service_code")
    position = _read_position(arguments)
    address, address_id = arguments.text("address_string"), arguments.text("address_id")
    if position is None and address is None and address_id is None:
        raise ArgumentMissing(argument="lat, long | address_string | address_id")
    urls = [value for name, value in arguments.pairs if name == "media_url" and value]
    if any(len(url) > _LONGEST or not _is_text(url) for url in urls):
        raise ArgumentWrong(argument="media_url")
    return NewRequest(
        service_code=service_code,
        position=position,
        address=address or "",
        address_id=address_id,
        description=(arguments.text("description", longest=_LONGEST) or "").replace("\r\n", "\n"),
        media_urls=urls,
        area_code=area_code,
        attributes=arguments.attributes(),
        form=[*((name, value) for name, value in arguments.pairs if name != "api_key")]
        + [("media", digest) for digest in files],
    )


def _read_position(arguments: Arguments) -> GivenPosition | None:
    """Return ``lat`` and ``long``, which come together or not at all."""
    lat, lon = arguments.degrees("lat"), arguments.degrees("long")
    if lat is None and lon is None:
        return None
    if lat is None or lon is None:
        raise ArgumentMissing(argument="lat, long")
    return GivenPosition(read_in_china(lat, lon, CoordType.WGS84), lat, lon, CoordType.WGS84, None)


def read_update(arguments: Arguments, *, now: datetime) -> NewUpdate:
    """Return what a partner says of a request.

    Raises:
        ArgumentMissing, ArgumentWrong: see there.
    """
    return NewUpdate(
        request_id=arguments.needed("service_request_id"),
        update_id=arguments.needed("update_id"),
        status=arguments.needed("status").upper(),
        text=(arguments.text("description", longest=_LONGEST) or "").replace("\r\n", "\n"),
        at=arguments.instant("updated_datetime") or now,
    )


def is_picture(data: bytes) -> bool:
    """Tell whether bytes begin as JPEG, PNG, WebP or HEIC do; what they really are is looked at later."""
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    return is_webp or data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n")) or data[4:8] == b"ftyp"


def read_form(form: FormData) -> tuple[Arguments, list[UploadFile]]:
    """Return a form's texts and its files that have content."""
    items = form.multi_items()
    texts = [(name, value) for name, value in items if isinstance(value, str)]
    files = [value for _, value in items if isinstance(value, UploadFile) and value.size]
    return Arguments(texts), files
