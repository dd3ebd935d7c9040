"""The desk's list under a clerk's fingers: photos, filters kept with counters, a colleague who was faster."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.core.clock import utc_now
from app.core.geo import Point
from app.models import Move, Report, ReportState, StoredFilter, Urgency
from app.services.reports import deadlines
from app.services.reports.cells import NOWHERE
from app.services.reports.doubts import Flag
from tests.accounts.conftest import own_phone
from tests.factories.accounts import make_account
from tests.factories.reports import make_case_photo, make_report
from tests.factories.stations import COMMUNITY, SUZHOU, make_area
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, served, signed_in, tapped

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

LIST = """
  const rows = (count) => until(() => all("[data-case]").length === count);
  const tab = (words) => until(() => all(".tabs button").find((each) => each.textContent.startsWith(words)));
  await rows(3);
  const photo = await one("[data-case] .glimpse");
  told.push(`${photo.loading} ${all(".glimpse").length} ${new URL(photo.src).pathname}`);
  await tap("#find summary");
  await tap("[data-filter=urgencies] [value=urgent]");
  await tap("#find form:has([data-filter]) [type=submit]");
  await rows(1);
  all("#find input").at(-1).value = "加急";
  await tap("#find [data-do=keep]");
  told.push((await tab("加急")).textContent);
  (await tab("待受理")).click();
  await rows(3);
  await tap(".tabs .kept");
  await rows(1);
  await one("#find [data-do=drop]");
  (await until(() => all("#find input").at(-1))).value = "急件";
  await tap("#find [data-do=keep]");
  told.push((await tab("急件")).textContent);
  (await tab("待受理")).click();
  await rows(3);
  await tap(".pick input");
  await call("POST", "/v1/reports/cases/%(taken)s/take", { body: { version: 1 }, key: uuid() });
  const before = document.querySelector("#cases ol"); // the list is read anew under the ticks
  document.querySelector("#filters > input").dispatchEvent(new Event("change"));
  await until(() => !before.isConnected && all("[data-case] input:checked").length === 3);
  await tap("#decide .strong");
  told.push((await one("#failed li > span")).textContent);
  await rows(1);
  await tap("#failed [data-do=again]");
  await tap("#decide .strong");
  await rows(0);
"""
LISTS = """
  const rows = (count) => until(() => all("[data-case]").length === count);
  const named = (words) => all(".tabs button").find((each) => each.textContent === words);
  const tab = async (words) => (await until(() => named(words))).click();
  await rows(3);
  await tab("同处案件");
  const group = await one("[data-group]");
  told.push(group.querySelector(".facts-line").textContent);
  group.querySelector(".wide").click();
  await rows(2);
  await tap(".pick input");
  told.push((await one("#decide b")).textContent);
  await tab("严重超期");
  await until(() => document.querySelector("[data-case]")?.textContent.includes("超过承诺的三倍"));
  await rows(1);
  told.push((await one("[data-case]")).dataset.case);
  await tap("#find summary");
  const wanted = ["urgencies] [value=urgent", "urgencies] [value=emergency", "states] [value=submitted"];
  for (const each of wanted) await tap(`[data-filter=${each}]`);
  told.push(document.querySelector("[data-filter=urgencies] summary").textContent);
  await tap("#find form:has([data-filter]) [type=submit]");
  await rows(2);
  told.push(all(".tabs [aria-pressed=true]").length);
