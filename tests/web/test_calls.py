"""Every request that the pages make exists in the API, with that method and no other name for anything."""

import re

from app.api.web import FOLDER

SCRIPTS = {path.name: path.read_text() for path in FOLDER.glob("*.js")}
METHOD = r"GET|POST|PUT|PATCH|DELETE"
# call("POST", `/v1/…`) and at("/…") for a path below the chosen station
CALL = re.compile(rf'call\(\s*"({METHOD})", (?:at\(\s*)?["`](/[^"`?]*)')
SEND = re.compile(rf'send\("({METHOD})", "(/[^"?]*)"')
KEPT = re.compile(rf'method: "({METHOD})",\s*path: (?:at\()?["`](/[^"`?]*)')
STREAM = re.compile(r"new EventSource\([\"`](/[^\"`?]*)")
DOWNLOADED = re.compile(r"download\((?:at\()?[\"`](/[^\"`?]*)")


def _calls(text: str) -> set[tuple[str, str]]:
    found = {match for pattern in (CALL, SEND, KEPT) for match in pattern.findall(text)}
    found |= {("GET", path) for pattern in (STREAM, DOWNLOADED) for path in pattern.findall(text)}
    return {(method, _shape(path)) for method, path in found}


def _shape(path: str) -> str:
    """Return a path with ``{}`` for what is filled in; a path below a station gets its beginning."""
    whole = path if path.startswith(("/v1/", "/healthz")) else f"/v1/stations/{{}}{path}"
    return re.sub(r"\$?\{[^}]*\}", "{}", whole)


CALLS = {(name, *call) for name, text in SCRIPTS.items() for call in _calls(text)}


def test_calls_are_found() -> None:
    assert {
        ("rider.js", "GET", "/v1/stations/nearby"),
        ("visits.js", "POST", "/v1/stations/{}/checkins"),
        ("sending.js", "POST", "/v1/checkins/sync"),
        ("manage.js", "GET", "/v1/stations/{}/printed-codes/{}.pdf"),
        ("sending.js", "POST", "/v1/attendance/sync"),
        ("shift-taps.js", "POST", "/v1/attendance/shifts/{}/taps"),
        ("manage.js", "GET", "/v1/live/stations/{}"),
        ("manage.js", "POST", "/v1/stations/{}/amenities/{}/state"),
    } <= CALLS


def test_each_call_is_a_route_of_the_api(app) -> None:
    served = {
        (verb.upper(), re.sub(r"\{[^}]*\}", "{}", path.replace("{kind}", "pdf")))
        for path, verbs in app.openapi()["paths"].items()
        for verb in verbs
    }

    assert {call for call in CALLS if not any(_may_mean(*call[1:], *each) for each in served)} == set()


def _may_mean(verb: str, path: str, served_verb: str, served_path: str) -> bool:
    """Tell whether a call is of a route; what a page fills in may be an id, a route's own word, a query."""
    pattern = re.sub(r"(\\\{\\\})+", "[^/]+", re.escape(path))
    return verb == served_verb and re.fullmatch(pattern, served_path) is not None
