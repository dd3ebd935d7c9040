"""The desk's own things: private notes, questions to the reporter, templates, stored filters, batches."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import TOLD, AreaCode, Base, Id, OnErasure, subject, text_enum
from app.models.reports.case import Move, ReportState


class ReportNote(Base):
    """A note among colleagues; the public timeline knows nothing of it."""

    __tablename__ = "report_notes"
    __table_args__ = (Index("ix_report_notes_report", "report_id", "made_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    author_id: Mapped[UUID]
    author_name: Mapped[str]
    text: Mapped[str]
    made_at: Mapped[datetime]


class ReportQuestion(Base):
    """A question to the reporter, with the instant until which an answer is waited for."""

    __tablename__ = "report_questions"
    __table_args__ = (Index("ix_report_questions_report", "report_id", "asked_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    asked_by: Mapped[UUID]
    text: Mapped[str] = mapped_column(info=TOLD)
    asked_at: Mapped[datetime] = mapped_column(info=TOLD)
    due_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(info=TOLD)
    answered_at: Mapped[datetime | None] = mapped_column(info=TOLD)


class AnswerTemplate(Base):
    """A sentence that an area's desk uses often; ``move`` and ``category_id`` say where it is offered."""

    __tablename__ = "answer_templates"

    id: Mapped[Id]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), index=True)
    move: Mapped[Move | None]
    category_id: Mapped[str | None] = mapped_column(ForeignKey("categories.id"))
    title: Mapped[str]
    text: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


class StoredFilter(Base):
    """A filter that a clerk keeps, with its place in their list."""

    __tablename__ = "stored_filters"
    __table_args__ = (Index("ix_stored_filters_account", "account_id", "position", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.DROP))
    name: Mapped[str]
    content: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(SmallInteger)
    made_at: Mapped[datetime]


class BatchItemState(StrEnum):
    """What became of one case of a batch."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    UNDONE = "undone"
    UNDO_REFUSED = "undo_refused"  # somebody has moved it on since


class ReportBatch(Base):
    """One decision on many cases, worked off in the background; it can be taken back for ten minutes."""

    __tablename__ = "report_batches"
    __table_args__ = (
        Index("ix_report_batches_waiting", "made_at", postgresql_where="done_at IS NULL"),
        Index("ix_report_batches_account", "account_id", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.KEEP))
    move: Mapped[Move]
    reason: Mapped[str]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("handling_units.id"))
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class ReportBatchItem(Base):
    """One case of a batch: what became of it, and what it was before."""

    __tablename__ = "report_batch_items"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("report_batches.id"), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(primary_key=True)  # as it was given: there may be no such case
    position: Mapped[int]
    version: Mapped[int | None]  # that the clerk saw; of older batches none
    state: Mapped[BatchItemState] = mapped_column(default=BatchItemState.WAITING)
    code: Mapped[str | None]  # of the refusal
    editor_id: Mapped[UUID | None]  # who changed the case meanwhile
    possible: Mapped[list[str] | None]  # what the clerk could do with the case instead
    before: Mapped[dict[str, Any] | None]
    version_after: Mapped[int | None]


class ReportCount(Base):
    """How many listed cases a town, or what stands above it, has in a state and urgency; from the deltas."""

    __tablename__ = "report_counts"

    town_code: Mapped[AreaCode] = mapped_column(primary_key=True)
    state: Mapped[ReportState] = mapped_column(text_enum(ReportState, name="state"), primary_key=True)
    urgency_rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    count: Mapped[int]


class ReportCountDelta(Base):
    """A change of a count, written by a trigger in the transaction that moved the case; only added to.

    Adding a row locks nobody out, whatever cases a transaction moves and in whatever order.
    """

    __tablename__ = "report_count_deltas"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    town_code: Mapped[AreaCode]
    state: Mapped[ReportState] = mapped_column(text_enum(ReportState, name="state"))
    urgency_rank: Mapped[int] = mapped_column(SmallInteger)
    delta: Mapped[int] = mapped_column(SmallInteger)
