"""An officer's month of cases in a real browser: its rates, its rows, and the closing of it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.core.clock import local_day, utc_now
from app.models import StatisticsSnapshot
from tests.factories.reports import make_report
from tests.factories.stations import COMMUNITY, make_area
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, own_phone, served, signed_in, tapped

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

TAPS = """
  const month = await one("[type=month]");
  month.value = "%s";
  month.dispatchEvent(new Event("change"));
  const shows = (text) => (each) => each.querySelector(".share").textContent.trim() === text;
  const submitted = await until(() => all("#view .card").find(shows("6")));
  told.push(submitted.querySelector("h3").textContent, document.querySelector("#view h2").textContent);
  submitted.querySelector("summary").click();
  await until(() => all("#view .behind li").length === 6);
  told.push(document.querySelector("#view .behind b").textContent);
  all("#view form .tabs button")[1].click();
  const town = await one("#view tbody button");
  told.push(town.textContent, town.closest("tr").lastChild.textContent);
  town.click();
  await until(() => document.querySelector("#view h2").textContent.includes("›"));
  all("#view form .pairs")[1].querySelector("button").click();
  await until(() => !document.querySelector("#view h2").textContent.includes("›"));
  const close = await one("#view button.no-print");
  close.click();
  told.push(close.textContent);
  close.click();
  told.push((await one("[data-subject=done]")).textContent);
  told.push((await one("#view .good-ink")).textContent.slice(0, 3));
  location.hash = "messages";
  told.push((await one("#view a.strong")).textContent);
"""


async def test_an_officer_reads_a_month_goes_down_and_closes_it(own_phone, own_runtime, own_url, tmp_path):
    # Two months ago: what nobody closed of last month, the clock closes.
    then = utc_now() - timedelta(days=local_day(utc_now()).day)
    then -= timedelta(days=local_day(then).day)
    month = f"{local_day(then):%Y-%m}"
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        for _ in range(6):
            await make_report(session, submitted_at=then)
    kept = await signed_in(own_phone, own_runtime, Role.DISTRICT_OFFICER, COMMUNITY[:6])

    taps = TAPS % month
    script = FINGERS % {"kept": json.dumps(kept), "page": "figures", "taps": taps}
    async with served(own_runtime, own_url, "figures", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 9, told
    assert told[0] == "上报件数"
    assert told[1].endswith(month)
    assert told[2].startswith("NF")
    assert told[4] == "6"
    assert told[5:] == ["封存后不能再改,再点一次确认", "封存了 1 个县区。", "已封存", "写群发通知"]
    async with own_runtime.db.reading() as session:
        closed = await session.scalars(select(StatisticsSnapshot.month))
    assert [each for each in closed if f"{each:%Y-%m}" == month] == [local_day(then).replace(day=1)]


# The answer about the month before is held back until the one about this month stands there.
LATE = """
  await one("#view .card");
  const answer = window.fetch;
  let free;
  const held = new Promise((done) => (free = done));
  window.fetch = async (path, ...rest) => {
    if (String(path).includes("month=%s")) await held;
    return answer(path, ...rest);
  };
  const choose = (value) => {
    const month = document.querySelector("[type=month]");
    month.value = value;
    month.dispatchEvent(new Event("change"));
  };
  choose("%s");
  choose("%s");
  const counted = () => all("#view .card").at(-1).querySelector(".share").textContent.trim();
  await until(() => counted() === "6");
  free();
  await new Promise((done) => setTimeout(done, 1500));
  told.push(document.querySelector("#view h2").textContent, counted());
"""


async def test_an_answer_about_another_month_that_comes_late_is_not_shown_as_this_one(
    own_phone, own_runtime, own_url, tmp_path
):
    then = utc_now() - timedelta(days=local_day(utc_now()).day)
    before = then - timedelta(days=local_day(then).day)
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        for _ in range(6):
            await make_report(session, submitted_at=then)
    kept = await signed_in(own_phone, own_runtime, Role.DISTRICT_OFFICER, COMMUNITY[:6])

    empty, full = f"{local_day(before):%Y-%m}", f"{local_day(then):%Y-%m}"
    taps = LATE % (empty, empty, full)
    script = FINGERS % {"kept": json.dumps(kept), "page": "figures", "taps": taps}
    async with served(own_runtime, own_url, "figures", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert (told[0][-7:], told[1]) == (full, "6"), told
