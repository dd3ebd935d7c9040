"""Points come from what happened: by an area's rules, once, within limits, and back when it is voided."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.actor import Actor, Role
from app.core.pages import encode_cursor
from app.core.urgency import Urgency
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import (
    ActivityKind,
    Move,
    OutboxEvent,
    Outcome,
    Provenance,
    ReportState,
    ReportStep,
    StepActor,
)
from app.models.points import CapPer, PointsAccount, PointsSource, PointsTransfer, TransferKind
from app.services import ledger, outbox, points
from app.services.reports.events import ReportMoved
from tests.factories.accounts import make_account
from tests.factories.ledger import make_book, make_hours, make_subject
from tests.factories.points import COUNTY, make_rule, make_scheme
from tests.factories.reports import make_report
from tests.factories.stations import COMMUNITY
from tests.factories.volunteering import make_activity, make_role, make_shift, make_sign_up
from tests.reports.desks import staff_of

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
_SCHEME = f"/v1/points/schemes/{COUNTY}"
_SET = {"is_on": True, "hold_minutes": 60, "lasts_months": 12, "version": 0}


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


async def told(runtime) -> None:
    while await deliver(runtime.db, REACTIONS, now=NOW):
        pass


async def available(client) -> int:
    found = (await client.get("/v1/points/me")).json()["balances"]
    return sum(each["available"] for each in found)


async def balance(client) -> tuple:
    [mine] = (await client.get("/v1/points/me")).json()["balances"]
    return tuple(mine[key] for key in ("scheme_code", "available", "held", "expiring"))


async def by_pages(client) -> list[dict]:
    """Read the statement in pages of two."""
    items, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/points/me/statement", params=query)).json()
        items, cursor = items + page["items"], page["next_cursor"]
        if cursor is None:
            return items


def hourly(**given) -> dict:
    rule = {"id": str(uuid4()), "source": "hours", "points": 10, "per_minutes": 60, "cap": 30}
    return {**rule, "cap_per": "day", "valid_from": "2026-11-22", **given}


async def test_hours_earn_once_within_limits_and_a_voided_line_takes_its_points_back(
    session, client_for, runtime
):
    officer = await staff_of(session, COUNTY, Role.DISTRICT_OFFICER, name="赵科长")
    book, rider = await make_book(session), await make_account(session)
    subject = await make_subject(session, rider.id)
    await session.commit()
    office, me = client_for(officer), client_for(Actor(rider.id))
    served = {"served_on": date(2026, 11, 22)}

    await make_hours(session, book, subject, 90, **served)
    await session.commit()
    await told(runtime)
    assert (await me.get(_SCHEME)).status_code == 404  # off by default
    assert await available(me) == 0

    assert (await office.post(f"{_SCHEME}/rules", json=hourly())).json()["code"] == "points.off"
    assert (await office.put(_SCHEME, json=_SET)).status_code == 200
    assert (await office.put(_SCHEME, json=_SET)).json()["code"] == "edit_conflict"
    said = hourly()
    assert (await office.post(f"{_SCHEME}/rules", json=said)).status_code == 201
    assert (await office.post(f"{_SCHEME}/rules", json=said)).status_code == 201
    assert (await office.post(f"{_SCHEME}/rules", json=hourly())).json()["code"] == "points.rule_overlaps"
    past = hourly(valid_from="2026-11-21")
    assert (await office.post(f"{_SCHEME}/rules", json=past)).json()["code"] == "points.rule_in_past"

    [first] = await make_hours(session, book, subject, 90, **served)
    [second] = await make_hours(session, book, subject, 120, **served)
    await make_hours(session, book, subject, 60, provenance=Provenance.IMPORTED, reason="旧系统", **served)
    await session.commit()
    await told(runtime)
    assert await available(me) == 30  # 15, and of 20 what the day has room for
    await session.execute(
        OutboxEvent.__table__.update().values(delivered_at=None)
    )  # everything is said once more
    await session.commit()
    await told(runtime)
    assert await available(me) == 30

    boss = await staff_of(session, COMMUNITY, name="李主任")
    await ledger.void(session, first.id, reason="重复", by=boss, now=NOW)
    await session.commit()
    await told(runtime)
    lines = (await me.get("/v1/points/me/statement")).json()["items"]
    assert [(each["kind"], each["points"], each["about"]) for each in lines] == [
        ("take_back", -15, None),
        ("earn", 15, "文明交通劝导"),
        ("earn", 15, "文明交通劝导"),
    ]
    assert lines[1]["expires_on"] == "2027-11-30"
    assert await balance(me) == (COUNTY, 15, 0, {"until": "2027-11-30", "points": 15})
    assert await by_pages(me) == lines
    for bad in ("x", encode_cursor(["x"]), encode_cursor([str(2**70)])):
        answer = await me.get("/v1/points/me/statement", params={"cursor": bad})
        assert answer.json()["code"] == "bad_cursor"

    # Somebody spent them before: the books go below zero, and nothing is taken twice.
    await ledger.void(session, second.id, reason="重复", by=boss, now=NOW)
    await session.commit()
    await told(runtime)
    days = {"since": "2026-11-22", "until": "2026-11-22"}
    figures = (await office.get(f"{_SCHEME}/figures", params=days)).json()
    assert (figures["earned"], figures["taken_back"], figures["available_now"]) == (30, 30, 0)
    assert figures["people"] is None  # one person could be known by it
    assert await session.scalar(select(func.sum(PointsAccount.balance))) == 0


async def test_a_lower_area_inherits_and_may_say_otherwise(session, client_for, runtime):
    scheme = await make_scheme(session)
    await make_rule(session, scheme)
    officer = await staff_of(session, COUNTY, Role.DISTRICT_OFFICER)
    rider = await make_account(session)
    book, subject = await make_book(session), await make_subject(session, rider.id)
    other = await make_book(session, area_code=COMMUNITY[:9] + "002")
    await session.commit()
    office, me = client_for(officer), client_for(Actor(rider.id))

    inherited = (await me.get(f"/v1/points/schemes/{COMMUNITY}")).json()
    assert (inherited["area_code"], len(inherited["rules"])) == (COUNTY, 1)
    off = await office.put(f"/v1/points/schemes/{COMMUNITY}", json={**_SET, "is_on": False})
    assert off.status_code == 200
    await make_hours(session, book, subject, 60)
    await make_hours(session, other, subject, 120)
    await session.commit()
    await told(runtime)

    assert await available(me) == 20


async def test_a_kind_has_a_rule_of_its_own_and_approved_typing_counts_where_the_rule_says_so(
    session, client_for, runtime
):
    scheme = await make_scheme(session)
    await make_rule(session, scheme)
    await make_rule(
        session, scheme, activity_kind=ActivityKind.NIGHT_PATROL, points=20, includes_typed=True, cap=25
    )
    rider = await make_account(session)
    book, subject = await make_book(session), await make_subject(session, rider.id)
    activity = await make_activity(session, kind=ActivityKind.NIGHT_PATROL)
    role = await make_role(session, await make_shift(session, activity, NOW))
    place = await make_sign_up(session, role, rider.id)
    boss = await staff_of(session, COMMUNITY, name="李主任")
    by_hand = {"provenance": Provenance.MANUAL, "reason": "手机没电"}
    [plain] = await make_hours(session, book, subject, 60, **by_hand)
    [patrol] = await make_hours(session, book, subject, 60, source_id=place.id, **by_hand)
    await session.commit()
    await told(runtime)
    me = client_for(Actor(rider.id))
    assert await available(me) == 0  # nobody approved them

    for entry in (plain, patrol):
        await ledger.decide(session, entry.id, approve=True, reason="", by=boss, now=NOW)
    await make_hours(session, book, subject, 30, source_id=place.id)
    await session.commit()
    await told(runtime)

    assert await available(me) == 25


async def closed(session, **given):
    """Close a case as its desk does, and say so."""
    report = await make_report(
        session,
        **{"state": ReportState.CLOSED, "outcome": Outcome.FIXED, "closed_at": NOW, **given},
    )
    await moved(session, report, Move.CLOSE, StepActor.STAFF)
    return report


async def moved(session, report, move, actor, actor_id=None):
    step = ReportStep(
        report_id=report.id,
        move=move,
        from_state=ReportState.RESOLVED,
        to_state=report.state,
        at=NOW,
        actor=actor,
        actor_id=actor_id,
        actor_name="",
        reason="",
        details={},
    )
    session.add(step)
    await session.flush()
    event = ReportMoved(report.id, step.id, move.value, "resolved", report.state.value)
    outbox.record(session, event, now=NOW, area_code=report.area_code)


async def test_a_report_that_was_right_earns_and_the_books_do_not_know_which(session, client_for, runtime):
    scheme = await make_scheme(session)
    of_reports = {"source": PointsSource.REPORT, "points": 50, "cap": 70, "cap_per": CapPer.MONTH}
    await make_rule(session, scheme, **of_reports)
    rider = await make_account(session)
    theirs = {"reporter_id": rider.id}
    await closed(session, **theirs, outcome=Outcome.NOT_FOUND)
    await closed(session, **theirs, urgency=Urgency.EMERGENCY)
    await closed(session, **theirs, is_confidential=True)
    await session.commit()
    await told(runtime)
    me = client_for(Actor(rider.id))
    assert await available(me) == 0

    report = await closed(session, **theirs)
    await moved(session, report, Move.CLOSE, StepActor.STAFF)  # after it was reopened
    await session.commit()
    await told(runtime)
    assert await available(me) == 50
    await closed(session, **theirs)
    await closed(session, **theirs)
    await session.commit()
    await told(runtime)
    assert await available(me) == 70  # a month has room for so much

    kept = (await session.scalars(select(PointsTransfer))).all()
    assert [(each.origin, each.at) for each in kept] == [(None, datetime(2026, 11, 21, 16, tzinfo=UTC))] * 2
    statement = (await me.get("/v1/points/me/statement")).text
    assert str(report.id) not in statement
    assert str(report.number) not in statement


async def test_looking_at_a_neighbours_repair_earns_and_at_ones_own_does_not(session, client_for, runtime):
    scheme = await make_scheme(session)
    await make_rule(session, scheme, source=PointsSource.CHECK, points=5)
    rider, neighbour = await make_account(session), await make_account(session)
    own = await make_report(session, reporter_id=rider.id, state=ReportState.RESOLVED)
    theirs = await make_report(session, reporter_id=neighbour.id, state=ReportState.RESOLVED)
    await moved(session, own, Move.CONFIRM, StepActor.VERIFIER, rider.id)
    await moved(session, theirs, Move.FAIL_CHECK, StepActor.VERIFIER, rider.id)
    await moved(session, theirs, Move.CONFIRM, StepActor.STAFF, rider.id)  # by office
    await session.commit()

    await told(runtime)

    assert await available(client_for(Actor(rider.id))) == 5


async def test_a_rule_is_replaced_from_a_day_on_and_ended(session, client_for):
    scheme = await make_scheme(session)
    old = await make_rule(session, scheme)
    officer = await staff_of(session, COUNTY, Role.DISTRICT_OFFICER)
    await session.commit()
    office = client_for(officer)

    said = hourly(points=12, valid_from="2026-12-01", replaces_id=str(old.id))
    made = await office.post(f"{_SCHEME}/rules", json=said)
    rules = (await office.get(_SCHEME)).json()["rules"]
    assert [(each["points"], each["version"], each["valid_to"]) for each in rules] == [
        (10, 1, "2026-11-30"),
        (12, 2, None),
    ]
    other = {**said, "points": 13}
    assert (await office.post(f"{_SCHEME}/rules", json=other)).json()["code"] == "idempotency_key_reused"
    foreign = hourly(valid_from="2026-12-24", replaces_id=str(uuid4()))
    assert (await office.post(f"{_SCHEME}/rules", json=foreign)).status_code == 404

    end = f"/v1/points/rules/{made.json()['id']}/end"
    assert (await office.post(end, json={"valid_to": "2026-11-01"})).json()["code"] == "points.rule_in_past"
    assert (await office.post(end, json={"valid_to": "2026-12-31"})).json()["valid_to"] == "2026-12-31"


@pytest.mark.parametrize(
    "bad",
    [
        {"per_minutes": None},
        {"source": "report"},
        {"points": 0},
        {"points": True},
        {"cap": 10**9},
        {"cap": None},
        {"valid_to": "2026-11-21"},
        {"activity_kind": "nonsense"},
    ],
    ids=lambda bad: "-".join(map(str, next(iter(bad.items())))),
)
async def test_rules_that_cannot_be_meant_are_refused(session, client_for, bad):
    await make_scheme(session)
    officer = await staff_of(session, COUNTY, Role.DISTRICT_OFFICER)
    await session.commit()

    answer = await client_for(officer).post(f"{_SCHEME}/rules", json=hourly(**bad))

    assert answer.status_code == 422


async def test_time_lets_points_expire_the_oldest_first(session, client_for, clock):
    scheme = await make_scheme(session, lasts_months=1)
    await make_rule(session, scheme, source=PointsSource.CHECK, points=5)
    rider, gone = await make_account(session), await make_account(session)
    for who, day in ((rider, 5), (rider, 30), (gone, 30)):
        at = datetime(2026, 10 if day > 5 else 9, day, 4, tzinfo=UTC)
        deed = points.earning.Deed(who.id, COMMUNITY, PointsSource.CHECK, at.date(), origin=uuid4().hex)
        assert await points.earning.reward(session, deed, now=at)
    await session.commit()
    me = client_for(Actor(rider.id))

    assert await points.expire(session, now=datetime(2026, 10, 31, 15, 59, tzinfo=UTC)) == 0
    assert await points.expire(session, now=datetime(2026, 10, 31, 16, 0, tzinfo=UTC)) == 1
    assert await points.expire(session, now=NOW) == 0
    await session.commit()

    [mine] = (await me.get("/v1/points/me")).json()["balances"]
    assert (mine["available"], mine["expiring"]) == (5, {"until": "2026-11-30", "points": 5})
    kinds = (await session.scalars(select(PointsTransfer.kind).order_by(PointsTransfer.seq))).all()
    assert kinds == [TransferKind.EARN] * 3 + [TransferKind.EXPIRE]
    # What a deleted account leaves is nobody's to spend.
    await client_for(Actor(gone.id)).delete("/v1/accounts/me")
    assert await points.expire(session, now=NOW) == 1
    assert await session.scalar(select(func.sum(PointsAccount.balance))) == 0
