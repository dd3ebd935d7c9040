"""A division is found among all of its name, under a rider's fingers in a real browser."""

import pytest
from sqlalchemy import select

from app.models import DualReporting
from tests.accounts.conftest import own_phone
from tests.factories.stations import make_area
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, served, tapped
from tests.web.test_riders import riding

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

TAPS = """
  location.hash = "teams";
  await import("/web/volunteer.js");
  const says = (words) => (each) => each.textContent.includes(words);
  const part = await until(() => all("#view details").find(says("到居住的社区报到")));
  part.open = true;
  const text = await until(() => part.querySelector("input[type=search]"));
  const rows = () => [...part.querySelectorAll("[role=status] details")];
  const found = () => rows().map((each) => each.querySelector("summary").textContent);
  text.value = "同名社区";
  text.form.requestSubmit();
  await until(() => found().length === 20);
  const more = [...part.querySelectorAll("button")].find(says("更多"));
  more?.click();
  if (more) await until(() => found().length === 22 && !more.isConnected);
  told.push(found().length);
  text.value = "远县 同名社区";
  text.form.requestSubmit();
  await until(() => found().length < 20);
  told.push(found());
  const mine = rows().find(says("620921001001"));
  mine.open = true;
  (await until(() => mine.querySelector("form"))).requestSubmit();
  await until(() => part.textContent.includes("已在同名社区报到"));
"""


async def test_a_rider_finds_the_community_behind_twenty_others_of_its_name(
    own_phone, own_runtime, own_url, tmp_path
):
    _, kept = await riding(own_phone)
    async with own_runtime.db.writing() as session:
        await make_area(session, "620921", "远县")
        for code in ("620921001001", "620921001002", *(f"110101001{n:03}" for n in range(1, 21))):
            await make_area(session, code, "同名社区")

    script = FINGERS % {"kept": kept, "page": "dom", "taps": TAPS}
    async with served(own_runtime, own_url, "volunteer", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert told == [22, ["同名社区 620921001001", "同名社区 620921001002"]]
    async with own_runtime.db.reading() as session:
        assert await session.scalar(select(DualReporting.community_code)) == "620921001001"
