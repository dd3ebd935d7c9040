"""What handling a case brings along: contractors' links, tasks of several units, updates, satisfaction."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import TOLD, Base, Id


class TaskState(StrEnum):
    """How far a co-handler has come."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    RETURNED = "returned"  # back to staff, who give it to another unit or drop it
    DROPPED = "dropped"


class ReportLink(Base):
    """A contractor's way to one case without an account: a secret, kept as a digest.

    ``label`` is what the timeline calls the contractor. Whoever handed the secret out answers for it.
    """

    __tablename__ = "report_links"
    __table_args__ = (Index("ix_report_links_report", "report_id", "issued_at"),)

    id: Mapped[Id]
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("handling_units.id"))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    label: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ReportTask(Base):
    """What one of several units does for a case (协办); the case is resolved when all of them are done."""

    __tablename__ = "report_tasks"
    __table_args__ = (
        Index("ix_report_tasks_report", "report_id"),
        Index("ix_report_tasks_unit", "unit_id", "state", "due_at", "id"),
    )

    id: Mapped[Id]
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("handling_units.id"))
    instruction: Mapped[str]
    state: Mapped[TaskState] = mapped_column(default=TaskState.OPEN)
    due_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(default="")  # what was done, or why it came back
    photo_ids: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)


class ReportUpdate(Base):
    """What a rider added to a case: work for its staff until somebody has handled it. It names no rider."""

    __tablename__ = "report_updates"
    __table_args__ = (
        Index("ix_report_updates_report", "report_id", "at"),
        Index("ix_report_updates_unhandled", "at", "report_id", postgresql_where="NOT is_handled"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the phone
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    is_still_there: Mapped[bool]
    is_from_reporter: Mapped[bool]
    text: Mapped[str]
    at: Mapped[datetime]
    is_handled: Mapped[bool] = mapped_column(default=False)
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[UUID | None]


class ReportSatisfaction(Base):
    """What the reporter said of the result, asked once for each closing; silence is not satisfied."""

    __tablename__ = "report_satisfactions"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (is_satisfied IS NULL)", name="answered_has_answer"),
        CheckConstraint("answered_at IS NULL OR expired_at IS NULL", name="answered_or_expired"),
        Index(
            "ix_report_satisfactions_waiting",
            "expires_at",
            postgresql_where="answered_at IS NULL AND expired_at IS NULL",
        ),
    )

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    closing: Mapped[int] = mapped_column(SmallInteger, primary_key=True)  # how often reopened before
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None] = mapped_column(info=TOLD)
    is_satisfied: Mapped[bool | None] = mapped_column(info=TOLD)
    text: Mapped[str] = mapped_column(default="", info=TOLD)
    expired_at: Mapped[datetime | None]
