"""Cases leave for another city's endpoint, however it behaves: none is lost, none posted twice blindly."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import orjson
import pytest
from sqlalchemy import select

from app.core.actor import Actor
from app.jobs.schedule import run_due
from app.jobs.table import JOBS
from app.models import (
    Move,
    Notification,
    Open311Format,
    Open311Sending,
    OutboxEvent,
    Report,
    ReportState,
    ReportStep,
    SendingState,
    UnitKind,
)
from app.ports import NotReachedError, OutsideError, WebAnswer, WebRequest
from app.services import open311
from app.services.couriers import Courier
from app.services.open311.leaving import HELD, PAUSES
from app.services.reports import dispatch
from tests.factories.open311 import (
    ARRANGED_KEY,
    NOW,
    make_approved_photo,
    make_endpoint,
    make_note,
    make_sending,
)
from tests.factories.reports import make_category, make_report, make_unit
from tests.reports import crew

LATER = timedelta(days=2)
Says = WebAnswer | Exception


def a_list(*rows: dict) -> WebAnswer:
    return WebAnswer(200, orjson.dumps(rows))


class City:
    """Another city's endpoint that answers what a test says, one call after another."""

    def __init__(self, *answers: Says) -> None:
        self.answers, self.asked = list(answers), list[WebRequest]()

    async def ask(self, request: WebRequest) -> WebAnswer:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def calls(self) -> list[str]:
        return [f"{each.method} {urlsplit(each.url).path.rsplit('/', 1)[1]}" for each in self.asked]


@pytest.fixture
def go(runtime, session):
    async def send(city: City, now=NOW) -> bool:
        await session.commit()
        courier = Courier(city, runtime.vault, "https://nuanfeng.example", lambda: now)
        return await open311.send_next(runtime.db, courier)

    return send


@pytest.fixture
async def waiting(runtime, session) -> Open311Sending:
    """A case that waits to leave for an endpoint."""
    endpoint = await make_endpoint(session, runtime.vault)
    report = await make_report(session, state=ReportState.DISPATCHED, unit_id=endpoint.unit_id)
    return await make_sending(session, report, endpoint.unit_id)


async def state_of(session, sending) -> tuple[str, str | None]:
    await session.refresh(sending)
    return sending.state.value, sending.last_error


async def test_dispatching_queues_and_what_leaves_names_nobody(runtime, session, client_for, go):
    lane = {"id": "lane", "type": "choice", "zh": "车道", "en": "Lane"}
    whose = {"id": "whose", "type": "text", "zh": "谁家门口", "en": "Whose door"}
    choices = [{"id": "slow", "zh": "慢车道", "en": "Slow lane"}]
    await make_category(session, name_zh="道路破损", questions=[{**lane, "choices": choices}, whose])
    mapped = {"depth": "TIEFE", "wet": "NASS", "lane": "SPUR", "whose": "WO"}
    services = {"road_damage": {"code": "Pothole", "attributes": mapped}}
    endpoint = await make_endpoint(
        session, runtime.vault, jurisdiction_id="city.example", services=services, fmt=Open311Format.XML
    )
    report = await make_report(
        session,
        state=ReportState.ACCEPTED,
        description="张三家门口的坑",
        public_text="坑很深13712345678",
        address="路口 13712345678",
        answers={"depth": 30.0, "wet": True, "lane": "slow", "whose": "张三", "who": "张三"},
        public_at=NOW,
    )
    photo = await make_approved_photo(session, report.id)
    await make_approved_photo(session, report.id, approved_at=None, approved_by=None)
    await session.commit()

    sent = await client_for(await crew.staff(session)).post(
        f"/v1/reports/cases/{report.id}/dispatch",
        json={"unit_id": str(endpoint.unit_id), "version": report.version},
    )
    assert sent.status_code == 200, sent.text
    assert sent.json()["warnings"] == []
    endpoint.is_enabled = False
    await session.commit()
    warned = await dispatch.warnings_about(session, endpoint.unit_id, now=NOW)
    assert warned == ["unit_not_connected"]
    endpoint.is_enabled = True
    sending = await session.scalar(select(Open311Sending))
    assert sending is not None
    assert (sending.state, sending.reference) == ("queued", f"NF{report.number}-1")
    number = (
        b"<service_requests><request><service_request_id>7</service_request_id></request></service_requests>"
    )
    city = City(WebAnswer(200, number))
    assert await go(city, sending.next_try_at)
    assert not await go(city, sending.next_try_at + LATER)

    (request,) = city.asked
    assert (request.method, request.url) == ("POST", "https://city.example/open311/v2/requests.xml")
    assert request.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert parse_qsl(request.body.decode()) == [
        ("api_key", ARRANGED_KEY),
        ("jurisdiction_id", "city.example"),
        ("service_code", "Pothole"),
        ("lat", f"{report.lat:.6f}"),
        ("long", f"{report.lon:.6f}"),
        ("address_string", "路口 ***"),
        ("description", f"道路破损 · 暖蜂 Nuanfeng NF{report.number}-1\r\n\r\n坑很深***"),
        ("attribute[NASS]", "true"),
        ("attribute[SPUR]", "slow"),
        ("attribute[TIEFE]", "30"),
        ("media_url", f"https://nuanfeng.example/open311/v2/media/{photo.id}.jpg"),
    ]
    assert await state_of(session, sending) == ("delivered", None)
    assert (sending.remote_id, sending.busy_until) == ("7", None)
    await session.refresh(report)
    assert report.state == "dispatched"