"""


async def test_a_clerk_looks_at_groups_at_what_is_far_too_late_and_for_several_at_once(
    own_phone, own_runtime, own_url, tmp_path
):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        sorts = (Urgency.URGENT, Urgency.EMERGENCY, Urgency.NORMAL)
        places = (SUZHOU, Point(SUZHOU.lat + 0.01, SUZHOU.lon), SUZHOU)
        found = [
            await make_report(session, submitted_at=utc_now() - timedelta(days=90), urgency=urgency, at=at)
            for urgency, at in zip(sorts, places, strict=True)
        ]
        late = found[2]
        await deadlines.follow(session, late, Move.SUBMIT, now=late.submitted_at)
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, COMMUNITY)

    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": LISTS}
    async with served(own_runtime, own_url, "desk", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert (told[0][:2], told[0][-3:]) == ("加急", "2 件")
    assert told[1:] == ["已选 2 件", str(late.id), "紧急程度: 紧急、加急", 0], told


async def test_a_clerk_sees_photos_keeps_a_filter_and_is_told_who_was_faster(
    own_phone, own_runtime, own_url, tmp_path
):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        sorts = (Urgency.URGENT, Urgency.NORMAL, Urgency.NORMAL)
        found = [await make_report(session, submitted_at=utc_now(), urgency=each) for each in sorts]
        photo = await make_case_photo(session, found[0], (await make_account(session)).id)
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, COMMUNITY)

    taps = LIST % {"taken": found[1].id}
    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": taps}
    script = 'import { call, uuid } from "/web/api.js";' + script
    async with served(own_runtime, own_url, "desk", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 4, told
    assert told[0].startswith("lazy 1 ")
    assert str(photo.id) in told[0]
    assert told[1:3] == ["加急 1", "急件 1"]
    assert told[3].endswith("刚改过")
    async with own_runtime.db.reading() as session:
        [stored] = (await session.scalars(select(StoredFilter))).all()
        states = set(await session.scalars(select(Report.state)))
    assert (stored.name, stored.content["urgencies"]) == ("急件", ["urgent"])
    assert states == {ReportState.ACCEPTED}


PHONE = """
  const rows = (count) => until(() => all("[data-case]").length === count);
  await rows(1);
  const row = await one(".tabs");
  const open = () => all(".tabs button").find((each) => each.textContent === "未结");
  open().scrollIntoView();
  const before = row.scrollLeft;
  const drawn = open();
  drawn.click();
  await until(() => open() !== drawn && open().ariaPressed === "true");
  const { left, right } = open().getBoundingClientRect();
  told.push(innerWidth <= 500 && before > 0, left >= 0 && right <= innerWidth, row.scrollLeft - before);
"""


async def test_on_a_phone_the_tab_that_was_tapped_stays_in_view(own_phone, own_runtime, own_url, tmp_path):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        await make_report(session, submitted_at=utc_now())
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, COMMUNITY)

    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": PHONE}
    async with served(own_runtime, own_url, "desk", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path, "--window-size=390,844")

    assert told == [True, True, 0]


RENAMED = """
  const rows = (count) => until(() => all("[data-case]").length === count);
  await tap(".tabs .kept");
  await rows(1);
  told.push((await one("[data-case]")).dataset.case);
  await tap("#find summary");
  await one("#find [data-do=drop]");
  (await until(() => all("#find input").at(-1))).value = "新名";
  await tap("#find [data-do=keep]");
  await until(() => document.querySelector(".tabs .kept").textContent.startsWith("新名"));
"""


async def test_a_filter_that_is_renamed_finds_what_it_found(own_phone, own_runtime, own_url, tmp_path):
    now, nowhere = utc_now(), {"at": NOWHERE, "flags": [Flag.PIN_MISSING]}
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        sought = await make_report(session, submitted_at=now, next_due_at=now + timedelta(days=2), **nowhere)
        await make_report(session, submitted_at=now, next_due_at=now - timedelta(days=2), **nowhere)
        await make_report(session, submitted_at=now, next_due_at=now + timedelta(days=2))
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, COMMUNITY)
    wanted = {"is_pin_missing": True, "is_overdue": False, "states": ["submitted", "accepted"]}
    path = f"/v1/reports/filters/{uuid4()}"
    assert (await own_phone.client.put(path, json={"name": "旧名", "filter": wanted})).status_code == 204

    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": RENAMED}
    async with served(own_runtime, own_url, "desk", script) as url:
        assert await tapped(f"{url}/fingers", tmp_path) == [str(sought.id)]

    async with own_runtime.db.reading() as session:
        [stored] = (await session.scalars(select(StoredFilter))).all()
    assert stored.name == "新名"
    assert {name: stored.content[name] for name in wanted} == wanted
