"""A rider with a phone, and a darkroom that works when told."""

from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient

from app.core.actor import Actor
from app.core.clock import utc_now
from app.services import photos
from tests.factories.accounts import make_account


@pytest.fixture
async def rider(session) -> Actor:
    account = await make_account(session)
    await session.commit()
    return Actor(account.id)


@pytest.fixture
async def phone(client_for, rider) -> AsyncClient:
    return client_for(rider)


@pytest.fixture
def develop_all(runtime) -> Callable[[], Awaitable[None]]:
    """Make the copies of everything that waits."""

    async def run() -> None:
        while await photos.develop_next(runtime.photos, slots=2, clock=utc_now):
            pass

    return run
