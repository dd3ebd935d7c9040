"""Who serves: organisations and their teams, members, appointments, and units that report to communities."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import AreaCode, Base, Id, OnErasure, subject


class OrganisationKind(StrEnum):
    """What sort of body answers for teams and reports to communities."""

    UNIT = "unit"  # 机关企事业单位
    COMMUNITY = "community"
    PARTY_ORG = "party_org"
    SOCIETY = "society"  # a registered volunteer organisation or charity
    COMPANY = "company"


class VolunteerOrganisation(Base):
    """A body (志愿服务组织、单位) that teams belong to: it answers for their hours and proves them.

    ``responsible`` and ``phone`` are of its office and stand on every certificate (民发〔2015〕149号).
    """

    __tablename__ = "volunteer_organisations"
    __table_args__ = (CheckConstraint("parent_id <> id", name="parent_is_another"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    name: Mapped[str]
    kind: Mapped[OrganisationKind]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("volunteer_organisations.id"))
    credit_code: Mapped[str | None]  # 18 characters, GB 32100
    responsible: Mapped[str]
    phone: Mapped[str]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class OrganisationLiaison(Base):
    """Somebody speaks for an organisation (志愿服务联络员), both days included."""

    __tablename__ = "organisation_liaisons"
    __table_args__ = (
        Index(
            "uq_organisation_liaisons_in_force",
            "organisation_id",
            "account_id",
            unique=True,
            postgresql_where="revoked_at IS NULL",
        ),
        Index("ix_organisation_liaisons_account", "account_id"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("volunteer_organisations.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.DROP))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    named_at: Mapped[datetime]
    named_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    revoked_at: Mapped[datetime | None]


class TeamKind(StrEnum):
    """What a team calls itself."""

    PIONEER_RIDERS = "pioneer_riders"  # 先锋骑手
    RED_STEWARDS = "red_stewards"  # 红色管家: property and household matters
    PARTY_MEMBERS = "party_members"  # 党员志愿服务队
    COMMUNITY = "community"
    YOUTH = "youth"
    PROFESSIONAL = "professional"  # doctors, lawyers, electricians
    OTHER = "other"


class VolunteerTeam(Base):
    """A volunteer team (志愿服务队) of an organisation, at home in an area."""

    __tablename__ = "volunteer_teams"
    __table_args__ = (Index("ix_volunteer_teams_organisation", "organisation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("volunteer_organisations.id"))
    name: Mapped[str]
    kind: Mapped[TeamKind]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), index=True)
    about: Mapped[str]
    takes_requests: Mapped[bool]  # whether people may ask to join
    founded_on: Mapped[date]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class MemberState(StrEnum):
    """Where one person's belonging to a team stands; each time they come back is a row of its own."""

    REQUESTED = "requested"
    ACTIVE = "active"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # the request, by who made it
    LEFT = "left"
    REMOVED = "removed"
    ENDED = "ended"  # the team was dissolved


class TeamMember(Base):
    """A person's request to belong to a team, and their time in it.

    ``shares_phone`` is their own consent, to be taken back at any time: coordinators see names alone.
    """

    __tablename__ = "team_members"
    __table_args__ = (
        Index(
            "uq_team_members_open",
            "team_id",
            "account_id",
            unique=True,
            postgresql_where="state IN ('requested', 'active')",
        ),
        Index("ix_team_members_account", "account_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    team_id: Mapped[UUID] = mapped_column(ForeignKey("volunteer_teams.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    state: Mapped[MemberState]
    is_coordinator: Mapped[bool]
    shares_phone: Mapped[bool]
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("team_invitations.id"))
    asked_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str]  # of a refusal or removal; told to the person


class TeamInvitation(Base):
    """A code that a coordinator hands out; whoever has it may join, so that no list of numbers is asked.

    Only its hash is kept. It names nobody: who came by it is in their membership.
    """

    __tablename__ = "team_invitations"
    __table_args__ = (CheckConstraint("uses BETWEEN 0 AND most_uses", name="uses"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    team_id: Mapped[UUID] = mapped_column(ForeignKey("volunteer_teams.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    most_uses: Mapped[int] = mapped_column(SmallInteger)
    uses: Mapped[int] = mapped_column(SmallInteger)
    made_at: Mapped[datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class DualReporting(Base):
    """双报到: a unit serves a community, or a person serves where they live, until it ends.

    A row without an account is the unit's own. That somebody is here at all may say that they are a Party
    member, so nobody is shown whose rows these are: communities see how many.
    """

    __tablename__ = "dual_reportings"
    __table_args__ = (
        CheckConstraint("num_nonnulls(organisation_id, account_id) >= 1", name="somebody_reports"),
        Index(
            "uq_dual_reportings_unit",
            "organisation_id",
            "community_code",
            unique=True,
            postgresql_where="account_id IS NULL AND ended_at IS NULL",
        ),
        Index("uq_dual_reportings_person", "account_id", unique=True, postgresql_where="ended_at IS NULL"),
        Index("ix_dual_reportings_community", "community_code", postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("volunteer_organisations.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.DROP))
    community_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"))
    reported_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class AppointmentKind(StrEnum):
    """To what people are appointed (聘任)."""

    PART_TIME_GRID_MEMBER = "part_time_grid_member"  # 兼职网格员
    FOOD_SAFETY_SUPERVISOR = "food_safety_supervisor"  # 食品安全监督员
    CIVILITY_DEMONSTRATOR = "civility_demonstrator"  # 城市文明示范员
    ROAD_SAFETY_SUPERVISOR = "road_safety_supervisor"  # 道路交通安全员


class Appointment(Base):
    """A person was appointed by a body, over an area or one grid of it, from day to day.

    ``grant_id`` is the role that it gives for as long; revoking the one revokes the other.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="term"),
        Index("ix_appointments_account", "account_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    kind: Mapped[AppointmentKind]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.KEEP))
    issuing_body: Mapped[str]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), index=True)
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("role_grants.id"))
    appointed_at: Mapped[datetime]
    appointed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    revoked_reason: Mapped[str]