async def test_a_token_is_asked_about_until_it_has_a_number(session, waiting, go):
    city = City(a_list({"token": "t/1"}), WebAnswer(404), a_list({"token": "t/1", "service_request_id": "8"}))

    assert await go(city)
    assert await state_of(session, waiting) == ("acknowledged", None)
    assert not await go(city)
    assert await go(city, waiting.next_try_at)
    assert await state_of(session, waiting) == ("acknowledged", "HTTP 404")
    assert await go(city, waiting.next_try_at)

    assert await state_of(session, waiting) == ("delivered", None)
    assert waiting.remote_id == "8"
    assert city.calls == ["POST requests.json", "GET t%2F1.json", "GET t%2F1.json"]


def found(sending: Open311Sending, text: str = "暖蜂 {}") -> WebAnswer:
    return a_list({"service_request_id": "9", "description": text.format(sending.reference)})


@pytest.mark.parametrize(
    ("first", "then", "calls", "state"),
    [
        # It may have arrived: looked for, found, never posted again.
        (OutsideError("ReadTimeout"), lambda s: [found(s)], 2, "delivered"),
        (WebAnswer(200, b"<html>thanks!"), lambda s: [found(s)], 2, "delivered"),
        (WebAnswer(500), lambda s: [found(s)], 2, "delivered"),
        # Looked for and not found, another's is not ours: posted again.
        (WebAnswer(502), lambda s: [found(s, "{}0"), a_list({"service_request_id": "9"})], 3, "delivered"),
        (OutsideError("x"), lambda _: [WebAnswer(404), a_list({"service_request_id": "9"})], 3, "delivered"),
        # Who cannot look does not post.
        (OutsideError("x"), lambda _: [WebAnswer(503)], 2, "failed"),
        (OutsideError("x"), lambda _: [OutsideError("x")], 2, "sent"),
        # It surely did not arrive: nothing to look for.
        (NotReachedError("ConnectError"), lambda _: [a_list({"service_request_id": "9"})], 2, "delivered"),
    ],
)
async def test_what_may_have_arrived_is_looked_for(
    session, waiting, go, first: Says, then: Callable[[Open311Sending], list[Says]], calls: int, state: str
):
    city = City(first, *then(waiting))

    assert await go(city)
    await session.refresh(waiting)
    assert waiting.state == ("failed" if isinstance(first, NotReachedError) or first == WebAnswer(500)
                             or first == WebAnswer(502) else "sent")  # fmt: skip
    assert await go(city, waiting.next_try_at)

    assert (await state_of(session, waiting))[0] == state
    assert len(city.calls) == calls
    if city.calls[1].startswith("GET"):
        asked = parse_qs(urlsplit(city.asked[1].url).query)
        assert asked["service_code"] == ["road_damage"]
        assert asked["start_date"] == ["2026-11-20T03:00:00Z"]


