"""The stand-in of the vendors, and every way that leads to it."""

from collections.abc import AsyncGenerator, Callable, Iterator

import pytest

from app.adapters.push.memory import MemoryPush
from app.ports import PushSender
from app.runtime import Runtime
from tests.adapters.vendors import Vendors, vendors
from tests.adapters.ways import Way, WayOf, browser, fcm, getui, jpush, web_push, wechat


@pytest.fixture(scope="module")
def fake_server() -> Iterator[Vendors]:
    with vendors() as them:
        yield them


@pytest.fixture
def fake(fake_server: Vendors) -> Vendors:
    fake_server.seen.clear()
    fake_server._next.clear()
    return fake_server


@pytest.fixture(scope="module")
async def firebase(fake_server: Vendors) -> AsyncGenerator[PushSender]:
    """One app for most tests: the kit takes a second to make one."""
    sender = fcm(fake_server)
    yield sender
    await sender.close()


@pytest.fixture
async def way_of(fake: Vendors, runtime: Runtime, firebase: PushSender) -> AsyncGenerator[WayOf]:
    opened: list[PushSender] = []

    def make(name: str) -> Way:
        target = browser(fake) if name == "web_push" else "target-1"
        if name == "fcm":
            return Way(name, firebase, target)
        makers: dict[str, Callable[[], PushSender]] = {
            "jpush": lambda: jpush(fake),
            "getui": lambda: getui(fake),
            "wechat": lambda: wechat(fake, runtime),
            "web_push": lambda: web_push(fake),
            "memory": MemoryPush,
        }
        opened.append(makers[name]())
        return Way(name, opened[-1], target)

    yield make
    for sender in opened:
        await sender.close()
