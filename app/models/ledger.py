"""The ledger of service minutes: entries that are only ever added, chained by hashes, one chain a book."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PII, TOLD, AreaCode, Base, Id, OnErasure, brings, subject
from app.models.checkins import EvidenceGrade


class LedgerSubject(Base):
    """The pseudonym under which a person's hours stand.

    Entries and their hashes name it alone: when the person is erased, the link and the name go, and every
    chain still proves what it proved. After a merger of accounts one person has several, one of them current.
    """

    __tablename__ = "ledger_subjects"
    __table_args__ = (
        Index("uq_ledger_subjects_current", "account_id", unique=True, postgresql_where="is_current"),
        Index("ix_ledger_subjects_account", "account_id"),
    )

    # Random and not by time: it says nothing of when its person came.
    id: Mapped[UUID] = mapped_column(
        primary_key=True,
        default=uuid4,
        info=brings("ledger_entries.subject_id", "ledger_disputes.subject_id", "ledger_remarks.subject_id"),
    )
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.CUT))
    name: Mapped[str | None] = mapped_column(info=PII)  # as a certificate prints it
    volunteer_number: Mapped[str | None] = mapped_column(info=PII)  # the national system's, if they have one
    is_current: Mapped[bool] = mapped_column(default=True)
    # The organisation may print their certificate with others' (志愿服务条例 art. 20: with consent).
    lets_organiser_print: Mapped[bool] = mapped_column(default=False)
    registered_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class LedgerBook(Base):
    """An organisation that records hours and certifies them (谁记录谁证明), and the head of its chain."""

    __tablename__ = "ledger_books"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client; a team's book has the team's id
    name: Mapped[str]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_books.id"))
    responsible: Mapped[str]  # the person who answers for it, as certificates name them
    phone: Mapped[str]
    head_seq: Mapped[int] = mapped_column(default=0)
    head_hash: Mapped[bytes] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class EntryKind(StrEnum):
    """What an entry says: minutes were served, or something about an entry that stands before it."""

    RECORD = "record"
    APPROVAL = "approval"
    REFUSAL = "refusal"
    VOIDING = "voiding"


class Provenance(StrEnum):
    """Where minutes come from; it is never changed again."""

    CODE = "code"
    GEOFENCE = "geofence"
    ORGANISER_LIST = "organiser_list"
    MANUAL = "manual"
    IMPORTED = "imported"


class ApprovalLevel(StrEnum):
    """Who else must agree before minutes count."""

    NONE = "none"
    SECOND = "second"  # another person of the organisation
    PARENT = "parent"  # the organisation above
    DISTRICT = "district"


class LedgerEntry(Base):
    """One line of a book, never changed and never removed: a trigger refuses both.

    ``minutes`` is what the line speaks of, ``counted`` what it adds to the person's total: nothing until
    somebody approved it, less than nothing for a voiding. A total is the sum of ``counted``, nothing else.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        UniqueConstraint("book_id", "seq"),
        Index(
            "uq_ledger_entries_recording",
            "recording_id",
            "part",
            unique=True,
            postgresql_where="kind = 'record'",
        ),
        # One decision about an entry, and one end of it.
        Index(
            "uq_ledger_entries_decision",
            "points_to",
            unique=True,
            postgresql_where="kind IN ('approval', 'refusal')",
        ),
        Index("uq_ledger_entries_voiding", "points_to", unique=True, postgresql_where="kind = 'voiding'"),
        Index(
            "ix_ledger_entries_total",
            "subject_id",
            "served_on",
            postgresql_include=["counted", "provenance", "book_id"],
        ),
        Index("ix_ledger_entries_book_day", "book_id", "served_on"),
        Index("ix_ledger_entries_day", "served_on"),  # a month of a whole area
        Index(
            "ix_ledger_entries_asking",
            "book_id",
            "id",
            postgresql_where="kind = 'record' AND needs <> 'none'",
        ),
        CheckConstraint("minutes > 0", name="has_minutes"),
        CheckConstraint("abs(counted) IN (0, minutes)", name="counts_all_or_nothing"),
        CheckConstraint("kind = 'record' OR points_to IS NOT NULL", name="points_to_what_it_is_about"),
    )

    id: Mapped[Id]
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    seq: Mapped[int]
    kind: Mapped[EntryKind]
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_subjects.id"))
    recording_id: Mapped[UUID] = mapped_column(
        info=TOLD
    )  # made by the client; one recording has 1 to 3 parts
    part: Mapped[int] = mapped_column(SmallInteger)
    points_to: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_entries.id"), index=True)
    # The attendance it was drawn from, the team for which it was typed in, or the list it was imported with.
    source_id: Mapped[UUID | None]
    served_on: Mapped[date] = mapped_column(info=TOLD)  # the day in China on which it began
    starts_at: Mapped[datetime | None] = mapped_column(info=TOLD)
    ends_at: Mapped[datetime | None] = mapped_column(info=TOLD)
    minutes: Mapped[int] = mapped_column(info=TOLD)
    counted: Mapped[int] = mapped_column(info=TOLD)
    provenance: Mapped[Provenance] = mapped_column(info=TOLD)
    grade: Mapped[EvidenceGrade | None] = mapped_column(info=TOLD)
    needs: Mapped[ApprovalLevel] = mapped_column(info=TOLD)
    activity: Mapped[str] = mapped_column(info=TOLD)  # what was done, as a certificate prints it
    reason: Mapped[str | None] = mapped_column(info=TOLD)
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    entered_at: Mapped[datetime] = mapped_column(info=TOLD)
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerHead(Base):
    """The head of a book's chain as it was published on a day; never changed again, for the same reason."""

    __tablename__ = "ledger_heads"

    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"), primary_key=True)
    published_on: Mapped[date] = mapped_column(primary_key=True, index=True)
    seq: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[datetime]


