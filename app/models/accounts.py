"""People who signed in, their tokens and grants, and who read personal data."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.actor import Role
from app.models.base import PII, AreaCode, Base, Id, OnErasure, subject


class WorkerKind(StrEnum):
    """What a worker (新就业群体) does for a living, as they say themselves."""

    FOOD_RIDER = "food_rider"
    COURIER = "courier"
    TRUCK_DRIVER = "truck_driver"
    RIDE_HAIL_DRIVER = "ride_hail_driver"
    OTHER = "other"


class AgeBand(StrEnum):
    """How old a person says they are, no closer than the law asks: under 14, minors above, adults."""

    UNDER_14 = "under_14"
    FROM_14_TO_17 = "14_17"
    ADULT = "adult"


class Purpose(StrEnum):
    """What a person's data are used for only with their consent, or their guardian's."""

    PRECISE_LOCATION = "precise_location"
    GUARDIAN = "guardian"


class AccountStatus(StrEnum):
    """Whether an account may act."""

    ACTIVE = "active"
    BANNED = "banned"
    DELETED = "deleted"


class Account(Base):
    """One person. No real name is needed; the number is kept encrypted, found by a keyed hash."""

    __tablename__ = "accounts"

    id: Mapped[Id]
    phone_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True, info=PII)
    phone_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary, info=PII)
    display_name: Mapped[str] = mapped_column(info=PII)
    worker_kind: Mapped[WorkerKind | None] = mapped_column(info=PII)
    area_code: Mapped[AreaCode | None] = mapped_column(ForeignKey("areas.code"), info=PII)
    age_band: Mapped[AgeBand | None] = mapped_column(info=PII)  # null: they did not say
    status: Mapped[AccountStatus] = mapped_column(default=AccountStatus.ACTIVE)
    created_at: Mapped[datetime]
    last_seen_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)


class Consent(Base):
    """A person agreed to a purpose, having read a version of its text (PIPL arts. 13-16, 29, 31).

    A guardian's consent is proved by a code to their number, of which a keyed hash stays.
    """

    __tablename__ = "consents"

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), index=True, info=subject(OnErasure.DROP)
    )
    purpose: Mapped[Purpose]
    text_version: Mapped[str]
    given_at: Mapped[datetime | None]  # null: refused without ever having agreed
    withdrawn_at: Mapped[datetime | None]
    guardian_hash: Mapped[bytes | None] = mapped_column(LargeBinary, info=PII)


class AccountBan(Base):
    """An account may not act, from an instant on, for a reason; it ends by a person's word or on its day.

    ``area_code`` is where it was decided, and so who may lift it. The account's ``status`` says whether it
    is in force; this says why.
    """

    __tablename__ = "account_bans"
    __table_args__ = (
        # One ban in force a person, whatever races.
        Index("uq_account_bans_in_force", "account_id", unique=True, postgresql_where="lifted_at IS NULL"),
    )

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), index=True, info=subject(OnErasure.KEEP)
    )
    area_code: Mapped[AreaCode | None]
    reason: Mapped[str | None] = mapped_column(info=PII)
    banned_at: Mapped[datetime]
    banned_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    ends_on: Mapped[date | None]  # its last day, in China
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))  # null: its last day was over
    lift_reason: Mapped[str | None] = mapped_column(info=PII)


class BannedNumber(Base):
    """A number that left its account under a ban: an account that it begins anew is under it too.

    Nothing leads from here to the account that it left: kept are the number's keyed hash, the ban's end, and
    the office that decided it, so that somebody can lift it. ``forget_after`` is the ban's last day; one
    without an end is forgotten after a year, because carriers give numbers out anew.
    """

    __tablename__ = "banned_numbers"

    phone_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, info=PII)
    area_code: Mapped[AreaCode | None]
    banned_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    ends_on: Mapped[date | None]
    forget_after: Mapped[date] = mapped_column(index=True)


class AccountMerger(Base):
    """Two accounts of one person became one: which was absorbed, when, and what came from it.

    ``records`` names each row that changed hands, as ids by table, so that everything keeps its origin.
    """

    __tablename__ = "account_mergers"

    id: Mapped[Id]
    absorbed_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), unique=True)
    survivor_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), index=True, info=subject(OnErasure.DROP)
    )
    merged_at: Mapped[datetime] = mapped_column(index=True)
    records: Mapped[dict[str, Any]]


class SignInCode(Base):
    """A code that was sent to a number: hashed, five minutes, five tries, one use."""

    __tablename__ = "sign_in_codes"

    id: Mapped[Id]
    phone_hash: Mapped[bytes] = mapped_column(LargeBinary, index=True, info=PII)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    used_at: Mapped[datetime | None]


class RefreshToken(Base):
    """One link of a rotating chain; a second use of a link revokes its whole family."""

    __tablename__ = "refresh_tokens"

    id: Mapped[Id]
    family_id: Mapped[UUID] = mapped_column(index=True)
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), index=True, info=subject(OnErasure.DROP, follows=False)
    )
    device_id: Mapped[UUID] = mapped_column(index=True, info=PII)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RoleGrant(Base):
    """A role given to a person for an area, a station or a handling unit, with dates and who gave it."""

    __tablename__ = "role_grants"
    __table_args__ = (
        CheckConstraint("num_nonnulls(area_code, station_id, unit_id) <= 1", name="one_scope"),
        CheckConstraint(
            "role = 'sysadmin' OR num_nonnulls(area_code, station_id, unit_id) = 1", name="has_scope"
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), index=True, info=subject(OnErasure.KEEP)
    )
    role: Mapped[Role]
    area_code: Mapped[AreaCode | None] = mapped_column(ForeignKey("areas.code"), index=True)
    station_id: Mapped[UUID | None] = mapped_column(index=True)
    unit_id: Mapped[UUID | None] = mapped_column(index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    account: Mapped[Account] = relationship(lazy="raise", foreign_keys=[account_id])


class RateCounter(Base):
    """How often a key (a hashed number, device or address) was used in a window of time."""

    __tablename__ = "rate_counters"

    key: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]


class PersonalDataRead(Base):
    """Who read whose personal data, what, and why; kept at least six months.

    ``area_code`` is the person's, or where the reader holds office for who named none; it says which
    privacy officer looks after the entry, and null leaves it to sysadmins.
    """

    __tablename__ = "personal_data_reads"
    __table_args__ = (
        Index("ix_personal_data_reads_subject_at", "subject_id", "read_at"),
        Index("ix_personal_data_reads_read_at", "read_at"),
    )

    id: Mapped[Id]
    reader_id: Mapped[UUID]
    subject_id: Mapped[UUID] = mapped_column(info=subject(OnErasure.KEEP))
    area_code: Mapped[AreaCode | None]
    what: Mapped[str]
    reason: Mapped[str]
    read_at: Mapped[datetime]
