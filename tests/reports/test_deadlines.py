"""Promises: made at once, kept as they were, moved only by what may move them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.models import (
    DayKind,
    DeadlineRule,
    DeadlineStep,
    LimitUnit,
    Move,
    OutboxEvent,
    ReportDeadline,
    ReportState,
    Urgency,
)
from app.services.areas import CalendarPublished, Notice, NoticeDay, publish, publish_shipped
from app.services.reports import deadlines, moves, reminders
from app.services.reports.events import PromisesCounted
from app.services.reports.limits import Limit, Terms
from app.services.reports.scope import SYSTEM
from tests.factories.areas import FESTIVALS_2027
from tests.factories.reports import make_category, make_report
from tests.factories.stations import COMMUNITY, make_area

# Friday 2026-11-20, 10:00 in China.
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


async def sent(session, **given):
    await publish_shipped(session, now=NOW)
    report = await make_report(session, **{"submitted_at": NOW, **given})
    await deadlines.follow(session, report, Move.SUBMIT, now=NOW)
    await session.flush()
    return report


async def go(session, report, move, to, *, now=NOW):
    await moves.enter(session, report, move, to, acting=SYSTEM, now=now)
    await session.flush()


async def owed(session, report):
    return {row.step: row for row in deadlines.open_of(await deadlines.of(session, report))}


async def test_a_report_is_promised_at_once(session):
    report = await sent(session)

    assert report.acceptance_due_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)  # 4 working hours: 16:30
    assert report.due_at == report.original_due_at == datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
    assert report.next_due_at == report.acceptance_due_at
    assert not report.is_due_provisional


async def test_an_emergency_is_owed_by_the_clock_and_to_be_made_safe(session):
    report = await sent(session, urgency=Urgency.EMERGENCY)

    assert report.acceptance_due_at == NOW + timedelta(minutes=15)
    assert (await owed(session, report))[DeadlineStep.MADE_SAFE].due_at == NOW + timedelta(hours=2)
    await go(session, report, Move.ACCEPT, ReportState.ACCEPTED)
    await go(session, report, Move.DISPATCH, ReportState.DISPATCHED)
    await go(session, report, Move.MAKE_SAFE, ReportState.DISPATCHED)
    assert DeadlineStep.MADE_SAFE not in await owed(session, report)


async def test_each_move_ends_a_step_and_starts_the_next(session):
    report = await sent(session)
    later = NOW + timedelta(hours=1)

    await go(session, report, Move.ACCEPT, ReportState.ACCEPTED, now=later)
    assert set(await owed(session, report)) == {DeadlineStep.WHOLE, DeadlineStep.DISPATCH}
    assert report.next_due_at == datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon

    await go(session, report, Move.DISPATCH, ReportState.DISPATCHED, now=later)
    handling = (await owed(session, report))[DeadlineStep.HANDLING]
    assert report.next_due_at == handling.due_at == datetime(2026, 11, 25, 10, 0, tzinfo=UTC)

    await go(session, report, Move.TAKE_ON, ReportState.IN_PROGRESS, now=later)
    await go(session, report, Move.RESOLVE, ReportState.RESOLVED, now=later + timedelta(days=1))
    assert set(await owed(session, report)) == {DeadlineStep.FEEDBACK}
    assert handling.met_at == later + timedelta(days=1)


async def test_a_returned_case_is_dispatched_in_a_new_round(session):
    report = await sent(session)
    await go(session, report, Move.ACCEPT, ReportState.ACCEPTED)
    await go(session, report, Move.DISPATCH, ReportState.DISPATCHED)
    await go(session, report, Move.RETURN, ReportState.RETURNED, now=NOW + timedelta(days=3))

    rows = await deadlines.of(session, report)
    handling = next(row for row in rows if row.step is DeadlineStep.HANDLING)
    assert (handling.met_at, handling.dropped_at) == (None, NOW + timedelta(days=3))
    assert [row.round for row in rows if row.step is DeadlineStep.DISPATCH] == [1, 2]


async def test_a_failed_check_gives_no_new_time(session):
    report = await sent(session)
    await go(session, report, Move.ACCEPT, ReportState.ACCEPTED)
    await go(session, report, Move.DISPATCH, ReportState.DISPATCHED)
    promised = (await owed(session, report))[DeadlineStep.HANDLING].due_at
    await go(session, report, Move.RESOLVE, ReportState.RESOLVED, now=NOW + timedelta(days=1))
    await go(session, report, Move.FAIL_CHECK, ReportState.IN_PROGRESS, now=NOW + timedelta(days=2))

    again = (await owed(session, report))[DeadlineStep.HANDLING]
    assert (again.round, again.due_at) == (2, promised)


async def test_what_is_undone_is_owed_as_before(session):
    report = await sent(session)
    before = report.next_due_at
    await go(session, report, Move.ACCEPT, ReportState.ACCEPTED)
    await go(session, report, Move.UNDO, ReportState.SUBMITTED, now=NOW + timedelta(minutes=5))

    assert report.next_due_at == before
    assert set(await owed(session, report)) == {DeadlineStep.WHOLE, DeadlineStep.ACCEPTANCE}


async def test_a_rejected_case_owes_nothing(session):
    report = await sent(session)
    await go(session, report, Move.REJECT, ReportState.REJECTED)

    assert report.next_due_at is None
    assert await owed(session, report) == {}


async def test_a_suspended_case_shifts_its_due_time_and_not_the_first_promise(session):
    report = await sent(session)
    first = report.original_due_at
    await go(session, report, Move.ACCEPT, ReportState.ACCEPTED)
    await go(session, report, Move.DISPATCH, ReportState.DISPATCHED)
    report.review_at = NOW + timedelta(days=20)
    await go(session, report, Move.SUSPEND, ReportState.SUSPENDED, now=NOW + timedelta(days=1))
    assert report.next_due_at == report.review_at

    await go(session, report, Move.RESUME, ReportState.IN_PROGRESS, now=NOW + timedelta(days=8))

    assert report.original_due_at == first
    assert report.due_at == first + timedelta(days=7)


async def test_after_a_pause_office_time_is_due_in_office_time(session):
    report = await sent(session)
    await go(session, report, Move.DISPATCH, ReportState.DISPATCHED)
    await go(session, report, Move.SUSPEND, ReportState.SUSPENDED, now=NOW)
    await go(session, report, Move.RESUME, ReportState.IN_PROGRESS, now=NOW + timedelta(hours=20))

    # Friday 18:00 and 20 hours: Saturday 14:00, so Monday 08:30.
    assert report.due_at == datetime(2026, 11, 30, 0, 30, tzinfo=UTC)


async def test_another_category_counts_anew_and_keeps_the_first_promise(session):
    report = await sent(session)
    first = report.due_at
    report.urgency = Urgency.EMERGENCY

    await deadlines.revise(session, report, now=NOW + timedelta(hours=1))

    assert report.due_at == NOW + timedelta(hours=24)
    assert report.original_due_at == first
    assert set(await owed(session, report)) == {
        DeadlineStep.WHOLE,
        DeadlineStep.ACCEPTANCE,
        DeadlineStep.MADE_SAFE,
    }
    report.urgency = Urgency.NORMAL
    await deadlines.revise(session, report, now=NOW + timedelta(hours=1))
    assert DeadlineStep.MADE_SAFE not in await owed(session, report)
    assert report.due_at == first


async def test_a_year_without_a_calendar_is_promised_provisionally_and_counted_again(session):
    sent_at = datetime(2026, 12, 31, 2, 0, tzinfo=UTC)
    report = await sent(session, submitted_at=sent_at)
    assert report.is_due_provisional
    assert report.due_at == datetime(2027, 1, 7, 10, 0, tzinfo=UTC)
    monday = datetime(2027, 1, 4, tzinfo=UTC).date()
    notice = Notice(2027, "示例", (*FESTIVALS_2027[1:], NoticeDay(monday, DayKind.HOLIDAY, "元旦")))
    await publish(session, notice, now=NOW)

    assert await deadlines.recount(session, after=None, now=NOW) is None

    assert (report.is_due_provisional, report.due_at) == (False, datetime(2027, 1, 8, 10, 0, tzinfo=UTC))
    assert report.original_due_at == report.due_at


async def test_a_published_calendar_counts_again_a_few_cases_at_a_time(session, monkeypatch):
    """Nobody waits for all of a province's cases; those of a year that is still unknown stop nothing."""
    monkeypatch.setattr(deadlines, "_PIECE", 2)
    unknown = await sent(session, submitted_at=datetime(2027, 12, 31, 2, 0, tzinfo=UTC))
    turning = datetime(2026, 12, 31, 2, 0, tzinfo=UTC)
    cases = [unknown, *[await sent(session, submitted_at=turning) for _ in range(4)]]
    await publish(session, Notice(2027, "示例", FESTIVALS_2027), now=NOW)
    await session.commit()

    counted = []
    while event := await waiting(session, PromisesCounted if counted else CalendarPublished):
        before = [report.is_due_provisional for report in cases]
        await reminders.count_again(session, event, now=NOW)
        event.delivered_at = NOW
        await session.commit()
        counted.append(sum(before) - sum(report.is_due_provisional for report in cases))

    assert unknown.is_due_provisional
    assert (sum(counted), max(counted), len(counted)) == (4, 2, 3)


