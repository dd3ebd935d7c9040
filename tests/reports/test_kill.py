"""``kill -9`` in the middle of a morning: nothing that was acknowledged is lost, nothing is there twice.

Riders send photos and then their reports while crews say that cases are mended, and the worker in the same
process tells everybody. Then the process is gone, another one starts, and the phones send it all again.
"""

import asyncio
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from httpx2 import AsyncClient, HTTPError
from sqlalchemy import Text, func, select

from app.core.actor import Role
from app.core.clock import utc_now
from app.jobs.delivery import WAITING
from app.models import (
    Move,
    Notification,
    OutboxEvent,
    Photo,
    PhotoRole,
    Report,
    ReportFollower,
    ReportOrigin,
    ReportPhoto,
    ReportState,
    ReportStep,
)
from tests.checkins.test_kill import api
from tests.factories.accounts import make_account, make_grant, make_session
from tests.factories.photos import jpeg
from tests.factories.reports import make_category, make_report, make_unit
from tests.factories.stations import COMMUNITY, SUZHOU, make_area
from tests.reports import crew_photos

# Alternating, so few at once that the kill leaves some of each kind unsent and some acknowledged.
RIDERS, REPAIRS, AT_ONCE, KILLED_AFTER = 10, 10, 4, 6
EARLY = 2  # riders whose photo is here long before their report
PICTURE = jpeg((160, 120))


@dataclass
class Phone:
    """Somebody's token, and what they were answered."""

    token: str
    key: UUID = field(default_factory=uuid4)
    said: dict = field(default_factory=dict)
    status: int | None = None

    async def ask(self, net: AsyncClient, method: str, path: str, content: bytes, **headers: str):
        """Send something; nothing is returned when no whole answer came."""
        sent = {"authorization": f"Bearer {self.token}", "idempotency-key": str(self.key), **headers}
        try:
            return await net.request(method, path, content=content, headers=sent)
        except HTTPError:
            return None

    async def say(self, net: AsyncClient, path: str, given: dict) -> bool:
        """Send a fact and keep what was answered; tell whether it was taken."""
        self.status = None
        answer = await self.ask(
            net, "POST", path, json.dumps(given).encode(), **{"content-type": "application/json"}
        )
        if answer is None or answer.status_code not in {200, 201}:
            return False
        self.status, self.said = answer.status_code, answer.json()
        return True


class Rider(Phone):
    """Somebody with a photo and then a report; every other one sends the photo by tus."""

    def __init__(self, token: str, *, by_tus: bool) -> None:
        super().__init__(token)
        self.id, self.photo_id, self.by_tus, self.has_photo = uuid4(), uuid4(), by_tus, False
        self.captured_at = utc_now().isoformat()

    async def send_photo(self, net: AsyncClient) -> bool:
        answer = await (self._by_tus(net) if self.by_tus else self._whole(net))
        self.has_photo = answer is not None and answer.is_success
        return self.has_photo

    async def _whole(self, net: AsyncClient):
        return await self.ask(
            net, "PUT", f"/v1/photos/{self.photo_id}", PICTURE, **{"content-type": "image/jpeg"}
        )

    async def _by_tus(self, net: AsyncClient):
        tus = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}
        said = f"id {b64encode(str(self.photo_id).encode()).decode()}"
        new = {"upload-length": str(len(PICTURE)), "upload-metadata": said}
        begun = await self.ask(net, "POST", "/v1/photos/tus", PICTURE[:999], **tus, **new)
        assert begun is None or begun.status_code == 201, begun.text
        if begun is None or begun.headers["upload-offset"] == str(len(PICTURE)):
            return begun
        here, at = begun.headers["location"], begun.headers["upload-offset"]
        return await self.ask(net, "PATCH", here, PICTURE[int(at) :], **tus, **{"upload-offset": at})

    async def send(self, net: AsyncClient) -> bool:
        given = {
            "id": str(self.id),
            "category_id": "road_damage",
            "position": {"lat": SUZHOU.lat, "lon": SUZHOU.lon, "coord_type": "wgs84"},
            "area_code": COMMUNITY,
            "captured_at": self.captured_at,
            "photo_ids": [str(self.photo_id)],
        }
        return await self.send_photo(net) and await self.say(net, "/v1/reports", given)


