"""By when what is owed on a case: stored promises, and requests for more time."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id
from app.models.reports.rules import DeadlineStep

_OPEN = "met_at IS NULL AND dropped_at IS NULL"


class ReportDeadline(Base):
    """One promise: a step of a case and when it is due, with the limit as it was when it was promised.

    A step that begins anew is a new ``round``. ``original_due_at`` is the first promise of the round;
    ``due_at`` also holds an extension and the time for which the case was suspended (``paused_s``).
    """

    __tablename__ = "report_deadlines"
    __table_args__ = (
        Index("ix_report_deadlines_remind", "remind_at", postgresql_where=f"{_OPEN} AND reminded_at IS NULL"),
        Index("ix_report_deadlines_due", "due_at", postgresql_where=f"{_OPEN} AND overdue_at IS NULL"),
        Index("ix_report_deadlines_provisional", "due_at", postgresql_where=f"{_OPEN} AND is_provisional"),
    )

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    step: Mapped[DeadlineStep] = mapped_column(primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    original_due_at: Mapped[datetime]
    is_provisional: Mapped[bool]
    rule: Mapped[dict[str, Any]]  # the limit: whose, how much, of which version
    extended_to: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_s: Mapped[int] = mapped_column(default=0)
    remind_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]  # when it was noticed and told
    met_at: Mapped[datetime | None]  # done, in time or not
    dropped_at: Mapped[datetime | None]  # no longer owed


class ReportExtension(Base):
    """A request for more time (延期): asked before expiry, decided by another person, granted once."""

    __tablename__ = "report_extensions"
    __table_args__ = (
        Index(
            "uq_report_extensions_once",
            "report_id",
            unique=True,
            postgresql_where="is_granted IS NULL OR is_granted",
        ),
    )

    id: Mapped[Id]
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    until: Mapped[datetime]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None]
    asked_name: Mapped[str]
    is_granted: Mapped[bool | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_name: Mapped[str]
    answer: Mapped[str]
