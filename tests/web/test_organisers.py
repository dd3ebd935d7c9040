"""The organisers' page, and a station's part with points, under somebody's fingers in a real browser."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.clock import local_day, utc_now
from app.models import (
    ActivityState,
    Appointment,
    Attendance,
    DualReporting,
    EntryKind,
    EvidenceGrade,
    LedgerBook,
    LedgerDispute,
    LedgerEntry,
    MemberState,
    NoShow,
    OrganisationKind,
    OrganisationLiaison,
    Provenance,
    ShiftRole,
    SignUp,
    SignUpMode,
    SignUpState,
    TeamInvitation,
    TeamMember,
    VolunteerActivity,
    VolunteerOrganisation,
    VolunteerTeam,
)
from app.models.points import HoldState, PointsHold
from app.services.accounts.vault import Vault
from app.services.ledger import queries
from tests.accounts.conftest import own_phone
from tests.factories.accounts import make_account
from tests.factories.ledger import make_book, make_dispute, make_hours, make_subject
from tests.factories.points import make_hold, make_offer, make_points
from tests.factories.stations import COMMUNITY, make_area, make_station
from tests.factories.volunteering import (
    make_activity,
    make_member,
    make_role,
    make_shift,
    make_sign_up,
    make_team,
)
from tests.web.test_browser import BROWSER
from tests.web.test_clicks import FINGERS, served, signed_in, tapped

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

FINGERS_OF_AN_ORGANISER = (Path(__file__).parent / "fingers" / "organise.js").read_text()


async def test_an_organiser_does_by_the_page_all_that_there_is_to_do(
    own_phone, own_runtime, own_url, tmp_path
):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY, "同名社区")
        for number in range(1, 22):  # more of that name, before it in the list, than a page shows
            await make_area(session, f"110101001{number:03}", "同名社区")
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, COMMUNITY)
    me = UUID(kept["account"]["id"])
    async with own_runtime.db.writing() as session:
        world = await make_world(session, me)
        await make_more(session, world, own_runtime.vault)

    taps = FINGERS_OF_AN_ORGANISER
    for name, value in world.items():
        taps = taps.replace(name, value)
    script = FINGERS % {"kept": json.dumps(kept), "page": "organise", "taps": taps}
    async with served(own_runtime, own_url, "organise", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 8, told
    assert len(told[0].split()) == 5
    assert "/volunteer#teams/" in told[1]
    assert told[2:5] == ["+8613811112222", "郑网格", "区税务局"]
    assert told[5] in {"甲同机", "乙同机"}
    assert told[6:] == ["已给:雨伞(10 分)", "雨伞 · 10 分 · 剩 5 份"]
    async with own_runtime.db.reading() as session:
        await check_activities(session)
        await check_people(session)
        entries = (await queries.typed_by(session, by=Actor(me), cursor=None, limit=5)).items
        assert [(each.entry.minutes, each.state) for each in entries] == [(45, "pending")]
        dispute = await session.scalar(select(LedgerDispute))
        assert dispute is not None
        assert (dispute.is_upheld, dispute.answer) == (False, "以签退为准")
        assert await session.scalar(select(PointsHold.state)) is HoldState.HANDED_OVER
        await check_offices(session)


async def check_activities(session: AsyncSession) -> None:
    """Check that one was written, changed and published, and another called off."""
    fields = (VolunteerActivity.title, VolunteerActivity.state, VolunteerActivity.reason)
    found = {row.title: row for row in (await session.execute(select(*fields))).all()}
    assert found["整理书报"][1:] == (ActivityState.PUBLISHED, "前门修路")
    assert found["取消我"][1:] == (ActivityState.CANCELLED, "下雨")
    assert set(found) == {"整理书报", "取消我", "看望老人"}


async def check_people(session: AsyncSession) -> None:
    """Check who was accepted, declined, marked and struck, who came in, and that a shift was called off."""
    marks = {mark.note: mark for mark in (await session.scalars(select(NoShow))).all()}
    assert (marks["没看到"].is_struck, marks["没看到"].answer) == (True, "监控可见")
    assert marks["点名未到"].is_struck is None
    rows = (await session.execute(select(SignUp.state, SignUp.reason))).all()
    assert sorted(rows) == [*[("booked", "")] * 3, ("cancelled", ""), ("no_show", ""), ("refused", "人够了")]
    members = (await session.execute(select(TeamMember.state, TeamMember.is_coordinator))).all()
    active, gone = MemberState.ACTIVE, MemberState.REMOVED
    assert sorted(map(tuple, members)) == [(active, False), (active, True), (gone, False)]
    assert await session.scalar(select(TeamInvitation.revoked_at)) is not None
    assert await session.scalar(select(Appointment.issuing_body)) == "街道办"
    assert set((await session.scalars(select(VolunteerTeam.name))).all()) == {"先锋骑手队", "邻里互助队"}


async def check_offices(session: AsyncSession) -> None:
    """Check that a list was approved line by line, and what was entered of an organisation."""
    approved = select(LedgerEntry.counted).where(
        LedgerEntry.provenance == Provenance.IMPORTED, LedgerEntry.kind == EntryKind.APPROVAL
    )
    assert (await session.scalars(approved)).all() == [90, 90]
    body = await session.scalar(select(VolunteerOrganisation).where(VolunteerOrganisation.name == "区税务局"))
    assert body is not None
    assert (body.kind, body.responsible) == (OrganisationKind.UNIT, "钱科长")
    liaison = (await session.scalars(select(OrganisationLiaison))).one()
    served = (await session.scalars(select(DualReporting))).one()
    assert liaison.organisation_id == served.organisation_id == body.id
    assert None not in (liaison.revoked_at, served.ended_at)


async def make_more(session: AsyncSession, world: dict[str, str], vault: Vault) -> None:
    """Make a member who shows her number, a list of earlier hours, and two who signed in on one phone."""
    now, phone = utc_now(), uuid4()
    team = (await session.scalars(select(VolunteerTeam))).one()
    number = vault.encrypt_phone("+8613811112222")
    her = await make_account(session, display_name="陈队员", phone_encrypted=number)
    await make_member(session, team, her.id, shares_phone=True)
    book = (await session.scalars(select(LedgerBook))).one()
    subject = await make_subject(session, her.id, name="陈队员")
    lines = {"provenance": Provenance.IMPORTED, "reason": "原系统", "source_id": uuid4()}
    for minutes, activity in ((90, "原系统值守"), (90, "原系统值守"), (600, "填错的值守")):
        await make_hours(session, book, subject, minutes, activity=activity, **lines)
    shift_id = UUID(world["RUNNING"])
    role = (await session.scalars(select(ShiftRole).where(ShiftRole.shift_id == shift_id))).one()
    role.places += 2
    for name in ("甲同机", "乙同机"):
        sign_up = await make_sign_up(session, role, (await make_account(session, display_name=name)).id)
        came = {"in_at": now - timedelta(minutes=50), "in_received_at": now, "in_offline": False}
        left = {"out_at": now - timedelta(minutes=5), "out_received_at": now, "out_offline": False}
        session.add(
            Attendance(
                **came,
                **left,
                sign_up_id=sign_up.id,
                shift_id=shift_id,
                account_id=sign_up.account_id,
                device_id=phone,
                in_id=uuid4(),
                out_id=uuid4(),
                in_provenance=Provenance.CODE,
                out_provenance=Provenance.CODE,
                in_grade=EvidenceGrade.B,
                out_grade=EvidenceGrade.B,
            )
        )


async def make_world(session: AsyncSession, me: UUID) -> dict[str, str]:
    """Make a team with all that waits for who runs it, and return by which names the fingers know it."""
    now = utc_now()
    team = await make_team(session)
    await make_member(session, team, me, is_coordinator=True)

    async def named(name: str) -> UUID:
        return (await make_account(session, display_name=name)).id

    newcomer = await named("李入队")
    await make_member(session, team, newcomer, state=MemberState.REQUESTED, joined_at=None)
    off = await make_activity(session, team, title="取消我")
    await make_role(session, await make_shift(session, off, now + timedelta(days=2)))
    visit = await make_activity(session, team, title="看望老人", mode=SignUpMode.APPROVAL)
    soon = await make_shift(session, visit, now + timedelta(minutes=40))
    role = await make_role(session, soon)
    for name in ("赵申请", "钱申请"):
        await make_sign_up(session, role, await named(name), state=SignUpState.ASKED)
    running = await make_shift(session, visit, now - timedelta(hours=1), minutes=240)
    role = await make_role(session, running)
    await make_sign_up(session, role, await named("孙没来"))
    marked = await make_sign_up(session, role, await named("周冤枉"), state=SignUpState.NO_SHOW)
    session.add(
        NoShow(
            sign_up_id=marked.id,
            account_id=marked.account_id,
            marked_at=now,
            marked_by=await named("吴队长"),
            note="没看到",
            objection="我在后门",
            objected_at=now,
            answer="",
        )
    )
    book, subject = await make_book(session), await make_subject(session, newcomer)
    for reason in ("签到机坏了", "忘了签到"):
        await make_hours(session, book, subject, provenance=Provenance.MANUAL, reason=reason)
    [entry] = await make_hours(session, book, subject)
    await make_dispute(session, entry)
    station = await make_station(session, area_code=COMMUNITY)
    await make_points(session, newcomer, 30, on=local_day(now))
    hold = await make_hold(session, await make_offer(session, station, stock=5), newcomer)
    return {
        "SHIFT": str(soon.id),
        "RUNNING": str(running.id),
        "STATION": str(station.id),
        "DIGITS": hold.code,
    }
