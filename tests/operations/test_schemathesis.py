"""Whatever the OpenAPI document allows, and much that it does not: no route answers with a 5xx.

The cases are made by schemathesis and sent by our own client, so that the app stays on one event loop.
`make fuzz` sends many more.
"""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case

from app.core.actor import Actor, Grant, Role
from app.core.db import Database, create_engine
from app.core.settings import Settings
from app.main import create_app
from app.runtime import Runtime
from tests.clients import ClientFor
from tests.conftest import make_runtime
from tests.factories.accounts import make_account

EXAMPLES = int(os.environ.get("NUANFENG_FUZZ_EXAMPLES", "6"))
STREAMS = "/v1/live/"

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


def described() -> dict[str, Any]:
    nowhere = Database(create_engine("postgresql://nowhere/", pool_size=1))
    return create_app(make_runtime(Settings(), nowhere)).openapi()


SCHEMA = schemathesis.openapi.from_dict(described())
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]


def cases_of(operation: Any) -> list[Case]:
    """Draw cases: those that fit the document and those that break it in one place."""
    drawn: list[Case] = []

    @seed(1)
    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def draw(case: Case) -> None:
        drawn.append(case)

    draw()
    return drawn


def request_of(case: Case) -> dict[str, Any]:
    sent = case.as_transport_kwargs(base_url="http://test")
    sent["content"] = sent.pop("data", None)
    kept = ("method", "url", "params", "headers", "content", "json", "files")
    return {name: value for name, value in sent.items() if name in kept and value is not None}


@pytest.fixture
async def everybody(runtime: Runtime, client_for: ClientFor):
    """Nobody, and somebody who may do everything: each finds other code behind a route."""
    async with runtime.db.writing() as session:
        account = await make_account(session)
    return client_for(), client_for(Actor(account.id, (Grant(Role.SYSADMIN),)))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
async def test_no_route_fails_on_its_own(operation, everybody):
    if operation.path.startswith(STREAMS):
        pytest.skip("a stream has no end")
    for case in cases_of(operation):
        for client in everybody:
            response = await client.request(**request_of(case))
            assert response.status_code < 500, f"{case.as_curl_command()}\n{response.text}"
            if response.status_code >= 400:
                assert response.headers["content-type"] == "application/problem+json", case.as_curl_command()
