"""Figures of a month: counted by the formulas, frozen, with corrections beside, small cells covered."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.core.clock import SHANGHAI
from app.core.geo import Point
from app.models import (
    AreaSuccession,
    CaseDisclosure,
    Move,
    Outcome,
    ReportSatisfaction,
    ReportState,
    ReportStep,
    StepActor,
)
from app.services import statistics
from tests.factories.reports import make_category, make_report
from tests.factories.stations import COMMUNITY, SUZHOU, make_area
from tests.reports.desks import staff_of

OTHER = "620902006002"
COUNTY = COMMUNITY[:6]
DAY = timedelta(days=1)
FIRST = datetime(2026, 10, 1, tzinfo=SHANGHAI)
NOW = datetime(2026, 11, 10, 4, tzinfo=UTC)


def on(day: float) -> datetime:
    """Return an instant of October, by its day in China."""
    return FIRST + (day - 1) * DAY


async def step(session, report, move, to, at, from_state=None):
    session.add(
        ReportStep(
            report_id=report.id, move=move, from_state=from_state, to_state=to, at=at,
            actor=StepActor.STAFF, actor_name="小李", reason="", details={},
        )
    )  # fmt: skip
    await session.flush()


async def closed(session, day=10.0, **given):
    """Make a case that was dispatched, resolved and closed on a day of October."""
    at = on(day)
    report = await make_report(
        session,
        **{
            "submitted_at": at - 2 * DAY, "state": ReportState.CLOSED, "outcome": Outcome.FIXED,
            "closed_at": at, "resolved_at": at, "decided_at": at - DAY, "changed_at": at, **given,
        },
    )  # fmt: skip
    await step(session, report, Move.DISPATCH, ReportState.DISPATCHED, at - DAY)
    await step(session, report, Move.CLOSE, ReportState.CLOSED, at)
    return report


@pytest.fixture
async def staff(session):
    return await staff_of(session, COMMUNITY)


@pytest.fixture
async def officer(session):
    return await staff_of(session, COUNTY, Role.DISTRICT_OFFICER)


@pytest.fixture
def ask(session, client_for, clock):
    clock.at = NOW

    async def get(caller, area_code=COMMUNITY, month="2026-10", **query):
        await session.commit()
        params = {"area_code": area_code, "month": month, **query}
        response = await client_for(caller).get("/v1/statistics/reports", params=params)
        assert response.status_code == 200, response.text
        return response.json()

    return get


def rate(table, name, key=None):
    rates = (
        table["total"] if key is None else next(row for row in table["rows"] if row["key"] == key)["rates"]
    )
    return rates[name]["numerator"], rates[name]["denominator"]


async def test_acceptance_in_time(session, staff, ask):
    for decided in (on(2), on(4), None):
        await make_report(session, submitted_at=on(1), acceptance_due_at=on(3), decided_at=decided)
    await make_report(session, submitted_at=on(1), acceptance_due_at=on(3), state=ReportState.WITHDRAWN)
    await make_report(session, submitted_at=on(1), acceptance_due_at=on(33), decided_at=on(2))
    await make_report(session, submitted_at=on(1), acceptance_due_at=on(3), is_confidential=True)

    found = await ask(staff)

    assert rate(found, "timely_acceptance") == (1, 3)
    assert rate(found, "submitted") == (5, 5)


async def test_completion_against_both_limits_counts_what_is_not_done_as_missed(session, staff, ask):
    await closed(session, due_at=on(12), original_due_at=on(8))
    await make_report(session, submitted_at=on(1), due_at=on(9), original_due_at=on(9))
    rejected = {"state": ReportState.REJECTED, "changed_at": on(5)}
    await make_report(session, submitted_at=on(1), due_at=on(9), original_due_at=on(9), **rejected)

    found = await ask(staff)

    assert rate(found, "on_time") == (1, 2)
    assert rate(found, "on_time_originally") == (0, 2)


async def test_a_month_is_one_in_china(session, staff, ask):
    await make_report(session, submitted_at=datetime(2026, 9, 30, 16, tzinfo=UTC))
    await make_report(session, submitted_at=datetime(2026, 9, 30, 15, 59, tzinfo=UTC))

    assert rate(await ask(staff), "submitted") == (1, 1)
    assert rate(await ask(staff, month="2026-09"), "submitted") == (1, 1)


async def test_silence_is_not_satisfied(session, staff, ask):
    for is_satisfied in (True, False, None):
        case = await closed(session)
        answered_at = None if is_satisfied is None else on(11)
        session.add(
            ReportSatisfaction(
                report_id=case.id, closing=0, asked_at=on(10), expires_at=on(13),
                answered_at=answered_at, is_satisfied=is_satisfied,
            )
        )  # fmt: skip

    found = await ask(staff)

    assert rate(found, "satisfaction") == (1, 2)
    assert rate(found, "answers") == (2, 3)


async def test_resolved_at_once_unless_reopened_or_reported_again_near_by(session, staff, ask):
    far = Point(SUZHOU.lat + 0.01, SUZHOU.lon)
    near = Point(SUZHOU.lat + 0.0004, SUZHOU.lon)  # 44 m
    beyond = Point(SUZHOU.lat + 0.0005, SUZHOU.lon)  # 56 m
    await make_category(session, "street_light")
    await closed(session, at=far)
    await closed(session)  # reported again
    await closed(session, at=Point(far.lat + 0.01, far.lon), reopened_count=1)
    reopened = await closed(session, at=Point(far.lat + 0.02, far.lon), reopened_count=1)
    await step(session, reopened, Move.REOPEN, ReportState.DISPATCHED, on(12))
    await make_report(session, at=near, submitted_at=on(10) + 30 * DAY)
    # What is confidential is in no figure, not even as what made another less good.
    await make_report(session, at=far, submitted_at=on(12), is_confidential=True)
    for where, days, category in (
        (near, 31, "road_damage"),
        (near, 5, "street_light"),
        (far, -1, "road_damage"),
    ):
        await make_report(session, at=where, submitted_at=on(10) + days * DAY, category_id=category)
    await make_report(session, at=Point(far.lat + beyond.lat - SUZHOU.lat, far.lon), submitted_at=on(12))

    found = await ask(staff)

    assert rate(found, "first_time_resolution") == (1, 4)
    assert rate(found, "reopened") == (1, 4)


async def test_returns_are_counted_from_dispatches(session, staff, ask):
    case = await make_report(session, submitted_at=on(1), changed_at=on(4))
    await step(session, case, Move.DISPATCH, ReportState.DISPATCHED, on(2))
    await step(session, case, Move.RETURN, ReportState.RETURNED, on(3))
    await step(session, case, Move.DISPATCH, ReportState.DISPATCHED, on(4))

    assert rate(await ask(staff), "returns") == (1, 2)


async def test_three_of_three_belong_to_the_community_itself(session, staff, officer, ask):
    for _ in range(3):
        await closed(session)
    for number in range(6):
        await closed(session, area_code=OTHER, day=10 + number / 9)
    for number in range(7):
        await closed(session, area_code="620902006003", day=10 + number / 9)

    own = await ask(staff)
    theirs = await ask(officer, COUNTY, by="community")

    assert rate(own, "submitted") == (3, 3)
    assert rate(theirs, "submitted") == (16, 16)
    assert rate(theirs, "submitted", COMMUNITY) == (None, None)
    # One that is covered alone could be subtracted: the next smallest goes with it.
    assert rate(theirs, "submitted", OTHER) == (None, None)
    assert rate(theirs, "submitted", "620902006003") == (7, 7)
    assert rate(theirs, "returns", COMMUNITY) == (None, None)
    assert rate(theirs, "reopened", "620902006003") == (0, 7)


async def test_a_closed_month_stands_and_what_came_late_is_beside_it(session, officer, client_for, ask):
    for _ in range(6):
        await make_report(session, submitted_at=on(5))
    before = await ask(officer, COUNTY)
    client = client_for(officer)
    month = {"area_code": COUNTY, "month": "2026-10"}

    made = await client.post("/v1/statistics/reports/close", json=month)
    again = await client.post("/v1/statistics/reports/close", json=month)
    await make_report(session, submitted_at=on(6))  # was offline
    after = await ask(officer, COUNTY)

    assert (made.json(), again.json()) == ({"counties": 1}, {"counties": 0})
    assert (before["is_frozen"], after["is_frozen"]) == (False, True)
    assert len(after["snapshot_ids"]) == 1
    assert after["total"] == before["total"]
    assert after["rows"] == before["rows"]
    late = {"numerator": 7, "denominator": 7}
    assert {"key": None, "figure": "submitted", "now": late} in after["corrections"]
    assert {"key": "road_damage", "figure": "submitted", "now": late} in after["corrections"]
    assert (await ask(officer, COUNTY)) == after
    # What is frozen by county is read by town and community too.
    assert rate(await ask(officer, COMMUNITY[:9], by="community"), "submitted", COMMUNITY) == (6, 6)


async def test_only_an_officer_closes_and_only_what_is_over(session, staff, officer, client_for, clock):
    clock.at = NOW
    await session.commit()

    async def close(by, month):
        response = await client_for(by).post(
            "/v1/statistics/reports/close", json={"area_code": COMMUNITY, "month": month}
        )
        return response.status_code, response.json().get("code")

    assert await close(staff, "2026-10") == (404, "not_found")
    assert await close(officer, "2026-11") == (409, "statistics.month_goes_on")


async def test_the_job_closes_the_month_before_once(session, staff, ask):
    await make_report(session, submitted_at=on(5))

    assert await statistics.close_last_month(session, now=NOW) == 1
    assert await statistics.close_last_month(session, now=NOW) == 0
    assert (await ask(staff))["is_frozen"]


async def test_a_month_that_has_not_begun_and_an_area_of_others_are_refused(
    session, staff, client_for, clock
):
    clock.at = NOW
    await session.commit()
    client = client_for(staff)

    async def code(area_code, month):
        answer = await client.get("/v1/statistics/reports", params={"area_code": area_code, "month": month})
        return answer.json()["code"]

    assert await code(COMMUNITY, "2026-12") == "invalid_input"
    assert await code(OTHER, "2026-10") == "not_found"


async def test_a_merged_area_shows_under_both_codes_with_a_note(session, ask):
    old = "620902007001"
    for code in (COMMUNITY, old):
        await make_area(session, code)
    session.add(AreaSuccession(code=old, successor_code=COMMUNITY))
    staff = await staff_of(session, COMMUNITY)
    await make_report(session, submitted_at=on(5))
    await make_report(session, submitted_at=on(5), area_code=old)

    found = await ask(staff, by="community")

    assert found["counted_codes"] == [COMMUNITY, old]
    assert rate(found, "submitted") == (2, 2)
    rows = {row["key"]: row for row in found["rows"]}
    assert rows[old]["successor_codes"] == [COMMUNITY]
    assert old in rows[old]["note"]
    assert COMMUNITY in rows[old]["note"]
    assert rows[COMMUNITY]["note"] == ""


async def test_the_cases_behind_a_figure_are_masked_and_reading_them_is_kept(
    session, staff, officer, client_for, clock
):
    clock.at = NOW
    case = await make_report(session, submitted_at=on(5), due_at=on(9), description="找张三 13800138000")
    await make_report(session, submitted_at=on(5), is_confidential=True)
    await session.commit()
    path = f"/v1/statistics/reports/cases?area_code={COMMUNITY}&month=2026-10"

    mine = await client_for(staff).get(path)
    theirs = await client_for(officer).get(path)

    assert mine.json()["cases"] == [
        {
            "number": f"NF{case.number}", "category_id": "road_damage", "urgency": "normal",
            "state": "submitted", "town_code": COMMUNITY[:9], "submitted_on": "2026-10-05", "is_late": True,
        }
    ]  # fmt: skip
    assert theirs.json()["cases"] == []
    await make_report(session, submitted_at=on(5), due_at=on(9), state=ReportState.WITHDRAWN)
    await session.commit()
    due = await client_for(staff).get(f"{path}&is_due=true")
    assert [each["number"] for each in due.json()["cases"]] == [f"NF{case.number}"]
    kept = (await session.scalars(select(CaseDisclosure).order_by(CaseDisclosure.id).limit(2))).all()
    assert [(each.account_id, each.rows) for each in kept] == [(staff.account_id, 1), (officer.account_id, 0)]
    assert kept[0].filter["month"] == "2026-10"


async def test_behind_a_rate_are_the_cases_of_its_own_limit_judged_by_it(session, staff, client_for, clock):
    """As both limits are counted: one extended into November was due in October by its first limit alone."""
    clock.at = NOW
    extended = await make_report(session, submitted_at=on(5), original_due_at=on(9), due_at=on(45))
    ended = {"state": ReportState.CLOSED, "outcome": Outcome.FIXED, "closed_at": on(8), "resolved_at": on(30)}
    again = await make_report(session, submitted_at=on(5), original_due_at=on(7), due_at=on(9), **ended)
    await session.commit()
    path = f"/v1/statistics/reports/cases?area_code={COMMUNITY}&month=2026-10"

    async def late(limit: str) -> dict[str, bool]:
        found = (await client_for(staff).get(f"{path}&{limit}=true")).json()["cases"]
        return {case["number"]: case["is_late"] for case in found}

    assert await late("is_due_originally") == {f"NF{extended.number}": True, f"NF{again.number}": True}
    assert await late("is_due") == {f"NF{again.number}": False}
