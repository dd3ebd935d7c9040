"""The ladder under a clock: who is called at which minute, once, whoever works and whatever crashes."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core.actor import Role
from app.models import (
    DeadlineRule,
    DeadlineStep,
    DutyAcknowledgement,
    DutyCall,
    DutyLadder,
    LadderState,
    LimitUnit,
    Move,
    Outcome,
    ReportState,
    RoleGrant,
    StepActor,
    Urgency,
)
from app.services.duty import acknowledging, ladder
from app.services.duty.errors import AlreadySeen
from app.services.reports import closing, duplicates, moves
from app.services.reports.scope import REPORTER, Acting
from tests.duty.scene import after, called, events, ladders, reached, react, tick
from tests.factories.accounts import make_account
from tests.factories.duty import NIGHT, full_house, make_emergency, make_shift, on_call
from tests.factories.reports import make_report
from tests.factories.stations import COMMUNITY

SECOND = timedelta(seconds=1)


async def start(db, report_id, now=NIGHT):
    async with db.writing() as session:
        await ladder.begin(session, report_id, since=NIGHT, now=now)


@pytest.fixture
def db(runtime):
    return runtime.db


async def test_first_at_once_backup_after_five_minutes_the_district_after_fifteen(db, session):
    await full_house(session)
    report = await make_emergency(session)
    await session.commit()

    await start(db, report.id)
    first = ("first", "网格员小陈", 0)
    assert await called(db, report.id) == [first]
    await tick(db, after(5) - SECOND)
    assert await called(db, report.id) == [first]
    await tick(db, after(5))
    backup = ("backup", "社区老周", 5)
    assert await called(db, report.id) == [first, backup]
    await tick(db, after(15) - SECOND)
    assert await called(db, report.id) == [first, backup]
    for _ in range(3):
        await tick(db, after(15))
        await start(db, report.id, after(15))
    assert await called(db, report.id) == [first, backup, ("district", "区值班室", 15)]
    assert await reached(db, report.id) == [("first", 1, 0), ("backup", 1, 5), ("district", 1, 15)]
    [only] = await ladders(db, report.id)
    assert (only.state, only.started_at) == (LadderState.CALLING, NIGHT)
    assert [each["rung"] for each in await events(db, "duty.called")] == ["first", "backup", "district"]


async def test_how_long_a_rung_waits_is_the_areas_own_and_the_categorys(db, session, client_for):
    _, backup, _ = await full_house(session)
    report, other = await make_emergency(session), await make_emergency(session, category_id="gas_smell")
    common = {"area_code": COMMUNITY[:6], "unit": LimitUnit.CLOCK_MINUTES, "changed_at": NIGHT}
    for category_id, step, amount in (
        (None, DeadlineStep.CALL_BACKUP, 3),
        (None, DeadlineStep.CALL_DISTRICT, 8),
        ("gas_smell", DeadlineStep.CALL_BACKUP, 1),
    ):
        session.add(DeadlineRule(category_id=category_id, step=step, amount=amount, **common))
    await session.commit()

    for each in (report, other):
        await start(db, each.id)
    for minute in range(1, 10):
        await tick(db, after(minute))

    assert await reached(db, report.id) == [("first", 1, 0), ("backup", 1, 3), ("district", 1, 8)]
    assert await reached(db, other.id) == [("first", 1, 0), ("backup", 1, 1), ("district", 1, 8)]
    seen = (await client_for(backup).get(f"/v1/duty/rosters/{COMMUNITY}")).json()
    assert [each["after_s"] for each in seen["now"]] == [0, 180, 480]


async def test_a_worker_that_was_away_catches_up_and_says_when(db, session):
    await full_house(session)
    report = await make_emergency(session)
    await session.commit()

    await start(db, report.id, after(20))

    assert [at for _, _, at in await called(db, report.id)] == [20, 20, 20]
    assert await reached(db, report.id) == [("first", 1, 20), ("backup", 1, 20), ("district", 1, 20)]


async def test_a_rung_without_anybody_is_passed_at_once(db, session):
    await on_call(session, "社区老周", Role.COMMUNITY_STAFF, rank="backup", ends_at=after(3))
    await on_call(session, "区值班室", Role.DISTRICT_OFFICER, area_code="620902")
    no_first, no_backup = await make_emergency(session), await make_emergency(session)
    await session.commit()

    await start(db, no_first.id)
    assert await called(db, no_first.id) == [("backup", "社区老周", 0)]
    # Somebody was called: the district waits for its quarter of an hour.
    await tick(db, after(14))
    assert [rung for rung, _, _ in await called(db, no_first.id)] == ["backup"]
    await start(db, no_backup.id, after(4))  # the backup's turn is over by then
    assert await called(db, no_backup.id) == [("district", "区值班室", 4)]
    assert await reached(db, no_backup.id) == [("first", 0, 4), ("backup", 0, 4), ("district", 1, 4)]


async def test_nobody_on_duty_is_said_once_and_who_comes_later_is_called(db, session):
    await on_call(session, "早班", starts_at=after(30))
    report = await make_emergency(session)
    await session.commit()

    await start(db, report.id)
    for minute in (1, 5, 15, 29):
        await tick(db, after(minute))
    assert (await ladders(db, report.id))[0].state is LadderState.NOBODY
    assert await reached(db, report.id) == [("first", 0, 0), ("backup", 0, 0), ("district", 0, 0)]
    assert len(await events(db, "duty.nobody")) == 1
    await tick(db, after(30))
    assert await called(db, report.id) == [("first", "早班", 30)]
    assert (await ladders(db, report.id))[0].state is LadderState.CALLING


async def test_who_lost_the_role_is_not_called_and_a_deputy_is(db, session):
    gone = await on_call(session, "调走的")
    away, deputy = await on_call(session, "请假的"), await on_call(session, "代班的", ends_at=NIGHT)
    await make_shift(session, deputy.account_id, in_place_of_id=away.account_id)
    await session.execute(
        update(RoleGrant).where(RoleGrant.account_id == gone.account_id).values(revoked_at=NIGHT)
    )
    report = await make_emergency(session)
    await session.commit()

    await start(db, report.id)

    assert await called(db, report.id) == [("first", "代班的", 0)]


async def test_calling_stops_when_somebody_has_the_case_in_hand_or_it_is_taken_back(db, session):
    await full_house(session)
    taken, withdrawn, secret = [await make_emergency(session) for _ in range(3)]
    secret.is_confidential = True
    calm = await make_report(session)
    awake = await on_call(session, "夜班文员", ends_at=NIGHT)
    clerk = Acting(StepActor.STAFF, awake.account_id, "夜班文员")
    await session.commit()
    for each in (taken, withdrawn, secret, calm):
        await start(db, each.id)
    assert await ladders(db, secret.id) == await ladders(db, calm.id) == []

    async with db.writing() as writing:
        found = await writing.get_one(type(taken), taken.id)
        await moves.make(writing, found, Move.ACCEPT, acting=clerk, now=after(3))
        found = await writing.get_one(type(taken), withdrawn.id)
        await moves.make(writing, found, Move.WITHDRAW, acting=REPORTER, now=after(3))
    await react(db, after(3.5))
    await tick(db, after(16))

    assert len(await called(db, taken.id)) == len(await called(db, withdrawn.id)) == 1
    [of_taken], [of_withdrawn] = await ladders(db, taken.id), await ladders(db, withdrawn.id)
    assert (of_taken.state, of_withdrawn.state) == (LadderState.ACKNOWLEDGED, LadderState.OVER)
    seen = await session.get_one(DutyAcknowledgement, of_taken.id)
    assert (seen.how.value, seen.name, seen.at) == ("case", "夜班文员", after(3))


async def test_what_becomes_an_emergency_is_called_about_and_what_comes_back_is_anew(db, session, runtime):
    await full_house(session)
    report = await make_report(session, submitted_at=NIGHT - timedelta(hours=5))
    closed = await make_emergency(session, at=NIGHT - timedelta(days=1))
    child = await make_emergency(session)
    clerk = Acting(StepActor.STAFF, (await make_account(session)).id, "夜班文员")
    await session.commit()
    await start(db, child.id)

    async with db.writing() as writing:
        # A clerk says what it really is; a merger makes a case as urgent as its child.
        found = await writing.get_one(type(report), report.id)
        found.urgency = Urgency.EMERGENCY
        await moves.enter(writing, found, Move.CHANGE_CATEGORY, found.state, acting=clerk, now=NIGHT)
        old = await writing.get_one(type(report), closed.id)
        old.state, old.outcome = ReportState.CLOSED, Outcome.FIXED
        old.closed_at = old.made_safe_at = NIGHT
        await closing.reopen(writing, old, acting=REPORTER, now=NIGHT, reason="还在")
    await react(db)
    assert [rung for rung, _, _ in await called(db, report.id)] == ["first"]
    assert [rung for rung, _, _ in await called(db, closed.id)] == ["first"]
    assert (await session.get_one(type(report), closed.id, populate_existing=True)).made_safe_at is None

    parent = await make_report(session, submitted_at=NIGHT - timedelta(hours=2))
    await session.commit()
    async with db.writing() as writing:
        actor = await on_call(writing, "区里老赵", Role.DISTRICT_OFFICER, area_code="620902", ends_at=NIGHT)
        merger = duplicates.Merger(child.version, parent.id, "同一处")
        await duplicates.mark_duplicate(writing, child.id, merger, by=actor, now=after(1))
    await react(db, after(1))
    assert await called(db, parent.id) == [("first", "网格员小陈", 1)]
    [of_child] = await ladders(db, child.id)
    assert of_child.state is LadderState.ACKNOWLEDGED  # the officer who merged it is awake
    async with db.writing() as writing:
        found = await writing.get_one(type(report), parent.id, populate_existing=True)
        await moves.make(writing, found, Move.REJECT, acting=clerk, now=after(2), reason="不是一处")
    await react(db, after(2))
    assert [each.round for each in await ladders(db, child.id)] == [1, 2]
    assert (await called(db, child.id))[-1] == ("first", "网格员小陈", 2)

    # The link of a call long answered says of the emergency what holds now: somebody is being called.
    opener = runtime.call_links
    old_call = await session.scalar(select(DutyCall.id).where(DutyCall.ladder_id == of_child.id))
    async with db.reading() as reading:
        *_, seen_at = await acknowledging.linked(reading, opener.token(old_call), opener=opener, now=after(2))
    assert seen_at is None


async def test_what_no_reaction_began_is_begun_by_the_job(db, session):
    await full_house(session)
    lost = await make_emergency(session)
    await make_emergency(session, at=NIGHT - timedelta(days=2))
    await session.commit()

    for _ in range(2):
        async with db.writing() as writing:
            found = await ladder.begin_missed(writing, now=after(1))

    assert found == 0
    assert await called(db, lost.id) == [("first", "网格员小陈", 1)]


async def test_one_ladder_that_fails_does_not_silence_the_others(db, session, monkeypatch):
    await full_house(session)
    broken, fine = await make_emergency(session), await make_emergency(session)
    await session.commit()
    for each in (broken, fine):
        await start(db, each.id)
    climb = ladder.climb

    async def failing(session, each, *, now):
        await climb(session, each, now=now)
        if each.report_id == broken.id:
            raise ZeroDivisionError

    monkeypatch.setattr(ladder, "climb", failing)
    await tick(db, after(5))
    monkeypatch.undo()

    assert [rung for rung, _, _ in await called(db, fine.id)] == ["first", "backup"]
    assert [rung for rung, _, _ in await called(db, broken.id)] == ["first"]
    await tick(db, after(5))
    assert [rung for rung, _, _ in await called(db, broken.id)] == ["first", "backup"]


async def test_many_workers_and_a_crash_call_everybody_once(own_runtime):
    db = own_runtime.db
    async with db.writing() as session:
        await full_house(session)
        report = await make_emergency(session)

    async def crash(work, now):
        with contextlib.suppress(ZeroDivisionError):
            async with db.writing() as session:
                await work(session, now)
                raise ZeroDivisionError  # between the rung and its commit

    async def begin(session, now):
        await ladder.begin(session, report.id, since=NIGHT, now=now)

    async def climb(session, now):
        assert await ladder.climb_due(session, now=now) == 1

    await crash(begin, NIGHT)
    assert await ladders(db, report.id) == []
    await asyncio.gather(*(start(db, report.id) for _ in range(6)))
    assert await called(db, report.id) == [("first", "网格员小陈", 0)]
    await crash(climb, after(5))
    assert await called(db, report.id) == [("first", "网格员小陈", 0)]
    await asyncio.gather(*(tick(db, after(5)) for _ in range(6)), react(db, after(5)))
    await asyncio.gather(*(tick(db, after(15)) for _ in range(6)), start(db, report.id, after(15)))

    assert [rung for rung, _, _ in await called(db, report.id)] == ["first", "backup", "district"]
    assert len(await events(db, "duty.called")) == 3


async def test_of_two_who_say_seen_at_once_one_has_it_and_the_other_is_told_who(own_runtime):
    db = own_runtime.db
    async with db.writing() as session:
        first, backup, _ = await full_house(session)
        report = await make_emergency(session)
    await start(db, report.id, after(5))

    async def see(by):
        async with db.writing() as session:
            return await acknowledging.acknowledge(session, report.id, by=by, now=after(6))

    answers = await asyncio.gather(*(see(by) for by in (first, backup) * 3), return_exceptions=True)

    names = {each.name for each in answers if isinstance(each, DutyAcknowledgement)}
    refusals = [each for each in answers if isinstance(each, AlreadySeen)]
    assert (len(names), len(refusals)) == (1, 3)
    assert {each.facts["name"] for each in refusals} == names
    async with db.reading() as session:
        assert len((await session.scalars(select(DutyAcknowledgement))).all()) == 1
        assert (await session.scalars(select(DutyLadder.state))).all() == [LadderState.ACKNOWLEDGED]
    await tick(db, after(20))
    assert [rung for rung, _, _ in await called(db, report.id)] == ["first", "backup"]
