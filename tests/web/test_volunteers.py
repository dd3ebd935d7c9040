"""The volunteers' page under somebody's fingers, in a real browser, over real commits."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import local_day, utc_now
from app.models import (
    Attendance,
    Certificate,
    LedgerDispute,
    NoShow,
    Provenance,
    SignUp,
    SignUpState,
    VolunteerActivity,
)
from app.models.points import HoldState, PointsHold
from tests.accounts.conftest import own_phone
from tests.factories.accounts import make_account
from tests.factories.ledger import make_book, make_hours, make_subject
from tests.factories.points import make_offer, make_points
from tests.factories.stations import COMMUNITY, make_station
from tests.factories.volunteering import (
    make_activity,
    make_invitation,
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

# The volunteer runs the team, too, so that the page itself can be asked for codes.
FINGERS_OF_A_VOLUNTEER = (Path(__file__).parent / "fingers" / "volunteer.js").read_text()
CODE = "hGoxpxsqZ-rY"


async def test_a_volunteer_does_by_the_page_all_that_there_is_to_do(
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
        await make_more(session, account_id)

    taps = FINGERS_OF_A_VOLUNTEER.replace("SHIFT", str(running.id)).replace("CODE", CODE)
    taps = taps.replace("LATER", str(later.shift_id))
    script = FINGERS % {"kept": json.dumps(kept), "page": "dom", "taps": taps}
    async with served(own_runtime, own_url, "volunteer", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 16, told
    assert told[0] == "/volunteer#mine"
    assert "在场" in told[1]
    assert told[2:4] == ["已报上名", "1 小时 30 分 (共 90 分钟)"]
    assert "/verify#" in told[4]
    assert told[5].startswith("异议处理中")
    assert told[6] == "%PDF-"
    assert "周队长" in told[7]
    assert "点名未到" in told[7]
    assert told[8:12] == ["#teams", 2, 200, 404]
    assert ("30 分" in told[12], told[13] == told[14], "30 分" in told[15]) == (True, True, True)
    async with own_runtime.db.reading() as session:
        [there] = (await session.scalars(select(Attendance))).all()
        assert (there.in_provenance, there.out_provenance) == (Provenance.CODE, Provenance.CODE)
        states = select(VolunteerActivity.title, SignUp.state).join_from(SignUp, VolunteerActivity)
        assert set((await session.execute(states)).all()) == {
            ("清扫楼道", SignUpState.BOOKED),
            ("轮到我", SignUpState.BOOKED),
            ("有事去不了", SignUpState.WITHDRAWN),
            ("没看到我", SignUpState.NO_SHOW),
        }
        assert await session.scalar(select(NoShow.objection)) == "我在后门"
        assert await session.scalar(select(Certificate.holder_name)) == "买买提·艾力"
        assert await session.scalar(select(LedgerDispute.text)) == "我待到了九点"
        [hold] = (await session.scalars(select(PointsHold))).all()
        assert (hold.state, told[13].replace(" ", "")) == (HoldState.CANCELLED, hold.code)


async def make_more(session: AsyncSession, account_id: UUID) -> None:
    """Make what else there is to do: an offer, a place to give back, an absence, a code, points."""
    now = utc_now()
    team = await make_team(session, name="红色管家队")
    coordinator = await make_account(session, display_name="周队长")
    for days, title, given in (
        (2, "轮到我", {"state": SignUpState.OFFERED, "offer_ends_at": now + timedelta(hours=6)}),
        (3, "有事去不了", {}),
        (-1, "没看到我", {"state": SignUpState.NO_SHOW}),
    ):
        activity = await make_activity(session, team, title=title)
        role = await make_role(session, await make_shift(session, activity, now + timedelta(days=days)))
        sign_up = await make_sign_up(session, role, account_id, **given)
    session.add(
        NoShow(
            sign_up_id=sign_up.id,
            account_id=account_id,
            marked_at=now,
            marked_by=coordinator.id,
            note="点名未到",
            answer="",
        )
    )
    await make_invitation(session, team, CODE, made_by=coordinator.id)
    await make_points(session, account_id, 30, on=local_day(now))
    await make_offer(session, await make_station(session, area_code=COMMUNITY))
