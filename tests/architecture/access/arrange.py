"""One thing of each kind, inside a scope, and the callers that ask for it."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import ANONYMOUS, Actor, Grant, Role
from app.core.clock import local_day, utc_now
from app.models import (
    AccountStatus,
    ActivityState,
    AreaAlias,
    DutyCall,
    Grid,
    MemberState,
    NoShow,
    Provenance,
    Report,
    ReportSatisfaction,
    ReportState,
    SendingState,
    SignUpState,
    Station,
    Urgency,
    VolunteerTeam,
)
from app.models.points import PointsScheme, PointsSource
from app.runtime import Runtime
from app.services import certificates
from app.services.activities import calendar
from app.services.certificates import Wanted
from app.services.checkins import doors, screens
from app.services.duty import ladder
from app.services.reports import contractors, tasks
from app.services.reports.tasks import NewTask
from tests.architecture.access.vocabulary import Ids, Who
from tests.factories.accounts import make_account, make_ban, make_consent, make_grant, make_read
from tests.factories.broadcasts import make_broadcast
from tests.factories.certificates import make_certificate
from tests.factories.checkins import make_visit
from tests.factories.duty import make_emergency, make_shift
from tests.factories.grids import drawn, square
from tests.factories.ledger import SERVED_ON, make_book, make_dispute, make_hours, make_remark, make_subject
from tests.factories.notifications import make_device, make_notification
from tests.factories.open311 import (
    make_approved_photo,
    make_endpoint,
    make_key,
    make_note,
    make_public,
    make_sending,
)
from tests.factories.photos import make_photo
from tests.factories.points import COUNTY, make_hold, make_offer, make_points
from tests.factories.points import make_rule as make_points_rule
from tests.factories.reports import (
    make_case_photo,
    make_disclosure,
    make_question,
    make_report,
    make_template,
    make_unit,
    make_update,
)
from tests.factories.robots import make_robot
from tests.factories.rules import make_extension, make_limit, make_rule
from tests.factories.stations import (
    COMMUNITY,
    make_area,
    make_closure,
    make_exception,
    make_station,
    make_station_photo,
)
from tests.factories.volunteering import (
    make_activity,
    make_appointment,
    make_invitation,
    make_liaison,
    make_member,
    make_organisation,
    make_reporting,
    make_role,
    make_sign_up,
    make_team,
)
from tests.factories.volunteering import make_shift as make_activity_shift
from tests.factories.weather import make_alert, make_feed
from tests.factories.webhooks import make_delivery, make_webhook

ELSEWHERE = "620921001001"  # 金塔县: another county of the same prefecture; serial invented


async def arrange(session: AsyncSession, runtime: Runtime) -> dict[str, str]:
    """Make one thing of each kind, inside, and return their ids by the names that paths use."""
    await make_area(session, ELSEWHERE)
    station = await make_station(session, area_code=COMMUNITY)
    heir = await make_station(session, area_code=COMMUNITY)
    now = utc_now()
    closure = await make_closure(session, station, now + timedelta(days=3))
    exception = await make_exception(session, station, local_day(now), local_day(now), "24/7", entered_at=now)
    phone = "+8613712345678"
    worker = await make_account(session, area_code=COMMUNITY, phone_hash=runtime.vault.phone_hash(phone))
    grant = await make_grant(session, worker, Role.STATION_MANAGER, station_id=station.id)
    session.add(AreaAlias(scheme="mca", code="620902998", name="测试街道", area_code=COMMUNITY[:9]))
    sysadmin = Actor(worker.id, (Grant(Role.SYSADMIN),))
    screen, secret = await screens.issue_screen(session, station.id, label="门口", by=sysadmin, now=now)
    printed = await screens.issue_printed(session, station.id, by=sysadmin, now=now)
    await doors.set_code(session, station.id, "1470", vault=runtime.vault, by=sysadmin, now=now)
    visit = await make_visit(session, station.id, worker.id, captured_at=now)
    photo = await make_photo(session, worker.id)
    await session.flush()
    grid = Grid(
        scheme="police",
        code=f"{COMMUNITY}001",
        name="一格",
        community_code=COMMUNITY,
        polygon=drawn(1, square(0, 0))["geometry"],
        valid_from=local_day(now),
    )
    session.add(grid)
    await session.flush()
    officer = await make_account(session)
    offender = await make_account(session, area_code=COMMUNITY, status=AccountStatus.BANNED)
    ban = await make_ban(session, offender, by=officer)
    read = await make_read(session, worker, by=officer, area_code=COMMUNITY)
    unit = await make_unit(session)
    report = await make_report(session, reporter_id=worker.id, area_code=COMMUNITY)
    desk_grant = Grant(Role.COMMUNITY_STAFF, (COMMUNITY,))
    theirs = {"reporter_id": worker.id, "area_code": COMMUNITY, "unit_id": unit.id}
    accepted = await make_report(session, **theirs | {"state": ReportState.ACCEPTED})
    handled = await make_report(
        session, **theirs | {"state": ReportState.DISPATCHED, "urgency": Urgency.EMERGENCY}
    )
    resolved = await make_report(session, **theirs | {"state": ReportState.RESOLVED})
    ended = {"state": ReportState.CLOSED, "outcome": "explained", "closed_at": now}
    closed = await make_report(session, **theirs | ended)
    session.add(
        ReportSatisfaction(
            report_id=closed.id, closing=0, asked_at=now, expires_at=now + timedelta(days=3), text=""
        )
    )
    task = await tasks.add(
        session, handled.id, NewTask(unit.id, "断电"), by=Actor(worker.id, (desk_grant,)), now=now
    )
    link, link_secret = await contractors.issue(
        session, handled.id, label="施工队", by=Actor(worker.id, (desk_grant,)), now=now
    )
    case_photo = await make_case_photo(session, report, worker.id)
    question = await make_question(session, report, due_at=now + timedelta(days=1))
    disclosure = await make_disclosure(session, report)
    template = await make_template(session, area_code=COMMUNITY)
    consent = await make_consent(session, worker)
    rule = await make_rule(session, unit)
    limit = await make_limit(session)
    extension = await make_extension(session, handled.id)
    key = await make_key(session)
    public = await make_public(session, number=1)
    public_photo = await make_approved_photo(session, public.id)
    webhook = await make_webhook(session, runtime.vault)
    delivery = await make_delivery(session, webhook, report)
    return {
        "notification_id": str((await make_notification(session, worker.id)).id),
        **await _arrange_duty(session, runtime, now),
        **await _arrange_teams(session, runtime, worker.id),
        **await _arrange_hours(session, worker.id),
        **await _arrange_points(session, station, worker.id),
        "device_id": str((await make_device(session, worker.id)).id),
        "extension_id": str(extension.id),
        "rule_id": str(rule.id),
        "limit_id": str(limit.id),
        **await _other_systems(session, runtime, report),
        "webhook_id": str(webhook.id),
        "broadcast_id": str((await make_broadcast(session)).id),
        "alert_id": str((await make_alert(session, starts_at=utc_now())).id),
        "feed_id": str((await make_feed(session)).id),
        "delivery_id": str(delivery.id),
        "open311_key_id": str(key.id),
        "public_id": str(public.id),
        "public_number": f"NF{public.number}",
        "public_photo_id": str(public_photo.id),
        "worker_id": str(worker.id),
        "account_id": str(worker.id),
        "worker_phone": phone,
        "station_id": str(station.id),
        "station_code": station.code,
        "heir_id": str(heir.id),
        "closure_id": str(closure.id),
        "exception_id": str(exception.id),
        "tomorrow": (now + timedelta(days=1)).isoformat(),
        "area_code": COMMUNITY,
        "grid_id": str(grid.id),
        "grant_id": str(grant.id),
        "ban_id": str(ban.id),
        "read_id": str(read.id),
        "consent_id": str(consent.id),
        "screen_id": str(screen.id),
        "screen_secret": secret,
        "printed_id": str(printed.id),
        "visit_id": str(visit.id),
        "photo_id": str(photo.id),
        "station_photo_id": str((await make_station_photo(session, station, worker.id)).id),
        "case_photo_id": str(case_photo.id),
        "unit_id": str(unit.id),
        "report_id": str(report.id),
        "accepted_id": str(accepted.id),
        "handled_id": str(handled.id),
        "resolved_id": str(resolved.id),
        "closed_id": str(closed.id),
        "task_id": str(task.id),
        "link_id": str(link.id),
        "link_secret": link_secret,
        "question_id": str(question.id),
        "update_id": str((await make_update(session, report)).id),
        "adrift_id": str((await _adrift(session)).id),
        "disclosure_id": str(disclosure.id),
        "template_id": str(template.id),
        "batch_id": str(uuid4()),
        "now": now.isoformat(),
    }


async def _arrange_duty(session: AsyncSession, runtime: Runtime, now: datetime) -> dict[str, str]:
    on_call = await make_account(session)
    await make_grant(session, on_call, Role.PART_TIME_GRID_MEMBER, area_code=COMMUNITY)
    shift = await make_shift(session, on_call.id, starts_at=now)
    emergency = await make_emergency(session, at=now)
    await ladder.begin(session, emergency.id, since=now, now=now)
    call_id = (await session.scalars(select(DutyCall.id))).one()
    return {
        "on_call_id": str(on_call.id),
        "shift_id": str(shift.id),
        "emergency_id": str(emergency.id),
        "emergency_number": f"NF{emergency.number}",
        "call_token": runtime.call_links.token(call_id),
    }


async def _arrange_teams(session: AsyncSession, runtime: Runtime, worker_id: UUID) -> dict[str, str]:
    """Make a team that the worker coordinates, and what belongs to it."""
    organisation = await make_organisation(session)
    team = await make_team(session, organisation)
    member = await make_member(session, team, worker_id, is_coordinator=True)
    invitation = await make_invitation(session, team, "access-code", made_by=worker_id)
    role = await make_role(
        session, await make_activity_shift(session, await make_activity(session, team), utc_now())
    )
    attending = await make_sign_up(session, role, worker_id)
    appointed = await make_account(session)
    grant = await make_grant(session, appointed, Role.ROAD_SAFETY_SUPERVISOR, area_code=COMMUNITY)
    return {
        "organisation_id": str(organisation.id),
        "attended_shift_id": str(role.shift_id),
        "attending_id": str(attending.id),
        "shift_code": runtime.shift_codes.show(role.shift_id, utc_now()).path,
        "liaison_id": str((await make_liaison(session, organisation, appointed.id)).id),
        "team_id": str(team.id),
        "member_id": str(member.id),
        "asking_id": str((await make_member(session, team, state=MemberState.REQUESTED)).id),
        "invitation_id": str(invitation.id),
        "invitation_code": "access-code",
        "reporting_id": str((await make_reporting(session, organisation_id=organisation.id)).id),
        "appointment_id": str((await make_appointment(session, appointed.id, grant.id)).id),
        **await _arrange_activities(session, team, worker_id),
    }


async def _arrange_activities(session: AsyncSession, team: VolunteerTeam, worker_id: UUID) -> dict[str, str]:
    """Make an activity of the team in each state, and the worker's sign-ups in each of theirs."""
    now = utc_now()
    activity = await make_activity(session, team)
    days = [
        await make_activity_shift(session, activity, now + timedelta(days=each)) for each in (2, 4, -1, -2)
    ]
    coming, other, past, before = [await make_role(session, day, places=9) for day in days]
    held = await make_sign_up(session, coming, worker_id)
    offer = {"state": SignUpState.OFFERED, "offer_ends_at": now + timedelta(hours=2)}
    objected = await make_sign_up(session, before, state=SignUpState.NO_SHOW)
    absent = await make_sign_up(session, before, worker_id, state=SignUpState.NO_SHOW)
    for each, objection in ((objected, "我到了"), (absent, None)):
        session.add(
            NoShow(
                sign_up_id=each.id,
                account_id=each.account_id,
                marked_at=now,
                marked_by=worker_id if each is objected else (await make_account(session)).id,
                note="",
                objection=objection,
                objected_at=objection and now,
                answer="",
            )
        )
    draft = await make_activity(session, team, state=ActivityState.DRAFT)
    submitted = await make_activity(session, team, state=ActivityState.SUBMITTED)
    for each in (draft, submitted):
        await make_role(session, await make_activity_shift(session, each, now + timedelta(days=1)))
    return {
        "activity_id": str(activity.id),
        "calendar_secret": await calendar.open_feed(session, by=Actor(worker_id), now=now),
        "draft_id": str(draft.id),
        "submitted_id": str(submitted.id),
        "activity_shift_id": str(days[0].id),
        "shift_role_id": str(coming.id),
        "sign_up_id": str(held.id),
        "offered_id": str((await make_sign_up(session, other, worker_id, **offer)).id),
        "asked_sign_up_id": str((await make_sign_up(session, other, state=SignUpState.ASKED)).id),
        "cover_id": str((await make_sign_up(session, coming, cover_asked_at=now)).id),
        "past_sign_up_id": str((await make_sign_up(session, past, worker_id)).id),
        "absent_id": str(absent.id),
        "objected_id": str(objected.id),
        "tomorrow_later": (now + timedelta(days=1, hours=2)).isoformat(),
    }


