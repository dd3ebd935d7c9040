"""What every request meets: a name, headers, limits, counts, packing."""

import asyncio
import json
import re
from dataclasses import replace

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from starlette.responses import PlainTextResponse, StreamingResponse

from app.api.middleware.access_log import AccessLog
from app.api.middleware.bodies import InTime
from app.api.middleware.floods import MOST_ADDRESSES, FloodLimit
from app.api.middleware.observe import Observe
from app.core.logs import REQUEST_ID
from app.core.metrics import RequestSeconds
from app.core.settings import Settings
from app.main import create_app
from app.runtime import Runtime


async def test_an_answer_carries_the_callers_request_id(client: AsyncClient):
    response = await client.get("/healthz", headers={"X-Request-ID": "phone-0123456789"})

    assert response.headers["x-request-id"] == "phone-0123456789"


@pytest.mark.parametrize("bad", ["short", "with space in it", "x" * 65, 'quote"quote"quote', "换行换行换行"])
async def test_a_harmful_request_id_is_replaced(client: AsyncClient, bad: str):
    response = await client.get("/healthz", headers={"X-Request-ID": bad.encode()})

    assert response.headers["x-request-id"] not in {"", bad}


async def test_answers_say_how_they_may_be_used(client: AsyncClient):
    headers = (await client.get("/v1/nowhere")).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers
    assert "server" not in headers


@pytest.mark.parametrize(
    "path", ["/metrics", "/v1/stations/template.xlsx", "/docs", "/", "/v1/nowhere", "/healthz"]
)
async def test_whatever_a_browser_may_draw_is_let_do_nothing(client: AsyncClient, path: str):
    headers = (await client.get(path)).headers

    is_drawn = headers["content-type"] != "application/json"
    assert is_drawn is (path != "/healthz")
    assert ("frame-ancestors 'none'" in headers.get("content-security-policy", "")) is is_drawn
    assert (headers.get("referrer-policy") == "no-referrer") is is_drawn


async def test_the_docs_page_needs_nothing_from_elsewhere(client: AsyncClient):
    page = await client.get("/docs")
    policy = page.headers["content-security-policy"]
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert (re.search("unsafe|http|\\*", policy), "<script>" in page.text) == (None, False)
    assert len(named) == 4
    assert [address for address in named if not address.startswith("/")] == []
    assert {(await client.get(address)).status_code for address in named} == {200}
    assert (await client.get("/docs/favicon.png")).status_code == 404


async def test_https_is_made_to_stay(runtime: Runtime):
    runtime.settings = runtime.settings.model_copy(update={"public_url": "https://nuanfeng.example"})
    async with AsyncClient(transport=ASGITransport(create_app(runtime)), base_url="http://test") as client:
        assert "strict-transport-security" in (await client.get("/healthz")).headers


async def test_head_is_get_without_the_body(client: AsyncClient):
    got, head = await client.get("/healthz"), await client.head("/healthz")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_options_names_the_methods_of_a_path(client: AsyncClient):
    response = await client.options("/healthz")

    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert (await client.options("/v1/nowhere")).status_code == 404


async def test_other_origins_may_call_only_when_the_setting_names_them(client: AsyncClient, runtime: Runtime):
    ask = {"Origin": "https://city.example", "Access-Control-Request-Method": "GET"}
    assert "access-control-allow-origin" not in (await client.options("/healthz", headers=ask)).headers

    runtime.settings = runtime.settings.model_copy(update={"cors_origins": ["https://city.example"]})
    async with AsyncClient(transport=ASGITransport(create_app(runtime)), base_url="http://test") as other:
        allowed = await other.options("/healthz", headers=ask)
        assert allowed.headers["access-control-allow-origin"] == "https://city.example"
        stranger = await other.get("/healthz", headers={"Origin": "https://other.example"})
        assert "access-control-allow-origin" not in stranger.headers


async def test_an_address_that_floods_is_refused_and_others_are_not(runtime: Runtime):
    runtime.settings = runtime.settings.model_copy(update={"requests_per_minute": 3})
    app = create_app(runtime)

    async def ask(address: str):
        transport = ASGITransport(app, client=(address, 1))
        async with AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/healthz")

    statuses = [(await ask("192.0.2.1")).status_code for _ in range(3)]
    refused = await ask("192.0.2.1")

    assert statuses == [200, 200, 200]
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert (await ask("192.0.2.2")).status_code == 200


def test_a_household_of_ipv6_addresses_counts_as_one_and_memory_is_bounded():
    limit = FloodLimit(PlainTextResponse(""), per_minute=10, clock=lambda: 0.0)

    assert [limit._count({"client": (f"2001:db8::{n}", 1)}) for n in range(1, 4)] == [1, 2, 3]
    assert limit._count({"client": ("2001:db8:0:1::1", 1)}) == 1
    for n in range(MOST_ADDRESSES + 5):
        limit._count({"client": (str(n), 1)})
    assert len(limit._counts) <= MOST_ADDRESSES


def test_the_next_minute_starts_afresh():
    at = 59.0
    limit = FloodLimit(PlainTextResponse(""), per_minute=10, clock=lambda: at)
    limit._count({"client": ("192.0.2.1", 1)})
    at = 60.0

    assert limit._count({"client": ("192.0.2.1", 1)}) == 1


