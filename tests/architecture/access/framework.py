"""What the framework, its operators and the pages need."""

from tests.architecture.access.vocabulary import ANYONE, Row

ROWS: tuple[Row, ...] = (
    Row("GET", "/openapi.json", ANYONE),
    Row("GET", "/docs", ANYONE),
    Row("GET", "/docs/{name}", ANYONE, params={"name": "start.js"}),
    Row("GET", "/dev/outbox", ANYONE),
    Row("GET", "/dev/vendors", ANYONE, also=("not_found",)),  # only where a stand-in runs
    Row("GET", "/healthz", ANYONE),
    Row("GET", "/readyz", ANYONE),
    Row("GET", "/metrics", ANYONE),
    Row("GET", "/", ANYONE),
    Row("GET", "/manage", ANYONE),
    Row("GET", "/report", ANYONE),
    Row("GET", "/desk", ANYONE),
    Row("GET", "/map", ANYONE),
    Row("GET", "/figures", ANYONE),
    Row("GET", "/roster", ANYONE),
    Row("GET", "/broadcast", ANYONE),
    Row("GET", "/duty", ANYONE),
    Row("GET", "/screen", ANYONE),
    Row("GET", "/verify", ANYONE),
    Row("GET", "/volunteer", ANYONE),
    Row("GET", "/inbox", ANYONE),
    Row("GET", "/handling", ANYONE),
    Row("GET", "/contractor", ANYONE),
    Row("GET", "/organise", ANYONE),
    Row(
        "GET",
        "/volunteer/c/{_shift}/{_slot}/{_token}",
        ANYONE,
        params={"_shift": "s", "_slot": "1", "_token": "t"},
    ),
    Row("GET", "/sw.js", ANYONE),
    Row("GET", "/web/{name}", ANYONE, params={"name": "style.css"}),
    Row(
        "GET", "/c/{_station}/{_slot}/{_token}", ANYONE, params={"_station": "s", "_slot": "1", "_token": "t"}
    ),
)
