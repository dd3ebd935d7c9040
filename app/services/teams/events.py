"""Facts about teams and appointments, in the past tense: ids and codes alone."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class OrganisationChanged(Event):
    """An organisation was entered, changed or ended."""

    name: ClassVar[str] = "team.organisation_changed"
    organisation_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class TeamChanged(Event):
    """A team was founded, changed or dissolved."""

    name: ClassVar[str] = "team.changed"
    team_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class MembershipRequested(Event):
    """Somebody asks to belong to a team."""

    name: ClassVar[str] = "team.membership_requested"
    member_id: UUID
    team_id: UUID


@dataclass(frozen=True, slots=True)
class MembershipDecidedOn(Event):
    """A membership began, was refused, or ended; ``by_themselves`` when it was the member's own act."""

    name: ClassVar[str] = "team.membership_decided"
    member_id: UUID
    team_id: UUID
    state: str
    by_themselves: bool


@dataclass(frozen=True, slots=True)
class CommunityReported(Event):
    """A unit, or a person, began or ended to serve a community (双报到)."""

    name: ClassVar[str] = "team.community_reported"
    reporting_id: UUID
    is_over: bool


@dataclass(frozen=True, slots=True)
class PersonAppointed(Event):
    """Somebody was appointed."""

    name: ClassVar[str] = "team.person_appointed"
    appointment_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class AppointmentRevoked(Event):
    """An appointment ended before its term."""

    name: ClassVar[str] = "team.appointment_revoked"
    appointment_id: UUID
    kind: str