async def _arrange_hours(session: AsyncSession, worker_id: UUID) -> dict[str, str]:
    book = await make_book(session)
    subject = await make_subject(session, worker_id, lets_organiser_print=True)
    [entry] = await make_hours(session, book, subject, provenance=Provenance.MANUAL, reason="手机没电")
    await make_hours(session, book, subject)
    list_id = uuid4()
    await make_hours(
        session, book, subject, provenance=Provenance.IMPORTED, source_id=list_id, reason="原系统"
    )
    certificate = await make_certificate(session, book, worker_id)
    wanted = Wanted(book.id, SERVED_ON, SERVED_ON)
    desk = Actor(worker_id, (Grant(Role.COMMUNITY_STAFF, (COMMUNITY,)),))
    batch_id = uuid4()
    await certificates.issue_batch(session, batch_id, wanted, by=desk, now=utc_now())
    return {
        "book_id": str(book.id),
        "volunteer_id": str(subject.id),
        "entry_id": str(entry.id),
        "list_id": str(list_id),
        "certificate_id": str(certificate.id),
        "token": certificate.token,
        "printed_batch_id": str(batch_id),
        "dispute_id": str((await make_dispute(session, entry)).id),
        "remark_id": str((await make_remark(session, entry)).id),
    }


async def _arrange_points(session: AsyncSession, station: Station, worker_id: UUID) -> dict[str, str]:
    transfer = await make_points(session, worker_id, 100)
    scheme = await session.get_one(PointsScheme, COUNTY)
    rule = await make_points_rule(session, scheme, source=PointsSource.REPORT)
    offer = await make_offer(session, station, stock=5)
    hold = await make_hold(session, offer, worker_id)
    return {
        "scheme_code": COUNTY,
        "points_transfer_id": str(transfer.id),
        "points_rule_id": str(rule.id),
        "offer_id": str(offer.id),
        "hold_id": str(hold.id),
        "hold_code": hold.code,
    }


