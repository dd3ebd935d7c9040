"""One case at the desk under an officer's fingers: put right, merged, given to others; in a real browser."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.core.clock import local_day, utc_now
from app.core.geo import Point
from app.models import (
    Grid,
    Move,
    PersonalDataRead,
    Report,
    ReportExtension,
    ReportLink,
    ReportNote,
    ReportQuestion,
    ReportState,
    ReportStep,
    ReportTask,
    TaskState,
)
from app.services.areas import publish_shipped
from tests.accounts.conftest import own_phone
from tests.factories.accounts import make_account
from tests.factories.grids import LAT, LON, drawn, square
from tests.factories.reports import make_category, make_report, make_unit
from tests.factories.rules import make_extension
from tests.factories.stations import COMMUNITY, make_area
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, served, signed_in, tapped

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

EAST = "620902006002"
TAPS = Path(__file__).parent / "fingers" / "case.js"
ONCE = (Move.MOVE_PIN, Move.CHANGE_CATEGORY, Move.MARK_DUPLICATE, Move.REVIVE, Move.EXTEND)


async def two_communities(session, *, now) -> None:
    """Draw a grid each for a community and for the one east of it."""
    await publish_shipped(session, now=now)
    for code, name, east in ((COMMUNITY, "西社区", 0), (EAST, "东社区", 2)):
        await make_area(session, code, name)
        feature = drawn(1, square(east, 0), community=code)
        grid = Grid(
            scheme="civil",
            code=feature["properties"]["code"],
            name="示例网格",
            community_code=code,
            polygon=feature["geometry"],
            valid_from=local_day(now) - timedelta(days=30),
        )
        session.add(grid)
    await session.flush()


async def cases(runtime) -> tuple[Report, Report, Report]:
    """Make a report, another of the same hole some way off, and a case whose unit asks for more time."""
    now = utc_now()
    async with runtime.db.writing() as session:
        await two_communities(session, now=now)
        await make_category(session, "manhole", name_zh="井盖", group="road_damage")
        rider = await make_account(session, display_name="骑手小蜂")
        at = Point(LAT + 0.0005, LON + 0.0005)
        hole = await make_report(session, at=at, reporter_id=rider.id, submitted_at=now)
        twin = await make_report(session, at=Point(LAT, LON - 0.005), submitted_at=now)
        unit = await make_unit(session)
        held = await make_report(session, state=ReportState.IN_PROGRESS, unit_id=unit.id, submitted_at=now)
        await make_extension(session, held.id, asked_name="维修工老王")
    return hole, twin, held


async def test_an_officer_puts_a_case_right_merges_another_and_brings_others_in(
    own_phone, own_runtime, own_url, tmp_path
):
    hole, twin, held = await cases(own_runtime)
    kept = await signed_in(own_phone, own_runtime, Role.DISTRICT_OFFICER, COMMUNITY[:6])
    filled = {"HOLE": hole.id, "TWIN_NUMBER": f"NF{twin.number}", "TWIN": twin.id, "HELD": held.id}
    taps = TAPS.read_text()
    for name, value in filled.items():
        taps = taps.replace(name, str(value))

    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": taps}
    async with served(own_runtime, own_url, "desk", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 16, told
    assert (told[0], told[1]) == (True, "notice good: 已改,现在归 东社区。")
    assert told[2].startswith("notice good: 原时限")
    assert told[3].startswith("notice warn: ")
    assert "刚刚修改过" in told[3]
    assert told[4:6] == ["服务器停机", "notice good: 已记下"]
    assert told[6:9] == [True, False, "骑手小蜂"]  # a note is no step, and a reason shows who reported
    assert told[9] == "notice good: 并入 1 件,0 件未能并入。"
    assert told[10] == f"notice good: NF{twin.number} 已拆开,重新待受理。"
    assert told[11:] == [True, "notice good: 已交办", "notice good: 任务已取消", True, True]

    async with own_runtime.db.reading() as session:
        made = Counter(await session.scalars(select(ReportStep.move)))
        assert [made[move] for move in (*ONCE, Move.NOTE_DELAY)] == [1] * len(ONCE) + [2]
        moved = await session.get_one(Report, hole.id)
        assert (moved.area_code, moved.category_id, moved.is_pin_moved) == (EAST, "manhole", True)
        assert round(moved.given_lon, 4) == round(LON + 0.0025, 4)
        assert (await session.get_one(Report, twin.id)).state is ReportState.SUBMITTED
        assert (await session.scalars(select(ReportTask.state))).all() == [TaskState.DROPPED]
        assert (await session.scalars(select(ReportLink.label))).all() == ["王师傅"]
        assert (await session.scalars(select(ReportNote.text))).all() == ["只给同事看"]
        assert (await session.scalars(select(ReportExtension.is_granted))).all() == [True]
        assert "核实现场位置" in (await session.scalars(select(PersonalDataRead.reason))).all()


ACROSS = """
const tab = (text) => () => all("#filters .tabs button").find((each) => each.textContent === text);
(await until(tab("交界案件"))).click();
const opener = await one("[data-case] .name");
told.push(document.querySelector("#cases .notice").textContent, all("#cases input").length);
opener.click();
await one("#case[open] #case-title");
const panel = document.querySelector("#case");
told.push(panel.textContent.includes("坑在两街道交界"), panel.querySelectorAll("form, details").length);
const failed = document.querySelector("[data-subject=failed]");
told.push(panel.querySelectorAll(".timeline li").length, failed?.textContent);
"""


async def test_who_lies_across_the_street_reads_a_case_and_is_offered_nothing(
    own_phone, own_runtime, own_url, tmp_path
):
    now = utc_now()
    async with own_runtime.db.writing() as session:
        await two_communities(session, now=now)
        await make_report(
            session, neighbour_codes=[EAST], description="坑在两街道交界 138****0000", submitted_at=now
        )
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, EAST)

    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": ACROSS}
    async with served(own_runtime, own_url, "desk", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert told == ["交界道路上由邻近社区办理的案件,可以看,不能办。", 0, True, 0, 1, None], told


# What TAPS begins with, and a colleague who is faster twice: with a reason and with the pin.
FASTER = """
const change = async (what, body) => {
  const { case: { version } } = await call("GET", "/v1/reports/cases/HOLE");
  await call("POST", `/v1/reports/cases/HOLE/${what}`, { body: { version, reason: "停电", ...body } });
};
const drafts = async () => {
  const delay = await fold("act_note_delay");
  told.push(delay.querySelector("textarea").value, (await one(".inside textarea")).value);
};
await open("HOLE");
await fold("act_move_pin");
await change("pin", { position: { lat: %s, lon: %s, coord_type: "wgs84" } });
write(await one(".inside form"), "写在这一件");
told.push((await send("act_note_delay", "服务器停机")).slice(0, 11));
const again = await fold("act_move_pin");
told.push(again.querySelectorAll("input")[1].value);
await drafts();
press("关闭", document.querySelector("#case"));
await open("TWIN");
await until(() => document.querySelector("#case-title").textContent.includes("TWIN_NUMBER"));
await drafts();
"""


async def test_what_was_typed_over_a_conflict_stays_with_its_case_and_hides_nothing_newer(
    own_phone, own_runtime, own_url, tmp_path
):
    hole, twin, _ = await cases(own_runtime)
    kept = await signed_in(own_phone, own_runtime, Role.DISTRICT_OFFICER, COMMUNITY[:6])
    east = f"{LON + 0.0006:.6f}"
    taps = TAPS.read_text().split('await open("HOLE")')[0] + FASTER % (LAT, east)
    for name, value in {"HOLE": hole.id, "TWIN_NUMBER": f"NF{twin.number}", "TWIN": twin.id}.items():
        taps = taps.replace(name, str(value))

    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": taps}
    async with served(own_runtime, own_url, "desk", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert told[:4] == ["notice warn", east, "服务器停机", "写在这一件"], told
    assert told[4:] == ["", ""]


# What is sent reaches the server, and its answer is lost on the way back, once each.
LOST = """
const losing = new Set(["notes", "questions"]);
globalThis.fetch = async (path, given) => {
  const answer = await really(path, given);
  const isLost = given?.method === "POST" && losing.delete(String(path).split("/").at(-1));
  if (isLost) throw new TypeError("no network");
  return answer;
};
const twice = async (find, text) => {
  const form = await find();
  form.querySelector("textarea, input").value = text;
  form.requestSubmit();
  await one("#case > .notice.bad");
  told.push(form.querySelector("textarea, input").value);
  form.requestSubmit();
  await until(() => !form.isConnected);
};
await open("TWIN");
await twice(() => one('[data-form="desk_note_keep"]'), "只此一条备注");
await twice(() => fold("desk_ask"), "只问这一次");
"""


async def test_what_is_sent_again_after_a_lost_answer_is_kept_once(own_phone, own_runtime, own_url, tmp_path):
    _, twin, _ = await cases(own_runtime)
    kept = await signed_in(own_phone, own_runtime, Role.DISTRICT_OFFICER, COMMUNITY[:6])
    taps = TAPS.read_text().split('await open("HOLE")')[0] + LOST.replace("TWIN", str(twin.id))

    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": taps}
    async with served(own_runtime, own_url, "desk", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert told == ["只此一条备注", "只问这一次"]
    async with own_runtime.db.reading() as session:
        assert [each.text for each in await session.scalars(select(ReportNote))] == ["只此一条备注"]
        assert [each.text for each in await session.scalars(select(ReportQuestion))] == ["只问这一次"]
