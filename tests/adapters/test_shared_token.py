"""The token that all processes share: the vendor is asked outside any transaction."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from app.adapters.push.shared_token import Fetch, SharedToken
from app.runtime import Runtime

HOUR = timedelta(hours=1)
_HELD = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'"
)


def shared(runtime: Runtime, fetch: Fetch) -> SharedToken:
    return SharedToken(runtime.db, vendor="v", secret_key="k" * 32, fetch=fetch)


def giving(*tokens: str, lives: timedelta = 2 * HOUR, after: asyncio.Event | None = None) -> Fetch:
    """Return a vendor that gives one token after the other, slow ones after a word."""
    left = list(tokens)

    async def fetch() -> tuple[str, timedelta]:
        if after is not None:
            await after.wait()
        return left.pop(0), lives

    return fetch


async def test_nothing_in_the_database_waits_for_the_vendor(own_runtime: Runtime):
    held: list[int] = []

    async def fetch() -> tuple[str, timedelta]:
        async with own_runtime.db.reading() as session:
            held.append(await session.scalar(_HELD) or 0)
        return "token", 2 * HOUR

    assert await shared(own_runtime, fetch).lend() == "token"
    assert held == [0]


async def test_a_vendor_that_is_slow_for_one_process_holds_up_no_other(own_runtime: Runtime):
    answered = asyncio.Event()
    slow = asyncio.create_task(shared(own_runtime, giving("late", after=answered)).lend())
    await asyncio.sleep(0.1)

    async with asyncio.timeout(3):
        assert await shared(own_runtime, giving("first")).lend() == "first"

    answered.set()
    assert await slow == "first"  # what is there and good stays: all send with one
    assert await shared(own_runtime, giving()).lend() == "first"


async def test_a_token_that_died_or_was_refused_meanwhile_is_replaced(own_runtime: Runtime):
    dead = shared(own_runtime, giving("dead", lives=timedelta(0)))
    assert await dead.lend() == "dead"
    mine = shared(own_runtime, giving("second", "third"))
    assert await mine.lend() == "second"
    assert await mine.lend(instead_of="second") == "third"
    assert await shared(own_runtime, giving()).lend(instead_of="second") == "third"