async def test_what_may_have_arrived_is_looked_for_on_every_page(session, waiting, go):
    others = [a_list(*({"service_request_id": f"{page}-{at}"} for at in range(10))) for page in range(2)]
    city = City(OutsideError("ReadTimeout"), *others, found(waiting))

    assert await go(city)
    await session.refresh(waiting)
    assert await go(city, waiting.next_try_at)

    assert await state_of(session, waiting) == ("delivered", None)
    assert [parse_qs(urlsplit(each.url).query).get("page") for each in city.asked[1:]] == [None, ["2"], ["3"]]


async def test_who_knows_no_pages_is_asked_for_no_third(session, waiting, go):
    page = a_list(*({"service_request_id": f"{at}"} for at in range(10)))
    city = City(OutsideError("ReadTimeout"), page, page, a_list({"service_request_id": "9"}))

    assert await go(city)
    await session.refresh(waiting)
    assert await go(city, waiting.next_try_at)

    assert city.calls == ["POST requests.json", *["GET requests.json"] * 2, "POST requests.json"]


async def test_a_long_case_leaves_no_longer_than_the_standard_takes(runtime, session, go):
    endpoint = await make_endpoint(session, runtime.vault)
    given = {"state": ReportState.DISPATCHED, "unit_id": endpoint.unit_id, "description": "坑" * 5000}
    report = await make_report(session, **given)
    sending = await make_sending(session, report, endpoint.unit_id)
    city = City(a_list({"service_request_id": "9"}))

    assert await go(city)

    said = dict(parse_qsl(city.asked[0].body.decode()))["description"]
    assert len(said) == 4000
    assert sending.reference in said[:100]  # lists that cut it short still show by what it is found


async def test_a_key_that_nobody_can_read_stops_nobody_elses_cases(runtime, session, go):
    """What was kept under a key of ours that is gone is said; the other cities go on."""
    made = []
    for given in ({"api_key_encrypted": b"made by no key of ours"}, {}):
        endpoint = await make_endpoint(session, runtime.vault, **given)
        report = await make_report(session, state=ReportState.DISPATCHED, unit_id=endpoint.unit_id)
        made.append((endpoint, await make_sending(session, report, endpoint.unit_id)))
    city = City(a_list({"service_request_id": "9"}), a_list({"service_request_id": "9", "status": "open"}))

    while await go(city):
        pass

    (lost, waits), (other, there) = made
    assert await state_of(session, waits) == ("failed", "unreadable api_key")
    assert await state_of(session, there) == ("delivered", None)
    waits.state = SendingState.DELIVERED
    waits.next_try_at = NOW
    other.busy_until = NOW  # the lost one was never asked, so it is first
    await session.commit()
    courier = Courier(city, runtime.vault, "https://nuanfeng.example", lambda: NOW + LATER)
    assert [await open311.ask_next(runtime.db, courier) for _ in range(2)] == [True, False]
    await session.refresh(lost)
    assert (lost.last_error, city.answers) == ("unreadable api_key", [])


async def test_who_dies_while_sending_leaves_it_to_be_looked_for(runtime, session, waiting, go):
    class Dying(City):
        async def ask(self, request: WebRequest) -> WebAnswer:
            raise SystemError(request.url)

    with pytest.raises(SystemError):
        await go(Dying())
    assert (await state_of(session, waiting))[0] == "sending"
    sweep = [job for job in JOBS if job.name == "sweep_sendings"]
    await run_due(runtime.db, sweep, now=lambda: NOW + HELD / 2)
    assert not await go(City(), NOW + HELD / 2)
    await run_due(runtime.db, sweep, now=lambda: NOW + HELD)
    assert (await state_of(session, waiting))[0] == "sent"
    city = City(found(waiting))
    assert await go(city, NOW + HELD)

    assert (await state_of(session, waiting))[0] == "delivered"
    assert city.calls == ["GET requests.json"]


