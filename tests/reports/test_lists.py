"""Pages of desks of any size: whatever areas and states are merged, nothing is lost, doubled or misplaced."""

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import asyncpg

from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.models import ENDED, Outcome, Report, ReportState, Urgency
from app.services.reports import counts, desk, lists
from app.services.reports.desk import CaseOrder
from app.services.reports.filters import CaseFilter, parts
from tests.factories.reports import make_category, make_report

NOW = utc_now()
AREAS = ("620902006001", "620902006002", "620902007001", "620921001001", "620502001001", "620102001001")
DESKS = {
    "province": ("62",),
    "prefecture": ("6209",),
    "county": ("620902",),
    "town": ("620902006",),
    "community": ("620902006002",),
    "several": ("620921", "620502001", "620902006001", "620902006002", "6201"),
    "one in another": ("620902", "620902006001"),
    "none": (),
}
GROUPS = ((), (ReportState.SUBMITTED, ReportState.RETURNED), tuple(ReportState), (ReportState.CLOSED,))
RANKS = list(Urgency)


@pytest.fixture
async def made(session) -> list[Report]:
    """Make sixty reports that are alike in much, so that the last column of an order decides."""
    dice = random.Random(2)
    await make_category(session)
    reports = []
    for number in range(60):
        state = dice.choice([each for each in ReportState if each is not ReportState.DUPLICATE])
        outcome = Outcome.FIXED if state is ReportState.CLOSED else None
        owed = None if state in ENDED or number % 3 == 0 else NOW + timedelta(hours=number % 4)
        reports.append(
            await make_report(
                session,
                area_code=dice.choice(AREAS),
                state=state,
                outcome=outcome,
                urgency=dice.choice(RANKS),
                is_confidential=number % 20 == 0,
                submitted_at=NOW - timedelta(hours=number % 7),
                next_due_at=owed,
            )
        )
    return reports


def wanted_of(made: list[Report], codes: tuple[str, ...], states: tuple[ReportState, ...]) -> list[Report]:
    named = set(states or [each for each in ReportState if each not in ENDED])
    return [
        each
        for each in made
        if each.area_code.startswith(codes) and each.state in named and not each.is_confidential
    ]


async def pages(session, wanted: CaseFilter, order: CaseOrder, by: Actor) -> list[int]:
    found, cursor = [], None
    while True:
        page = await desk.cases(session, wanted, order=order, by=by, now=NOW, cursor=cursor, limit=9)
        found += [each.number for each in page.items]
        if (cursor := page.next_cursor) is None:
            return found


async def test_every_desk_lists_its_cases_in_order_page_by_page(session, made):
    for name, codes in DESKS.items():
        by = Actor(made[0].id, (Grant(Role.DISTRICT_OFFICER, codes),) if codes else ())
        for states in GROUPS:
            wanted = CaseFilter(states=states)
            here = wanted_of(made, codes, states)
            newest = sorted(here, key=lambda each: (each.submitted_at, each.id), reverse=True)
            urgent = sorted(here, key=lambda each: (each.urgency_rank, each.queue_at, each.id))
            # What has ended owes nothing: with any such state the newest come first.
            urgent = newest if set(states) & set(ENDED) else urgent
            for order, expected in ((CaseOrder.NEWEST, newest), (CaseOrder.URGENT, urgent)):
                found = await pages(session, wanted, order, by)
                assert found == [each.number for each in expected], (name, states, order)
            assert await desk.count_cases(session, wanted, by=by, now=NOW) == len(here)


async def test_counts_of_every_desk_are_those_of_who_counts_every_case(session, made):
    dice = random.Random(9)
    for turn in range(4):
        for report in dice.sample(made, 12):
            report.area_code = dice.choice((*AREAS, "620902", "6201"))
            report.urgency, report.is_confidential = dice.choice(RANKS), dice.random() < 0.1
        await session.flush()
        if turn % 2:
            await counts.fold(session, now=NOW)
        for name, codes in DESKS.items():
            by = Actor(made[0].id, (Grant(Role.DISTRICT_OFFICER, codes),) if codes else ())
            here = wanted_of(made, codes, tuple(ReportState))
            found = await counts.count_by_state(session, area_code=None, by=by)
            told = {(state, rank): n for state, ranks in found.items() for rank, n in ranks.items()}
            assert told == Counter((each.state, each.urgency) for each in here), (turn, name)


_COPIED = [each.name for each in Report.__table__.columns if each.computed is None and not each.identity]
_MORE = """
INSERT INTO reports ({names}) SELECT {values}
FROM reports, generate_series(1, 5000) AS n WHERE id = :id ORDER BY n
"""
_CLOSED = "n <= 4700 AND n % 100 > 0"


def removed(plan: dict[str, Any]) -> int:
    """Return how many rows a plan read for nothing."""
    here = plan.get("Rows Removed by Filter", 0) * plan.get("Actual Loops", 1)
    return here + sum(removed(each) for each in plan.get("Plans", []))


async def make_more(session, changed: dict[str, str]) -> None:
    """Make five thousand cases like one, but for these columns, which may be told by the number ``n``."""
    await make_category(session)
    report = await make_report(session, state=ReportState.SUBMITTED)
    changed = {"id": "gen_random_uuid()", **changed}
    values = ", ".join(changed.get(name, name) for name in _COPIED)
    more = _MORE.format(names=", ".join(_COPIED), values=values)
    await session.execute(text(more), {"id": report.id})
    await session.execute(text("ANALYZE reports"))


