"""A rider's messages and reports under somebody's fingers, in a real browser, over real commits."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.clock import utc_now
from app.core.keys import public_point
from app.models import (
    Account,
    AccountStatus,
    Area,
    Move,
    Notification,
    NotificationPreference,
    Outcome,
    PushDevice,
    ReportDisclosure,
    ReportQuestion,
    ReportSatisfaction,
    ReportState,
    ReportStep,
    ReportUpdate,
)
from tests.accounts.conftest import Phone, own_phone
from tests.factories.notifications import make_notification
from tests.factories.reports import make_disclosure, make_question, make_report
from tests.factories.stations import COMMUNITY, make_area
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, served, tapped

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

TAPS = Path(__file__).parent / "fingers"


async def riding(phone: Phone) -> tuple[UUID, str]:
    """Sign a rider in, and return who that is and what their browser keeps."""
    account = (await phone.sign_in())["account"]
    kept = {
        "account": {"id": account["id"], "display_name": "小蜂"},
        "device": str(phone.device_id),
        "refresh": phone.tokens["refresh_token"],
    }
    return UUID(account["id"]), json.dumps(kept)


async def test_a_rider_reads_messages_and_says_what_may_ring(own_phone, own_runtime, own_url, tmp_path):
    account_id, kept = await riding(own_phone)
    async with own_runtime.db.writing() as session:
        for kind, minutes in (("report.reply", 5), ("message", 3)):
            told_at = utc_now() - timedelta(minutes=minutes)
            await make_notification(session, account_id, kind=kind, created_at=told_at)

    key = public_point("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE")
    taps = (TAPS / "inbox.js").read_text().replace("PUBLIC_KEY", key)
    script = FINGERS % {"kept": kept, "page": "dom", "taps": taps}
    async with served(own_runtime, own_url, "inbox", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 6, told
    assert [row.split()[0] for row in told[0]] == ["true", "true"]
    assert told[1:] == [[65, 4], "关掉提醒", "已保存", True, 2]
    async with own_runtime.db.reading() as session:
        rows = (await session.scalars(select(Notification))).all()
        assert [row.read_at is None for row in rows] == [False, False]
        [device] = (await session.scalars(select(PushDevice))).all()
        assert json.loads(device.token)["keys"] == {"p256dh": "p", "auth": "a"}
        say = await session.get_one(NotificationPreference, account_id)
        assert (list(say.topics.values()), say.quiet_from, say.quiet_to) == (["digest"], 22 * 60, 7 * 60)
        assert say.riding_until > utc_now()


# A browser that was subscribed when the server had another key.
OLD_KEY = """
const keys = { p256dh: "p", auth: "a" };
const made = (name, key) => ({
  options: { applicationServerKey: key },
  toJSON: () => ({ endpoint: `https://fcm.googleapis.com/fcm/send/${name}`, keys }),
  unsubscribe: async () => (told.push(`end ${name}`), (here = null), true),
});
let here = made("old", new Uint8Array([4, 1, 2, 3]).buffer);
Object.defineProperty(Notification, "permission", { get: () => "granted" });
PushManager.prototype.getSubscription = async () => here;
PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
  told.push(`begin ${key.length}`);
  return (here = made("new", key.buffer));
};
const headers = { "Content-Type": "application/json" };
const answer = (body) => new Response(JSON.stringify(body), { headers });
const isKey = (path) => String(path).endsWith("web-push-key");
const said = () => answer({ public_key: "PUBLIC_KEY" });
globalThis.fetch = async (path, what) => (isKey(path) ? said() : really(path, what));
await import("/web/inbox.js");
for (const _ of "12") {
  await tap("#tabs button:nth-child(2)");
  told.push((await one("#view h2 + div button")).textContent);
  await tap("#tabs button:nth-child(1)");
  await until(() => !document.querySelector("#view h2 + div button"));
}
"""


async def test_a_browser_that_was_subscribed_under_an_old_key_is_subscribed_anew(
    own_phone, own_runtime, own_url, tmp_path
):
    _, kept = await riding(own_phone)
    key = public_point("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE")
    script = FINGERS % {"kept": kept, "page": "dom", "taps": OLD_KEY.replace("PUBLIC_KEY", key)}
    async with served(own_runtime, own_url, "inbox", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert told == ["end old", "begin 65", "关掉提醒", "关掉提醒"]
    async with own_runtime.db.reading() as session:
        [device] = (await session.scalars(select(PushDevice))).all()
    assert json.loads(device.token)["endpoint"].endswith("/new")


async def test_a_rider_corrects_agrees_and_deletes_the_account(own_phone, own_runtime, own_url, tmp_path):
    account_id, kept = await riding(own_phone)
    async with own_runtime.db.writing() as session:
        area = await session.get_one(Area, await make_area(session, COMMUNITY))
    name = area.name

    taps = (TAPS / "me.js").read_text().replace("AREA", name)
    script = FINGERS % {"kept": kept, "page": "dom", "taps": taps}
    async with served(own_runtime, own_url, "inbox", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 5, told
    assert told[0] == f"常在的地方:{name}"
    assert told[1:] == [True, ["小蜂", "courier", 1], "再点一下:注销账号", False]
    async with own_runtime.db.reading() as session:
        gone = await session.get_one(Account, account_id)
    assert (gone.status, gone.area_code) == (AccountStatus.DELETED, None)


async def test_a_rider_answers_judges_and_says_it_is_still_there(own_phone, own_runtime, own_url, tmp_path):
    account_id, kept = await riding(own_phone)
    now = utc_now()
    async with own_runtime.db.writing() as session:
        asked = await make_report(session, reporter_id=account_id, state=ReportState.ACCEPTED)
        await make_question(session, asked, asked_at=now, due_at=now + timedelta(days=1))
        secret = await make_report(session, reporter_id=account_id, is_confidential=True)
        await make_disclosure(session, secret, asked_at=now)
        closed = await make_report(
            session,
            reporter_id=account_id,
            state=ReportState.CLOSED,
            outcome=Outcome.FIXED,
            closed_at=now,
            state_at=now,
        )
        session.add(
            ReportSatisfaction(
                report_id=closed.id, closing=0, asked_at=now, expires_at=now + timedelta(hours=72)
            )
        )

    taps = (TAPS / "own_reports.js").read_text()
    for name, report in (("ASKED", asked), ("CLOSED", closed), ("SECRET", secret)):
        taps = taps.replace(name, str(report.id))
    script = FINGERS % {"kept": kept, "page": "report", "taps": taps}
    async with served(own_runtime, own_url, "report", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert told == [True, True, 1, True]
    async with own_runtime.db.reading() as session:
        assert await session.scalar(select(ReportQuestion.answer)) == "金泉路和西街路口"
        assert await session.scalar(select(ReportDisclosure.is_granted)) is True
        assert await session.scalar(select(ReportSatisfaction.is_satisfied)) is False
        said = select(ReportUpdate.text, ReportUpdate.is_still_there)
        assert set((await session.execute(said)).all()) == {("又下沉了", False), ("坑又出来了", True)}
        moves = (
            await session.scalars(select(ReportStep.move).where(ReportStep.report_id == closed.id))
        ).all()
        assert Move.REOPEN in moves


OLDER = """
  await until(() => all("[data-report]").length === 20);
  await tap("#own ol > .wide");
  told.push(await until(() => all("[data-report]").length === 23), document.querySelector("#own ol > .wide"));
"""


async def test_a_rider_finds_the_reports_before_the_last_twenty(own_phone, own_runtime, own_url, tmp_path):
    account_id, kept = await riding(own_phone)
    async with own_runtime.db.writing() as session:
        for _ in range(23):
            await make_report(session, reporter_id=account_id)

    script = FINGERS % {"kept": kept, "page": "report", "taps": OLDER}
    async with served(own_runtime, own_url, "report", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert told == [True, None]
