"""The roster of an office in a real browser: a gap is filled, and the turn called off again."""

import json

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.models import DutyRank, DutyShift
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
