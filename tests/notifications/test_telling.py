"""Which facts reach whose inbox: riders, desks, units, managers, and those inside a station that closes."""

from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from app.core.actor import Role
from app.core.clock import utc_now
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import (
    DeadlineStep,
    Notification,
    PhotoPurpose,
    ReportFollower,
    ReportState,
)
from app.services import outbox
from app.services.reports.events import ReportDueSoon, ReportOverdue, RoutingRuleFailed
from app.services.stations.events import StationFlagged
from tests.checkins.conftest import NOON, World
from tests.factories.accounts import make_account, make_grant
from tests.factories.reports import make_report, make_reports, make_unit
from tests.factories.rules import make_rule
from tests.factories.stations import COMMUNITY, SUZHOU, make_area
from tests.reports import crew, crew_photos
from tests.reports.desks import staff_of

CASES = "/v1/reports/cases"
HERE = {"lat": SUZHOU.lat, "lon": SUZHOU.lon, "coord_type": "wgs84"}


async def tell_all(runtime, now=None) -> None:
    while await deliver(runtime.db, REACTIONS, now=now or utc_now()):
        pass


async def heard(session, account_id: UUID) -> list[str]:
    """Return the kinds in somebody's inbox, oldest first."""
    query = select(Notification.kind).where(Notification.account_id == account_id).order_by(Notification.id)
    return list(await session.scalars(query))


async def follow(session, report, account) -> None:
    session.add(
        ReportFollower(
            report_id=report.id, account_id=account.id, is_reporter=False, followed_at=report.submitted_at
        )
    )
    await session.flush()


async def post(client, path: str, **given):
    answer = await client.post(path, json=given)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def test_a_case_is_told_to_whom_it_concerns(session, runtime, client_for):
    clerk, colleague = await staff_of(session, COMMUNITY), await staff_of(session, COMMUNITY, name="小张")
    unit = await make_unit(session)
    mender = await crew.unit_user(session, unit.id)
    reporter, supporter = await make_account(session, display_name="马小军MARK"), await make_account(session)
    report = await make_report(session, reporter_id=reporter.id, description="有个坑MARK")
    await follow(session, report, supporter)
    await session.commit()
    desk, works = client_for(clerk), client_for(mender)
    case, handling = f"{CASES}/{report.id}", f"/v1/reports/handling/{report.id}"

    await post(desk, f"{case}/accept", version=1, reason="马上处理MARK")
    due = (utc_now() + timedelta(days=1)).isoformat()
    await post(desk, f"{case}/questions", id=str(uuid4()), text="哪个路口MARK?", due_at=due)
    await post(desk, f"{case}/dispatch", version=2, unit_id=str(unit.id), reason="请修补")
    await post(works, f"{handling}/return", text="不是我们的")
    await post(desk, f"{case}/dispatch", version=4, unit_id=str(unit.id), reason="就是你们的")
    await post(works, f"{handling}/take-on")
    taken = await crew_photos.ready(session, mender.account_id)
    await session.commit()
    await post(works, f"{handling}/resolve", text="已修补", photo_ids=[str(taken.id)])
    seen = await crew_photos.ready(session, colleague.account_id, PhotoPurpose.VERIFICATION)
    await session.commit()
    checking = f"/v1/reports/checking/{report.id}/confirm"
    await post(client_for(colleague), checking, text="看过了", photo_ids=[str(seen.id)], position=HERE)
    await post(desk, f"{case}/close", version=8, outcome="fixed", reason="已修好")
    for _ in range(2):
        await tell_all(runtime)

    assert await heard(session, reporter.id) == [
        "report.accepted", "report.question", "report.resolved", "report.closed_rate",
    ]  # fmt: skip
    assert await heard(session, supporter.id) == ["report.accepted", "report.resolved", "report.closed"]
    kinds = await heard(session, mender.account_id)
    assert [kind.removesuffix("_undated") for kind in kinds] == ["unit.dispatched"] * 2
    assert await heard(session, clerk.account_id) == ["desk.returned", "desk.resolved"]
    assert await heard(session, colleague.account_id) == ["desk.returned", "desk.resolved"]
    rows = (await session.scalars(select(Notification))).all()
    assert "MARK" not in str([(row.params, row.event_key, row.collapse_key) for row in rows])
    staffs = {clerk.account_id, colleague.account_id, mender.account_id}
    assert all(str(reporter.id) not in str(vars(row)) for row in rows if row.account_id in staffs)


