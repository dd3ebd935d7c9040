"""Visits to stations, the occupancy they make, and its history. Raw positions live thirty days."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.geo import CoordType
from app.models.base import PII, AreaCode, Base, Id, OnErasure, subject, text_enum


class EvidenceGrade(StrEnum):
    """How well a visit is evidenced: A rotating code and fence, B staff, C fence only, D the rest."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class CodeKind(StrEnum):
    """Which of a station's codes was scanned."""

    ROTATING = "rotating"
    PRINTED = "printed"


class EndReason(StrEnum):
    """Why a visit ended."""

    TAP = "tap"
    LEFT = "left"
    NEW_VISIT = "new_visit"
    CLOSED = "closed"
    MAX_STAY = "max_stay"
    NIGHTLY = "nightly"


class CorrectionKind(StrEnum):
    """A manager's tap: one more or less, or a count of heads that starts anew."""

    DELTA = "delta"
    HEADCOUNT = "headcount"


class Visit(Base):
    """One person's stay at one station (打卡), named by the phone that recorded it.

    ``captured_at`` is the phone's clock, ``received_at`` the server's; both stay, and so for the end:
    ``ended_at`` is the instant that counts, ``end_received_at`` when the server learned of it.
    """

    __tablename__ = "visits"
    __table_args__ = (
        # One open visit a person, whatever races.
        Index("uq_visits_open", "account_id", unique=True, postgresql_where="ended_at IS NULL"),
        Index("ix_visits_due", "due_at", postgresql_where="ended_at IS NULL"),
        Index("ix_visits_station_captured", "station_id", "captured_at"),
        Index("ix_visits_account_captured", "account_id", "captured_at", "id"),
        Index("ix_visits_positions", "received_at", postgresql_where="lat IS NOT NULL"),
        CheckConstraint("ended_at IS NULL OR end_reason IS NOT NULL", name="end_has_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"))
    # Null once the person had their account deleted: the visit counts, and names nobody.
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    area_code: Mapped[AreaCode]
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]
    captured_offline: Mapped[bool]
    grade: Mapped[EvidenceGrade]
    code_kind: Mapped[CodeKind | None]  # the right code that came with the tap
    lat: Mapped[float | None] = mapped_column(Double, info=PII)
    lon: Mapped[float | None] = mapped_column(Double, info=PII)
    accuracy_m: Mapped[float | None] = mapped_column(Double, info=PII)
    coord_type: Mapped[CoordType | None]
    outside_since: Mapped[datetime | None]  # first of the two fixes that make a departure
    due_at: Mapped[datetime]  # when the server ends it unasked
    due_reason: Mapped[EndReason] = mapped_column(text_enum(EndReason, name="due_reason"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None]
    end_received_at: Mapped[datetime | None]


class Occupancy(Base):
    """How many are inside: open visits plus the managers' corrections, never shown below zero.

    ``correction`` makes the last headcount true and carries the taps since. ``observed_at`` is the last
    news; past thirty minutes without any the station's occupancy is unknown. ``peak`` is the most since the
    history's last quarter of an hour.
    """

    __tablename__ = "occupancies"
    # One row takes every check-in of its station: room on the page and no index on what changes keep its
    # updates in place (HOT). Readers of ``changed_at`` scan, which is milliseconds for 100,000 rows.
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"), primary_key=True)
    open_visits: Mapped[int] = mapped_column(default=0)
    correction: Mapped[int] = mapped_column(default=0)
    peak: Mapped[int] = mapped_column(default=0)
    headcount_at: Mapped[datetime | None]
    headcount_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    observed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class OccupancyCorrection(Base):
    """One tap of a manager, named by their phone; taps made offline all survive."""

    __tablename__ = "occupancy_corrections"
    __table_args__ = (Index("ix_occupancy_corrections_station_at", "station_id", "captured_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[CorrectionKind]
    value: Mapped[int]
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]


class OccupancyQuarter(Base):
    """A station's quarter of an hour: how many were inside at its end, and at most."""

    __tablename__ = "occupancy_quarters"

    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    occupancy: Mapped[int]
    peak: Mapped[int]
    was_open: Mapped[bool]


class PrintedCode(Base):
    """A printed static QR of a station; revoking it makes the paper worthless."""

    __tablename__ = "printed_codes"

    id: Mapped[Id]
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"), index=True)
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    revoked_at: Mapped[datetime | None]


class Screen(Base):
    """A station's own tablet, which may show the rotating code; its link's secret is kept as a digest."""

    __tablename__ = "screens"

    id: Mapped[Id]
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    label: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    revoked_at: Mapped[datetime | None]


class DoorCode(Base):
    """The code of a station's lock: encrypted while it opens the door, forgotten afterwards."""

    __tablename__ = "door_codes"
    __table_args__ = (
        # One code opens a door, whatever races.
        Index("uq_door_codes_current", "station_id", unique=True, postgresql_where="retired_at IS NULL"),
        CheckConstraint("(code_encrypted IS NULL) = (retired_at IS NOT NULL)", name="retired_is_forgotten"),
    )

    id: Mapped[Id]
    station_id: Mapped[UUID] = mapped_column(ForeignKey("stations.id"))
    code_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    retired_at: Mapped[datetime | None]


class DoorCodeRead(Base):
    """Somebody was shown a door's code: for when a room was damaged, and for the person's own export."""

    __tablename__ = "door_code_reads"
    __table_args__ = (
        Index("ix_door_code_reads_code_at", "code_id", "read_at"),
        Index("ix_door_code_reads_account_at", "account_id", "read_at"),
    )

    id: Mapped[Id]
    code_id: Mapped[UUID] = mapped_column(ForeignKey("door_codes.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    read_at: Mapped[datetime]
