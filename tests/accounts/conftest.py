"""A phone in a rider's hand: it asks for codes, signs in, and keeps its tokens."""

from collections.abc import AsyncGenerator
from uuid import UUID, uuid4

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from app.api.deps import get_now
from app.main import create_app
from app.runtime import Runtime
from tests.clients import TestClock

NUMBER = "13812345678"


class Phone:
    """One device, with the client it talks through."""

    def __init__(self, client: AsyncClient, runtime: Runtime) -> None:
        self.client = client
        self.runtime = runtime
        self.device_id: UUID = uuid4()

    async def ask_code(self, number: str = NUMBER) -> Response:
        body = {"phone": number, "device_id": str(self.device_id)}
        return await self.client.post("/v1/accounts/codes", json=body)

    async def code(self, number: str = NUMBER) -> str:
        """Ask for a code and read it from the text message."""
        response = await self.ask_code(number)
        assert response.status_code == 202, response.text
        return self.runtime.outside.sms.sent[-1][1]

    async def try_code(self, code: str, number: str = NUMBER, **more) -> Response:
        body = {"phone": number, "code": code, "device_id": str(self.device_id), **more}
        return await self.client.post("/v1/accounts/sign-in", json=body)

    async def sign_in(self, number: str = NUMBER, **more) -> dict:
        response = await self.try_code(await self.code(number), number, **more)
        assert response.status_code == 200, response.text
        self.use(response.json())
        return response.json()

    def use(self, tokens: dict) -> None:
        self.tokens = tokens
        self.client.headers["authorization"] = f"Bearer {tokens['access_token']}"

    async def refresh(self, token: str | None = None) -> Response:
        body = {
            "refresh_token": token or self.tokens["refresh_token"],
            "device_id": str(self.device_id),
        }
        return await self.client.post("/v1/accounts/refresh", json=body)


@pytest.fixture
def phone(client: AsyncClient, runtime: Runtime) -> Phone:
    return Phone(client, runtime)


@pytest.fixture
def second_phone(client_for, runtime: Runtime) -> Phone:
    return Phone(client_for(), runtime)


@pytest.fixture
async def own_phone(own_runtime: Runtime, clock: TestClock) -> AsyncGenerator[Phone]:
    """A phone on a database with real commits, for races."""
    app = create_app(own_runtime)
    app.dependency_overrides[get_now] = clock
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield Phone(client, own_runtime)
