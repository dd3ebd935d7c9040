"""The roster of an office in a real browser: a gap is filled, and the turn called off again."""

import json
from datetime import date

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.core.clock import utc_now
from app.models import DutyRank, DutyShift
from tests.factories.accounts import make_account, make_grant
from tests.factories.duty import make_shift
from tests.factories.stations import COMMUNITY, make_area
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, own_phone, served, signed_in, tapped

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

TAPS = """
  told.push((await one("#roster .notice.bad")).textContent);
  const gaps = () => [...all("#roster ul")[0].children];
  await until(() => gaps().length === 2);
  gaps()[1].querySelector("summary").click();
  gaps()[1].querySelector("[type=submit]").click();
  const turn = await one("[data-turn]");
  told.push(turn.querySelector("b").textContent, (await one("#mine li")).textContent.slice(-2));
  told.push(document.querySelector("#roster .notice.bad"));
  turn.querySelector("summary").click();
  turn.querySelector("details > .wide").click();
  turn.querySelector("details > .wide").click();
  await until(() => !document.querySelector("[data-turn]"));
  told.push((await one("[data-subject=done]")).textContent);
"""

# Somebody who is away, whose term has ended meanwhile, has a deputy; only the deputy's end is changed.
DEPUTY = """
  const turn = await one("[data-turn]");
  turn.querySelector("summary").click();
  told.push([...turn.querySelectorAll("select")].map((each) => each.selectedOptions[0].textContent).join());
  turn.querySelector("[type=submit]").click();
  told.push((await one("[data-subject=done]")).textContent);
"""


async def test_who_changes_a_deputys_turn_keeps_whose_deputy_it_is(own_phone, own_runtime, own_url, tmp_path):
    now = utc_now()
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        away, deputy = [await make_account(session, display_name=name) for name in ("老周", "小陈")]
        ended = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 2, 1)}
        await make_grant(session, away, Role.COMMUNITY_STAFF, area_code=COMMUNITY, **ended)
        await make_grant(session, deputy, Role.COMMUNITY_STAFF, area_code=COMMUNITY)
        shift = await make_shift(session, deputy.id, in_place_of_id=away.id, starts_at=now)
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, COMMUNITY)

    script = FINGERS % {"kept": json.dumps(kept), "page": "roster", "taps": DEPUTY}
    async with served(own_runtime, own_url, "roster", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert told == ["小陈,替 已不在岗 值班", "已保存,本人会收到消息。"]
    async with own_runtime.db.reading() as session:
        kept_shift = await session.get_one(DutyShift, shift.id)
    assert (kept_shift.version, kept_shift.rank, kept_shift.in_place_of_id) == (2, None, away.id)


async def test_an_office_fills_a_gap_and_calls_the_turn_off(own_phone, own_runtime, own_url, tmp_path):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, COMMUNITY)

    script = FINGERS % {"kept": json.dumps(kept), "page": "roster", "taps": TAPS}
    async with served(own_runtime, own_url, "roster", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 5, told
    assert told[0].startswith("现在没有人值班")
    assert told[1:] == ["后备", "后备", None, "已取消,本人会收到消息。"]
    async with own_runtime.db.reading() as session:
        [shift] = (await session.scalars(select(DutyShift))).all()
    assert (shift.rank, shift.cancelled_at is None) == (DutyRank.BACKUP, False)
