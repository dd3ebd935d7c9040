"""Confidential cases at the desk, and cases and tasks given to others, under somebody's fingers."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.core.clock import utc_now
from app.models import (
    Move,
    PersonalDataRead,
    Report,
    ReportDisclosure,
    ReportRead,
    ReportState,
    ReportStep,
    ReportTask,
)
from tests.accounts.conftest import own_phone
from tests.factories.accounts import make_account
from tests.factories.reports import make_report, make_unit
from tests.factories.stations import COMMUNITY, make_area
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, served, signed_in, tapped

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

EAST, ABROAD = "620902006002", "110101001001"
TAPS = Path(__file__).parent / "fingers"
NOTHING = """
  await until(() => all("[data-case]").length === 1);
  told.push(all(".tabs button").map((each) => each.textContent).filter((words) => /保密|补充/.test(words)));
"""


def filled(name: str, values: dict[str, object]) -> str:
    """Return the taps of a file with the test's own ids in them."""
    taps = (TAPS / name).read_text()
    for key, value in values.items():
        taps = taps.replace(key, str(value))
    return taps


async def test_a_case_worker_finds_theirs_learns_who_reported_and_asks_to_show_it(
    own_phone, own_runtime, own_url, tmp_path
):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, COMMUNITY)
    me = UUID(kept["account"]["id"])
    async with own_runtime.db.writing() as session:
        rider = await make_account(session, display_name="骑手小蜂")
        lawyer = await make_account(session, display_name="王律师")
        await make_report(session)
        named = {"is_confidential": True, "reporter_id": rider.id}
        mine = await make_report(session, case_worker_id=me, **named)
        await make_report(session, **named)

    taps = filled("trusted.js", {"LAWYER": lawyer.id})
    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": taps}
    async with served(own_runtime, own_url, "desk", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 5, told
    assert told[:3] == [0, "骑手小蜂", "其他人:填账号编号"]
    assert told[3] == "notice good"
    assert told[4].startswith("区总工会 律师 法律援助")
    async with own_runtime.db.reading() as session:
        assert (await session.scalars(select(ReportDisclosure.recipient_id))).all() == [lawyer.id]
        assert (await session.scalars(select(PersonalDataRead.reason))).all() == ["约时间面谈"]
        assert set(await session.scalars(select(ReportRead.report_id))) == {mine.id}


async def test_who_is_not_named_is_shown_no_such_list(own_phone, own_runtime, own_url, tmp_path):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
    kept = await signed_in(own_phone, own_runtime, Role.DISTRICT_OFFICER, COMMUNITY[:6])
    async with own_runtime.db.writing() as session:
        await make_report(session)
        other = await make_account(session)
        await make_report(session, is_confidential=True, case_worker_id=other.id)

    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": NOTHING}
    async with served(own_runtime, own_url, "desk", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert told == [["骑手补充 0"]]
    async with own_runtime.db.reading() as session:
        assert (await session.scalars(select(ReportRead.report_id))).all() == []


async def test_an_officer_hands_a_case_to_a_community_and_a_task_to_another_unit(
    own_phone, own_runtime, own_url, tmp_path
):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
    kept = await signed_in(own_phone, own_runtime, Role.DISTRICT_OFFICER, COMMUNITY[:6])
    async with own_runtime.db.writing() as session:
        await make_area(session, EAST, "东社区")
        await make_area(session, ABROAD, "东社区")
        lost = await make_report(session, submitted_at=utc_now())
        unit = await make_unit(session)
        for number in range(101):
            await make_unit(session, name=f"一所 {number:03}")
        far, roads = await make_unit(session, name="路灯所"), await make_unit(session, name="养路队")
        held = await make_report(
            session, state=ReportState.IN_PROGRESS, unit_id=unit.id, submitted_at=utc_now()
        )

    ids = {"LOST": lost.id, "HELD": held.id, "FAR": far.id, "ROADS": roads.id}
    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": filled("hands.js", ids)}
    async with served(own_runtime, own_url, "desk", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert told == [
        "请先选区划",
        f"东社区 {EAST}",
        "转交给 东社区",
        True,
        100,
        "路灯所",
        True,
        "断电",
        True,
    ]
    async with own_runtime.db.reading() as session:
        assert (await session.get_one(Report, lost.id)).area_code == EAST
        assert Move.REHOME in (await session.scalars(select(ReportStep.move))).all()
        [task] = (await session.scalars(select(ReportTask).where(ReportTask.unit_id == roads.id))).all()
        assert task.instruction == "围挡"
