"""An office's list of stations comes in through a real browser: looked at first, then what is right of it."""

import json

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.models import Station
from tests.factories.stations import COMMUNITY, make_area
from tests.stations.exchange.test_import import HEADINGS, ROW, changed
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, own_phone, served, signed_in, tapped

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

TAPS = """
  const list = new DataTransfer();
  list.items.add(new File([%s], "台账.csv", { type: "text/csv" }));
  const isList = (each) => each.textContent.includes("驿站名单");
  const part = await until(() => all("#stations details").find(isList));
  part.querySelector("summary").click();
  const input = part.querySelector("[type=file]");
  input.files = list.files;
  input.dispatchEvent(new Event("change"));
  const looked = () => part.querySelector(".strong") && [...part.querySelectorAll("[role=status] > .wide")];
  const buttons = await until(looked);
  told.push(part.querySelector(".warn-ink").textContent);
  told.push(part.querySelector(".person .bad-ink").textContent, buttons.length);
  buttons[0].click();
  const saved = await until(() => globalThis.savedAs);
  told.push(saved);
  buttons[1].click();
  told.push((await one("[data-subject=done]")).textContent);
"""
# What the browser would keep as a file is only named here.
SAVES = """
  HTMLAnchorElement.prototype.click = function () { globalThis.savedAs = this.download; };
"""

# Two lists are chosen one after the other, and what is found in the first comes last.
OVERTAKEN = """
  const asked = [];
  let late = null;
  globalThis.fetch = async (address, given) => {
    if (!String(address).includes("/import?")) return really(address, given);
    asked.push(new URL(address, location).searchParams.get("confirm_far"));
    const answer = await really(address, given);
    if (asked.length === 2) await new Promise((go) => (late = go));
    return answer;
  };
  const tables = %s;
  const isList = (each) => each.textContent.includes("驿站名单");
  const part = await until(() => all("#stations details").find(isList));
  part.querySelector("summary").click();
  const input = part.querySelector("[type=file]");
  const choose = (name) => {
    const list = new DataTransfer();
    list.items.add(new File([tables[name]], name, { type: "text/csv" }));
    input.files = list.files;
    input.dispatchEvent(new Event("change"));
  };
  choose("bad.csv");
  const box = await until(() => part.querySelector("[type=checkbox]"));
  box.click();
  await until(() => late);
  choose("good.csv");
  const write = await until(() => part.querySelector(".strong"));
  late();
  await new Promise((resolve) => setTimeout(resolve, 500));
  told.push(asked.join(), part.querySelector("[role=status]").textContent);
"""


async def test_what_is_found_is_of_the_list_that_was_chosen_last(own_phone, own_runtime, own_url, tmp_path):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
    kept = await signed_in(own_phone, own_runtime, Role.DISTRICT_OFFICER, COMMUNITY[:6])
    bad = changed(编号="SZ-002", 类型="咖啡馆")
    tables = {
        name: "\n".join(",".join(map(str, row)) for row in (HEADINGS, only))
        for name, only in (("bad.csv", bad), ("good.csv", ROW))
    }

    taps = OVERTAKEN % json.dumps(tables)
    script = FINGERS % {"kept": json.dumps(kept), "page": "manage", "taps": taps}
    async with served(own_runtime, own_url, "manage", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 2, told
    # That somebody checked the far places of one list says nothing of the next.
    assert told[0] == "false,true,false"
    assert "新增 1,更新 0,不变 0,有错 0" in told[1]


async def test_an_office_looks_at_its_list_and_writes_what_is_right(
    own_phone, own_runtime, own_url, tmp_path
):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
    kept = await signed_in(own_phone, own_runtime, Role.DISTRICT_OFFICER, COMMUNITY[:6])
    rows = [HEADINGS, ROW, changed(编号="SZ-002", 类型="咖啡馆")]
    table = "\n".join(",".join(map(str, row)) for row in rows)

    taps = SAVES + TAPS % json.dumps(table)
    script = FINGERS % {"kept": json.dumps(kept), "page": "manage", "taps": taps}
    async with served(own_runtime, own_url, "manage", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 5, told
    assert told[0].endswith("新增 1,更新 0,不变 0,有错 1")
    assert told[1].startswith("类型:")
    assert told[2:] == [2, "import-report.xlsx", "已写入:新增 1,更新 0。"]
    async with own_runtime.db.reading() as session:
        assert (await session.scalars(select(Station.code))).all() == ["SZ-001"]
