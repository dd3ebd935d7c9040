"""What is done: activities with shifts and places, sign-ups in order, no-shows, and what people thought."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.geo import CoordType
from app.models.base import PII, AreaCode, Base, Id, OnErasure, subject


class ActivityKind(StrEnum):
    """What volunteers do there."""

    PEACE_BUILDING = "peace_building"  # 平安创建
    CIVILITY = "civility"  # 文明宣传
    COMMUNITY_SERVICE = "community_service"  # 社区服务
    CARE = "care"  # 助老助残
    ENVIRONMENT = "environment"  # 环境整治
    HEALTH = "health"  # 义诊、防疫
    TRAINING = "training"  # 培训
    TRAFFIC = "traffic"  # 交通引导
    NIGHT_PATROL = "night_patrol"  # 夜间巡逻
    RELIEF = "relief"  # 抢险救灾
    OTHER = "other"


class PlaceKind(StrEnum):
    """Where an activity is held."""

    STATION = "station"
    AREA = "area"
    POINT = "point"
    ONLINE = "online"


class SignUpMode(StrEnum):
    """How places are given."""

    FIRST_COME = "first_come"
    APPROVAL = "approval"


class ActivityState(StrEnum):
    """Where an activity stands; see app.services.activities.lifecycle."""

    DRAFT = "draft"
    SUBMITTED = "submitted"  # waits for the area's staff
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class VolunteerActivity(Base):
    """A volunteer activity (志愿服务活动) of a team; what is common to all its shifts.

    One "on my way" (顺路任务) is short, near one point, and has one shift: the time in which to do it.
    """

    __tablename__ = "volunteer_activities"
    __table_args__ = (
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="position"),
        CheckConstraint(
            "(place_kind <> 'station' OR station_id IS NOT NULL)"
            " AND (place_kind <> 'point' OR num_nulls(lat, lon) = 0)",
            name="has_its_place",
        ),
        CheckConstraint(
            "num_nulls(insurer, policy_number, insured_from, insured_to) IN (0, 4)", name="insurance"
        ),
        CheckConstraint("least_presence_percent BETWEEN 0 AND 100", name="least_presence"),
        Index("ix_volunteer_activities_team", "team_id"),
        Index("ix_volunteer_activities_area", "area_code", "state"),
        Index(
            "ix_volunteer_activities_on_the_way",
            "lat",
            "lon",
            postgresql_where="is_on_the_way AND state = 'published'",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    team_id: Mapped[UUID] = mapped_column(ForeignKey("volunteer_teams.id"))
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"))
    kind: Mapped[ActivityKind]
    title: Mapped[str]
    content: Mapped[str]
    service_objects: Mapped[str]  # 服务对象
    risks: Mapped[str]  # told before signing up (志愿服务条例 art. 13)
    place_kind: Mapped[PlaceKind]
    place_text: Mapped[str]  # address, meeting point, or how to come online
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("stations.id"))
    lat: Mapped[float | None] = mapped_column(Double)  # WGS-84
    lon: Mapped[float | None] = mapped_column(Double)
    given_lat: Mapped[float | None] = mapped_column(Double)
    given_lon: Mapped[float | None] = mapped_column(Double)
    given_coord_type: Mapped[CoordType | None]
    mode: Mapped[SignUpMode]
    is_dangerous: Mapped[bool]  # by its kind, or because the organiser says so
    insurer: Mapped[str | None]
    policy_number: Mapped[str | None]
    insured_from: Mapped[date | None]
    insured_to: Mapped[date | None]
    is_on_the_way: Mapped[bool]
    task_minutes: Mapped[int | None] = mapped_column(SmallInteger)  # what a task on the way takes
    rrule: Mapped[str | None]  # RFC 5545, by which its shifts were made
    withdraw_minutes: Mapped[int]  # withdrawal is free until so long before a shift
    # Present for less than this share of a shift counts as no hours; data for the ledger.
    least_presence_percent: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[ActivityState]
    # Null: it never stood before the public, and is no activity that was called off either.
    published_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str]  # of sending it back, of its last change, or of its cancellation
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class ActivityShift(Base):
    """One time of an activity, from an instant until just before another."""

    __tablename__ = "activity_shifts"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        CheckConstraint("break_minutes >= 0", name="break"),
        Index("ix_activity_shifts_activity", "activity_id", "starts_at"),
        Index("ix_activity_shifts_starts_at", "starts_at"),
        Index("ix_activity_shifts_ends_at", "ends_at"),
    )

    id: Mapped[Id]
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("volunteer_activities.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    break_minutes: Mapped[int] = mapped_column(SmallInteger)  # deducted from what is served
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    cancel_reason: Mapped[str]


class ShiftRole(Base):
    """What somebody does in a shift (岗位), how many can, and who may.

    ``taken`` counts the places that are booked or offered; who changes it holds the row's lock, and so
    gives out ``next_in_line`` in the order in which people came.
    """

    __tablename__ = "shift_roles"
    __table_args__ = (
        CheckConstraint("taken BETWEEN 0 AND places", name="places"),
        Index("ix_shift_roles_shift", "shift_id"),
    )

    id: Mapped[Id]
    shift_id: Mapped[UUID] = mapped_column(ForeignKey("activity_shifts.id"))
    name: Mapped[str]
    places: Mapped[int] = mapped_column(SmallInteger)
    taken: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_in_line: Mapped[int] = mapped_column(default=1)
    adults_only: Mapped[bool]
    qualification: Mapped[str | None]  # the certificate that it asks for, e.g. health_certificate
    needs_insurance: Mapped[bool]


class SignUpState(StrEnum):
    """Where a sign-up stands; see app.services.activities.lifecycle."""

    ASKED = "asked"  # waits for the organiser
    BOOKED = "booked"
    WAITING = "waiting"
    OFFERED = "offered"  # a place became free: confirm before ``offer_ends_at``
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    LAPSED = "lapsed"  # an offer that nobody confirmed, or a wait that ended with the shift
    COVERED = "covered"  # somebody else took the place over
    CANCELLED = "cancelled"  # the shift was called off
    NO_SHOW = "no_show"


class SignUp(Base):
    """A person's place in a shift's role, or their wish for one."""

    __tablename__ = "sign_ups"
    __table_args__ = (
        Index(
            "uq_sign_ups_live",
            "shift_id",
            "account_id",
            unique=True,
            postgresql_where="state IN ('asked', 'booked', 'waiting', 'offered', 'no_show')",
        ),
        Index("ix_sign_ups_account", "account_id"),
        Index("ix_sign_ups_role", "role_id", "line_no"),
        Index("ix_sign_ups_offers", "offer_ends_at", postgresql_where="state = 'offered'"),
        CheckConstraint("(state = 'offered') = (offer_ends_at IS NOT NULL)", name="offer_ends"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("volunteer_activities.id"))
    shift_id: Mapped[UUID] = mapped_column(ForeignKey("activity_shifts.id"))
    role_id: Mapped[UUID] = mapped_column(ForeignKey("shift_roles.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    state: Mapped[SignUpState]
    line_no: Mapped[int]  # the order in which people came to this role
    signed_up_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str]
    offer_ends_at: Mapped[datetime | None]
    cover_asked_at: Mapped[datetime | None]
    # What was agreed was changed by the organiser: the place may be given back until the shift begins.
    free_to_leave_since: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]


class NoShow(Base):
    """Somebody was marked as not having come: by whom, what they say to it, and who decided."""

    __tablename__ = "no_shows"
    __table_args__ = (Index("ix_no_shows_account", "account_id"),)

    sign_up_id: Mapped[UUID] = mapped_column(ForeignKey("sign_ups.id"), primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    marked_at: Mapped[datetime]
    marked_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    note: Mapped[str]
    objection: Mapped[str | None] = mapped_column(info=PII)
    objected_at: Mapped[datetime | None]
    is_struck: Mapped[bool | None]  # null: not decided
    answer: Mapped[str]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class Qualification(Base):
    """A certificate that a volunteer showed to somebody who may confirm it; the paper itself is not kept."""

    __tablename__ = "volunteer_qualifications"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), primary_key=True, info=subject(OnErasure.DROP, follows=False)
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    valid_to: Mapped[date]
    confirmed_at: Mapped[datetime]
    confirmed_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))


class ActivityFeedback(Base):
    """What a participant thought of a shift (满意度), once."""

    __tablename__ = "activity_feedback"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        Index("ix_activity_feedback_account", "account_id"),
    )

    sign_up_id: Mapped[UUID] = mapped_column(ForeignKey("sign_ups.id"), primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("volunteer_activities.id"), index=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    score: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str | None] = mapped_column(info=PII)
    given_at: Mapped[datetime]


class CalendarFeed(Base):
    """The secret address of a person's own calendar; a new one makes the old one unknown."""

    __tablename__ = "calendar_feeds"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), primary_key=True, info=subject(OnErasure.DROP, follows=False)
    )
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[datetime]


class VolunteerPolicy(Base):
    """What an area wants of activities; the narrowest area's holds."""

    __tablename__ = "volunteer_policies"

    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    needs_approval: Mapped[bool]
    most_shifts_a_week: Mapped[int | None] = mapped_column(SmallInteger)  # for each person, Monday to Sunday
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
