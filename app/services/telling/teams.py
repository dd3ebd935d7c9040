"""What people hear of their teams and appointments."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Appointment, MemberState, OutboxEvent, TeamMember, VolunteerTeam
from app.services import notifications, teams
from app.services.notifications import About
from app.services.teams.events import (
    AppointmentRevoked,
    MembershipDecidedOn,
    MembershipRequested,
    PersonAppointed,
)
from app.services.telling import people

_PERSON_HEARS: Mapping[str, str] = {
    MemberState.ACTIVE: "team.let_in",
    MemberState.REFUSED: "team.refused",
    MemberState.REMOVED: "team.removed",
    MemberState.ENDED: "team.dissolved",
}


async def _requested(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a team's coordinators, or where it has none its area's staff, that somebody asks to join."""
    team = await session.get(VolunteerTeam, UUID(event.payload["team_id"]))
    if team is not None:
        to = await teams.coordinators_of(session, team.id)
        to = to or await people.staff(session, team.area_code, now=now)
        await _tell_of_team(session, event, "team.requested", to, team=team, now=now)


async def _decided(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a person what somebody else decided on their belonging to a team."""
    kind = _PERSON_HEARS.get(event.payload["state"])
    member = await session.get(TeamMember, UUID(event.payload["member_id"]))
    team = await session.get(VolunteerTeam, UUID(event.payload["team_id"]))
    if kind is None or member is None or team is None or member.account_id is None:
        return
    if not event.payload["by_themselves"]:
        await _tell_of_team(session, event, kind, [member.account_id], team=team, now=now)


async def _tell_of_team(
    session: AsyncSession,
    event: OutboxEvent,
    kind: str,
    to: Iterable[UUID],
    *,
    team: VolunteerTeam,
    now: datetime,
) -> None:
    await notifications.tell(
        session,
        kind=kind,
        to=to,
        key=f"event:{event.id}",
        params={"team": team.name},
        subject=About("team", team.id),
        area_code=team.area_code,
        now=now,
    )


async def _appointed(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a person what they were appointed to, and until when."""
    appointment = await session.get(Appointment, UUID(event.payload["appointment_id"]))
    if appointment is not None:
        params = {"until": appointment.valid_to.isoformat()}
        await _tell_of_appointment(session, event, "appointment.given", appointment, params, now=now)


async def _revoked(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a person that an appointment has ended before its term."""
    appointment = await session.get(Appointment, UUID(event.payload["appointment_id"]))
    if appointment is not None:
        await _tell_of_appointment(session, event, "appointment.revoked", appointment, {}, now=now)


async def _tell_of_appointment(
    session: AsyncSession,
    event: OutboxEvent,
    kind: str,
    appointment: Appointment,
    params: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    await notifications.tell(
        session,
        kind=kind,
        to=[appointment.account_id],
        key=f"event:{event.id}",
        params={"appointment": appointment.kind.value, **params},
        subject=About("appointment", appointment.id),
        area_code=appointment.area_code,
        now=now,
    )


TEAMS: Mapping[str, Callable[..., Awaitable[None]]] = {
    MembershipRequested.name: _requested,
    MembershipDecidedOn.name: _decided,
    PersonAppointed.name: _appointed,
    AppointmentRevoked.name: _revoked,
}
