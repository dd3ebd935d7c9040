"""Who answers emergencies: an area's duty roster, and the ladder of calls about each emergency."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import AreaCode, Base, Id, OnErasure, subject


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


class Rung(StrEnum):
    """Who is called, one after the other, about an emergency that nobody has acknowledged."""

    FIRST = "first"
    BACKUP = "backup"
    DISTRICT = "district"


class LadderState(StrEnum):
    """How far the calling about an emergency has come."""

    CALLING = "calling"
    NOBODY = "nobody"  # no rung had anybody on duty: the rider is told so, with the numbers to call
    ACKNOWLEDGED = "acknowledged"
    OVER = "over"  # the emergency ended, or was none, before anybody acknowledged it


class DutyLadder(Base):
    """The calling about one emergency; a case that becomes an emergency again is called about anew."""

    __tablename__ = "duty_ladders"
    __table_args__ = (
        UniqueConstraint("report_id", "round"),
        Index("ix_duty_ladders_due", "next_at", postgresql_where="next_at IS NOT NULL"),
        CheckConstraint(
            "(next_at IS NULL) = (state IN ('acknowledged', 'over'))", name="goes_on_until_it_ends"
        ),
    )

    id: Mapped[Id]
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[LadderState]
    started_at: Mapped[datetime]
    next_at: Mapped[datetime | None]  # when to look again
    ended_at: Mapped[datetime | None]


class DutyRung(Base):
    """A ladder reached a rung, once; never changed again."""

    __tablename__ = "duty_rungs"

    ladder_id: Mapped[UUID] = mapped_column(ForeignKey("duty_ladders.id"), primary_key=True)
    rung: Mapped[Rung] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]  # when it was to be reached at the latest
    reached_at: Mapped[datetime]
    on_duty: Mapped[int] = mapped_column(SmallInteger)  # how many there were to call


class DutyCall(Base):
    """Somebody was called on a rung, once; never changed again."""

    __tablename__ = "duty_calls"
    __table_args__ = (
        UniqueConstraint("ladder_id", "rung", "account_id"),
        Index("ix_duty_calls_account", "account_id", "called_at"),
    )

    id: Mapped[Id]
    ladder_id: Mapped[UUID] = mapped_column(ForeignKey("duty_ladders.id"))
    rung: Mapped[Rung]
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), info=subject(OnErasure.KEEP, follows=False)
    )
    called_at: Mapped[datetime]


class AcknowledgedBy(StrEnum):
    """How somebody said that they have seen an emergency."""

    SIGNED_IN = "signed_in"
    LINK = "link"
    CASE = "case"  # they moved the case


class DutyAcknowledgement(Base):
    """Somebody saw an emergency: the first one alone, never changed again."""

    __tablename__ = "duty_acknowledgements"

    ladder_id: Mapped[UUID] = mapped_column(ForeignKey("duty_ladders.id"), primary_key=True)
    at: Mapped[datetime]
    how: Mapped[AcknowledgedBy]
    account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("accounts.id"), info=subject(OnErasure.KEEP, follows=False)
    )
    name: Mapped[str]  # as it was, like a step's
    call_id: Mapped[UUID | None] = mapped_column(ForeignKey("duty_calls.id"))


class WarningBasis(StrEnum):
    """Why riders near by are warned of an emergency."""

    CONFIRMED = "confirmed"  # somebody on duty, or staff, took it up
    CORROBORATED = "corroborated"  # two people saw it, independently


class HazardWarning(Base):
    """Riders near an emergency are warned of it: once, until it expires or the emergency is over."""

    __tablename__ = "hazard_warnings"

    id: Mapped[Id]
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), unique=True)
    basis: Mapped[WarningBasis]
    warned_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