class LedgerDispute(Base):
    """A volunteer says that a book is wrong: about one entry, or about hours that are missing."""

    __tablename__ = "ledger_disputes"
    __table_args__ = (
        Index("ix_ledger_disputes_open", "book_id", "due_at", postgresql_where="answered_at IS NULL"),
        Index("ix_ledger_disputes_subject", "subject_id"),
        # One at a time about an entry.
        Index(
            "uq_ledger_disputes_entry_open", "entry_id", unique=True, postgresql_where="answered_at IS NULL"
        ),
        CheckConstraint("num_nulls(answered_at, is_upheld, answer) IN (0, 3)", name="answered_as_a_whole"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_subjects.id"))
    entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_entries.id"))
    text: Mapped[str] = mapped_column(info=TOLD)
    raised_at: Mapped[datetime] = mapped_column(info=TOLD)
    due_at: Mapped[datetime] = mapped_column(info=TOLD)
    is_upheld: Mapped[bool | None] = mapped_column(info=TOLD)
    answer: Mapped[str | None] = mapped_column(info=TOLD)
    answered_at: Mapped[datetime | None] = mapped_column(info=TOLD)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))  # who answered


class RemarkKind(StrEnum):
    """What the law has recorded beside the hours (志愿服务条例 art. 19)."""

    TRAINING = "training"
    COMMENDATION = "commendation"
    EVALUATION = "evaluation"


class LedgerRemark(Base):
    """Somebody was trained, commended or evaluated, an organisation says; withdrawn, it stays marked."""

    __tablename__ = "ledger_remarks"
    __table_args__ = (Index("ix_ledger_remarks_subject", "subject_id", "given_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the client
    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_books.id"))
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_subjects.id"))
    kind: Mapped[RemarkKind] = mapped_column(info=TOLD)
    text: Mapped[str] = mapped_column(info=TOLD)
    given_on: Mapped[date] = mapped_column(info=TOLD)
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    entered_at: Mapped[datetime] = mapped_column(info=TOLD)
    withdrawn_at: Mapped[datetime | None] = mapped_column(info=TOLD)
