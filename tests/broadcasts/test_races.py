"""Two at once, and a sender that is killed: one approval, one text, and nobody hears it twice."""

import asyncio
import sys
from collections.abc import Awaitable

from sqlalchemy import func, select, update

from app.core.clock import utc_now
from app.core.errors import AppError
from app.models import Broadcast, BroadcastMove, BroadcastState, BroadcastStep, Notification
from app.services import broadcasts
from app.services.broadcasts import Audience, Draft
from tests.factories.broadcasts import COUNTY, make_broadcast, make_officer, make_people

PEOPLE = 60
SENDER = """
import asyncio, sys
from app.core.clock import utc_now
from app.core.db import Database, create_engine
from app.services.broadcasts import sending

sending.BATCH = 5

async def main():
    db = Database(create_engine(sys.argv[1], pool_size=2))
    while await sending.send_next(db, utc_now):
        print("batch", flush=True)

asyncio.run(main())
"""


async def at_once(*works: Awaitable[object]) -> list[str]:
    """Return what became of works that run at once: "done" or the code of a refusal."""
    results = await asyncio.gather(*works, return_exceptions=True)
    assert all(not isinstance(each, BaseException) or isinstance(each, AppError) for each in results), results
    return sorted(each.code if isinstance(each, AppError) else "done" for each in results)


async def test_of_two_who_decide_at_once_one_does(own_runtime):
    db = own_runtime.db
    async with db.writing() as session:
        chiefs = [await make_officer(session, COUNTY[:4]) for _ in range(3)]
        waiting = [(await make_broadcast(session)).id for _ in range(6)]
    first, second, third = chiefs
    draft = Draft(Audience("area", COUNTY), "新", "新", "new", "new")

    async def approve(one, by) -> None:
        async with db.writing() as session:
            await broadcasts.approve(session, one, version=1, by=by, now=utc_now())

    async def edit(one) -> None:
        async with db.writing() as session:
            await broadcasts.edit(session, one, draft, version=1, by=third, now=utc_now())

    for one in waiting[:3]:
        assert await at_once(approve(one, first), approve(one, second)) == ["done", "edit_conflict"]
    for one in waiting[3:]:
        assert await at_once(approve(one, first), edit(one)) == ["done", "edit_conflict"]
    async with db.reading() as session:
        rows = {row.id: row for row in await session.scalars(select(Broadcast))}
        steps = (await session.scalars(select(BroadcastStep.broadcast_id))).all()
    assert sorted(steps) == sorted(waiting)
    for row in rows.values():
        assert (row.state is BroadcastState.SCHEDULED) is (row.approved_at is not None)
        assert (row.title_zh == "新") is (row.approved_at is None)


async def test_cancelled_while_two_send_it_ends_whole(own_runtime, monkeypatch):
    monkeypatch.setattr(broadcasts.sending, "BATCH", 5)
    db = own_runtime.db
    async with db.writing() as session:
        officer = await make_officer(session)
        await make_people(session, PEOPLE)
        one = (await make_broadcast(session, state=BroadcastState.SCHEDULED, send_at=utc_now())).id

    async def send() -> None:
        for _ in range(200):
            await broadcasts.send_next(db, utc_now)
            async with db.reading() as session:
                if (await session.get_one(Broadcast, one)).done_at is not None:
                    return

    async def cancel() -> None:
        told = 0
        while told < PEOPLE // 4:
            async with db.reading() as session:
                told = await session.scalar(select(func.count()).select_from(Notification)) or 0
        async with db.writing() as session:
            await broadcasts.cancel(session, one, reason="写错了", by=officer, now=utc_now())

    assert await at_once(send(), send(), cancel()) == ["done"] * 3
    async with db.reading() as session:
        row = await session.get_one(Broadcast, one)
        told = await session.scalar(select(func.count()).select_from(Notification))
        moves = (await session.scalars(select(BroadcastStep.move).order_by(BroadcastStep.id))).all()
    assert (row.state, row.told) == (BroadcastState.CANCELLED, told)
    assert (moves[0], moves[-1], len(set(moves))) == (BroadcastMove.BEGIN, BroadcastMove.CANCEL, len(moves))


async def test_a_killed_sender_is_resumed_and_nobody_hears_it_twice(own_runtime, own_url):
    db = own_runtime.db
    async with db.writing() as session:
        await make_people(session, PEOPLE)
        one = (await make_broadcast(session, state=BroadcastState.SCHEDULED, send_at=utc_now())).id
    sender = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SENDER, own_url, stdout=asyncio.subprocess.PIPE
    )
    assert sender.stdout is not None
    for _ in range(5):
        await sender.stdout.readline()
    sender.kill()
    await sender.wait()
    async with db.writing() as session:
        # As if the batch that was noted last had been told before its note was lost.
        await session.execute(update(Broadcast).values(last_id=None))

    while await broadcasts.send_next(db, utc_now):
        pass

    async with db.reading() as session:
        row = await session.get_one(Broadcast, one)
        people = (await session.scalars(select(Notification.account_id))).all()
    assert (row.state, row.told, len(people), len(set(people))) == (
        BroadcastState.SENT,
        PEOPLE,
        PEOPLE,
        PEOPLE,
    )
