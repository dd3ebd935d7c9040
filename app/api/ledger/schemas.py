"""What is said of hours: to volunteers, to those who keep books, to everybody."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StrictBool, StringConstraints, model_validator

from app.api.schemas import AreaCodeText, Day, In, Instant, LongText, Out, PageOut, Text
from app.core.pages import Page
from app.models import (
    ApprovalLevel,
    EvidenceGrade,
    LedgerBook,
    LedgerDispute,
    LedgerEntry,
    LedgerHead,
    LedgerSubject,
    Provenance,
)
from app.services import ledger
from app.services.reports.masking import masked

# A day has 1440; imported hours may stand for years.
_MOST_MINUTES, _MOST_IMPORTED = 24 * 60, 10_000 * 60
_Minutes = Annotated[int, Field(ge=1, le=_MOST_IMPORTED, strict=True)]
# One line, as it is printed.
_Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50, pattern=r"^[^\x00-\x1f]*$")
]
_Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00]*$")
]
State = Literal["counted", "pending", "refused", "voided"]


class RegistrationIn(In):
    """Under which name hours are certified; ``version`` when it changes what was said before."""

    name: _Name = Field(description="as the certificate is to print it; rare characters and · are fine")
    volunteer_number: Annotated[Text, Field(pattern=r"^[0-9A-Za-z]{4,32}$")] | None = None
    lets_organiser_print: StrictBool = Field(
        default=False, description="the organisation may print one's certificate with others'"
    )
    version: int | None = Field(default=None, ge=1, le=2**31, strict=True)

    def read(self) -> ledger.Registration:
        """Return it."""
        return ledger.Registration(self.name, self.volunteer_number, self.lets_organiser_print, self.version)


class VolunteerOut(Out):
    """How the caller is named; ``volunteer_id`` is what organisers record hours under."""

    volunteer_id: UUID
    name: str | None
    volunteer_number: str | None
    lets_organiser_print: bool
    registered_at: datetime
    version: int

    @classmethod
    def of(cls, subject: LedgerSubject) -> "VolunteerOut":
        """Return it."""
        return cls(
            volunteer_id=subject.id,
            name=subject.name,
            volunteer_number=subject.volunteer_number,
            lets_organiser_print=subject.lets_organiser_print,
            registered_at=subject.registered_at,
            version=subject.version,
        )


class TotalsOut(Out):
    """A person's minutes; ``imported_minutes`` are of the time before and in no other number."""

    minutes: int
    imported_minutes: int
    pending_minutes: int
    by_provenance: dict[Provenance, int]


class OwnLedgerOut(Out):
    """Who the caller is to the ledger and what their entries add up to."""

    volunteer: VolunteerOut
    totals: TotalsOut


class BookIn(In):
    """An organisation that records hours; ``id`` is made by the client."""

    id: UUID
    name: _Line
    area_code: AreaCodeText
    parent_id: UUID | None = Field(default=None, description="the organisation above, which decides over 8 h")
    responsible: _Name = Field(description="the person who answers for it; stands on certificates")
    phone: Annotated[Text, Field(pattern=r"^[0-9+ -]{3,20}$")]

    def read(self) -> ledger.NewBook:
        """Return it."""
        return ledger.NewBook(self.name, self.area_code, self.parent_id, self.responsible, self.phone)


class BookOut(Out):
    """An organisation's book and how many entries it holds."""

    id: UUID
    name: str
    area_code: str
    parent_id: UUID | None
    responsible: str
    phone: str
    entries: int
    opened_at: datetime

    @classmethod
    def of(cls, book: LedgerBook) -> "BookOut":
        """Return it."""
        columns = {column.key: getattr(book, column.key) for column in book.__table__.columns}
        return cls.model_validate({**columns, "entries": book.head_seq})


class BooksOut(Out):
    """The caller's books, by name."""

    books: list[BookOut]


class _ServedIn(In):
    """What somebody served, as somebody else types it in."""

    id: UUID = Field(description="made by the client, once a recording; a retry with it changes nothing")
    served_on: Day = Field(description="the day in China on which it began")
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    minutes: _Minutes
    activity: _Line
    reason: LongText = Field(description="why nothing else evidences it; names nobody")

    @model_validator(mode="after")
    def _both_ends(self) -> Self:
        if (self.starts_at is None) != (self.ends_at is None):
            raise ValueError("give both starts_at and ends_at, or neither")
        return self

    def served(self) -> ledger.Served:
        """Return it; numbers of people in the reason are covered."""
        return ledger.Served(
            recording_id=self.id,
            served_on=self.served_on,
            starts_at=None if self.starts_at is None else self.starts_at.astimezone(UTC),
            ends_at=None if self.ends_at is None else self.ends_at.astimezone(UTC),
            minutes=self.minutes,
            activity=self.activity,
            reason=masked(self.reason).strip(),
        )


class TypedIn(_ServedIn):
    """Hours typed in by somebody: they wait for a second person and stay marked for ever."""

    volunteer_id: UUID
    provenance: Literal[Provenance.MANUAL, Provenance.IMPORTED]

    @model_validator(mode="after")
    def _of_a_day(self) -> Self:
        if self.provenance is Provenance.MANUAL and self.minutes > _MOST_MINUTES:
            raise ValueError("a day has 1440 minutes")
        return self

    def read(self) -> ledger.NewHours:
        """Return it."""
        served = asdict(self.served())
        return ledger.NewHours(**served, subject_id=self.volunteer_id, provenance=self.provenance)


