"""HTTP clients that act as given callers, and a clock that tests can set."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from httpx2 import ASGITransport, AsyncClient

from app.api.deps import Now, RuntimeDep, current_actor, get_now
from app.core.actor import ANONYMOUS, Actor
from app.core.clock import utc_now


class TestClock:
    """The instant the app sees: the real one until ``at`` is set."""

    __test__ = False

    def __init__(self) -> None:
        self.at: datetime | None = None

    def __call__(self) -> datetime:
        return self.at or utc_now()


class ClientFor:
    """Makes clients of one app; each sends the name of its caller, which stands in for a token.

    A client for nobody sends no name, so a real token in its headers is checked as in production.
    """

    HEADER = "x-test-caller"

    def __init__(self, app: FastAPI, clock: TestClock) -> None:
        self.app = app
        self._actors: dict[str, Actor] = {}
        self._clients: list[AsyncClient] = []
        app.dependency_overrides[current_actor] = self._current_actor_override()
        app.dependency_overrides[get_now] = clock

    def __call__(self, actor: Actor = ANONYMOUS) -> AsyncClient:
        name = str(len(self._actors))
        self._actors[name] = actor
        headers = {} if actor.is_anonymous else {self.HEADER: name}
        client = AsyncClient(transport=ASGITransport(self.app), base_url="http://test", headers=headers)
        self._clients.append(client)
        return client

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    def _current_actor_override(self) -> Callable[..., Awaitable[Actor]]:
        async def override(
            request: Request,
            credentials: Annotated[
                HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))
            ],
            runtime: RuntimeDep,
            now: Now,
        ) -> Actor:
            name = request.headers.get(self.HEADER)
            return await current_actor(credentials, runtime, now) if name is None else self._actors[name]

        return override
