"""The offline queue of reports: each answered for itself, and always the same."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.core.clock import utc_now
from app.models import Report
from app.services import categories
from tests.reports.test_api_submit import a_report, rider

__all__ = ["rider"]


async def send(rider, *records):
    response = await rider.post("/v1/reports/sync", json={"records": list(records)})
    assert response.status_code == 200, response.text
    return response.json()["outcomes"]


async def test_each_record_is_answered_for_itself(rider, session):
    old = (utc_now() - timedelta(days=3)).isoformat()
    good = a_report(captured_at=old, captured_offline=True)
    bad = a_report(category_id="no_such")
    swapped = a_report(position={"lat": 105.0, "lon": 34.5, "coord_type": "wgs84"})
    torn = {"id": "0190a0b0-0000-7000-8000-000000000001", "surprise": True}

    outcomes = await send(rider, good, bad, swapped, torn)

    assert [each["status"] for each in outcomes] == [200, 422, 422, 422]
    assert [each["code"] for each in outcomes] == [
        None, "report.category_unknown", "position.swapped", "invalid_input"
    ]  # fmt: skip
    assert [each["id"] for each in outcomes] == [each["id"] for each in (good, bad, swapped, torn)]
    assert outcomes[0]["report"]["number"].startswith("NF")
    report = await session.get_one(Report, UUID(good["id"]))
    assert (report.captured_at.isoformat(), report.captured_offline) == (old, True)


async def test_a_replay_is_the_same_answer_whatever_has_changed(rider, session):
    good, bad = a_report(), a_report(category_id="later")
    first = await send(rider, good, bad)
    rows = [{"id": "later", "group": "other", "name_zh": "后来", "name_en": "Later"}]
    await categories.import_categories(session, rows, now=utc_now())
    await rider.post(f"/v1/reports/mine/{good['id']}/withdraw", json={})
    await session.commit()

    assert await send(rider, good, bad) == first
    assert await session.scalar(select(func.count()).select_from(Report)) == 1


async def test_one_sent_before_alone_has_the_same_number(rider):
    given = a_report()
    alone = (await rider.post("/v1/reports", json=given)).json()

    (outcome,) = await send(rider, given)

    assert outcome["report"]["number"] == alone["number"]


async def test_another_content_under_a_known_id_is_refused(rider):
    given = a_report()
    await send(rider, given)

    (outcome,) = await send(rider, {**given, "description": "别的"})

    assert outcome["code"] == "idempotency_key_reused"


async def test_too_many_is_no_decision_and_may_be_sent_again(rider):
    outcomes = await send(rider, *(a_report() for _ in range(12)))

    assert sorted(each["status"] for each in outcomes) == [200] * 10 + [429] * 2


async def test_a_queue_is_at_most_fifty(rider):
    response = await rider.post("/v1/reports/sync", json={"records": [a_report() for _ in range(51)]})

    assert response.status_code == 422
