"""The demonstration's cases: a year of lives that the rules allow, answered, photographed, and on duty."""

import hashlib
import itertools
from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.models import (
    ENDED,
    ConfidentialDesk,
    DeadlineStep,
    DutyAcknowledgement,
    DutyLadder,
    DutyShift,
    Move,
    Photo,
    PhotoPurpose,
    PhotoRole,
    Report,
    ReportCount,
    ReportCountDelta,
    ReportDeadline,
    ReportPhoto,
    ReportSatisfaction,
    ReportState,
    ReportStep,
    RoleGrant,
)
from app.runtime import Runtime
from app.services import photos
from app.services.demo.places import DISTRICTS, GRIDDED
from app.services.duty import roster, watch
from app.services.photos import Viewer, is_public
from app.services.reports import deadlines, lifecycle, publishing
from tests.demo.conftest import NOW


async def test_a_year_of_reports_stands_in_every_state_and_some_are_late(loaded: AsyncSession):
    found = (await loaded.scalars(select(Report))).all()
    states = Counter(report.state for report in found)

    assert len(found) == 2400 + 3 + 80
    assert set(states) == set(ReportState)
    tried_out = {report.state for report in found if report.area_code[:6] == GRIDDED.code}
    assert {ReportState.RETURNED, ReportState.RESOLVED, ReportState.DUPLICATE} <= tried_out
    assert states[ReportState.CLOSED] > 0.7 * len(found)
    assert any(report.next_due_at is not None and report.next_due_at < NOW for report in found)
    assert all(report.description.startswith("示例") for report in found)
    published = [report for report in found if report.public_at is not None]
    assert 0.5 < len(published) / len(found) < 0.95
    assert all(report.state not in publishing.HIDDEN for report in published)
    assert {report.area_code[:6] for report in found} <= {district.code for district in DISTRICTS}


async def test_what_is_owed_on_open_cases_is_promised_and_what_is_over_was_told(loaded: AsyncSession):
    found = {report.id: report for report in await loaded.scalars(select(Report))}
    rows = (await loaded.scalars(select(ReportDeadline))).all()
    open_rows = deadlines.open_of(rows)
    whole = {row.report_id: row.due_at for row in open_rows if row.step is DeadlineStep.WHOLE}

    owing = [each for each in found.values() if DeadlineStep.WHOLE in deadlines.OWED[each.state]]
    assert whole == {report.id: report.due_at for report in owing}
    assert {found[row.report_id].state for row in open_rows} == {
        state for state, owed in deadlines.OWED.items() if owed
    }
    # Nobody finds a year's reminders of invented cases in the inbox.
    assert [
        row for row in open_rows if row.due_at <= NOW - timedelta(days=3) and row.overdue_at is None
    ] == []


async def test_what_is_open_recent_or_mended_lately_has_its_invented_photos(
    loaded: AsyncSession, demo_runtime: Runtime
):
    found = {report.id: report for report in await loaded.scalars(select(Report))}
    of_cases = select(Photo).where(Photo.purpose.in_([PhotoPurpose.REPORT, PhotoPurpose.RESOLUTION]))
    taken = {photo.id: photo for photo in await loaded.scalars(of_cases)}
    links = (await loaded.scalars(select(ReportPhoto))).all()

    shown = {role: {link.report_id for link in links if link.role is role} for role in PhotoRole}
    recent = {each.id for each in found.values() if each.submitted_at >= NOW - timedelta(days=45)}
    assert {each.id for each in found.values() if each.state not in ENDED} | recent <= shown[PhotoRole.BEFORE]
    mended = {each for each in shown[PhotoRole.BEFORE] if found[each].resolved_at}
    assert mended == shown[PhotoRole.AFTER]
    assert len({each.submitted_at.month for each in map(found.get, mended) if each}) == 12
    assert {link.photo_id for link in links} == set(taken)
    assert all(is_public(each) == (found[each.about_id].public_at is not None) for each in taken.values())
    assert 15 < len({each.sha256 for each in taken.values()}) <= 20  # few drawings, two each
    addresses = await photos.addresses(
        demo_runtime.photos, taken[links[0].photo_id], viewer=Viewer.STAFF, now=NOW
    )
    assert addresses.original is None
    kept = await demo_runtime.photos.store.get(f"photos/{links[0].photo_id}/large-1.jpg")
    assert hashlib.sha256(kept).digest() == taken[links[0].photo_id].sha256