class Repair(Phone):
    """A case that a crew says is mended."""

    def __init__(self, token: str, case_id: UUID, photo_id: UUID) -> None:
        super().__init__(token)
        self.id, self.photo_id = case_id, photo_id

    async def send(self, net: AsyncClient) -> bool:
        given = {"text": "好了", "photo_ids": [str(self.photo_id)]}
        return await self.say(net, f"/v1/reports/handling/{self.id}/resolve", given)


@dataclass
class Morning:
    """Who is about, and what each inbox shall hold in the end: account, template, case."""

    riders: list[Rider]
    repairs: list[Repair]
    news: Counter

    @classmethod
    async def arranged(cls, runtime) -> "Morning":
        async with runtime.db.writing() as session:
            await make_area(session, COMMUNITY)
            await make_category(session)
            unit = await make_unit(session)
            crew_id, crew = await signed_in(runtime, session, Role.HANDLING_UNIT, unit_id=unit.id)
            clerk_id, _ = await signed_in(runtime, session, Role.COMMUNITY_STAFF, area_code=COMMUNITY)
            riders = [
                Rider((await signed_in(runtime, session))[1], by_tus=bool(n % 2)) for n in range(RIDERS)
            ]
            repairs, news = [], Counter()
            for _ in range(REPAIRS):
                hurt = await make_account(session)
                case = await make_report(
                    session,
                    reporter_id=hurt.id,
                    state=ReportState.IN_PROGRESS,
                    unit_id=unit.id,
                    submitted_at=utc_now(),
                )
                photo = await crew_photos.ready(session, crew_id)
                repairs.append(Repair(crew, case.id, photo.id))
                news.update([(hurt.id, "report.resolved", case.id), (clerk_id, "desk.resolved", case.id)])
        return cls(riders, repairs, news)

    @property
    def everybody(self) -> list[Phone]:
        """Return riders and crews in turns."""
        return [each for pair in zip(self.riders, self.repairs, strict=True) for each in pair]


async def signed_in(runtime, session, role: Role | None = None, **given) -> tuple[UUID, str]:
    account = await make_account(session)
    if role is not None:
        await make_grant(session, account, role, **given)
    sign_in = await make_session(session, account)
    return account.id, runtime.tokens.issue(account.id, sign_in.family_id, now=utc_now())


async def send_all(phones: Sequence[Phone], port: int, *, killing=None) -> None:
    """Let phones send, a few at a time; after so many answers the process that is to be killed is."""
    gate, taken = asyncio.Semaphore(AT_ONCE), 0

    async def one(phone: Phone) -> None:
        nonlocal taken
        async with gate:
            if killing is not None and taken >= KILLED_AFTER:
                return
            was_taken = await phone.send(net)
            taken += was_taken  # not in one line: others count meanwhile
            if killing is not None and taken == KILLED_AFTER and killing.returncode is None:
                killing.kill()

    async with AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as net:
        await asyncio.gather(*map(one, phones))


async def counted(runtime, *columns, where=()) -> Counter:
    async with runtime.db.reading() as session:
        rows = await session.execute(select(*columns).where(*where))
        return Counter(row[0] if len(columns) == 1 else tuple(row) for row in rows)


async def events(runtime, name: str, key: str, **payload: str) -> Counter:
    """Count the events of a name by an id that their payload holds."""
    said = [OutboxEvent.payload[each].astext == value for each, value in payload.items()]
    column = OutboxEvent.payload[key].astext.cast(Text)
    return Counter(
        {
            UUID(each): count
            for each, count in (
                await counted(runtime, column, where=(OutboxEvent.name == name, *said))
            ).items()
        }
    )