class Written:
    """Collects what an access log writes."""

    def __init__(self) -> None:
        self.log = AccessLog(self.lines_of)
        self.lines: list[dict[str, object]] = []

    def lines_of(self, text: str) -> None:
        self.lines += [json.loads(line) for line in text.splitlines()]


async def test_the_access_log_tells_templates_and_never_what_was_asked():
    written, app = Written(), FastAPI()
    routes = FastAPI()

    @app.get("/people/{phone}")
    async def person(phone: str) -> str:
        assert REQUEST_ID.get()
        return phone

    routes.include_router(app.router, prefix="/v1")
    stack = Observe(routes, access_log=written.log, is_https=False)
    async with AsyncClient(transport=ASGITransport(stack), base_url="http://test") as client:
        await client.get("/v1/people/13912345678?lat=39.74158")
        await client.get("/wp-admin/13912345678")
    written.log.flush()

    first, second = written.lines
    assert (first["route"], first["status"], first["method"]) == ("/v1/people/{phone}", 200, "GET")
    assert (second["route"], second["status"]) == ("unmatched", 404)
    written_whole = json.dumps(written.lines)
    # whole values: a few digits of them are in a clock's time or a request's id now and then
    assert "13912345678" not in written_whole
    assert "39.74158" not in written_whole


async def test_metrics_count_by_template(client: AsyncClient):
    await client.get("/healthz")

    text = (await client.get("/metrics")).text

    assert 'nuanfeng_request_seconds_count{method="GET",route="/healthz",status="200"}' in text


def test_times_are_counted_up_to_each_bound_however_many_there_are():
    metric = RequestSeconds()
    for number in range(1000):
        metric.observe("GET", "/healthz", 200, number / 1000)
    metric.observe("GET", "/healthz", 200, 60.0)

    for _ in range(2):  # to look changes nothing
        [family] = metric.collect()
        counted = {sample.labels.get("le", sample.name[-5:]): sample.value for sample in family.samples}
        assert counted == {
            "0.001": 2, "0.005": 6, "0.02": 21, "0.1": 101, "0.5": 501, "2.0": 1000, "10.0": 1000,
            "+Inf": 1001, "count": 1001, "s_sum": pytest.approx(559.5),
        }  # fmt: skip


async def packed(client: AsyncClient, path: str) -> str | None:
    response = await client.get(path, headers={"Accept-Encoding": "gzip"})
    return response.headers.get("content-encoding")


async def test_only_answers_worth_it_are_packed(client: AsyncClient):
    assert await packed(client, "/healthz") is None
    assert await packed(client, "/openapi.json") == "gzip"


async def test_a_body_over_the_limit_is_a_coded_problem(client: AsyncClient, settings: Settings):
    huge = b'"' + b"x" * settings.max_body_bytes + b'"'

    async def unsized():
        yield huge

    for content in (huge, unsized()):
        response = await client.post(
            "/v1/accounts/codes", content=content, headers={"Content-Type": "application/json"}
        )
        assert response.status_code == 413
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["code"] == "body_too_large"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/accounts/codes", {}),
        # A front reads this one, before the framework.
        ("/v1/stations/00000000-0000-0000-0000-000000000000/checkins", {"Authorization": "Bearer x"}),
    ],
)
async def test_a_body_that_trickles_is_not_waited_for(runtime: Runtime, path: str, headers: dict[str, str]):
    app = create_app(replace(runtime, settings=runtime.settings.model_copy(update={"body_seconds": 0.3})))

    pieces = iter(range(100))

    async def trickle():
        for _ in pieces:
            yield b" "
            await asyncio.sleep(0.05)

    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        kind = {"Content-Type": "application/json"}
        response = await client.post(path, content=trickle(), headers=kind | headers)

    assert (response.status_code, response.json()["code"]) == (408, "body_too_slow")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["connection"] == "close"
    assert next(pieces, None) is not None  # it did not wait for the last


async def test_a_body_that_comes_at_a_modem_s_pace_is_waited_for():
    came = iter([{"type": "http.request", "body": b"x" * 1000, "more_body": True}] * 5)
    pauses = iter([0.0])  # the first comes at once: a busy machine is no slow client

    async def receive():
        await asyncio.sleep(next(pauses, 0.1))
        return next(came, {"type": "http.request", "body": b"", "more_body": False})

    in_time = InTime(receive, 0.2)

    assert sum([len((await in_time())["body"]) for _ in range(6)]) == 5000
    await asyncio.sleep(0.3)
    await in_time()  # whoever waits for the client to leave has all the time


async def test_an_error_after_the_answer_began_is_not_hidden():
    async def broken(scope, receive, send):
        async def body():
            yield b"half"
            raise ZeroDivisionError

        await StreamingResponse(body())(scope, receive, send)

    stack = Observe(broken, access_log=None, is_https=False)
    async with AsyncClient(transport=ASGITransport(stack), base_url="http://test") as client:
        with pytest.raises(ZeroDivisionError):
            await client.get("/")