async def test_a_weekend_of_reports_waits_for_the_clerk(loaded: AsyncSession):
    community = await loaded.scalar(select(RoleGrant.area_code).where(RoleGrant.role == Role.COMMUNITY_STAFF))
    waiting = await loaded.scalars(
        select(Report).where(Report.area_code == community, Report.state == ReportState.SUBMITTED)
    )

    found = waiting.all()
    assert len(found) == 80
    assert all(report.proposed_unit_id and report.proposal for report in found)
    assert max(Counter((report.h3, report.category_id) for report in found).values()) > 1


async def test_every_reports_life_is_one_the_table_of_moves_has(loaded: AsyncSession):
    steps = (await loaded.scalars(select(ReportStep).order_by(ReportStep.report_id, ReportStep.id))).all()

    for _, life in itertools.groupby(steps, key=lambda step: step.report_id):
        first, *others = life
        assert (first.move, first.to_state) == (Move.SUBMIT, ReportState.SUBMITTED)
        state, at = first.to_state, first.at
        for step in others:
            assert step.from_state is state
            to = state if step.move is Move.PUBLISH else lifecycle.check(state, step.move, step.actor)
            assert to is step.to_state
            assert at <= step.at <= NOW
            state, at = step.to_state, step.at


async def test_riders_said_what_they_think_some_cases_came_back_and_a_month_has_figures(loaded: AsyncSession):
    found = {report.id: report for report in await loaded.scalars(select(Report))}
    asked = (await loaded.scalars(select(ReportSatisfaction))).all()

    closings = Counter(step.report_id for step in await loaded.scalars(
        select(ReportStep).where(ReportStep.move == Move.CLOSE)
    ))  # fmt: skip
    assert closings == Counter(each.report_id for each in asked)
    said = Counter(each.is_satisfied for each in asked)
    assert said[True] > 3 * said[False] > 0
    assert said[None] > 0.4 * len(asked)
    assert sum(report.reopened_count > 0 for report in found.values()) > 10
    month = NOW - timedelta(days=30)
    lately = Counter(
        each.category_id
        for each in found.values()
        if each.area_code.startswith("620503") and each.closed_at and each.closed_at > month
    )
    assert lately.most_common(1)[0][1] >= 5  # fewer would be told to nobody


async def test_two_are_trusted_with_what_is_secret(loaded: AsyncSession):
    desk = (await loaded.scalars(select(ConfidentialDesk))).one()
    roles = select(RoleGrant.account_id).where(RoleGrant.role == Role.DISTRICT_OFFICER)

    assert desk.area_code == "620503"
    assert desk.case_worker_id != desk.supervisor_id
    assert {desk.case_worker_id, desk.supervisor_id} <= set(await loaded.scalars(roles))


async def test_the_counters_agree_with_the_reports(loaded: AsyncSession):
    provinces = func.length(ReportCount.town_code) == 2
    counted = await loaded.scalar(select(func.sum(ReportCount.count)).where(provinces))
    assert counted == await loaded.scalar(select(func.count()).select_from(Report))
    assert await loaded.scalar(select(func.count()).select_from(ReportCountDelta)) == 0


async def test_a_community_is_on_duty_round_the_clock_and_its_emergencies_were_answered(loaded: AsyncSession):
    [community] = set(
        await loaded.scalars(select(DutyShift.area_code).where(DutyShift.area_code != "620503"))
    )
    for hour in range(24):
        there = await roster.on_call(loaded, community, now=NOW + timedelta(hours=hour))
        assert all(there.values()), hour
    week = await roster.see(loaded, community, by=Actor(None, (Grant(Role.SYSADMIN),)), now=NOW)
    assert [gap.rank.value for gap in watch.gaps(week.line)] == ["first", "backup"]
    ladders = (await loaded.scalars(select(DutyLadder))).all()
    assert len(ladders) > 10
    assert len((await loaded.scalars(select(DutyAcknowledgement))).all()) == len(ladders)
