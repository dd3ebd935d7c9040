"""Organisations, teams, appointments, activities and sign-ups for tests, as plain functions."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    ActivityFeedback,
    ActivityKind,
    ActivityShift,
    ActivityState,
    Appointment,
    AppointmentKind,
    Attendance,
    CalendarFeed,
    DualReporting,
    EvidenceGrade,
    MemberState,
    NoShow,
    OrganisationKind,
    OrganisationLiaison,
    PlaceKind,
    Provenance,
    Qualification,
    RoleGrant,
    ShiftRole,
    SignUp,
    SignUpMode,
    SignUpState,
    TeamInvitation,
    TeamKind,
    TeamMember,
    VolunteerActivity,
    VolunteerOrganisation,
    VolunteerTeam,
)
from app.services.accounts.vault import token_hash
from tests.factories.accounts import make_account
from tests.factories.stations import COMMUNITY, make_area

FOUNDED_AT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


async def make_organisation(
    session: AsyncSession, *, area_code: str = COMMUNITY, **given: Any
) -> VolunteerOrganisation:
    """Make a community's own organisation."""
    await make_area(session, area_code)
    organisation = VolunteerOrganisation(
        **{
            "id": uuid4(),
            "name": "测试社区",
            "kind": OrganisationKind.COMMUNITY,
            "area_code": area_code,
            "responsible": "赵负责",
            "phone": "0937-0000000",
            "changed_at": FOUNDED_AT,
            **given,
        }
    )
    session.add(organisation)
    await session.flush()
    return organisation


async def make_team(
    session: AsyncSession,
    organisation: VolunteerOrganisation | None = None,
    *,
    area_code: str = COMMUNITY,
    **given: Any,
) -> VolunteerTeam:
    """Make a team that takes requests."""
    organisation = organisation or await make_organisation(session, area_code=area_code)
    team = VolunteerTeam(
        **{
            "id": uuid4(),
            "organisation_id": organisation.id,
            "name": "先锋骑手队",
            "kind": TeamKind.PIONEER_RIDERS,
            "area_code": area_code,
            "about": "",
            "takes_requests": True,
            "founded_on": FOUNDED_AT.date(),
            "changed_at": FOUNDED_AT,
            **given,
        }
    )
    session.add(team)
    await session.flush()
    return team


async def make_member(
    session: AsyncSession, team: VolunteerTeam, account_id: UUID | None = None, **given: Any
) -> TeamMember:
    """Make somebody belong to a team."""
    account_id = account_id or (await make_account(session)).id
    member = TeamMember(
        **{
            "id": uuid4(),
            "team_id": team.id,
            "account_id": account_id,
            "state": MemberState.ACTIVE,
            "is_coordinator": False,
            "shares_phone": False,
            "asked_at": FOUNDED_AT,
            "joined_at": FOUNDED_AT,
            "reason": "",
            **given,
        }
    )
    session.add(member)
    await session.flush()
    return member


async def make_invitation(
    session: AsyncSession, team: VolunteerTeam, code: str, *, made_by: UUID, **given: Any
) -> TeamInvitation:
    """Make an invitation of a code that two may use in the next ten years."""
    invitation = TeamInvitation(
        **{
            "id": uuid4(),
            "team_id": team.id,
            "code_hash": token_hash(code),
            "most_uses": 2,
            "uses": 0,
            "made_at": FOUNDED_AT,
            "made_by": made_by,
            "expires_at": FOUNDED_AT + timedelta(days=3650),
            **given,
        }
    )
    session.add(invitation)
    await session.flush()
    return invitation


async def make_appointment(
    session: AsyncSession, account_id: UUID, grant_id: UUID, **given: Any
) -> Appointment:
    """Make an appointment to road safety for ten years; its role is given."""
    await make_area(session, given.get("area_code", COMMUNITY))
    appointment = Appointment(
        **{
            "id": uuid4(),
            "kind": AppointmentKind.ROAD_SAFETY_SUPERVISOR,
            "account_id": account_id,
            "issuing_body": "肃州区(示例)",
            "area_code": COMMUNITY,
            "valid_from": date(2026, 1, 1),
            "valid_to": date(2036, 1, 1),
            "grant_id": grant_id,
            "appointed_at": FOUNDED_AT,
            "revoked_reason": "",
            **given,
        }
    )
    session.add(appointment)
    await session.flush()
    return appointment


async def make_liaison(
    session: AsyncSession, organisation: VolunteerOrganisation, account_id: UUID, **given: Any
) -> OrganisationLiaison:
    """Have somebody speak for an organisation since 2020."""
    liaison = OrganisationLiaison(
        **{
            "organisation_id": organisation.id,
            "account_id": account_id,
            "valid_from": date(2020, 1, 1),
            "named_at": FOUNDED_AT,
            **given,
        }
    )
    session.add(liaison)
    await session.flush()
    return liaison


