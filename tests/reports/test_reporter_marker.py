"""Nothing of who reported reaches anybody else: a case with markers goes all the way, all is searched."""

import io
import json
import logging
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import structlog
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from app.core.actor import Actor
from app.core.clock import utc_now
from app.models import Account, OutboxEvent, Photo, PhotoPurpose, Report, ReportOrigin, Urgency
from app.realtime.cases import CaseFeed, cases_topic
from tests.architecture.access import TABLE
from tests.architecture.access.arrange import arrange, callers
from tests.architecture.access.vocabulary import Sees, Who
from tests.architecture.test_authority import ask, undone
from tests.factories.accounts import make_account
from tests.factories.reports import make_category, make_unit
from tests.factories.stations import COMMUNITY, SUZHOU, make_area
from tests.reports import crew, crew_photos

NAME, PHONE, PLACE = "标记骑手甲乙", "13712345678", 39.7123456789
SAID = "13987654321"  # typed into every text; staff may read it there, nobody else
V1 = "/v1/reports"
HERE = {"lat": SUZHOU.lat, "lon": SUZHOU.lon, "coord_type": "wgs84"}
TEXT = f"井盖没了,打我电话 {SAID}"
# A desk reads what riders wrote, and nothing else of them.
STAFF = {"staff", "officer"}


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"access_log": True})


async def marked(session, runtime, account: Account) -> tuple[str, ...]:
    """Give an account a name and a number that stand nowhere else, and return what must not be seen."""
    account.display_name = NAME
    account.phone_encrypted = runtime.vault.encrypt_phone(f"+86{PHONE}")
    await session.flush()
    return (NAME, PHONE, str(PLACE), str(account.id))


