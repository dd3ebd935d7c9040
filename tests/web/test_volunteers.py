"""The volunteers' page under somebody's fingers, in a real browser, over real commits."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.clock import local_day, utc_now
from app.models import Attendance, Certificate, LedgerDispute, Provenance, SignUp, SignUpState
from tests.accounts.conftest import own_phone
from tests.factories.ledger import make_book, make_hours, make_subject
from tests.factories.volunteering import (
    make_activity,
    make_member,
    make_role,
    make_shift,
    make_sign_up,
    make_team,
)
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, served, tapped

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

# The page is opened by a scanned code; leaving, somebody types the letters below the code while there is no
# network. The volunteer runs the team, too, so that the page itself can be asked for codes.
FINGERS_OF_A_VOLUNTEER = """
  const { call } = await import("/web/api.js");
  const code = async () => (await call("GET", "/v1/attendance/shifts/SHIFT/code")).path;
  history.replaceState(null, "", "/volunteer" + (await code()));
  await import("/web/volunteer.js");
  told.push(location.pathname + location.hash);
  await tap("#scanned .find");
  await one('[data-subject="tap"].good');
  await one("[data-place] .line");
  const [, , , slot, letters] = (await code()).split("/");
  globalThis.fetch = () => Promise.reject(new TypeError("no network"));
  // Until it is kept: the first tap is asked whether it is meant, and what comes late writes the form anew.
  await until(() => {
    if (document.querySelector('[data-subject="outbox"]')) return true;
    const typed = document.querySelector("[data-place] .letters");
    if (!typed || typed.form.querySelector("button").disabled) return false;
    typed.value = `${String(slot % 100).padStart(2, "0")} ${letters.toUpperCase().match(/.{4}/g).join(" ")}`;
    typed.dispatchEvent(new Event("input"));
    typed.form.requestSubmit();
  });
  const isKept = ({ textContent: words }) => /在场.*等网络/.test(words);
  told.push((await until(() => all("[data-place] .line").find(isKept))).textContent);
  globalThis.fetch = really;
  dispatchEvent(new Event("online"));
  await until(() => /已签退/.test(document.querySelector('[data-subject="tap"]').textContent));

  location.hash = "find";
  await tap("[data-shift] .strong");
  await until(() => document.querySelector("[data-shift] .state"));
  told.push(document.querySelector("[data-shift] .state").textContent);
  location.hash = "hours";
  told.push((await one(".total")).textContent);
  const name = await one("#view form input");
  name.value = "买买提·艾力";
  name.form.requestSubmit();
  const book = await one("#view details select");
  book.form.requestSubmit();
  told.push((await one("[data-paper] .address")).textContent);
  const wrong = await one("[data-entry] textarea");
  wrong.value = "我待到了九点";
  wrong.form.requestSubmit();
  told.push((await one("[data-entry] > .warn-ink")).textContent);
"""


async def test_a_volunteer_attends_signs_up_disputes_and_draws_a_certificate(
    own_phone, own_runtime, own_url, tmp_path
):
    account = (await own_phone.sign_in())["account"]
    kept = {
        "account": {"id": account["id"], "display_name": "小蜂"},
        "device": str(own_phone.device_id),
        "refresh": own_phone.tokens["refresh_token"],
    }
    account_id, now = UUID(account["id"]), utc_now()
    async with own_runtime.db.writing() as session:
        team = await make_team(session)
        await make_member(session, team, account_id, is_coordinator=True)
        activity = await make_activity(session, team)
        running = await make_shift(session, activity, now - timedelta(minutes=30), minutes=240)
        await make_sign_up(session, await make_role(session, running), account_id)
        later = await make_role(session, await make_shift(session, activity, now + timedelta(days=1)))
        subject = await make_subject(session, account_id, name=None)
        await make_hours(session, await make_book(session), subject, 90, served_on=local_day(now))

    taps = FINGERS_OF_A_VOLUNTEER.replace("SHIFT", str(running.id))
    script = FINGERS % {"kept": json.dumps(kept), "page": "dom", "taps": taps}
    async with served(own_runtime, own_url, "volunteer", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 6, told
    assert told[0] == "/volunteer#mine"
    assert "在场" in told[1]
    assert told[2:4] == ["已报上名", "1 小时 30 分 (共 90 分钟)"]
    assert "/verify#" in told[4]
    assert told[5].startswith("异议处理中")
    async with own_runtime.db.reading() as session:
        [there] = (await session.scalars(select(Attendance))).all()
        assert (there.in_provenance, there.out_provenance) == (Provenance.CODE, Provenance.CODE)
        state = select(SignUp.state).where(SignUp.role_id == later.id)
        assert await session.scalar(state) is SignUpState.BOOKED
        assert await session.scalar(select(Certificate.holder_name)) == "买买提·艾力"
        assert await session.scalar(select(LedgerDispute.text)) == "我待到了九点"
