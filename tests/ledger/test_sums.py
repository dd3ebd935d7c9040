"""Whatever is done to a book, the sum of its entries is what pages, certificates and figures say."""

from datetime import date, timedelta
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core.actor import Actor, Role
from app.core.clock import utc_now
from app.core.errors import AppError
from app.models import EntryKind, LedgerEntry, Provenance
from app.services import certificates, ledger, statistics
from app.services.activities.figures import month_of
from app.services.ledger import proving, queries
from tests.factories.accounts import make_account
from tests.factories.ledger import SERVED_ON, hours, make_book, make_subject
from tests.factories.stations import COMMUNITY
from tests.reports.desks import staff_of

_MINUTES = st.integers(min_value=1, max_value=900)
_PICK = st.integers(min_value=0, max_value=30)
_STEP = st.one_of(
    st.tuples(st.just("record"), st.sampled_from(Provenance), _MINUTES, st.integers(0, 2)),
    st.tuples(st.sampled_from(("approve", "refuse", "void")), _PICK),
    st.tuples(st.just("correct"), _PICK, _MINUTES),
    st.tuples(st.just("certify")),
)


class Book:
    """A book, its people, and a model of what it should hold: recording parts with what became of them."""

    def __init__(self, session) -> None:
        self.session = session

    async def set_up(self) -> "Book":
        self.book = await make_book(self.session)
        self.account = await make_account(self.session)
        self.subject = await make_subject(self.session, self.account.id)
        self.clerk = await staff_of(self.session, COMMUNITY[:2])
        self.boss = await staff_of(self.session, COMMUNITY[:2], Role.DISTRICT_OFFICER)
        return self

    async def records(self):
        query = select(LedgerEntry).where(
            LedgerEntry.book_id == self.book.id, LedgerEntry.kind == EntryKind.RECORD
        )
        return (await self.session.scalars(query.order_by(LedgerEntry.seq))).all()

    async def do(self, step) -> None:
        try:
            async with self.session.begin_nested():
                await self._do(*step)
        except AppError:
            return  # a refusal leaves everything as it was

    async def _do(self, what, *args) -> None:
        session, now = self.session, utc_now()
        if what == "record":
            how, minutes, days = args
            new = hours(
                self.subject.id,
                minutes,
                provenance=how,
                served_on=SERVED_ON - timedelta(days=days),
                reason="x",
            )
            await ledger.record(session, self.book.id, new, by=self.clerk, now=now)
            return
        if what == "certify":
            wanted = certificates.Wanted(self.book.id, None, None)
            await certificates.issue(session, uuid4(), wanted, by=Actor(self.account.id), now=now)
            return
        there = await self.records()
        if not there:
            return
        entry_id = there[args[0] % len(there)].id
        if what == "correct":
            await ledger.correct(
                session, entry_id, uuid4(), minutes=args[1], reason="核对", by=self.clerk, now=now
            )
        elif what == "void":
            await ledger.void(session, entry_id, reason="重复", by=self.clerk, now=now)
        else:
            await ledger.decide(
                session, entry_id, approve=what == "approve", reason="核对", by=self.boss, now=now
            )

    async def month(self):
        area_code, span = COMMUNITY[:9], month_of(f"{SERVED_ON:%Y-%m}")
        return await statistics.volunteer_month(
            self.session,
            area_code,
            span,
            rows_by=statistics.VolunteersBy.AREA,
            by=self.clerk,
            now=utc_now(),
        )

    async def check(self) -> None:
        session, ids = self.session, [self.subject.id]
        counted = select(func.coalesce(func.sum(LedgerEntry.counted), 0)).where(
            LedgerEntry.book_id == self.book.id
        )
        total = await session.scalar(counted)
        told = await queries.totals(session, ids)
        assert told.minutes + told.imported_minutes == total == sum(told.by_provenance.values())
        # The page of entries, line by line.
        page = await queries.own_entries(session, ids, cursor=None, limit=500)
        shown = dict.fromkeys(("counted", "pending", "refused", "voided"), 0)
        for each in page.items:
            shown[each.state] += each.entry.minutes
        assert (shown["counted"], shown["pending"]) == (total, told.pending_minutes)
        figures = await queries.figures(session, self.book.id, since=date(2026, 1, 1), until=SERVED_ON)
        assert figures.minutes + figures.imported_minutes == total == sum(figures.by_provenance.values())
        assert (figures.minutes, figures.people) == (told.minutes, int(told.minutes > 0))
        month = await self.month()
        assert (month.total.minutes, month.total.imported_minutes) == (told.minutes, told.imported_minutes)
        assert (month.total.people, month.total.manual_minutes) == (figures.people, figures.manual_minutes)
        assert sum(row.minutes for row in month.rows) == told.minutes
        served = await certificates.queries.served(session, self.book.id, ids, since=None, until=None)
        assert sum(each.minutes for each in served) == told.minutes
        # A certificate that holds says what its entries say; nothing that was taken away is among them.
        certificates_ = await certificates.queries.own_page(
            session, by=Actor(self.account.id), cursor=None, limit=100
        )
        counting = {each.entry_id: each.minutes for each in served}
        for standing in certificates_.items:
            drawn = await certificates.queries.drawn_from(session, standing.certificate.id)
            assert sum(each.minutes for each in drawn) == standing.certificate.minutes
            holds = all(each.entry_id in counting for each in drawn)
            assert (standing.status is certificates.Status.VALID) is holds
        assert (await proving.verify_book(session, await session.merge(self.book))).broken is None


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_STEP, min_size=3, max_size=14))
async def test_the_sum_of_entries_is_what_everything_says(session, steps):
    async with session.begin_nested() as example:
        book = await Book(session).set_up()
        for step in steps:
            await book.do(step)
        await book.check()
        await example.rollback()