async def all_of(runtime, move: Move, ids) -> None:
    """Assert that some cases, and they alone, made a move once, each with its event."""
    wanted = Counter(ids)
    assert await counted(runtime, ReportStep.report_id, where=[ReportStep.move == move]) == wanted
    assert await events(runtime, "report.moved", "report_id", move=move.value) == wanted


async def reports_are(runtime, riders: Sequence[Rider], there: set[UUID]) -> None:
    """Assert that some reports are there whole, each thing that belongs to one once, and no others."""
    sent = [each for each in riders if each.id in there]
    ids, pictures = Counter(each.id for each in sent), Counter(each.photo_id for each in sent)
    mine = [each.id for each in riders]
    for column in (Report.id, ReportOrigin.report_id, ReportFollower.report_id, ReportStep.report_id):
        assert await counted(runtime, column, where=[column.in_(mine)]) == ids
    assert await events(runtime, "report.submitted", "report_id") == ids
    before = [ReportPhoto.role == PhotoRole.BEFORE]
    assert await counted(runtime, ReportPhoto.report_id, ReportPhoto.photo_id, where=before) == Counter(
        (each.id, each.photo_id) for each in sent
    )
    whose = [Photo.about_id.in_(mine), Photo.attached_at.is_not(None)]
    assert await counted(runtime, Photo.id, where=whose) == pictures


async def all_is_told(runtime) -> None:
    """Wait until every event was delivered."""
    for _ in range(2400):
        async with runtime.db.reading() as session:
            waiting = select(func.count()).select_from(OutboxEvent).where(WAITING)
            if not await session.scalar(waiting):
                return
        await asyncio.sleep(0.05)
    raise AssertionError("the worker never came to an end")


async def test_what_was_acknowledged_is_there_once_after_a_kill(own_runtime, own_url, settings):
    morning = await Morning.arranged(own_runtime)
    riders, repairs = morning.riders, morning.repairs

    async with api(own_url, settings, run_worker=True) as (process, port):
        async with AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as net:
            assert all([await each.send_photo(net) for each in riders[-EARLY:]])
        await send_all(morning.everybody, port, killing=process)
        await process.wait()

    # Photos without their reports, cases without their repairs; what was answered is there.
    there = {each.id for each in riders} & set(await counted(own_runtime, Report.id))
    mended = await counted(own_runtime, ReportStep.report_id, where=[ReportStep.move == Move.RESOLVE])
    kept = await counted(own_runtime, Photo.id, where=[Photo.received_at.is_not(None)])
    numbers = {each.id: each.said["number"] for each in riders if each.status == 201}
    assert 0 < len(numbers) <= len(there) < RIDERS
    assert set(numbers) <= there
    assert {each.photo_id for each in riders if each.has_photo} <= set(kept)
    assert {each.photo_id for each in riders[-EARLY:]} & set(kept)
    assert 0 < len(mended) < REPAIRS
    assert {each.id for each in repairs if each.status == 200} <= set(mended)
    await reports_are(own_runtime, riders, there)
    await all_of(own_runtime, Move.RESOLVE, mended)

    async with api(own_url, settings, run_worker=True) as (_, port):
        await send_all(morning.everybody, port)
        await all_is_told(own_runtime)

    assert Counter(each.status for each in riders) == {200: len(there), 201: RIDERS - len(there)}
    assert {each.status for each in repairs} == {200}
    assert {each.id: each.said["number"] for each in riders if each.id in numbers} == numbers
    assert len({each.said["number"] for each in riders}) == RIDERS
    await reports_are(own_runtime, riders, {each.id for each in riders})
    await all_of(own_runtime, Move.RESOLVE, [each.id for each in repairs])
    # What was being made when the process died waits for its lease to end; nothing is made twice.
    assert set((await events(own_runtime, "photo.ready", "photo_id")).values()) <= {1}
    told = await counted(
        own_runtime,
        Notification.account_id,
        Notification.kind,
        Notification.subject_id,
        where=[Notification.kind.in_(["report.resolved", "desk.resolved"])],
    )
    assert told == morning.news