async def _adrift(session: AsyncSession) -> Report:
    unmanned = await make_unit(session, name="没人的单位")
    return await make_report(session, area_code=COMMUNITY, state=ReportState.DISPATCHED, unit_id=unmanned.id)


async def _other_systems(session: AsyncSession, runtime: Runtime, report: Report) -> dict[str, str]:
    """Make a platform that was told something, and another city with a case that did not come there."""
    webhook = await make_webhook(session, runtime.vault)
    delivery = await make_delivery(session, webhook, report)
    robot = await make_robot(session, runtime.vault)
    city = await make_endpoint(session, runtime.vault)
    abroad = await make_report(session, state=ReportState.IN_PROGRESS, unit_id=city.unit_id)
    sending = await make_sending(session, abroad, city.unit_id, state=SendingState.GAVE_UP)
    note = await make_note(session, sending)
    return {
        "webhook_id": str(webhook.id),
        "delivery_id": str(delivery.id),
        "robot_id": str(robot.id),
        "city_id": str(city.unit_id),
        "sending_id": str(sending.id),
        "city_note_id": str(note.id),
    }


async def callers(session: AsyncSession, ids: Ids) -> dict[Who, Actor]:
    """Return an actor for each caller; each has an account, as facts they write refer to it."""
    grants = {
        Who.MANAGER: Grant(Role.STATION_MANAGER, station_id=UUID(ids["station_id"])),
        Who.OTHER_MANAGER: Grant(Role.STATION_MANAGER, station_id=uuid4()),
        Who.STAFF: Grant(Role.COMMUNITY_STAFF, (COMMUNITY,)),
        Who.OTHER_STAFF: Grant(Role.COMMUNITY_STAFF, (ELSEWHERE,)),
        Who.OFFICER: Grant(Role.DISTRICT_OFFICER, (COMMUNITY[:6],)),
        Who.OTHER_OFFICER: Grant(Role.DISTRICT_OFFICER, (ELSEWHERE[:6],)),
        Who.PRIVACY: Grant(Role.PRIVACY_OFFICER, (COMMUNITY[:6],)),
        Who.OTHER_PRIVACY: Grant(Role.PRIVACY_OFFICER, (ELSEWHERE[:6],)),
        Who.UNIT: Grant(Role.HANDLING_UNIT, unit_id=UUID(ids["unit_id"])),
        Who.OTHER_UNIT: Grant(Role.HANDLING_UNIT, unit_id=uuid4()),
        Who.GRID_MEMBER: Grant(Role.PART_TIME_GRID_MEMBER, (COMMUNITY,)),
        Who.OTHER_GRID_MEMBER: Grant(Role.PART_TIME_GRID_MEMBER, (ELSEWHERE,)),
        Who.SYSADMIN: Grant(Role.SYSADMIN),
    }
    actors = {
        who: Actor((await make_account(session)).id, (grants[who],) if who in grants else ()) for who in Who
    }
    return {**actors, Who.ANONYMOUS: ANONYMOUS, Who.WORKER: Actor(UUID(ids["worker_id"]))}
