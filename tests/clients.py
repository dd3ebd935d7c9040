"""HTTP clients that act as given callers, and a clock that tests can set."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from httpx2 import ASGITransport, AsyncClient

from app.api.deps import Now, RuntimeDep, current_actor, get_now
from app.core.actor import ANONYMOUS, Actor
from app.core.clock import utc_now

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


class TestClock:
    """The instant the app sees: the real one until ``at`` is set."""

    __test__ = False

    def __init__(self) -> None:
        self.at: datetime | None = None

    def __call__(self) -> datetime:
        return self.at or utc_now()


class ClientFor:
    """Makes clients of one app; each sends the name of its caller in a token's place.

    A client for nobody sends none, so a real token in its headers is checked as in production.
    """

    _NAME = "test-caller-{}"

    def __init__(self, app: FastAPI, clock: TestClock) -> None:
        self.app = app
        self._actors: dict[str, Actor] = {}
        self._clients: list[AsyncClient] = []
        app.dependency_overrides[current_actor] = self._current_actor_override()
        app.dependency_overrides[get_now] = clock

    def __call__(self, actor: Actor = ANONYMOUS) -> AsyncClient:
        name = self._NAME.format(len(self._actors))
        self._actors[name] = actor
        headers = {} if actor.is_anonymous else {"authorization": f"Bearer {name}"}
        client = AsyncClient(transport=ASGITransport(self.app), base_url="http://test", headers=headers)
        self._clients.append(client)
        return client

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    def _current_actor_override(self) -> Callable[..., Awaitable[Actor]]:
        """Return what stands for ``current_actor``, with its very parameters: fronts call it too."""

        async def override(credentials: Credentials, runtime: RuntimeDep, now: Now) -> Actor:
            actor = None if credentials is None else self._actors.get(credentials.credentials)
            return await current_actor(credentials, runtime, now) if actor is None else actor

        return override