async def test_what_is_refused_is_a_persons_work(runtime, session, waiting, go, client_for):
    staff = await crew.staff(session)
    clerk = client_for(staff)
    report = await session.get(Report, waiting.report_id)
    report.assigned_to = staff.account_id
    refusal = WebAnswer(403, orjson.dumps([{"code": 403, "description": "bad key, ask 13712345678"}]))

    assert await go(City(refusal))
    assert await state_of(session, waiting) == ("gave_up", "HTTP 403: bad key, ask ***")
    event = await session.scalar(select(OutboxEvent).where(OutboxEvent.name == "open311.sending_gave_up"))
    assert event is not None
    assert event.payload["sending_id"] == str(waiting.id)
    told = await session.scalar(select(Notification).where(Notification.kind == "desk.city_gave_up"))
    assert told is not None
    assert (told.account_id, told.params) == (staff.account_id, {"number": f"NF{report.number}"})
    (stuck,) = (await clerk.get("/v1/open311/sendings?stuck=true")).json()["items"]
    assert (stuck["id"], stuck["state"], stuck["unit_name"]) == (str(waiting.id), "gave_up", "邻市12345平台")
    again = await clerk.post(f"/v1/open311/sendings/{waiting.id}/retry")
    assert (again.status_code, again.json()["state"]) == (200, "sent")
    await session.refresh(waiting)
    city = City(a_list(), a_list({"service_request_id": "9"}))
    assert await go(city, waiting.next_try_at)
    assert city.calls == ["GET requests.json", "POST requests.json"]
    assert (await clerk.get("/v1/open311/sendings?stuck=true")).json()["items"] == []
    shown = (await clerk.get(f"/v1/open311/sendings?report_id={waiting.report_id}")).json()["items"]
    assert [each["remote_id"] for each in shown] == ["9"]
    refused = await clerk.post(f"/v1/open311/sendings/{waiting.id}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "open311.sending_not_stuck")


async def test_it_gives_up_after_two_days_and_the_desk_takes_the_case_back(
    session, waiting, go, client_for, clock
):
    now, city = NOW, City(*[NotReachedError("ConnectError")] * 9)
    while waiting.state is not SendingState.GAVE_UP:
        assert await go(city, now)
        await session.refresh(waiting)
        assert waiting.next_try_at - now <= PAUSES[-1] * 1.2
        now = waiting.next_try_at
    assert (waiting.tries, waiting.last_error) == (9, "ConnectError")

    report = await session.get(Report, waiting.report_id)
    clock.at = now
    taken = await client_for(await crew.staff(session)).post(
        f"/v1/open311/sendings/{waiting.id}/return", json={"version": report.version, "text": "对方无应答"}
    )
    assert taken.status_code == 200, taken.text
    assert taken.json()["report_state"] == "returned"
    await session.refresh(report)
    assert (report.unit_id, report.return_count) == (None, 1)


async def test_what_left_the_unit_or_has_no_service_does_not_leave_us(runtime, session, go):
    endpoint = await make_endpoint(session, runtime.vault, services={"hole": {"code": "h"}})
    hers = {"state": ReportState.DISPATCHED, "unit_id": endpoint.unit_id}
    elsewhere = await make_report(session, state=ReportState.RETURNED)
    hidden = await make_report(session, **hers, is_confidential=True)
    unnamed = await make_report(session, **hers)
    held = await make_sending(session, await make_report(session, **hers), endpoint.unit_id)
    held.state, held.busy_until = SendingState.SENDING, NOW + HELD
    rows = [await make_sending(session, each, endpoint.unit_id) for each in (elsewhere, hidden, unnamed)]

    assert not await go(City())
    states = [await state_of(session, each) for each in rows]
    assert states == [("cancelled", None), ("cancelled", None), ("gave_up", "no service_code: road_damage")]
    events = await session.scalars(select(OutboxEvent).where(OutboxEvent.name == "open311.sending_gave_up"))
    assert [event.payload["sending_id"] for event in events] == [str(rows[2].id)]
    endpoint.is_enabled = False
    rows[2].state = SendingState.QUEUED
    assert not await go(City(), NOW + LATER)


async def test_staff_let_riders_read_what_the_city_says(session, waiting, client_for):
    note = await make_note(session, waiting, text="已派人,电话13712345678")
    silent = await make_note(session, waiting, text="")
    desk = client_for(await crew.staff(session))
    report = await session.get(Report, waiting.report_id)
    await session.commit()
    path, given = "/v1/open311/notes/{}/show", {"version": report.version}

    shown = await desk.post(path.format(note.id), json=given)
    assert (shown.status_code, shown.json()["shown_at"] is None) == (200, False), shown.text
    assert (await desk.post(path.format(note.id), json=given)).status_code == 409
    again = {"version": report.version + 1}
    assert (await desk.post(path.format(note.id), json=again)).status_code == 200
    refused = await desk.post(path.format(silent.id), json=again)
    assert (refused.status_code, refused.json()["code"]) == (422, "report.reason_needed")
    words = {**again, "text": "邻市已派人"}
    assert (await desk.post(path.format(silent.id), json=words)).status_code == 200

    steps = await session.scalars(select(ReportStep).where(ReportStep.move == Move.NOTE_PROGRESS))
    read = [(step.actor, step.reason, step.to_state) for step in steps]
    assert read == [("staff", "已派人,电话***", "dispatched"), ("staff", "邻市已派人", "dispatched")]


async def test_officers_keep_endpoints_and_nobody_reads_a_key(runtime, session, client_for):
    await make_category(session)
    unit = await make_unit(session, kind=UnitKind.OPEN311)
    department = await make_unit(session)
    officer = await crew.officer(session)
    await session.commit()
    ours, path = client_for(officer), f"/v1/open311/endpoints/{unit.id}"
    given = {
        "url": "https://city.example/open311/v2/",
        "api_key": "a secret of theirs",
        "services": {"road_damage": {"code": "Pothole", "attributes": {"depth": "TIEFE"}}},
        "statuses": {"已办结": "done"},
        "is_enabled": True,
    }

    made = await ours.put(path, json=given)
    assert made.status_code == 200, made.text
    listed = await ours.get("/v1/open311/endpoints")
    assert [each["unit_id"] for each in listed.json()["items"]] == [str(unit.id)]
    assert "secret of theirs" not in made.text + listed.text
    again = await ours.put(path, json={**given, "api_key": None, "is_enabled": False, "version": 1})
    assert (again.json()["version"], again.json()["is_enabled"]) == (2, False)
    assert (await ours.put(path, json=given)).status_code == 409
    for change, code in (
        ({"url": "https://city.example/open311/v2"}, "open311.endpoint_address_refused"),
        ({"url": "http://city.example/v2/"}, "open311.endpoint_address_refused"),
        ({"url": "https://me@city.example/v2/"}, "open311.endpoint_address_refused"),
        ({"services": {"nothing": {"code": "x"}}}, "invalid_input"),
        ({"statuses": {"x": "perhaps"}}, "invalid_input"),
    ):
        refused = await ours.put(path, json={**given, **change, "version": 2})
        assert (refused.status_code, refused.json()["code"]) == (422, code), change
    wrong = await ours.put(f"/v1/open311/endpoints/{department.id}", json=given)
    assert wrong.json()["code"] == "open311.unit_speaks_none"
    assert (await client_for(Actor(officer.account_id)).put(path, json=given)).status_code == 403
    kept = (await open311.list_endpoints(session, by=officer))[0]
    before = kept.api_key_encrypted
    await open311.rotate_keys(session, vault=runtime.vault)
    assert kept.api_key_encrypted != before
    assert runtime.vault.decrypt_shared(kept.api_key_encrypted) == "a secret of theirs"
