"""A hazard report (随手拍) as its handlers see it: the case and its steps. Who sent it stands elsewhere."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Double,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.geo import CoordType
from app.core.urgency import Urgency
from app.models.base import TOLD, AreaCode, Base, text_enum


class ReportState(StrEnum):
    """Where a case stands (domain: collect, discover, dispatch, co-handle, feed back)."""

    SUBMITTED = "submitted"  # 待受理
    ACCEPTED = "accepted"  # 已受理
    DISPATCHED = "dispatched"  # 已分办
    IN_PROGRESS = "in_progress"  # 处置中
    RETURNED = "returned"  # 已退回
    SUSPENDED = "suspended"  # 挂账
    RESOLVED = "resolved"  # 已处置待核查
    CLOSED = "closed"  # 已结案
    REJECTED = "rejected"  # 不予受理
    DUPLICATE = "duplicate"  # 并案
    WITHDRAWN = "withdrawn"  # 撤回


ENDED = (ReportState.CLOSED, ReportState.REJECTED, ReportState.DUPLICATE, ReportState.WITHDRAWN)
# What a case says, as single characters: any part of it is made of some of them.
CHARACTERS = "string_to_array(lower((description || ' ') || address), NULL)"
_ENDED_SQL = ", ".join(f"'{state.value}'" for state in ENDED)


class Outcome(StrEnum):
    """How a case ended; closed never implies fixed."""

    FIXED = "fixed"
    EXPLAINED = "explained"
    NOT_FOUND = "not_found"
    REFERRED = "referred"


class Move(StrEnum):
    """What can be done to a case; who may do what, and when, is :mod:`app.services.reports.lifecycle`."""

    SUBMIT = "submit"
    ACCEPT = "accept"
    REJECT = "reject"
    MARK_DUPLICATE = "mark_duplicate"
    WITHDRAW = "withdraw"
    DISPATCH = "dispatch"
    TAKE_ON = "take_on"  # the unit accepts
    RETURN = "return"
    SUSPEND = "suspend"
    RESUME = "resume"
    MAKE_SAFE = "make_safe"  # the danger is over, the repair is not: first of an emergency's two times
    RESOLVE = "resolve"
    CONFIRM = "confirm"  # 核查通过
    FAIL_CHECK = "fail_check"
    CLOSE = "close"
    REOPEN = "reopen"
    REVIVE = "revive"  # the parent of a duplicate was rejected, or the link undone
    UNDO = "undo"  # a batch taken back within ten minutes
    # Notes of what changed without a change of state.
    MOVE_PIN = "move_pin"
    CHANGE_CATEGORY = "change_category"
    REHOME = "rehome"  # grids were redrawn
    EXTEND = "extend"  # 延期
    NOTE_DELAY = "note_delay"
    NOTE_PROGRESS = "note_progress"  # what its unit, another city, says: staff let it be read
    HAND_OVER = "hand_over"  # its unit is no more: the successor has it
    PUBLISH = "publish"  # 公开: everybody may see it
    UNPUBLISH = "unpublish"


class StepActor(StrEnum):
    """In which capacity somebody moved a case."""

    REPORTER = "reporter"
    STAFF = "staff"
    OFFICER = "officer"
    UNIT = "unit"
    CONTRACTOR = "contractor"
    DUTY = "duty"
    VERIFIER = "verifier"
    SYSTEM = "system"


class PlacedBy(StrEnum):
    """How a case came to its area."""

    INSIDE = "inside"  # the point lies in the grid
    NEAREST = "nearest"  # on a border or in a gap
    DECLARED = "declared"  # no grid is known there; the app said which area
    STATION = "station"  # nor did the app: the community, or county, of the nearest station
    MOVED = "moved"  # staff moved the pin
    ADDRESS = "address"  # no point is known, the address names the division


class Report(Base):
    """One hazard, from first sight to closed loop; it holds nothing about who sent it.

    Positions are WGS-84 with the pair as given beside it. ``acceptance_due_at`` and ``due_at`` are the
    promises in force (``original_due_at`` the first one), ``next_due_at`` the nearest of what is still owed.
    """

    __tablename__ = "reports"
    __table_args__ = (
        # One equality per level of authority leaves the planner no wrong choice: performance.md §4.
        Index("ix_reports_newest", "submitted_at", "id"),
        Index("ix_reports_state", "state", "submitted_at", "id"),
        Index("ix_reports_prefecture", text("left(area_code, 4)"), "state", "submitted_at", "id"),
        Index("ix_reports_county", text("left(area_code, 6)"), "state", "submitted_at", "id"),
        Index("ix_reports_town", text("left(area_code, 9)"), "state", "submitted_at", "id"),
        Index("ix_reports_area", "area_code", "state", "submitted_at", "id"),
        Index("ix_reports_h3", "h3", "submitted_at"),
        # The queue, and behind its order what clerks filter by: those rows are passed over in the index. A
        # town's and a community's queue are read from their county's.
        *(
            Index(
                f"ix_reports_queue{name}",
                *level,
                "urgency_rank",
                "queue_at",
                "id",
                *below,
                "state",
                "category_id",
                "unit_id",
                "assigned_to",
                postgresql_where=f"state NOT IN ({_ENDED_SQL}) AND is_confidential IS false",
            )
            for name, level, below in (
                ("", (), ()),
                ("_prefecture", (text("left(area_code, 4)"),), ()),
                ("_county_area", (text("left(area_code, 6)"),), ("area_code",)),
            )
        ),
        *(
            Index(f"ix_reports_{name}", column, postgresql_where=f"{column} IS NOT NULL")
            for name, column in (("case_worker", "case_worker_id"), ("supervisor", "supervisor_id"))
        ),
        Index(
            "ix_reports_emergencies",
            "submitted_at",
            postgresql_where="urgency = 'emergency' AND state = 'submitted'",
        ),
        Index("ix_reports_unit", "unit_id", "state", "next_due_at", postgresql_where="unit_id IS NOT NULL"),
        # The characters of what is open, for words in it; rows on their way in are searched one by one.
        Index(
            "ix_reports_characters",
            text(CHARACTERS),
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 256},
            postgresql_where=f"state NOT IN ({_ENDED_SQL}) AND is_confidential IS false",
        ),
        # What the public map draws.
        Index(
            "ix_reports_public",
            "h3",
            "submitted_at",
            postgresql_include=["state", "category_id"],
            postgresql_where="public_at IS NOT NULL AND is_confidential IS false",
        ),
        # Few cases lie at a boundary: what has no neighbours costs nothing here.
        Index(
            "ix_reports_neighbours",
            "neighbour_codes",
            postgresql_using="gin",
            postgresql_where="neighbour_codes <> '[]'::jsonb",
        ),
        Index("ix_reports_parent", "parent_id", postgresql_where="parent_id IS NOT NULL"),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_has_outcome"),
        CheckConstraint("(state = 'duplicate') = (parent_id IS NOT NULL)", name="duplicate_has_parent"),
        CheckConstraint("parent_id <> id", name="parent_is_another"),
    )

    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - what PostgreSQL computes comes back

    id: Mapped[UUID] = mapped_column(primary_key=True, info=TOLD)
    number: Mapped[int] = mapped_column(BigInteger, Identity(start=100001), unique=True, info=TOLD)
    state: Mapped[ReportState] = mapped_column(info=TOLD)
    state_at: Mapped[datetime]
    category_id: Mapped[str] = mapped_column(ForeignKey("categories.id"), info=TOLD)
    category_version: Mapped[int]
    urgency: Mapped[Urgency]
    urgency_rank: Mapped[int] = mapped_column(
        SmallInteger,
        Computed("CASE urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END", persisted=True),
    )
    is_confidential: Mapped[bool]
    is_escalated: Mapped[bool] = mapped_column(default=False)
    is_trust_low: Mapped[bool] = mapped_column(default=False)
    # What a human should look at: see app.services.reports.doubts.
    flags: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))

    lat: Mapped[float] = mapped_column(Double)
    lon: Mapped[float] = mapped_column(Double)
    h3: Mapped[int] = mapped_column(BigInteger)  # resolution 11
    given_lat: Mapped[float] = mapped_column(Double, info=TOLD)
    given_lon: Mapped[float] = mapped_column(Double, info=TOLD)
    given_coord_type: Mapped[CoordType] = mapped_column(info=TOLD)
    accuracy_m: Mapped[float | None] = mapped_column(Double)
    is_pin_moved: Mapped[bool]
    address: Mapped[str] = mapped_column(info=TOLD)
    area_code: Mapped[AreaCode]
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"))
    grid_ids: Mapped[list[str]]  # one of each scheme that has one there
    placed_by: Mapped[PlacedBy]
    # Communities across the street, and what stands above them: they may read.
    neighbour_codes: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))

    description: Mapped[str] = mapped_column(info=TOLD)
    answers: Mapped[dict[str, Any]] = mapped_column(info=TOLD)
    captured_at: Mapped[datetime] = mapped_column(info=TOLD)
    captured_offline: Mapped[bool]
    submitted_at: Mapped[datetime] = mapped_column(info=TOLD)

    acceptance_due_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]  # accepted, rejected or merged for the first time
    due_at: Mapped[datetime | None]
    original_due_at: Mapped[datetime | None]
    is_due_provisional: Mapped[bool] = mapped_column(default=False)
    next_due_at: Mapped[datetime | None]
    # Its place in the queue: what owes nothing comes last.
    queue_at: Mapped[datetime] = mapped_column(
        Computed("coalesce(next_due_at, '9999-12-31 00:00:00+00'::timestamptz)", persisted=True)
    )
    review_at: Mapped[datetime | None]  # of a suspended case
    made_safe_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]  # for the first time
    resolved_by: Mapped[UUID | None]  # the account that resolved it last: another one has to check
    checked_at: Mapped[datetime | None]  # the repair was seen to hold
    closed_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(info=TOLD)

    proposed_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("handling_units.id"))
    proposal: Mapped[dict[str, Any] | None]  # which routing rule fired, and why
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("handling_units.id"))
    is_designated: Mapped[bool] = mapped_column(default=False)  # the unit may not return it
    assigned_to: Mapped[UUID | None]  # the clerk who works on it
    case_worker_id: Mapped[UUID | None]  # of a confidential case, with one supervisor
    supervisor_id: Mapped[UUID | None]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))
    follows_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("reports.id")
    )  # "still there", too late to reopen
    return_count: Mapped[int] = mapped_column(SmallInteger, default=0)
    reopened_count: Mapped[int] = mapped_column(SmallInteger, default=0)
    public_at: Mapped[datetime | None]  # staff approved it for the public
    # What staff wrote for the public; without it the public reads the reporter's words, numbers covered.
    public_text: Mapped[str | None]

    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


class ReportStep(Base):
    """One move of a case, never changed again.

    ``actor_id`` stays empty when the reporter moved it: the timeline is read by people who must not know
    who reported. ``actor_name`` is the name as it was.
    """

    __tablename__ = "report_steps"
    __table_args__ = (
        Index("ix_report_steps_report", "report_id", "id"),
        # What other systems ask: what happened between two instants.
        Index("ix_report_steps_at", "at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    move: Mapped[Move]
    from_state: Mapped[ReportState | None] = mapped_column(text_enum(ReportState, name="from_state"))
    to_state: Mapped[ReportState] = mapped_column(text_enum(ReportState, name="to_state"))
    at: Mapped[datetime]
    actor: Mapped[StepActor]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    reason: Mapped[str]  # the reporter can read it
    details: Mapped[dict[str, Any]]