async def make_reporting(
    session: AsyncSession,
    *,
    account_id: UUID | None = None,
    organisation_id: UUID | None = None,
    community_code: str = COMMUNITY,
) -> DualReporting:
    """Have a unit, or a person, serve a community."""
    await make_area(session, community_code)
    reporting = DualReporting(
        id=uuid4(),
        account_id=account_id,
        organisation_id=organisation_id,
        community_code=community_code,
        reported_at=FOUNDED_AT,
    )
    session.add(reporting)
    await session.flush()
    return reporting


async def make_activity(
    session: AsyncSession, team: VolunteerTeam | None = None, **given: Any
) -> VolunteerActivity:
    """Make a published activity of its team's area, first come."""
    team = team or await make_team(session)
    activity = VolunteerActivity(
        **{
            "id": uuid4(),
            "team_id": team.id,
            "area_code": team.area_code,
            "kind": ActivityKind.COMMUNITY_SERVICE,
            "title": "清扫楼道",
            "content": "清扫楼道杂物",
            "service_objects": "居民",
            "risks": "",
            "place_kind": PlaceKind.AREA,
            "place_text": "社区院内",
            "mode": SignUpMode.FIRST_COME,
            "is_dangerous": False,
            "is_on_the_way": False,
            "withdraw_minutes": 180,
            "least_presence_percent": 60,
            "state": ActivityState.PUBLISHED,
            "reason": "",
            "made_at": FOUNDED_AT,
            "changed_at": FOUNDED_AT,
            "published_at": FOUNDED_AT,
            **given,
        }
    )
    session.add(activity)
    await session.flush()
    return activity


async def make_shift(
    session: AsyncSession,
    activity: VolunteerActivity,
    starts_at: datetime,
    *,
    minutes: int = 120,
    **given: Any,
) -> ActivityShift:
    """Make a shift of two hours."""
    shift = ActivityShift(
        **{
            "activity_id": activity.id,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=minutes),
            "break_minutes": 0,
            "cancel_reason": "",
            **given,
        }
    )
    session.add(shift)
    await session.flush()
    return shift


async def make_role(session: AsyncSession, shift: ActivityShift, **given: Any) -> ShiftRole:
    """Make a role with two places for everybody."""
    role = ShiftRole(
        **{
            "shift_id": shift.id,
            "name": "志愿者",
            "places": 2,
            "taken": 0,
            "next_in_line": 1,
            "adults_only": False,
            "needs_insurance": False,
            **given,
        }
    )
    session.add(role)
    await session.flush()
    return role


async def make_sign_up(
    session: AsyncSession, role: ShiftRole, account_id: UUID | None = None, **given: Any
) -> SignUp:
    """Give somebody a place."""
    account_id = account_id or (await make_account(session)).id
    shift = await session.get_one(ActivityShift, role.shift_id)
    state = given.get("state", SignUpState.BOOKED)
    sign_up = SignUp(
        **{
            "id": uuid4(),
            "activity_id": shift.activity_id,
            "shift_id": shift.id,
            "role_id": role.id,
            "account_id": account_id,
            "state": state,
            "line_no": role.next_in_line,
            "signed_up_at": FOUNDED_AT,
            "changed_at": FOUNDED_AT,
            "reason": "",
            **given,
        }
    )
    role.next_in_line += 1
    role.taken += state in {SignUpState.BOOKED, SignUpState.OFFERED}
    session.add(sign_up)
    await session.flush()
    return sign_up


async def fill_in_volunteering(session: AsyncSession, account_id: UUID) -> None:
    """Make one row about a person, who holds one role, in every table of volunteering."""
    now = FOUNDED_AT
    organisation = await make_organisation(session)
    team = await make_team(session, organisation)
    await make_member(session, team, account_id)
    await make_liaison(session, organisation, account_id)
    await make_reporting(session, account_id=account_id)
    grant_id = (await session.scalars(select(RoleGrant.id).where(RoleGrant.account_id == account_id))).one()
    await make_appointment(session, account_id, grant_id)
    activity = await make_activity(session, team)
    role = await make_role(session, await make_shift(session, activity, now))
    sign_up = await make_sign_up(session, role, account_id)
    other = await make_account(session)
    session.add_all(
        [
            NoShow(
                sign_up_id=sign_up.id,
                account_id=account_id,
                marked_at=now,
                marked_by=other.id,
                note="",
                objection="我到了",
                answer="",
            ),
            Qualification(
                account_id=account_id,
                name="health_certificate",
                valid_to=date(2030, 1, 1),
                confirmed_at=now,
                confirmed_by=other.id,
            ),
            ActivityFeedback(
                sign_up_id=sign_up.id,
                activity_id=activity.id,
                account_id=account_id,
                score=5,
                text="很好",
                given_at=now,
            ),
            Attendance(
                sign_up_id=sign_up.id,
                shift_id=sign_up.shift_id,
                account_id=account_id,
                device_id=uuid4(),
                in_id=uuid4(),
                in_at=now,
                in_received_at=now,
                in_offline=False,
                in_provenance=Provenance.CODE,
                in_grade=EvidenceGrade.A,
            ),
            CalendarFeed(
                account_id=account_id, secret_hash=hashlib.sha256(account_id.bytes).digest(), made_at=now
            ),
        ]
    )
    await session.flush()