class MemberHoursIn(_ServedIn):
    """Hours of a member of one's team, typed in: its organisation or area approves them."""

    member_id: UUID
    minutes: Annotated[int, Field(ge=1, le=_MOST_MINUTES, strict=True)]


class ReasonIn(In):
    """Why; the volunteer reads it."""

    reason: LongText = ""

    def read(self) -> str:
        """Return it with people's numbers covered."""
        return masked(self.reason).strip()


class CorrectionIn(ReasonIn):
    """Other minutes in an entry's place; ``id`` as for a recording."""

    id: UUID
    minutes: _Minutes


class EntryOut(Out):
    """A line of a book with what became of it; the parts of one recording share ``recording_id``."""

    id: UUID
    book_id: UUID
    book_name: str
    seq: int
    volunteer_id: UUID
    recording_id: UUID
    served_on: date
    starts_at: datetime | None
    ends_at: datetime | None
    minutes: int
    provenance: Provenance
    grade: EvidenceGrade | None
    needs: ApprovalLevel
    state: State
    activity: str
    reason: str | None
    entered_at: datetime
    entered_by: UUID | None
    decided_by: UUID | None
    decided_at: datetime | None
    decision_reason: str | None
    voided_by: UUID | None
    voided_at: datetime | None
    void_reason: str | None
    hash: str

    @classmethod
    def of(cls, shown: ledger.Shown) -> "EntryOut":
        """Return it."""
        entry, decision, voiding = shown.entry, shown.decision, shown.voiding
        columns = {column.key: getattr(entry, column.key) for column in entry.__table__.columns}
        return cls.model_validate(
            {
                **columns,
                **_said("decided_by", "decided_at", "decision_reason", decision),
                **_said("voided_by", "voided_at", "void_reason", voiding),
                "book_name": shown.book_name,
                "volunteer_id": entry.subject_id,
                "state": shown.state,
                "hash": entry.hash.hex(),
            }
        )


def _said(who: str, when: str, why: str, entry: LedgerEntry | None) -> dict[str, object]:
    if entry is None:
        return {who: None, when: None, why: None}
    return {who: entry.entered_by, when: entry.entered_at, why: entry.reason}


class RecordedOut(Out):
    """The entries that a recording made: more than one where a day exceeds eight or twelve hours."""

    entries: list[EntryOut]


class EntriesOut(PageOut):
    """Entries, the newest first."""

    items: list[EntryOut]

    @classmethod
    def of(cls, page: Page[ledger.Shown]) -> "EntriesOut":
        """Return it."""
        return cls(items=[EntryOut.of(each) for each in page.items], next_cursor=page.next_cursor)


class FiguresOut(Out):
    """What counts of some days; the share that was typed in is ``manual_minutes`` over ``minutes``.

    Imported minutes are in no other number but ``by_provenance``.
    """

    since: date
    until: date
    minutes: int
    manual_minutes: int
    imported_minutes: int
    people: int
    by_provenance: dict[Provenance, int]


class DisputeIn(In):
    """What is wrong; without ``entry_id``: hours are missing from the book."""

    id: UUID
    book_id: UUID
    entry_id: UUID | None = None
    text: Words

    def read(self) -> ledger.Complaint:
        """Return it with people's numbers covered."""
        return ledger.Complaint(self.book_id, self.entry_id, masked(self.text))


class AnswerIn(In):
    """What the book's people say to a dispute, and whether the volunteer is right."""

    is_upheld: bool = Field(strict=True)
    text: Words


class DisputeOut(Out):
    """A dispute, until when it is to be answered, and the answer."""

    id: UUID
    book_id: UUID
    entry_id: UUID | None
    volunteer_id: UUID
    text: str
    raised_at: datetime
    due_at: datetime
    is_overdue: bool
    is_upheld: bool | None
    answer: str | None
    answered_at: datetime | None

    @classmethod
    def of(cls, dispute: LedgerDispute, now: datetime) -> "DisputeOut":
        """Return it as it stands at an instant."""
        columns = {column.key: getattr(dispute, column.key) for column in dispute.__table__.columns}
        late = dispute.answered_at is None and dispute.due_at <= now
        return cls.model_validate({**columns, "volunteer_id": dispute.subject_id, "is_overdue": late})


class DisputesOut(Out):
    """Disputes."""

    disputes: list[DisputeOut]


class HeadOut(Out):
    """The end of a book's chain on a day: keep it, and nobody can rewrite what stands before it."""

    book_id: UUID
    name: str
    seq: int
    hash: str

    @classmethod
    def of(cls, head: LedgerHead, name: str) -> "HeadOut":
        """Return it."""
        return cls(book_id=head.book_id, name=name, seq=head.seq, hash=head.hash.hex())


class HeadsOut(Out):
    """The heads of all books as they were published on a day."""

    published_on: date | None
    heads: list[HeadOut]