async def waiting(session, kind):
    """Return the oldest event of a kind that nobody has reacted to."""
    query = select(OutboxEvent).where(OutboxEvent.name == kind.name, OutboxEvent.delivered_at.is_(None))
    return await session.scalar(query.order_by(OutboxEvent.id))


async def test_a_changed_promise_is_told(session):
    report = await sent(session)
    await session.commit()

    events = await session.scalars(select(OutboxEvent).where(OutboxEvent.name == "report.promised"))
    assert [event.payload for event in events] == [
        {"report_id": str(report.id), "due_at": report.due_at.isoformat()}
    ]


async def test_the_limit_of_the_narrowest_area_holds_and_is_kept(session):
    await make_category(session)
    for area, amount in ((COMMUNITY[:6], 4), (COMMUNITY[:4], 2)):
        await make_area(session, area)
        rule = DeadlineRule(
            area_code=area, step=DeadlineStep.WHOLE, amount=amount, unit=LimitUnit.WORKING_DAYS,
            version=3, changed_at=NOW,
        )  # fmt: skip
        session.add(rule)
    await session.flush()

    report = await sent(session)

    assert report.due_at == datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    row = await session.scalar(select(ReportDeadline).where(ReportDeadline.step == DeadlineStep.WHOLE))
    assert (row.rule["area_code"], row.rule["amount"], row.rule["version"]) == (COMMUNITY[:6], 4, 3)


@pytest.mark.parametrize(
    ("category_id", "urgency", "expected"),
    [
        ("garbage", Urgency.URGENT, 4),
        ("garbage", Urgency.NORMAL, 3),
        ("hole", Urgency.URGENT, 2),
        ("hole", Urgency.NORMAL, 1),
    ],
)
def test_a_limit_closer_to_the_category_goes_first(category_id, urgency, expected):
    def limit(amount, **given):
        return Limit(DeadlineStep.WHOLE, amount, LimitUnit.CLOCK_HOURS, area_code="6209", **given)

    terms = Terms(
        calendar=None,
        limits=[
            limit(1),
            limit(2, urgency=Urgency.URGENT),
            limit(3, category_id="garbage"),
            limit(4, category_id="garbage", urgency=Urgency.URGENT),
        ],
    )

    found = terms.limit(DeadlineStep.WHOLE, area_code=COMMUNITY, category_id=category_id, urgency=urgency)

    assert found.amount == expected
