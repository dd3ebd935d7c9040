"""Attendance (签到、签退): who was at a shift, from when until when, by which evidence. No position stays."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PII, Base, OnErasure, subject, text_enum
from app.models.checkins import EvidenceGrade
from app.models.ledger import Provenance


class Attendance(Base):
    """One person's presence at one shift, by their sign-up; both clocks of both taps stay.

    ``in_at`` and ``out_at`` count (the phone's clock, never ahead of ours), ``…_received_at`` say when the
    server learned of them. ``minutes`` is what went into the ledger: null until the end, zero when they were
    there for too short a part of the shift.
    """

    __tablename__ = "attendances"
    __table_args__ = (
        Index("ix_attendances_shift", "shift_id", "in_at"),
        Index("ix_attendances_account", "account_id", "in_at"),
        Index("ix_attendances_device", "shift_id", "device_id", postgresql_where="device_id IS NOT NULL"),
        CheckConstraint(
            "num_nulls(out_id, out_at, out_received_at, out_provenance) IN (0, 4)", name="out_as_a_whole"
        ),
        CheckConstraint("out_at >= in_at", name="lasts"),
    )

    sign_up_id: Mapped[UUID] = mapped_column(ForeignKey("sign_ups.id"), primary_key=True)
    shift_id: Mapped[UUID] = mapped_column(ForeignKey("activity_shifts.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    device_id: Mapped[UUID | None] = mapped_column(info=PII)  # the phone of the sign-in, as that names it
    in_id: Mapped[UUID] = mapped_column(unique=True)  # made by the client, once a tap
    in_at: Mapped[datetime]
    in_received_at: Mapped[datetime]
    in_offline: Mapped[bool]
    in_provenance: Mapped[Provenance] = mapped_column(text_enum(Provenance, name="in_provenance"))
    in_grade: Mapped[EvidenceGrade] = mapped_column(text_enum(EvidenceGrade, name="in_grade"))
    out_id: Mapped[UUID | None] = mapped_column(unique=True)
    out_at: Mapped[datetime | None]
    out_received_at: Mapped[datetime | None]
    out_offline: Mapped[bool | None]
    out_provenance: Mapped[Provenance | None] = mapped_column(text_enum(Provenance, name="out_provenance"))
    out_grade: Mapped[EvidenceGrade | None] = mapped_column(text_enum(EvidenceGrade, name="out_grade"))
    is_doubtful: Mapped[bool] = mapped_column(default=False)  # a position that an app made up
    minutes: Mapped[int | None]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))  # the organiser's list