class Loop:
    """A report on its whole way, and everything that was said to anybody but its reporter."""

    def __init__(self, session, client_for, runtime) -> None:
        self.session, self.client_for, self.runtime = session, client_for, runtime
        self.heard: list[tuple[str, str, str]] = []
        self.id = uuid4()

    async def begin(self) -> None:
        session, self.now = self.session, utc_now()
        await make_area(session, COMMUNITY)
        await make_category(session, urgency=Urgency.EMERGENCY)
        self.unit, self.other_unit = await make_unit(session), await make_unit(session, name="供电所")
        account = await make_account(session)
        self.markers = await marked(session, self.runtime, account)
        self.rider = Actor(account.id)
        self.people = {
            "other rider": await crew.rider(session),
            "staff": await crew.staff(session),
            "officer": await crew.officer(session),
            "unit": await crew.unit_user(session, self.unit.id),
            "other unit": await crew.unit_user(session, self.other_unit.id),
            "grid member": await crew.grid_member(session),
        }
        await session.commit()
        self.clients = {name: self.listening(name, actor) for name, actor in self.people.items()}
        self.clients |= {name: self.listening(name) for name in ("contractor", "public")}
        self.own = self.client_for(self.rider)

    def listening(self, name: str, *actor: Actor):
        client = self.client_for(*actor)

        async def hear(response) -> None:
            await response.aread()
            said = response.content
            if response.headers.get("content-type", "").endswith("sheet"):
                book = CalamineWorkbook.from_filelike(io.BytesIO(said))
                said = json.dumps(book.get_sheet_by_index(0).to_python(), ensure_ascii=False).encode()
            self.heard.append((name, response.url.path, f"{response.headers}{said.decode(errors='replace')}"))

        client.event_hooks["response"] = [hear]
        return client

    async def do(self, name: str, method: str, path: str, **given):
        client = self.own if name == "rider" else self.clients[name]
        url = path if path.startswith("/") else f"{V1}/{path}".rstrip("/")
        response = await client.request(method, url, **given)
        assert response.status_code < 400, (name, path, response.text)
        return response

    async def post(self, name: str, path: str, **said):
        return await self.do(name, "POST", path.format(id=self.id), json=said)

    async def decide(self, move: str, **said):
        case = (await self.do("staff", "GET", f"cases/{self.id}")).json()["case"]
        return await self.post("staff", f"cases/{{id}}/{move}", version=case["version"], **said)

    async def photo(self, name: str, purpose: PhotoPurpose, **given) -> list[str]:
        owner = self.rider if name == "rider" else self.people[name]
        made = await crew_photos.ready(self.session, owner.account_id, purpose, **given)
        await self.session.commit()
        return [str(made.id)]

    async def look_everywhere(self) -> None:
        """Let everybody read all that they can read of it now."""
        for name in ("staff", "officer"):
            of_it = ("", "/photos", "/notes", "/questions", "/related", "/extensions")
            for path in ("", "/together", "/counts", *(f"/{self.id}{each}" for each in of_it)):
                await self.do(name, "GET", f"cases{path}")
            for kind in ("csv", "xlsx"):
                await self.do(name, "GET", f"export.{kind}", params=[("states", each) for each in STATES])
            month = f"{self.now:%Y-%m}"
            query = {"area_code": self.people[name].grants[0].area_codes[0], "month": month}
            await self.do(name, "GET", "/v1/statistics/reports", params=query)
            await self.do(name, "GET", "/v1/statistics/reports/cases", params=query)
        await self.do("unit", "GET", "handling")
        await self.clients["unit"].get(f"{V1}/handling/{self.id}")
        await self.do("other unit", "GET", "tasks")
        await self.post("grid member", "checking/nearby", position=HERE)
        await self.do("other rider", "GET", "nearby", params=HERE)
        await self.do("other rider", "GET", "mine")
        await self.do("other rider", "GET", f"mine/{self.id}")
        for fmt in ("json", "xml"):
            for path in ("requests", f"requests/{self.number}", f"tokens/{self.id}", "servicerequestupdates"):
                await self.do("public", "GET", f"/open311/v2/{path}.{fmt}")

    async def walk(self) -> None:
        """Take the report from the hole in the road to the satisfied rider, with a return and a reopening."""
        pictures = await self.photo("rider", PhotoPurpose.REPORT, exif_lat=PLACE)
        sent = await self.post(
            "rider", "",
            id=str(self.id), category_id="road_damage", position={**HERE, "accuracy_m": 8.0},
            is_pin_moved=True, device={**HERE, "lat": PLACE}, area_code=COMMUNITY, address=f"路口 {SAID}",
            description=TEXT, captured_at=self.now.isoformat(), photo_ids=pictures,
        )  # fmt: skip
        self.number = sent.json()["number"]
        await self.post("other rider", "{id}/follow")
        await self.session.execute(update(Report).where(Report.id == self.id).values(public_at=self.now))
        await self.session.commit()
        await self.look_everywhere()
        question = uuid4()
        due = (self.now + timedelta(hours=8)).isoformat()
        await self.post("staff", "cases/{id}/questions", id=str(question), text="哪个路口?", due_at=due)
        await self.post("rider", f"mine/{{id}}/questions/{question}/answer", text=TEXT)
        await self.post("staff", "cases/{id}/notes", id=str(uuid4()), text="看过现场")
        await self.decide("accept")
        approved = (await self.do("staff", "GET", f"cases/{self.id}/photos")).json()["photos"][0]
        await self.post("staff", f"cases/{{id}}/photos/{approved['id']}/approve", version=approved["version"])
        await self.decide("dispatch", unit_id=str(self.other_unit.id))
        await self.post("other unit", "handling/{id}/return", text="不归我们")
        await self.decide("dispatch", unit_id=str(self.unit.id))
        await self.post("unit", "handling/{id}/take-on")
        said = {"id": str(uuid4()), "text": TEXT, "captured_at": self.now.isoformat()}
        await self.post("rider", "mine/{id}/updates", **said)
        task = await self.post(
            "staff", "cases/{id}/tasks", unit_id=str(self.other_unit.id), instruction="断电"
        )
        await self.look_everywhere()
        its = f"tasks/{task.json()['id']}"
        await self.do("other unit", "GET", its)
        await self.post("other unit", f"{its}/take")
        proof = await self.photo("other unit", PhotoPurpose.RESOLUTION)
        await self.post("other unit", f"{its}/finish", text="已断电", photo_ids=proof)
        link = (await self.post("unit", "cases/{id}/links", label="施工队")).json()
        self.clients["contractor"].headers["X-Report-Link"] = link["secret"]
        await self.do("contractor", "GET", "contractors/case")
        await self.post("contractor", "contractors/case/make-safe")
        await self.finish()
        await self.look_everywhere()
        await self.post("rider", "mine/{id}/satisfaction", is_satisfied=False, text=TEXT)
        await self.post("rider", "mine/{id}/still-there", **{**said, "id": str(uuid4())})
        await self.finish()
        await self.look_everywhere()

    async def finish(self) -> None:
        proof = await self.photo("unit", PhotoPurpose.RESOLUTION)
        if await self.state() == "dispatched":
            await self.post("unit", "handling/{id}/take-on")
        await self.post("unit", "handling/{id}/resolve", text="已补平", photo_ids=proof)
        seen = await self.photo("grid member", PhotoPurpose.VERIFICATION)
        await self.post("grid member", "checking/{id}/confirm", text="平了", photo_ids=seen, position=HERE)
        await self.decide("close", outcome="fixed", reason="已修好")

    async def state(self) -> str:
        return (await self.do("staff", "GET", f"cases/{self.id}")).json()["case"]["state"]


