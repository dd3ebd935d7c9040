"""Who answers emergencies when: the duty roster of an area."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import AreaCode, Base, OnErasure, subject


class DutyRank(StrEnum):
    """In which order those on duty are called."""

    FIRST = "first"
    BACKUP = "backup"


class DutyShift(Base):
    """One person's turn on duty (值班) in an area, from an instant until just before another.

    A deputy's turn has no rank of its own: while it lasts, its person is called instead of
    ``in_place_of_id``, in whatever rank that one stands in the area's roster.
    """

    __tablename__ = "duty_shifts"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        CheckConstraint("(rank IS NULL) = (in_place_of_id IS NOT NULL)", name="deputy_has_no_rank"),
        CheckConstraint("in_place_of_id <> account_id", name="deputy_is_another"),
        Index("ix_duty_shifts_area", "area_code", "ends_at", postgresql_where="cancelled_at IS NULL"),
        Index("ix_duty_shifts_account", "account_id", "ends_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.KEEP))
    rank: Mapped[DutyRank | None]
    in_place_of_id: Mapped[UUID | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    cancelled_at: Mapped[datetime | None]
