"""Who sent a report: for a reason, kept, and forgotten in time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.models import PersonalDataRead, Report, ReportFollower, ReportOrigin, ReportState
from app.services.reports.identity import CUT_AFTER, Forgetter
from tests.factories.accounts import make_account
from tests.factories.reports import SENT_AT, make_question, make_report
from tests.factories.stations import COMMUNITY
from tests.reports.crew import officer, staff

SECRET_KEY = "k" * 32


@pytest.fixture
async def rider(session, runtime):
    return await make_account(
        session,
        display_name="马师傅",
        phone_hash=runtime.vault.phone_hash("+8613712345678"),
        phone_encrypted=runtime.vault.encrypt_phone("+8613712345678"),
    )


async def test_an_officer_learns_who_sent_it_and_the_privacy_officer_reads_why(session, client_for, rider):
    report = await make_report(session, reporter_id=rider.id)
    by = await officer(session)
    await session.commit()

    answer = await client_for(by).post(
        f"/v1/reports/cases/{report.id}/reporter", json={"reason": "  核实井盖位置 "}
    )

    assert answer.json() == {"display_name": "马师傅", "phone": "137****5678"}
    [kept] = (await session.scalars(select(PersonalDataRead))).all()
    assert (kept.reader_id, kept.subject_id, kept.reason) == (by.account_id, rider.id, "核实井盖位置")
    privacy = Actor((await make_account(session)).id, (Grant(Role.PRIVACY_OFFICER, (COMMUNITY[:6],)),))
    await session.commit()
    reads = await client_for(privacy).get("/v1/accounts/reads")
    assert "核实井盖位置" in reads.text


async def test_numbers_of_people_in_the_words_are_covered_until_somebody_says_why(session, client_for, rider):
    words = {"description": "找老王 13812345678", "answers": {"who": ["620503199001011234", 2]}}
    report = await make_report(session, reporter_id=rider.id, **words)
    by, stranger = await staff(session), await staff(session, "620802003001")
    await session.commit()
    desk, path = client_for(by), f"/v1/reports/cases/{report.id}"

    seen = (await desk.get(path)).json()["case"]
    assert (seen["description"], seen["answers"]) == ("找老王 ***", {"who": ["***", 2]})
    assert "13812345678" not in (await desk.get("/v1/reports/cases")).text
    assert not (await session.scalars(select(PersonalDataRead))).all()

    whole = await desk.post(f"{path}/words", json={"reason": "联系物业老王"})
    assert whole.json() == {**words, "address": report.address}
    [kept] = (await session.scalars(select(PersonalDataRead))).all()
    assert (kept.reader_id, kept.subject_id, kept.what) == (by.account_id, rider.id, "words")
    assert (await desk.post(f"{path}/words", json={"reason": ""})).status_code == 422
    away = await client_for(stranger).post(f"{path}/words", json={"reason": "随便看看"})
    assert away.status_code == 404


@pytest.mark.parametrize("reason", ["", "   核实", "x" * 201])
async def test_no_reason_no_name(session, client_for, rider, reason):
    report = await make_report(session, reporter_id=rider.id)
    by = await officer(session)
    await session.commit()

    answer = await client_for(by).post(f"/v1/reports/cases/{report.id}/reporter", json={"reason": reason})

    assert (answer.status_code, "马师傅" in answer.text) == (422, False)
    assert not (await session.scalars(select(PersonalDataRead))).all()


async def test_of_a_confidential_case_only_its_worker_knows(session, client_for, rider):
    worker, supervisor = await staff(session), await staff(session)
    secret = await make_report(
        session,
        reporter_id=rider.id,
        is_confidential=True,
        case_worker_id=worker.account_id,
        supervisor_id=supervisor.account_id,
    )
    other = await officer(session)
    await session.commit()

    statuses = [
        (
            await client_for(by).post(f"/v1/reports/cases/{secret.id}/reporter", json={"reason": "联系本人"})
        ).status_code
        for by in (worker, supervisor, other)
    ]

    assert statuses == [200, 404, 404]


async def test_half_a_year_after_the_end_nothing_leads_to_the_reporter(session, client_for, rider):
    ended = [
        await make_report(session, reporter_id=rider.id, state=ReportState.REJECTED, state_at=SENT_AT)
        for _ in range(2)
    ]
    stranger = await make_report(session, state=ReportState.REJECTED, state_at=SENT_AT)
    still_open = await make_report(session, reporter_id=rider.id)
    origin = await session.get_one(ReportOrigin, ended[0].id)
    origin.device_lat, origin.device_lon = 39.7431, 98.5083
    by = await officer(session)
    await session.commit()
    forget = Forgetter(SECRET_KEY)

    assert await forget.cut(session, now=SENT_AT + CUT_AFTER) == 0
    assert await forget.cut(session, now=SENT_AT + CUT_AFTER + timedelta(seconds=1)) == 3
    assert await forget.cut(session, now=SENT_AT + CUT_AFTER + timedelta(seconds=1)) == 0

    await session.commit()
    cut = [await session.get_one(ReportOrigin, report.id) for report in (*ended, stranger)]
    assert {each.account_id for each in cut} == {None}
    assert (origin.device_lat, origin.device_lon) == (None, None)
    assert cut[0].pseudonym == cut[1].pseudonym != cut[2].pseudonym
    followed = select(ReportFollower.report_id).where(ReportFollower.account_id == rider.id)
    assert list(await session.scalars(followed)) == [still_open.id]
    asked = await client_for(by).post(
        f"/v1/reports/cases/{ended[0].id}/reporter", json={"reason": "核实情况"}
    )
    assert asked.json()["code"] == "report.reporter_forgotten"


async def test_a_deleted_account_leaves_its_case_behind(session, client_for, rider):
    report = await make_report(session, reporter_id=rider.id)
    by = await staff(session)
    await session.commit()

    assert (await client_for(Actor(rider.id)).delete("/v1/accounts/me")).status_code < 300

    assert (await session.get_one(ReportOrigin, report.id, populate_existing=True)).account_id is None
    assert (await session.get_one(Report, report.id, populate_existing=True)).state is ReportState.SUBMITTED
    assert (
        await client_for(by).post(f"/v1/reports/cases/{report.id}/accept", json={"version": 1})
    ).status_code == 200


async def test_an_export_holds_what_the_rider_wrote_and_was_asked(session, client_for, rider):
    report = await make_report(session, reporter_id=rider.id, description="井盖没了")
    await make_question(session, report, answer="东北角", answered_at=SENT_AT)
    await make_report(session, description="别人的")
    await session.commit()

    held = (await client_for(Actor(rider.id)).get("/v1/accounts/me/export")).json()["records"]

    assert [row["description"] for row in held["reports"]] == ["井盖没了"]
    assert [(row["text"], row["answer"]) for row in held["report_questions"]] == [("哪个路口?", "东北角")]
    assert "assigned_to" not in held["reports"][0]