STATES = ("submitted", "accepted", "dispatched", "in_progress", "resolved", "closed")


async def test_on_its_whole_way_a_case_says_to_nobody_who_reported_it(
    session, client_for, runtime, caplog, capsys
):
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.WARNING, logger="httpx2")  # the tests' own client
    loop = Loop(session, client_for, runtime)
    await loop.begin()
    hub = runtime.realtime.hub
    with structlog.testing.capture_logs() as logs, hub.subscribe(cases_topic(COMMUNITY)) as board:
        await loop.walk()
        await CaseFeed(runtime.db, hub).hear([loop.id])
        streamed = b"".join(await board.next(patience_s=1)).decode()

    assert (await session.get_one(Report, loop.id, populate_existing=True)).reopened_count == 1
    origin = await session.get_one(ReportOrigin, loop.id)
    assert (str(origin.device_lat), str(origin.account_id)) == loop.markers[2:]  # they are there to be leaked
    heard = {name for name, _, _ in loop.heard}
    assert heard == {*loop.people, "contractor", "public"}
    assert str(loop.id) in streamed
    told = (await session.scalars(select(OutboxEvent))).all()
    others = [
        ("stream", "", streamed),
        ("logs", "", f"{logs}{caplog.text}{''.join(capsys.readouterr())}"),
        *(("event", each.name, json.dumps(each.payload, ensure_ascii=False)) for each in told),
    ]
    leaks = [
        (name, path, marker)
        for name, path, text in [*loop.heard, *others]
        for marker in (*loop.markers, *(() if name in STAFF else (SAID,)))
        if marker in text
    ]
    assert leaks == []


async def test_no_route_tells_an_outsider_who_reported(app, client_for, session, runtime):
    ids = await arrange(session, runtime)
    worker = await session.get_one(Account, UUID(ids["worker_id"]))
    markers = await marked(session, runtime, worker)
    await session.execute(
        update(ReportOrigin).where(ReportOrigin.account_id == worker.id).values(device_lat=PLACE)
    )
    await session.execute(update(Photo).where(Photo.owner_id == worker.id).values(exif_lat=PLACE))
    actors = await callers(session, ids)
    await session.commit()
    await runtime.realtime.board.load()

    leaks = []
    with structlog.testing.capture_logs() as logs:
        for who in (Who.UNIT, Who.GRID_MEMBER, Who.OTHER_WORKER, Who.ANONYMOUS):
            client = client_for(actors[who])
            for row in TABLE:
                if (
                    row.streams
                    or row.expected[who] not in SERVED
                    or not ABOUT_CASES & set(row.path.split("/"))
                ):
                    continue
                async with undone(runtime):
                    answer = await ask(app, client, row, ids)
                    async with runtime.db.reading() as own:
                        told = json.dumps(
                            list(await own.scalars(select(OutboxEvent.payload))), ensure_ascii=False
                        )
                for where, text in (("answer", answer.text), ("events", told)):
                    leaks += [(who, row.path, where, each) for each in markers if each in text]

    assert leaks == []
    assert not [marker for marker in markers if marker in str(logs)]


ABOUT_CASES = {"reports", "photos", "v2", "public", "map"}
SERVED = {Sees.IT, Sees.NOTHING}