async def test_of_a_confidential_case_nobody_hears_more_than_that_there_is_news(session, runtime, client_for):
    clerk, outsider = await staff_of(session, COMMUNITY), await staff_of(session, COMMUNITY, name="小张")
    reporter = await make_account(session)
    report = await make_report(
        session, reporter_id=reporter.id, is_confidential=True, case_worker_id=clerk.account_id
    )
    await session.commit()

    await post(client_for(clerk), f"{CASES}/{report.id}/accept", version=1, reason="已收到")
    for fact in (ReportDueSoon, ReportOverdue):
        outbox.record(session, fact(report.id, DeadlineStep.WHOLE.value, utc_now()), now=utc_now())
    await session.commit()
    await tell_all(runtime)

    assert await heard(session, reporter.id) == ["report.reply"]
    assert await heard(session, clerk.account_id) == ["desk.confidential"] * 2
    assert await heard(session, outsider.account_id) == []
    rows = (await session.scalars(select(Notification))).all()
    assert {(str(row.params), row.area_code) for row in rows} == {("{}", None)}


async def test_one_flood_is_one_update_for_each_of_its_riders(session, runtime, client_for):
    clerk = await staff_of(session, COMMUNITY)
    parent = await make_report(session)
    children = await make_reports(session, 60)
    await session.commit()
    desk = client_for(clerk)

    ids = [str(each) for each in children]
    await post(desk, f"{CASES}/{parent.id}/children", report_ids=ids, reason="同一处积水")
    await tell_all(runtime)
    await post(desk, f"{CASES}/{parent.id}/accept", version=1, reason="正在排水")
    await tell_all(runtime)

    rows = (await session.scalars(select(Notification).where(Notification.kind == "report.merged"))).all()
    # Each opens their own report, which goes on as the other.
    assert {row.subject_id for row in rows} == set(children)
    counted = Counter(await session.scalars(select(Notification.kind)))
    assert counted["report.merged"] == 60
    assert sum(number for kind, number in counted.items() if kind.startswith("report.accepted")) == 61


async def test_what_is_late_reaches_unit_and_desk_and_a_failing_rule_its_officers(session, runtime):
    clerk = await staff_of(session, COMMUNITY)
    chief = await staff_of(session, COMMUNITY[:6], Role.DISTRICT_OFFICER)
    unit = await make_unit(session)
    mender = await crew.unit_user(session, unit.id)
    case = await make_report(session, state=ReportState.IN_PROGRESS, unit_id=unit.id)
    waiting = await make_report(session)
    rule = await make_rule(session, unit)
    now = utc_now()
    for event in (
        ReportDueSoon(case.id, DeadlineStep.HANDLING.value, now),
        ReportOverdue(case.id, DeadlineStep.HANDLING.value, now),
        ReportDueSoon(waiting.id, DeadlineStep.ACCEPTANCE.value, now),
        RoutingRuleFailed(rule.id, 1),
    ):
        outbox.record(session, event, now=now)
    await session.commit()
    await tell_all(runtime)

    assert await heard(session, mender.account_id) == ["unit.due_soon", "unit.overdue"]
    assert await heard(session, clerk.account_id) == ["desk.overdue", "desk.due_soon"]
    assert await heard(session, chief.account_id) == ["desk.rule_failed"]


async def test_a_community_without_staff_is_the_districts(session, runtime):
    chief = await staff_of(session, COMMUNITY[:6], Role.DISTRICT_OFFICER)
    await make_area(session)
    former = await make_account(session)
    await make_grant(session, former, Role.COMMUNITY_STAFF, area_code=COMMUNITY, revoked_at=utc_now())
    report = await make_report(session)
    outbox.record(session, ReportOverdue(report.id, DeadlineStep.ACCEPTANCE.value, utc_now()), now=utc_now())
    await session.commit()
    await tell_all(runtime)

    assert await heard(session, chief.account_id) == ["desk.overdue"]
    assert await heard(session, former.id) == []


async def test_a_station_that_closes_is_told_to_those_inside_and_to_its_other_managers(
    world: World, session, runtime
):
    other = await make_account(session)
    await make_grant(session, other, Role.STATION_MANAGER, station_id=world.station.id)
    outbox.record(session, StationFlagged(world.station.id, "was_full"), now=NOON)
    await session.commit()
    assert (await world.tap()).status_code == 201
    body = {"id": str(uuid4()), "reason": "停水", "starts_at": NOON.isoformat(), "ends_at": None}
    closing = f"/v1/stations/{world.station.id}/closures"
    assert (await world.manager.post(closing, json=body)).status_code == 201
    await tell_all(runtime, NOON)
    assert (await world.manager.delete(f"{closing}/{body['id']}")).status_code == 204
    await tell_all(runtime, NOON)

    assert await heard(session, world.account_id) == ["place.closing", "place.stays_open"]
    row = await session.scalar(select(Notification).where(Notification.kind == "place.closing"))
    assert row.expires_at == NOON + timedelta(minutes=15)
    assert row.params == {"station": world.station.name, "ends_at": row.expires_at.isoformat()}
    assert sorted(await heard(session, other.id)) == ["station.closed", "station.flagged"]
