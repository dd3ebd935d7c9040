"""A month of volunteering by area and by team: activities, people, minutes by provenance, disputes."""

import io
from datetime import UTC, date, datetime, timedelta

from python_calamine import CalamineWorkbook

from app.core.actor import Role
from app.models import ActivityFeedback, Provenance, SignUpState
from app.services import ledger
from tests.factories.accounts import make_account
from tests.factories.ledger import make_book, make_dispute, make_hours, make_subject
from tests.factories.stations import COMMUNITY, make_area, make_staff
from tests.factories.volunteering import (
    make_activity,
    make_organisation,
    make_role,
    make_shift,
    make_sign_up,
    make_team,
)

PATH, NOVEMBER = "/v1/statistics/volunteering", {"month": "2026-11"}
NEXT_DOOR = f"{COMMUNITY[:9]}777"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SHIFT = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # 1 November in China


async def furnish(session):
    """Have a community's team hold an activity, hours typed in for its neighbours' team, and disputes."""
    await make_area(session, NEXT_DOOR)
    organisation = await make_organisation(session)
    book = await make_book(session, id=organisation.id, name=organisation.name)
    riders, butlers = [
        await make_team(session, organisation, name=name, area_code=code)
        for name, code in (("先锋骑手队", COMMUNITY), ("红色管家队", NEXT_DOOR))
    ]
    activity = await make_activity(session, riders)
    shift = await make_shift(session, activity, SHIFT)
    await make_shift(session, activity, SHIFT, cancelled_at=SHIFT, cancel_reason="大风")
    role = await make_role(session, shift, places=9)
    subjects = [await make_subject(session, (await make_account(session)).id) for _ in range(6)]
    day = date(2026, 11, 1)

    async def serve(subject, minutes, **given):
        return await make_hours(session, book, subject, minutes, served_on=day, **given)

    entries = []
    for number, subject in enumerate(subjects[:5]):
        row = await make_sign_up(session, role, subject.account_id)
        entries += await serve(subject, 60, source_id=row.id)
        session.add(
            ActivityFeedback(
                sign_up_id=row.id,
                activity_id=activity.id,
                account_id=row.account_id,
                score=4 + number % 2,
                given_at=SHIFT,
            )
        )
    await make_sign_up(session, role, subjects[5].account_id, state=SignUpState.NO_SHOW)
    # Typed in for the other team; of the time before; of the organisation alone; of another month.
    [typed] = await serve(subjects[5], 40, provenance=Provenance.MANUAL, reason="x", source_id=butlers.id)
    [before] = await serve(subjects[5], 600, provenance=Provenance.IMPORTED, reason="x")
    [own] = await serve(subjects[0], 20)
    await make_hours(session, book, subjects[0], 99, served_on=date(2026, 12, 1) - timedelta(days=31))
    officer = await make_staff(session, Role.DISTRICT_OFFICER, COMMUNITY[:6])
    for entry in (typed, before):
        await ledger.decide(session, entry.id, approve=True, reason="", by=officer, now=NOW)
    await ledger.void(session, own.id, reason="重复", by=officer, now=NOW)
    for number, (due, is_upheld) in enumerate(((5, True), (6, None), (25, None))):
        raised = {"raised_at": _november(1 + number), "due_at": _november(due)}
        answered = (
            {"answered_at": _november(4), "answer": "已更正", "is_upheld": is_upheld} if is_upheld else {}
        )
        await make_dispute(session, entries[number], **raised, **answered)
    await session.commit()
    return officer


async def test_a_month_is_rolled_up_by_area_and_by_team(session, client_for, clock):
    clock.at = NOW
    district = client_for(await furnish(session))
    desk = client_for(await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY))
    await session.commit()

    found = (await district.get(PATH, params={"area_code": COMMUNITY[:9], **NOVEMBER})).json()
    names = ("activities", "shifts", "cancelled", "no_shows", "people", "minutes", "manual_minutes")
    assert [(row["key"], *(row[name] for name in names)) for row in found["rows"]] == [
        # One person served next door: how many is that community's own to see, and six less five would tell.
        (COMMUNITY, 1, 2, 1, 1, None, 300, 0),
        (NEXT_DOOR, 0, 0, 0, 0, None, 40, 40),
    ]
    total = found["total"]
    assert [total[name] for name in names] == [1, 2, 1, 1, 6, 340, 40]
    assert (total["imported_minutes"], total["satisfaction"], total["answers"]) == (600, 4.4, 5)
    assert total["by_provenance"] == {"code": 300, "manual": 40, "imported": 600}
    assert total["disputes"] == {"raised": 3, "upheld": 1, "late": 1}
    assert found["rows"][1]["disputes"] == {"raised": 0, "upheld": 0, "late": 0}

    by_team = {"area_code": COMMUNITY[:6], "by": "team", **NOVEMBER}
    rows = (await district.get(PATH, params=by_team)).json()["rows"]
    assert {(row["name"], row["minutes"], row["imported_minutes"]) for row in rows} == {
        ("先锋骑手队", 300, 0),
        ("红色管家队", 40, 0),
        ("(未分队)", 0, 600),
    }
    assert {str(row["disputes"]) for row in rows} == {"None"}
    csv = (await district.get(f"{PATH}/export.csv", params=by_team)).text
    assert csv.startswith("\ufeff编号,名称,")
    assert csv.rstrip().count("\n") == 4
    book_ = (await district.get(f"{PATH}/export.xlsx", params=by_team)).content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book_)).get_sheet_by_index(0).to_python()
    assert (len(sheet), sheet[-1][6:8], sheet[-1][12]) == (5, [6, 340], "40/340")

    own_view = (await desk.get(PATH, params={"area_code": COMMUNITY, **NOVEMBER})).json()
    assert (own_view["total"]["people"], own_view["rows"][0]["key"]) == (5, COMMUNITY)
    above = await desk.get(PATH, params={"area_code": COMMUNITY[:6], **NOVEMBER})
    assert (above.status_code, above.json()["code"]) == (404, "not_found")
    empty = (await desk.get(PATH, params={"area_code": COMMUNITY, "month": "2025-01"})).json()
    assert (empty["total"]["minutes"], empty["rows"]) == (0, [])


def _november(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC)
