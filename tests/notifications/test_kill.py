"""Worker processes that are killed at random: no copy is lost, and only what one held may come twice."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import func, insert, select, text
from typer.testing import CliRunner

from app.cli import main
from app.core.clock import utc_now
from app.core.urgency import PushChannel
from app.jobs.delivery import deliver
from app.jobs.pushing import CALLS, Pusher
from app.models import Account, Notification, OutboxEvent, PushDelivery, PushDevice, PushState
from tests.factories.accounts import make_account
from tests.factories.notifications import make_delivery, make_device, make_notification
from tests.notifications.fakes import FakePush
from tests.notifications.storm import AT_ONCE, EVENT, tell_one
from tests.notifications.working import working
from tests.realtime.waiting import until

# `make test-delivery` asks for ten thousand and a death a second; the suite for as much as it has time for.
SIZE = int(os.environ.get("NUANFENG_STORM", "200"))
EVERY_S = 1.0 if "NUANFENG_STORM" in os.environ else 0.25
WORKERS, AREAS, KILLED_UNTIL = 3, 8, 0.7
PATIENCE_S = 60


class Crew:
    """The workers that live, and what each that ever lived has said of copies that its vendor took."""

    def __init__(self, mother: asyncio.subprocess.Process) -> None:
        self.mother = mother
        self.said: dict[int, list[tuple[UUID, str]]] = defaultdict(list)
        self.killed: set[int] = set()

    @property
    def taken(self) -> set[UUID]:
        return {each for said in self.said.values() for each, _ in said}

    async def listen(self) -> None:
        assert self.mother.stdout is not None
        async for line in self.mother.stdout:
            pid, name, key = line.decode().split()
            self.said[int(pid)].append((UUID(name), key))

    def hire(self) -> None:
        assert self.mother.stdin is not None
        self.mother.stdin.write(b"one more\n")

    async def kill_one(self) -> None:
        """Kill one that was seen at work, and hire another in its place."""
        await until(lambda: bool(self.said.keys() - self.killed), patience_s=PATIENCE_S)
        victim = random.choice(sorted(self.said.keys() - self.killed))
        os.kill(victim, signal.SIGKILL)
        self.killed.add(victim)
        self.hire()


@asynccontextmanager
async def crew_of(url: str) -> AsyncGenerator[Crew]:
    """Have workers at work on a database; when the block ends, all of them are killed."""
    mother = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.notifications.storm",
        url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        process_group=0,
    )
    crew = Crew(mother)
    hearing = asyncio.create_task(crew.listen())
    for _ in range(WORKERS):
        crew.hire()
    try:
        yield crew
    finally:
        os.killpg(mother.pid, signal.SIGKILL)
        await mother.wait()
        await hearing


async def arrange(session) -> None:
    """Make people with a phone each, and an event for each of them in one of a few areas."""
    now = utc_now()
    first = await make_account(session)
    people = [first.id, *(UUID(int=first.id.int + number) for number in range(1, SIZE))]
    copied = {column.name: getattr(first, column.name) for column in Account.__table__.columns}
    await session.execute(insert(Account), [copied | {"id": each} for each in people[1:]])
    phones = [
        {
            "account_id": each,
            "session_id": each,
            "channel": PushChannel.JPUSH,
            "token": str(each),
            "token_hash": each.bytes,
            "registered_at": now,
            "seen_at": now,
        }
        for each in people
    ]
    await session.execute(insert(PushDevice), phones)
    events = [
        {
            "name": EVENT,
            "area_code": f"62090{n % AREAS}",
            "payload": {"person": str(each)},
            "recorded_at": now,
        }
        for n, each in enumerate(people)
    ]
    await session.execute(insert(OutboxEvent), events)


async def test_workers_killed_at_random_lose_nothing_and_double_no_inbox_row(own_runtime, own_url):
    async with own_runtime.db.writing() as session:
        await arrange(session)

    async with crew_of(own_url) as crew:
        while len(crew.taken) < SIZE * KILLED_UNTIL:
            before = len(crew.taken)
            await until(lambda before=before: len(crew.taken) > before, patience_s=PATIENCE_S)
            await asyncio.sleep(random.uniform(0, 2 * EVERY_S))
            await crew.kill_one()

    # Everybody is dead. Somebody new gets the jobs that are left, those of the dead once nobody misses them.
    while await deliver(own_runtime.db, {EVENT: (tell_one,)}, now=utc_now()):
        pass
    vendor = FakePush(at_once=AT_ONCE)
    pusher = Pusher(own_runtime.db, {PushChannel.JPUSH: vendor}, own_runtime.vault)
    async with working(own_url, pusher.errands()):
        await until_nothing_is_left(own_runtime)

    after = [(parcel.message.id, parcel.message.collapse_key) for parcel in vendor.sent]
    went = Counter(pair for said in [*crew.said.values(), after] for pair in said)
    # A second copy carries the same id and the same key: the phone drops it.
    assert len(went) == len({each for each, _ in went}) == SIZE
    in_hand = {pair for said in crew.said.values() for pair in said[-CALLS * AT_ONCE :]}
    assert {pair for pair, times in went.items() if times > 1} <= in_hand
    async with own_runtime.db.reading() as session:
        distinct = func.count(func.distinct(Notification.account_id))
        counted = await session.execute(select(func.count(), distinct).select_from(Notification))
        assert tuple(counted.one()) == (SIZE, SIZE)
        copies = await session.execute(select(PushDelivery.state, func.count()).group_by(PushDelivery.state))
        assert [tuple(row) for row in copies] == [(PushState.SENT, SIZE)]


async def until_nothing_is_left(runtime) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with runtime.db.reading() as session:
                if not await session.scalar(text("SELECT count(*) FROM pgqueuer")):
                    return
            await asyncio.sleep(0.1)


async def test_held_copies_are_shown_and_sent_on_their_way_again(own_runtime, own_url, monkeypatch):
    async with own_runtime.db.writing() as session:
        person = await make_account(session)
        notification = await make_notification(session, person.id)
        device = await make_device(session, person.id)
        copy = await make_delivery(session, notification, device, state=PushState.HELD, error="429", tries=6)
    monkeypatch.setenv("DATABASE_URL", own_url)
    runner = CliRunner()

    shown = await asyncio.to_thread(runner.invoke, main, ["pushes"], catch_exceptions=False)
    again = await asyncio.to_thread(runner.invoke, main, ["pushes", "--retry"], catch_exceptions=False)

    assert (str(copy.id) in shown.output, "429" in shown.output, again.output.strip()) == (True, True, "1")
    async with own_runtime.db.reading() as session:
        assert await session.scalar(select(PushDelivery.state)) == PushState.WAITING
