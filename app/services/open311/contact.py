"""How another city's endpoint is spoken to: addresses, forms, and what of a case leaves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from app.models import Category, Open311Endpoint, Open311Format, Open311Sending, Report, ReportTask
from app.ports import NotReachedError, OutsideError, Web, WebAnswer, WebRequest
from app.services.accounts.vault import Vault
from app.services.open311.answers import GarbageError, Kind, Outcome, Row, number_of_token, outcome, rows
from app.services.open311.catalogue import picked
from app.services.reports import lies_nowhere
from app.services.reports.masking import masked

ANY = "*"  # the service for every category that has none of its own
_MOST_BYTES = 2_000_000
_LONGEST = 4000  # characters of a description, by the standard
_LEAST_PAGE, _MOST_PAGES = 10, 5  # a list so long may go on; all of it is asked while the case is held
_GOOD = range(200, 300)
_BROKEN = range(500, 600)
_AROUND = timedelta(hours=1)  # clocks differ
_FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Contact:
    """An endpoint, as one speaks to it."""

    url: str
    fmt: Open311Format
    jurisdiction_id: str | None
    api_key: str | None

    def address(self, call: str, arguments: Sequence[tuple[str, str]] = ()) -> str:
        """Return the address of a call; the endpoint's own ends with a slash."""
        given = [*arguments, *self.always()]
        return f"{self.url}{call}.{self.fmt.value}" + (f"?{urlencode(given)}" if given else "")

    def always(self) -> list[tuple[str, str]]:
        """Return what every call says."""
        return [("jurisdiction_id", self.jurisdiction_id)] if self.jurisdiction_id else []


@dataclass(frozen=True, slots=True)
class Parcel:
    """A case about to leave; ``tried_at`` is since when it may have arrived before."""

    contact: Contact
    reference: str
    service_code: str
    form: Sequence[tuple[str, str]]
    token: str | None
    tried_at: datetime | None


def contact_of(endpoint: Open311Endpoint, vault: Vault) -> Contact:
    """Return how an endpoint is spoken to."""
    kept = endpoint.api_key_encrypted
    key = None if kept is None else vault.decrypt_shared(kept)
    return Contact(endpoint.url, endpoint.fmt, endpoint.jurisdiction_id, key)


def service_of(endpoint: Open311Endpoint, category_id: str) -> Mapping[str, Any] | None:
    """Return what a category is called there: ``code``, and ``attributes`` by our questions."""
    found: Mapping[str, Any] | None = endpoint.services.get(category_id) or endpoint.services.get(ANY)
    return found


def parcel(
    sending: Open311Sending,
    contact: Contact,
    service: Mapping[str, Any],
    report: Report,
    *,
    category: Category,
    task: ReportTask | None = None,
    media_urls: Sequence[str],
) -> Parcel:
    """Return what leaves of a case: place, masked words, mapped answers, approved pictures; nobody's name.

    Their lists are open to everybody, so what staff wrote for the public goes in the place of the reporter's
    words, of answers that were typed in too. The same case makes the same form every time, by which some
    endpoints know a repetition.
    """
    words = masked(report.public_text or report.description)
    answers = picked(category, report) if report.public_text else report.answers
    asked = "" if task is None else masked(task.instruction)  # what they are to do of it
    # Lists may show the beginning alone, and the reference is what a case is found by.
    said = (f"{category.name_zh} · 暖蜂 Nuanfeng {sending.reference}", asked, words)
    pairs = [
        ("service_code", service["code"]),
        *_where(report),
        ("address_string", masked(report.address)),
        ("description", "\r\n\r\n".join(part for part in said if part)[:_LONGEST]),
        *((f"attribute[{code}]", value) for code, value in _attributes(service, answers)),
        *(("media_url", url) for url in media_urls),
    ]
    form = [*contact.always(), *((name, value) for name, value in pairs if value)]
    code, since = service["code"], sending.first_try_at
    return Parcel(contact, sending.reference, code, form, sending.token, since)


def _where(report: Report) -> list[tuple[str, str]]:
    """Return the point; where none is known the address has to do, as the standard allows."""
    if lies_nowhere(report):
        return []
    return [("lat", f"{report.lat:.6f}"), ("long", f"{report.lon:.6f}")]


