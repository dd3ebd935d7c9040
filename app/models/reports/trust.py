"""Confidential cases: who is trusted with them, who read them, to whom their reporter let them be shown."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import AreaCode, Base, Id


class ConfidentialDesk(Base):
    """The one case worker and the one supervisor of an area's confidential cases.

    Without a category: of every confidential category that has no desk of its own there.
    """

    __tablename__ = "confidential_desks"
    __table_args__ = (
        Index(
            "uq_confidential_desks_place",
            "area_code",
            "category_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("case_worker_id <> supervisor_id", name="two_people"),
    )

    id: Mapped[Id]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"))
    category_id: Mapped[str | None] = mapped_column(ForeignKey("categories.id"))
    case_worker_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    supervisor_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


class ReportRead(Base):
    """That somebody read a confidential case, from the first time on; the reporter sees how many did."""

    __tablename__ = "report_reads"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    reader_id: Mapped[UUID] = mapped_column(primary_key=True)
    capacity: Mapped[str]  # case_worker, supervisor or recipient
    first_read_at: Mapped[datetime]


class ReportDisclosure(Base):
    """The wish to show a confidential case to one more person, once its reporter agrees."""

    __tablename__ = "report_disclosures"
    __table_args__ = (
        Index("ix_report_disclosures_report", "report_id", "asked_at"),
        Index("ix_report_disclosures_recipient", "recipient_id", "asked_at", postgresql_where="is_granted"),
        CheckConstraint("(answered_at IS NULL) = (is_granted IS NULL)", name="answered_has_answer"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    recipient: Mapped[str]  # as the reporter reads it: "工会律师"
    purpose: Mapped[str]
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    is_granted: Mapped[bool | None]
