"""Alerts that are taken back: what waits goes nowhere, in whatever order messages come; and the command."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli import main
from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.core.urgency import PushChannel
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import CapTakenBack, Notification, PushDelivery, PushState, WeatherAlert
from app.ports import RetryLater
from app.services import weather
from tests.factories.accounts import make_account
from tests.factories.notifications import make_device, make_preference
from tests.factories.stations import COMMUNITY, make_area
from tests.factories.weather import MORNING, cap_message, make_watch
from tests.notifications.fakes import FakePush, push

COUNTY, OTHER = COMMUNITY[:6], "620102001001"
MINUTE = timedelta(minutes=1)
OPERATOR = Actor(None, (Grant(Role.SYSADMIN),))
JPUSH = PushChannel.JPUSH


async def take(runtime, content: bytes, *, by=OPERATOR, now=MORNING) -> list[WeatherAlert]:
    async with runtime.db.writing() as session:
        found = await weather.take_cap(session, weather.read_cap(content), by=by, now=now)
    while await deliver(runtime.db, REACTIONS, now=now):
        pass
    return found


async def test_an_alert_that_ends_recalls_what_waits(session, runtime):
    await make_area(session, COUNTY)
    await make_area(session, OTHER)
    here, asleep, elsewhere = [await make_account(session) for _ in range(3)]
    for person, area in ((here, COUNTY), (asleep, COUNTY), (elsewhere, OTHER)):
        await make_device(session, person.id)
        await make_watch(session, person.id, area)
    await make_preference(session, asleep.id)  # until seven
    await session.commit()
    await take(runtime, cap_message(COUNTY, OTHER))
    vendor = FakePush(RetryLater("429"))
    await push(runtime, {JPUSH: vendor}, MORNING)

    async with runtime.db.writing() as work:
        alert = await work.scalar(select(WeatherAlert).where(WeatherAlert.area_code == COUNTY))
        await weather.end(work, alert.id, by=OPERATOR, now=MORNING + MINUTE)
    while await deliver(runtime.db, REACTIONS, now=MORNING + MINUTE):
        pass
    for minutes in (20, 120):
        await push(runtime, {JPUSH: vendor}, MORNING + minutes * MINUTE)

    copies = await session.execute(select(PushDelivery.account_id, PushDelivery.state, PushDelivery.error))
    assert {account_id: (state, error) for account_id, state, error in copies} == {
        here.id: (PushState.SKIPPED, "recalled"),
        elsewhere.id: (PushState.SENT, None),
    }
    rows = await session.execute(select(Notification.account_id, Notification.expires_at))
    ends = {account_id: expires_at - MORNING for account_id, expires_at in rows}
    assert ends == {here.id: MINUTE, asleep.id: MINUTE, elsewhere.id: 12 * 60 * MINUTE}


async def test_what_was_taken_back_before_it_came_is_over_when_it_comes(session, runtime):
    officer = Actor((await make_account(session)).id, (Grant(Role.DISTRICT_OFFICER, (COUNTY,)),))
    rider = await make_account(session)
    await make_area(session, COUNTY)
    await make_area(session, OTHER)
    await make_watch(session, rider.id, COUNTY)
    await session.commit()

    assert (
        await take(runtime, cap_message(identifier="C1", said="Cancel", references=("A1",)), by=officer) == []
    )
    ours, theirs = sorted(await take(runtime, cap_message(COUNTY, OTHER)), key=lambda alert: alert.area_code)[
        ::-1
    ]
    # The officer's word counts in the officer's district alone.
    assert (ours.area_code, ours.ended_at) == (COUNTY, MORNING)
    assert (theirs.area_code, theirs.ended_at) == (OTHER, None)
    assert (await session.scalars(select(Notification.id))).all() == []

    red = {"said": "Update", "references": ("B1",), "headline": "道路结冰红色预警"}
    await take(runtime, cap_message(COUNTY, identifier="B2", **red))
    (old,) = await take(runtime, cap_message(COUNTY, identifier="B1"))
    assert old.ended_at is not None
    assert len((await session.scalars(select(Notification.id))).all()) == 1

    async with runtime.db.writing() as work:
        assert await weather.forget_taken_back(work, now=MORNING + timedelta(days=29)) == 0
        assert await weather.forget_taken_back(work, now=MORNING + timedelta(days=31)) == 2
    assert (await session.scalars(select(CapTakenBack.cap_key))).all() == []


async def test_an_alert_and_its_cancel_at_the_same_moment_end_as_cancelled(own_runtime):
    async with own_runtime.db.writing() as session:
        await make_area(session, COUNTY)
    cancel = cap_message(identifier="C1", said="Cancel", references=("A1",))

    await asyncio.gather(*(take(own_runtime, each) for each in (cap_message(COUNTY), cancel, cancel)))

    async with own_runtime.db.reading() as session:
        assert (await session.scalars(select(WeatherAlert.ended_at))).all() == [MORNING]


@pytest.fixture
def run(own_url, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", own_url)

    async def go(content: bytes, *options: str):
        file = tmp_path / "alert.xml"
        file.write_bytes(content)
        arguments = ["import-weather", str(file), *options]
        return await asyncio.to_thread(CliRunner().invoke, main, arguments, catch_exceptions=False)

    return go


async def test_the_command_takes_a_message_once_and_says_what_is_wrong_with_another(own_runtime, run):
    async with own_runtime.db.writing() as session:
        await make_area(session, COUNTY)
    now = utc_now().replace(microsecond=0)
    message = cap_message(COUNTY, starts_at=now)

    assert (await run(message, "--dry-run")).output.strip() == "试运行,未写入:新增预警 1 条"
    said = [await run(message) for _ in range(2)]
    assert [(each.exit_code, each.output.strip()) for each in said] == [
        (0, "新增预警 1 条"),
        (0, "新增预警 0 条"),
    ]
    cancelled = await run(cap_message(identifier="C1", said="Cancel", references=("A1",), starts_at=now))
    assert cancelled.exit_code == 0
    async with own_runtime.db.reading() as session:
        assert [each is not None for each in await session.scalars(select(WeatherAlert.ended_at))] == [True]
    bad = await run(b"<alert/>")
    nowhere = await run(cap_message(OTHER, identifier="D1", starts_at=now))
    assert (bad.exit_code, "CAP 1.2" in bad.output, nowhere.exit_code) == (1, True, 1)