async def plan_of(session, wanted: CaseFilter, ordering: lists.Ordering, code: str) -> dict[str, Any]:
    """Return how the first page of an area's desk was read."""
    by = Actor(None, (Grant(Role.DISTRICT_OFFICER, (code,)),))
    found = parts(wanted, by=by, now=NOW, by_state=ordering is lists.NEWEST)
    first = lists.first_of(found, ordering, after=None, limit=51)
    query = select(first).compile(dialect=asyncpg.dialect(), compile_kwargs={"literal_binds": True})
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {query}".replace(":", "\\:")
    (plan,) = await session.scalar(text(explain))
    return plan["Plan"]


async def test_what_came_last_in_one_state_does_not_hide_the_others(session):
    # Nearly all are closed, of the last three hundred none.
    changed = {
        "submitted_at": "submitted_at + n * interval '1 second'",
        "state": f"CASE WHEN {_CLOSED} THEN 'closed' ELSE 'submitted' END",
        "outcome": f"CASE WHEN {_CLOSED} THEN 'fixed' END",
    }
    await make_more(session, changed)

    for states in ((ReportState.CLOSED,), tuple(ReportState)):
        plan = await plan_of(session, CaseFilter(states=states), lists.NEWEST, "62")
        assert plan["Actual Rows"] == 51
        assert removed(plan) < 100


def indexes(plan: dict[str, Any]) -> set[tuple[str, bool]]:
    """Return which indexes a plan reads, and whether it asks them for areas between two codes."""
    here = (
        {(plan["Index Name"], "area_code <" in plan.get("Index Cond", ""))} if "Index Name" in plan else set()
    )
    return here.union(*map(indexes, plan.get("Plans", [])))


async def test_a_town_s_queue_is_read_from_its_county_s_and_nothing_else_is_looked_at(session):
    # One in four is the town's (the first one, too), one in twenty-five is open.
    changed = {
        "area_code": (
            "CASE n % 8 WHEN 0 THEN '620902006001' WHEN 1 THEN '620902006002' ELSE '620902007001' END"
        ),
        "state": "CASE WHEN n % 25 > 0 THEN 'closed' ELSE 'submitted' END",
        "outcome": "CASE WHEN n % 25 > 0 THEN 'fixed' END",
    }
    await make_more(session, changed)
    # So few rows would be sorted, wherever they were read.
    await session.execute(text("SET LOCAL enable_sort = off"))

    for code, rows in (("620902006", 51), ("620902006001", 26)):
        plan = await plan_of(session, CaseFilter(), lists.URGENT, code)
        assert plan["Actual Rows"] == rows
        assert indexes(plan) == {("ix_reports_queue_county_area", True)}
        assert removed(plan) == 0


SAID = (
    ("KTV门口的路灯不亮", "和平路1号"),
    ("路口没有盖子", "解放路"),
    ("盖子在路中间", "中间路口"),
    ("50% 的路面坏了", ""),
    ("", "ATM旁边"),
)
WORDS = ("路口", "ktv", "KTV", "v门", "口路", "子 解", "50%", "%", "盖子", "atm", "亮 和", "不在")


async def test_words_are_found_wherever_they_stand_and_counted_alike(session):
    await make_category(session)
    for n, (description, address) in enumerate(SAID):
        state = ReportState.WITHDRAWN if n == 3 else ReportState.SUBMITTED
        await make_report(session, state=state, description=description, address=address)
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    by = Actor(None, (Grant(Role.DISTRICT_OFFICER, ("62",)),))

    for states in ((), tuple(ReportState)):
        for word in WORDS:
            wanted = CaseFilter(states=states, text=word)
            rows = await desk.cases(
                session, wanted, order=CaseOrder.NEWEST, by=by, now=NOW, cursor=None, limit=50
            )
            found = {(each.description, each.address) for each in rows.items}
            there = {
                said
                for n, said in enumerate(SAID)
                if (states or n != 3) and any(word.lower() in each.lower() for each in said)
            }
            assert found == there, (word, states)
            assert await desk.count_cases(session, wanted, by=by, now=NOW) == len(there)


async def test_an_index_knows_the_characters_of_what_is_open(session):
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    # Of an empty table all indexes cost the same: the others go until the test is over.
    of_open = "tablename = 'reports' AND indexname LIKE 'ix%' AND indexname <> 'ix_reports_characters'"
    for name in await session.scalars(text(f"SELECT indexname FROM pg_indexes WHERE {of_open}")):
        await session.execute(text(f"DROP INDEX {name}"))
    by = Actor(None, (Grant(Role.DISTRICT_OFFICER, ("62",)),))
    found = parts(CaseFilter(text="路口"), by=by, now=NOW, by_state=False)

    query = (
        select(Report.id)
        .where(*found.conditions)
        .compile(dialect=asyncpg.dialect(), compile_kwargs={"literal_binds": True})
    )
    plan = "\n".join((await session.scalars(text(f"EXPLAIN {query}".replace(":", "\\:")))).all())

    assert "ix_reports_characters" in plan