def _attributes(service: Mapping[str, Any], answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    mapped: Mapping[str, str] = service.get("attributes", {})
    given = [(mapped[question], answer) for question, answer in answers.items() if question in mapped]
    return sorted((code, _plain(answer)) for code, answer in given)


def _plain(answer: Any) -> str:
    if isinstance(answer, bool):
        return "true" if answer else "false"
    return f"{answer:g}" if isinstance(answer, float) else masked(str(answer))


def media_url(public_url: str, photo_id: UUID) -> str:
    """Return an approved picture's lasting address."""
    return f"{public_url.rstrip('/')}/open311/v2/media/{photo_id}.jpg"


def moment(at: datetime) -> str:
    """Return an instant as W3C writes it, to the second: some readers take no fraction."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def carry(web: Web, parcel: Parcel, *, now: datetime) -> Outcome:
    """Bring a case there, or find out what became of it. What may have arrived is looked for first."""
    try:
        if parcel.token is not None:
            answer = await _get(web, parcel.contact, f"tokens/{quote(parcel.token, safe='')}")
            return number_of_token(answer, parcel.contact.fmt)
        if parcel.tried_at is not None:
            found = await _look(web, parcel, now=now)
            if found is not None:
                return found
        return await _post(web, parcel)
    except NotReachedError as error:
        return Outcome(Kind.NOT_REACHED, str(error))
    except OutsideError as error:
        return Outcome(Kind.UNCLEAR, str(error))


async def _look(web: Web, parcel: Parcel, *, now: datetime) -> Outcome | None:
    """Return the request that has our reference in its text; ``None`` where it is not or cannot be seen."""
    asked_at = parcel.tried_at or now
    arguments = [
        ("service_code", parcel.service_code),
        ("start_date", moment(asked_at - _AROUND)),
        ("end_date", moment(now + _AROUND)),
    ]
    ours = re.compile(rf"{re.escape(parcel.reference)}(?!\d)")
    seen: set[str] = set()
    for page in range(1, _MOST_PAGES + 1):
        onward = [] if page == 1 else [("page", str(page))]
        answer = await _get(web, parcel.contact, "requests", [*arguments, *onward])
        if answer.status in _BROKEN:
            return Outcome(Kind.LATER, f"HTTP {answer.status}")
        try:
            found = rows(answer.body, parcel.contact.fmt, "service_requests", "request")
        except GarbageError:
            return None
        said = {row.get("service_request_id", ""): row.get("description", "") for row in found}
        if ids := [each for each, text in said.items() if each and ours.search(text)]:
            return Outcome(Kind.DELIVERED, ids[0])
        if len(found) < _LEAST_PAGE or said.keys() <= seen:
            return None  # that was all, or it knows no pages
        seen |= said.keys()
    return None


async def _post(web: Web, parcel: Parcel) -> Outcome:
    key = parcel.contact.api_key
    pairs = [*([("api_key", key)] if key else []), *parcel.form]
    url = f"{parcel.contact.url}requests.{parcel.contact.fmt.value}"
    headers = {"Content-Type": _FORM, "User-Agent": "Nuanfeng-Open311/1"}
    request = WebRequest("POST", url, headers, urlencode(pairs).encode(), _MOST_BYTES)
    return outcome(await web.ask(request), parcel.contact.fmt)


async def _get(web: Web, contact: Contact, call: str, arguments: Sequence[tuple[str, str]] = ()) -> WebAnswer:
    headers = {"User-Agent": "Nuanfeng-Open311/1"}
    return await web.ask(WebRequest("GET", contact.address(call, arguments), headers, most_bytes=_MOST_BYTES))


async def requests_of(web: Web, contact: Contact, ids: Sequence[str]) -> list[Row]:
    """Return how requests go there.

    Raises:
        OutsideError: they did not say, or nothing that can be read.
    """
    arguments = [("service_request_id", ",".join(ids))]
    answer = await _get(web, contact, "requests", arguments)
    return _listed(answer, contact.fmt, "service_requests", "request")


async def updates_of(web: Web, contact: Contact, *, start: datetime, end: datetime) -> list[Row]:
    """Return what they say happened between two instants, by mySociety's extension.

    Raises:
        OutsideError: they did not say, or nothing that can be read.
    """
    arguments = [("start_date", moment(start)), ("end_date", moment(end))]
    if contact.api_key:  # readers of this call are known by it, alone among the GETs
        arguments.append(("api_key", contact.api_key))
    answer = await _get(web, contact, "servicerequestupdates", arguments)
    return _listed(answer, contact.fmt, "service_request_updates", "request_update")


def _listed(answer: WebAnswer, fmt: Open311Format, root: str, element: str) -> list[Row]:
    if answer.status not in _GOOD:
        raise OutsideError(f"HTTP {answer.status}")
    try:
        return rows(answer.body, fmt, root, element)
    except GarbageError:
        raise OutsideError("unreadable") from None
