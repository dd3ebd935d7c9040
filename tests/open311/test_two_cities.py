"""Two cities that run Nuanfeng: a case of the first is handled by the second, over its own Open311 server."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import select

from app.core.clock import utc_now
from app.core.errors import NotFound
from app.main import create_app
from app.models import (
    Move,
    Notification,
    Open311Format,
    Open311Note,
    Open311Sending,
    Outcome,
    PhotoPurpose,
    Report,
    ReportState,
    ReportStep,
    ReportTask,
    StepActor,
)
from app.ports import OutsideError, WebAnswer, WebRequest
from app.services import open311
from app.services.couriers import Courier
from app.services.reports import moves
from app.services.reports.scope import Acting
from tests.factories.open311 import make_endpoint, make_key
from tests.factories.reports import make_category, make_report, make_unit
from tests.reports import crew, crew_photos

AT = "https://city.example/open311/v2/"
LATER = timedelta(minutes=6)
THEIRS = Acting(StepActor.STAFF, None, "邻市小陈")
THEIR_UNIT = Acting(StepActor.UNIT, None, "邻市养护所")


class OtherCity:
    """The way to another app of ours, through its own routes."""

    def __init__(self, runtime) -> None:
        transport = ASGITransport(create_app(runtime))
        self.client = AsyncClient(transport=transport, base_url="https://city.example")
        self.runtime, self.is_away, self.forgets, self.asked = runtime, False, False, list[str]()

    async def ask(self, request: WebRequest) -> WebAnswer:
        if self.is_away:
            raise OutsideError("ReadTimeout")
        self.asked.append(request.method)
        said = await self.client.request(
            request.method, request.url, content=request.body, headers=request.headers
        )
        if self.forgets:
            raise OutsideError("ReadTimeout")
        return WebAnswer(said.status_code, said.content)

    async def move(self, move: Move, acting: Acting = THEIRS, reason: str = "", **given) -> None:
        """Do there what its people would."""
        async with self.runtime.db.writing() as session:
            (report,) = (await session.scalars(select(Report).with_for_update())).all()
            for name, value in given.items():
                setattr(report, name, value)
            await moves.make(session, report, move, acting=acting, now=utc_now(), reason=reason)


@pytest.fixture
async def other(own_runtime):
    async with own_runtime.db.writing() as session:
        await make_category(session, "hole")
        await make_key(session)
    city = OtherCity(own_runtime)
    yield city
    await city.client.aclose()


@pytest.fixture
def go(runtime, session, other):
    """Send and ask as the loops do, some minutes later each time."""
    now = [utc_now()]

    async def forward(*, asks: bool = True) -> None:
        await session.commit()
        now[0] += LATER
        courier = Courier(other, runtime.vault, "https://nuanfeng.example", lambda: now[0])
        while await open311.send_next(runtime.db, courier):
            pass
        now[0] += LATER
        if asks:
            assert await open311.ask_next(runtime.db, courier)
            assert not await open311.ask_next(runtime.db, courier)

    return forward


async def dispatched(runtime, session, client_for, clerk, **given) -> Report:
    services = {"road_damage": {"code": "hole", "attributes": {}}}
    endpoint = await make_endpoint(session, runtime.vault, url=AT, services=services, **given)
    report = await make_report(session, state=ReportState.ACCEPTED, description="路面有坑13712345678")
    await session.commit()
    sent = await client_for(clerk).post(
        f"/v1/reports/cases/{report.id}/dispatch", json={"unit_id": str(endpoint.unit_id), "version": 1}
    )
    assert sent.status_code == 200, sent.text
    return report


async def test_a_case_goes_there_and_comes_back_to_be_proved_and_checked(
    runtime, session, client_for, other, go
):
    clerk, officer = await crew.staff(session), await crew.officer(session)
    desk = client_for(clerk)
    report = await dispatched(runtime, session, client_for, clerk, fmt=Open311Format.XML, has_updates=True)

    await go()
    sending = await session.scalar(select(Open311Sending))
    async with other.runtime.db.reading() as theirs:
        (arrived,) = (await theirs.scalars(select(Report))).all()
    assert (sending.state, sending.remote_id) == ("delivered", f"NF{arrived.number}")
    assert arrived.description == f"道路破损 · 暖蜂 Nuanfeng NF{report.number}-1\n\n路面有坑***"
    await session.refresh(report)
    assert report.state == "dispatched"

    await other.move(Move.ACCEPT, reason="已转养护所,电话13712345678")
    await other.move(Move.DISPATCH, unit_id=None)
    await go()
    await session.refresh(report)
    assert report.state == "in_progress"
    taken = await session.scalar(select(ReportStep).where(ReportStep.move == Move.TAKE_ON))
    assert (taken.actor, taken.actor_id, taken.actor_name) == ("unit", None, "邻市12345平台")
    notes = (await desk.get(f"/v1/open311/sendings/{sending.id}/notes")).json()["items"]
    assert "已转养护所,电话***" in [each["text"] for each in notes]
    timeline = [step.reason for step in await session.scalars(select(ReportStep))]
    assert "已转养护所,电话***" not in timeline
    await go()  # the same words again are no news
    assert len((await session.scalars(select(Open311Note))).all()) == len(notes)

    await other.move(Move.TAKE_ON, THEIR_UNIT)
    await other.move(Move.RESOLVE, THEIR_UNIT, "补好了")
    await other.move(
        Move.CLOSE, reason="好了", outcome=Outcome.EXPLAINED, checked_at=utc_now(), closed_at=utc_now()
    )
    await go()
    await session.refresh(report)
    await session.refresh(sending)
    # Their word is no proof.
    assert (report.state, report.resolved_at) == ("in_progress", None)
    assert (sending.remote_status, sending.remote_closed_at is None) == ("closed", False)
    (told,) = (await session.scalars(select(Notification))).all()
    assert (told.kind, told.account_id) == ("desk.city_says_done", clerk.account_id)
    (stuck,) = (await desk.get("/v1/open311/sendings?stuck=true")).json()["items"]
    path = f"/v1/open311/sendings/{stuck['id']}"
    word = {"version": stuck["report_version"], "text": "现场已补好"}
    bare = await desk.post(f"{path}/resolve", json={**word, "photo_ids": []})
    assert bare.status_code == 422
    photo = await crew_photos.ready(session, clerk.account_id)
    await session.commit()
    resolved = await desk.post(f"{path}/resolve", json={**word, "photo_ids": [str(photo.id)]})
    assert (resolved.status_code, resolved.json()["report_state"]) == (200, "resolved"), resolved.text
    checks = {}
    for who in (clerk, officer):
        seen = await crew_photos.ready(session, who.account_id, PhotoPurpose.VERIFICATION)
        await session.commit()
        checks[who] = await client_for(who).post(
            f"/v1/reports/checking/{report.id}/confirm", json={"text": "好", "photo_ids": [str(seen.id)]}
        )
    assert (checks[clerk].status_code, checks[clerk].json()["code"]) == (403, "report.another_person")
    assert checks[officer].status_code == 200
    assert (await desk.get("/v1/open311/sendings?stuck=true")).json()["items"] == []


async def test_what_is_not_theirs_comes_back_and_goes_there_anew(runtime, session, client_for, other, go):
    clerk = await crew.staff(session)
    report = await dispatched(runtime, session, client_for, clerk, statuses={"不予受理 Rejected": "refused"})
    await go()

    await other.move(Move.REJECT, reason="不是我们的路")
    await go()
    await session.refresh(report)
    assert (report.state, report.unit_id, report.return_count) == ("returned", None, 1)
    back = await session.scalar(select(ReportStep).where(ReportStep.move == Move.RETURN))
    assert back.reason.startswith("对接方退回")

    unit_id = (await session.scalar(select(Open311Sending))).unit_id
    sent = await client_for(clerk).post(
        f"/v1/reports/cases/{report.id}/dispatch", json={"version": report.version, "unit_id": str(unit_id)}
    )
    assert sent.status_code == 200, sent.text
    await go()
    sendings = (await session.scalars(select(Open311Sending).order_by(Open311Sending.id))).all()
    assert [each.reference for each in sendings] == [f"NF{report.number}-1", f"NF{report.number}-2"]
    assert len({each.remote_id for each in sendings}) == 2


async def test_an_answer_that_got_lost_makes_no_second_case_there(runtime, session, client_for, other, go):
    clerk = await crew.staff(session)
    await dispatched(runtime, session, client_for, clerk)

    other.forgets = True
    await go(asks=False)
    sending = await session.scalar(select(Open311Sending))
    assert (sending.state, sending.last_error) == ("sent", "ReadTimeout")
    other.forgets = False
    await go()

    await session.refresh(sending)
    assert sending.state == "delivered"
    assert other.asked == ["POST", "GET", "GET"]
    async with other.runtime.db.reading() as theirs:
        assert len((await theirs.scalars(select(Report))).all()) == 1


async def test_a_city_that_is_away_is_said_to_be_and_nothing_moves(runtime, session, client_for, other, go):
    clerk, officer = await crew.staff(session), await crew.officer(session)
    report = await dispatched(runtime, session, client_for, clerk)
    await go()
    other.is_away = True
    await go()

    (endpoint,) = (await client_for(officer).get("/v1/open311/endpoints")).json()["items"]
    assert (endpoint["last_error"], endpoint["failing_since"] is None) == ("ReadTimeout", False)
    await session.refresh(report)
    assert report.state == "dispatched"
    other.is_away = False
    await go()
    (endpoint,) = (await client_for(officer).get("/v1/open311/endpoints")).json()["items"]
    assert (endpoint["last_error"], endpoint["failing_since"]) == (None, None)
    with pytest.raises(NotFound):
        await open311.sendings.notes_of(session, report.id, by=clerk)


async def test_a_task_of_a_shared_case_goes_there_and_is_proved_here(runtime, session, client_for, other, go):
    clerk = await crew.staff(session)
    desk = client_for(clerk)
    services = {"road_damage": {"code": "hole", "attributes": {}}}
    endpoint = await make_endpoint(session, runtime.vault, url=AT, services=services, has_updates=True)
    ours = await make_unit(session)
    case = await make_report(session, state=ReportState.IN_PROGRESS, unit_id=ours.id, description="坑里有水")
    await session.commit()
    given = {"unit_id": str(endpoint.unit_id), "instruction": "抽水,电话13712345678"}
    path = f"/v1/reports/cases/{case.id}/tasks"
    first = (await desk.post(path, json=given)).json()

    await go()
    async with other.runtime.db.reading() as theirs:
        (arrived,) = (await theirs.scalars(select(Report))).all()
    assert arrived.description == f"道路破损 · 暖蜂 Nuanfeng NF{case.number}-1\n\n抽水,电话***\n\n坑里有水"
    await other.move(Move.ACCEPT)
    await other.move(Move.DISPATCH)
    await go()
    task = await session.get_one(ReportTask, UUID(first["id"]), populate_existing=True)
    await session.refresh(case)
    assert (task.state, case.state) == ("taken", "in_progress")
    await other.move(Move.TAKE_ON, THEIR_UNIT)
    await other.move(Move.RESOLVE, THEIR_UNIT, "抽干了")
    await other.move(
        Move.CLOSE, reason="好了", outcome=Outcome.FIXED, checked_at=utc_now(), closed_at=utc_now()
    )
    await go()
    await session.refresh(task)
    assert task.state == "taken"  # their word is no proof
    (sent,) = (await desk.get("/v1/open311/sendings?stuck=true")).json()["items"]
    assert (sent["task_id"], sent["remote_closed_at"] is None) == (first["id"], False)
    photo = await crew_photos.ready(session, clerk.account_id)
    await session.commit()
    word = {"version": sent["report_version"], "text": "现场已抽干", "photo_ids": [str(photo.id)]}
    done = await desk.post(f"/v1/open311/sendings/{sent['id']}/resolve", json=word)
    assert (done.status_code, done.json()["report_state"]) == (200, "in_progress"), done.text
    await session.refresh(task)
    assert (task.state, task.result) == ("done", "现场已抽干")
    again = await desk.post(f"/v1/open311/sendings/{sent['id']}/return", json={"version": 1, "text": "不对"})
    assert (again.status_code, again.json()["code"]) == (409, "report.task_unfit")

    # One that nobody there answers is taken back to the desk.
    second = (await desk.post(path, json=given)).json()
    waiting = await session.scalar(select(Open311Sending).where(Open311Sending.task_id == UUID(second["id"])))
    back = await desk.post(
        f"/v1/open311/sendings/{waiting.id}/return", json={"version": 1, "text": "没有回音"}
    )
    assert back.status_code == 200, back.text
    await go(asks=False)
    await session.refresh(waiting)
    assert (waiting.state, waiting.reference) == ("cancelled", f"NF{case.number}-2")
