"""No line of a book is changed unseen, whoever writes at once, and whoever is erased."""

import asyncio

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from app.cli import main
from app.core.actor import Actor
from app.core.clock import utc_now
from app.models import LedgerBook, LedgerEntry, LedgerSubject
from app.services import ledger
from app.services.accounts import absorbing, personal
from app.services.ledger import chain, people, queries
from tests.factories.accounts import make_account
from tests.factories.ledger import hours, make_book, make_hours, make_subject


async def broken(db):
    async with db.reading() as session:
        return [
            (each.broken.seq, each.broken.what)
            async for each in ledger.verify(session)
            if each.broken is not None
        ]


async def written(db, lines=5):
    """Write a book of some lines."""
    async with db.writing() as session:
        book = await make_book(session)
        subject = await make_subject(session, (await make_account(session)).id)
        for _ in range(lines):
            await make_hours(session, book, subject, 30)
    return book, subject


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entries SET minutes = 1",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries CASCADE",
        "DELETE FROM ledger_heads",
    ],
)
async def test_the_database_refuses_to_change_a_line(session, runtime, change):
    await written(runtime.db)
    await ledger.publish_heads(session, now=utc_now())

    with pytest.raises(DBAPIError, match="only ever added to"):
        async with session.begin_nested():
            await session.execute(text(change))


async def test_a_row_that_is_edited_in_the_database_is_caught_and_named(own_runtime, own_url, monkeypatch):
    db = own_runtime.db
    book, _ = await written(db)
    async with db.writing() as session:
        await ledger.publish_heads(session, now=utc_now())
        assert await ledger.publish_heads(session, now=utc_now()) == 0
    monkeypatch.setenv("DATABASE_URL", own_url)
    proved = await asyncio.to_thread(CliRunner().invoke, main, ["verify-ledger"])
    assert (proved.exit_code, proved.stdout) == (0, "✓ 先锋骑手服务队: 5 条 entries\n")

    async with db.writing() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        edited = (await session.scalars(select(LedgerEntry).where(LedgerEntry.seq == 3))).one()
        edited.minutes = edited.counted = 300
    assert await broken(db) == [(3, "is not what was written")]
    proved = await asyncio.to_thread(CliRunner().invoke, main, ["verify-ledger"])
    assert proved.exit_code == 1
    assert proved.stdout == f"✗ 先锋骑手服务队: #3 {edited.id} is not what was written\n"

    # Whoever makes the whole chain anew is found by the head that was published before.
    async with db.writing() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        before = chain.GENESIS
        for entry in await session.scalars(select(LedgerEntry).order_by(LedgerEntry.seq)):
            entry.prev_hash, entry.hash = before, chain.digest(entry, before)
            before = entry.hash
        await session.execute(update(LedgerBook).where(LedgerBook.id == book.id).values(head_hash=before))
    [(seq, what)] = await broken(db)
    assert (seq, what.startswith("is not what was published on")) == (5, True)

    async with db.writing() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text("DELETE FROM ledger_entries WHERE seq >= 4"))
    assert await broken(db) == [(4, "the book's end is not where it was written")]
    async with db.writing() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text("DELETE FROM ledger_entries WHERE seq = 2"))
    assert await broken(db) == [(3, "entry 2 is missing")]


async def test_many_who_write_at_once_make_one_chain_and_one_day(own_runtime):
    db = own_runtime.db
    async with db.writing() as session:
        books = [await make_book(session, name=name) for name in ("甲队", "乙队")]
        crowd = [await make_subject(session, (await make_account(session)).id) for _ in range(8)]
        busy = await make_subject(session, (await make_account(session)).id)
    again = hours(busy.id, 100)

    async def write(book, given):
        async with db.writing() as session:
            return await ledger.record(session, book.id, given, by=None, now=utc_now())

    same = await asyncio.gather(
        *(write(books[0], again) for _ in range(4)),
        *(write(books[number % 2], hours(busy.id, 100)) for number in range(7)),
        *(write(books[0], hours(each.id, 100)) for each in crowd),
    )

    assert len({entry.id for entries in same[:4] for entry in entries}) == 1
    assert await broken(db) == []
    async with db.reading() as session:
        totals = await queries.totals(session, [busy.id])
        seqs = (
            await session.scalars(select(LedgerEntry.seq).where(LedgerEntry.book_id == books[0].id))
        ).all()
    # Eight times 100 minutes on one day, in two books: eight hours count, the rest waits.
    assert (totals.minutes, totals.pending_minutes) == (480, 320)
    assert sorted(seqs) == list(range(1, len(seqs) + 1))


async def test_the_chain_outlives_the_erasure_of_its_person(runtime, session):
    account = await make_account(session)
    book = await make_book(session)
    subject = await make_subject(session, account.id)
    await make_hours(session, book, subject)
    await session.commit()

    await personal.erase(session, by=Actor(account.id), now=utc_now())
    await session.commit()

    assert await broken(runtime.db) == []
    left = await session.get_one(LedgerSubject, subject.id, populate_existing=True)
    assert (left.account_id, left.name) == (None, None)
    with pytest.raises(ledger.VolunteerUnknown):
        await ledger.record(session, book.id, hours(subject.id), by=None, now=utc_now())


async def test_two_accounts_of_one_person_keep_both_their_hours(session):
    book, pair = await make_book(session), [await make_account(session) for _ in range(2)]
    for each in pair:
        await make_hours(session, book, await make_subject(session, each.id), 300)
    survivor, absorbed = pair
    await ledger.keep_one_current(session, absorbed.id, survivor.id, now=utc_now())
    await absorbing.absorb(session, absorbing.Pair(survivor, absorbed), now=utc_now())
    by = Actor(survivor.id)

    ids = await people.ids_of(session, by=by)
    assert (await queries.totals(session, ids)).minutes == 600
    # The day is one person's now: eight hours of it are over.
    [more] = await make_hours(session, book, await people.own(session, by=by), 10)
    assert more.needs.value == "parent"
