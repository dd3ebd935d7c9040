"""Notes stay among colleagues; a question reaches the reporter and nobody learns who that is."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.clock import utc_now
from app.models import OutboxEvent, ReportState, StoredFilter
from app.services.reports.errors import TooManyFilters
from app.services.reports.filters import CaseFilter
from app.services.reports.notes import write_note
from app.services.reports.stored_filters import keep_filter
from tests.factories.accounts import make_account
from tests.factories.reports import make_question, make_report, make_template
from tests.factories.stations import COMMUNITY
from tests.reports.desks import staff_of

NOW = utc_now()


@pytest.fixture
async def rider_account(session):
    return await make_account(session, display_name="隐名骑手")


@pytest.fixture
async def report(session, rider_account):
    return await make_report(session, reporter_id=rider_account.id)


@pytest.fixture
async def desk(session, client_for, report):
    clerk = await staff_of(session, COMMUNITY)
    await session.commit()
    return client_for(clerk)


@pytest.fixture
async def rider(client_for, rider_account, desk):
    return client_for(Actor(rider_account.id))


async def test_of_what_five_send_at_once_each_finds_the_one_that_is_kept(own_runtime, monkeypatch):
    """A phone in a lift asks again before the first answer came: no conflict, and no filter too many."""
    monkeypatch.setattr("app.services.reports.stored_filters.MOST_FILTERS", 2)
    async with own_runtime.db.writing() as session:
        clerk = await staff_of(session, COMMUNITY)
        report_id = (await make_report(session)).id
    note_id, filter_id = uuid4(), uuid4()

    async def send():
        async with own_runtime.db.writing() as session:
            note = await write_note(session, report_id, note_id=note_id, text="一", by=clerk, now=NOW)
            kept = {"name": "急", "wanted": CaseFilter(), "by": clerk, "now": NOW}
            await keep_filter(session, filter_id, **kept)
            with suppress(TooManyFilters):
                await keep_filter(session, uuid4(), **kept)
        return note.id

    assert await asyncio.gather(*(send() for _ in range(5))) == [note_id] * 5
    async with own_runtime.db.reading() as session:
        assert await session.scalar(select(func.count(StoredFilter.id))) == 2


async def test_a_note_is_kept_once_and_the_rider_never_sees_it(desk, rider, report):
    note = {"id": str(uuid4()), "text": "像是燃气公司的井盖"}
    path = f"/v1/reports/cases/{report.id}/notes"

    answers = [await desk.post(path, json=note) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    (kept,) = (await desk.get(path)).json()["notes"]
    assert (kept["text"], kept["author_name"]) == (note["text"], "小李")
    assert note["text"] not in (await rider.get(f"/v1/reports/mine/{report.id}")).text
    other = await desk.post(path, json={**note, "text": "别的"})
    assert other.json()["code"] == "idempotency_key_reused"


async def test_a_question_goes_round(desk, rider, report, session):
    asked = {"id": str(uuid4()), "text": "哪个路口?", "due_at": (NOW + timedelta(days=2)).isoformat()}
    path = f"/v1/reports/cases/{report.id}/questions"

    assert (await desk.post(path, json=asked)).status_code == 201
    (question,) = (await rider.get(f"/v1/reports/mine/{report.id}/questions")).json()["questions"]
    assert question["text"] == "哪个路口?"
    answer_path = f"/v1/reports/mine/{report.id}/questions/{asked['id']}/answer"
    for _ in range(2):
        assert (await rider.post(answer_path, json={"text": "东北角 13812345678"})).status_code == 200
    again = await rider.post(answer_path, json={"text": "西南角"})

    assert again.json()["code"] == "report.already_answered"
    (answered,) = (await desk.get(path)).json()["questions"]
    assert answered["answer"].startswith("东北角")
    assert "12345678" not in answered["answer"]
    payloads = (await session.scalars(select(OutboxEvent.payload))).all()
    assert "隐名骑手" not in str(payloads)


async def test_a_term_ends(rider, report, session):
    question = await make_question(session, report, due_at=NOW - timedelta(days=1))
    await session.commit()

    late = await rider.post(
        f"/v1/reports/mine/{report.id}/questions/{question.id}/answer", json={"text": "晚了"}
    )

    assert (late.status_code, late.json()["code"]) == (409, "report.answer_too_late")


async def test_no_term_is_longer_than_thirty_days(desk, report):
    asked = {"id": str(uuid4()), "text": "?", "due_at": (NOW + timedelta(days=300)).isoformat()}

    question = (await desk.post(f"/v1/reports/cases/{report.id}/questions", json=asked)).json()

    assert question["due_at"] < (NOW + timedelta(days=31)).isoformat()


async def test_nobody_is_asked_about_what_is_over(desk, report, session):
    report.state = ReportState.REJECTED
    await session.commit()
    asked = {"id": str(uuid4()), "text": "?", "due_at": NOW.isoformat()}

    response = await desk.post(f"/v1/reports/cases/{report.id}/questions", json=asked)

    assert (response.status_code, response.json()["code"]) == (409, "report.over")


async def test_somebody_else_cannot_answer(session, client_for, report):
    question = await make_question(session, report, due_at=NOW + timedelta(days=1))
    stranger = client_for(Actor((await make_account(session)).id))
    await session.commit()

    response = await stranger.post(
        f"/v1/reports/mine/{report.id}/questions/{question.id}/answer", json={"text": "我"}
    )

    assert response.status_code == 404


async def test_templates_that_fit_best_come_first(desk, session):
    everywhere = await make_template(session, area_code=COMMUNITY[:6], title="甲")
    fitting = await make_template(session, title="乙", move="reject")
    await make_template(session, title="丙", move="accept")
    await make_template(session, area_code="620921", title="丁")
    await session.commit()

    found = (await desk.get(f"/v1/reports/templates?area_code={COMMUNITY}&move=reject")).json()["templates"]

    assert [each["id"] for each in found] == [str(fitting.id), str(everywhere.id)]


async def test_a_template_is_changed_under_its_version(desk):
    draft = {"area_code": COMMUNITY, "title": "谢谢", "text": "已受理"}
    made = (await desk.post("/v1/reports/templates", json=draft)).json()
    path = f"/v1/reports/templates/{made['id']}"

    changed = await desk.put(path, json={**draft, "text": "已受理,谢谢", "version": 1})
    stale = await desk.put(path, json={**draft, "version": 1})

    assert (changed.json()["text"], changed.json()["version"]) == ("已受理,谢谢", 2)
    assert (stale.status_code, stale.json()["editor"]) == (409, "小李")
    assert (await desk.delete(path)).status_code == 204
    unknown = await desk.post("/v1/reports/templates", json={**draft, "category_id": "no_such"})
    assert unknown.json()["code"] == "report.category_unknown"
