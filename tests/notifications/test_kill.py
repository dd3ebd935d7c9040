"""A worker process that is killed in the middle: no copy is lost, and only what it held may come twice."""

import asyncio
import sys
from datetime import timedelta

from sqlalchemy import func, select
from typer.testing import CliRunner

from app.cli import main
from app.core.clock import utc_now
from app.core.urgency import PushChannel
from app.models import Notification, PushDelivery, PushState
from app.services.notifications import tell
from app.services.notifications.sending import LEASE
from tests.factories.accounts import make_account
from tests.factories.notifications import make_delivery, make_device, make_notification
from tests.notifications.fakes import FakePush, push

AT_ONCE, PEOPLE = 5, 60
WORKER = f"""
import asyncio, sys
from app.core.db import Database, create_engine
from app.core.urgency import PushChannel
from app.jobs.pushing import Pusher
from app.ports import Accepted
from app.services.accounts.vault import Vault

class Slow:
    most_at_once, most_per_second = {AT_ONCE}, 1000.0
    async def send(self, parcels):
        for parcel in parcels:
            print(parcel.message.id, flush=True)
        await asyncio.sleep(0.05)
        return [Accepted()] * len(parcels)

async def main():
    key = "a-key-of-the-tests-that-is-long-enough"
    vault = Vault(secret_key=key, phone_keys=[key], phone_hash_key=key)
    db = Database(create_engine(sys.argv[1], pool_size=3))
    pusher = Pusher(db, {{PushChannel.JPUSH: Slow()}}, vault)
    pusher.start()
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_killed_worker_loses_nothing(own_runtime, own_url):
    async with own_runtime.db.writing() as session:
        people = [(await make_account(session)).id for _ in range(PEOPLE)]
        for person in people:
            await make_device(session, person)
        await tell(session, kind="report.reply", to=people, key="flood", now=utc_now())
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, own_url, stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    said = [await worker.stdout.readline() for _ in range(3 * AT_ONCE + 2)]
    worker.kill()
    said += (await worker.stdout.read()).splitlines()
    await worker.wait()

    vendor = FakePush(at_once=7)
    await push(own_runtime, {PushChannel.JPUSH: vendor}, utc_now() + LEASE + timedelta(seconds=1))

    first = {line.decode().strip() for line in said if line.strip()}
    after = [str(parcel.message.id) for parcel in vendor.sent]
    assert len(after) == len(set(after))
    assert len(first | set(after)) == PEOPLE
    # Those in its hands when it died: taken by the vendor, and not noted by anybody.
    assert len(first & set(after)) <= AT_ONCE
    async with own_runtime.db.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Notification)) == PEOPLE
        states = (await session.scalars(select(PushDelivery.state))).all()
        assert set(states) == {PushState.SENT}
        assert len(states) == PEOPLE


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
