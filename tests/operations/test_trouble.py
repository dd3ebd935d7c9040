"""What the database's errors become: never a 500 for what is not our fault, never a word of the inside."""

import io
import logging
from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest
import structlog
from fastapi import APIRouter
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import text

from app.api.deps import SessionDep
from app.core.db import Database, create_engine
from app.core.logs import configure_logs
from app.main import create_app
from app.runtime import Runtime

SECRET = "13912345678"

CASES = {
    "SELECT pg_sleep(60)": (503, "unavailable"),  # statement timeout
    "SELECT CAST('13912345678' AS integer)": (422, "invalid_input"),
    "DO $$ BEGIN RAISE serialization_failure; END $$": (503, "unavailable"),
    "DO $$ BEGIN RAISE deadlock_detected; END $$": (503, "unavailable"),
    "DO $$ BEGIN RAISE lock_not_available; END $$": (503, "unavailable"),
    "DO $$ BEGIN RAISE unique_violation USING DETAIL = '13912345678'; END $$": (409, "conflict"),
    "DO $$ BEGIN RAISE foreign_key_violation; END $$": (500, "internal_error"),
    "SELECT 13912345678 FROM nowhere": (500, "internal_error"),
    "SELECT pg_terminate_backend(pg_backend_pid())": (503, "unavailable"),
}


def broken_routes() -> APIRouter:
    router = APIRouter()

    @router.post("/sql")
    async def run(statement: str, session: SessionDep) -> None:
        # No other statement sleeps: on a busy machine each of them may take a while.
        patience = "100ms" if "pg_sleep" in statement else "60s"
        await session.execute(text(f"SET LOCAL statement_timeout = '{patience}'"))
        await session.execute(text(statement))

    @router.post("/bind")
    async def bind(session: SessionDep) -> None:
        await session.execute(text("SELECT CAST(:n AS integer)"), {"n": 2**70})

    @router.post("/crash")
    async def crash() -> None:
        raise RuntimeError(SECRET)

    @router.post("/defer")
    async def defer(session: SessionDep) -> str:
        await session.execute(text("CREATE TEMP TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        await session.execute(text("INSERT INTO t VALUES (1), (1)"))
        return "fine"

    return router


@pytest.fixture
def said(monkeypatch):
    """Log as in production, and tell what was written."""
    before, stream = structlog.get_config(), io.StringIO()
    monkeypatch.setattr(logging.root, "handlers", [])
    configure_logs(stream=stream)
    yield stream.getvalue
    structlog.configure(**before)


@pytest.fixture
async def broken(own_runtime: Runtime) -> AsyncGenerator[AsyncClient]:
    app = create_app(own_runtime)
    app.include_router(broken_routes())
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(("statement", "expected"), CASES.items())
async def test_each_error_has_its_answer(broken: AsyncClient, said, statement, expected):
    response = await broken.post("/sql", params={"statement": statement})

    assert (response.status_code, response.json()["code"]) == expected
    assert response.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in response.headers) == (response.status_code == 503)
    logged = said()
    assert SECRET not in response.text + logged
    assert logged


async def test_a_value_too_large_for_the_driver_is_no_fault_of_ours(broken: AsyncClient):
    assert (await broken.post("/bind")).status_code == 422


async def test_a_commit_that_fails_is_not_answered_with_success(broken: AsyncClient):
    assert (await broken.post("/defer")).status_code == 409


async def test_a_crash_says_nothing_of_the_inside(broken: AsyncClient, said):
    response = await broken.post("/crash", headers={"Accept-Language": "en"})

    assert (response.status_code, response.json()["detail"]) == (500, "Internal error")
    assert "x-request-id" in response.headers
    logged = said()
    assert "RuntimeError" in logged
    assert SECRET not in response.text + logged


async def test_a_full_pool_and_an_absent_server_are_temporary(own_runtime: Runtime, own_url: str):
    engine = create_engine(own_url, pool_size=1)
    engine.pool._timeout = 0.05
    own_runtime.db = Database(engine)
    app = create_app(own_runtime)
    app.include_router(broken_routes())
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        async with engine.connect():
            assert (await client.post("/sql", params={"statement": "SELECT 1"})).status_code == 503
        assert (await client.post("/sql", params={"statement": "SELECT 1"})).status_code == 200

        own_runtime.db = Database(create_engine(f"postgresql://nobody@/x?host=/tmp/{uuid4()}", pool_size=1))
        absent = await client.post("/sql", params={"statement": "SELECT 1"})
        assert (absent.status_code, absent.json()["code"]) == (503, "unavailable")
    await engine.dispose()


async def test_refusals_of_the_framework_are_coded_in_the_callers_language(broken: AsyncClient):
    english = {"Accept-Language": "en"}
    answers = {
        "not_found": await broken.get("/nowhere"),
        "method_not_allowed": await broken.get("/crash"),
        "invalid_input": await broken.post("/sql"),
    }
    for code, response in answers.items():
        assert response.json()["code"] == code
        assert response.headers["content-type"] == "application/problem+json"
    assert answers["not_found"].json()["detail"] == "没有找到"
    assert (await broken.get("/nowhere", headers=english)).json()["detail"] == "Not found"


async def test_rejected_input_is_not_repeated(client: AsyncClient):
    response = await client.post("/v1/accounts/codes", json={"phone": [SECRET], SECRET: 1})

    assert response.status_code == 422
    assert SECRET not in response.text


async def test_broken_json_is_told_without_it(client: AsyncClient):
    response = await client.post(
        "/v1/accounts/codes", content='{"phone": "13912345678', headers={"Content-Type": "application/json"}
    )

    assert response.status_code == 422
    assert SECRET not in response.text
