"""What is asked and shown of confidential cases."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.api.reports.desk_schemas import Name, Sentence
from app.api.reports.schemas import CaseRow, VersionOfOne
from app.api.schemas import AreaCodeText, In, Out, PageOut, ShortText
from app.core.clock import local_day
from app.models import Report
from app.services.reports import disclosures, masking, trust


class ConfidentialPage(PageOut):
    """A page of the confidential cases one is named for."""

    items: list[CaseRow]


class UnnamedOut(Out):
    """How many open confidential cases have nobody who works on them; nothing else of them is shown."""

    total: int
    by_category: dict[str, int]


class DeskIn(In):
    """The two people of an area's confidential cases."""

    area_code: AreaCodeText
    category_id: ShortText | None = Field(default=None, description="one category; left out: all of them")
    case_worker_id: UUID
    supervisor_id: UUID
    version: VersionOfOne = None

    def read(self) -> trust.DeskDraft:
        """Return the draft."""
        return trust.DeskDraft(**self.model_dump())


class DeskOut(Out):
    """Who is named for an area's confidential cases."""

    id: UUID
    area_code: str
    category_id: str | None
    case_worker_id: UUID
    supervisor_id: UUID
    version: int
    changed_at: datetime


class DesksOut(Out):
    """The desks of one's areas."""

    desks: list[DeskOut]


class DisclosureIn(In):
    """A wish to show a case to somebody; ``id`` is made by the client and kept for every retry."""

    id: UUID
    recipient_id: UUID
    recipient: Name = Field(description="as the reporter reads it")
    purpose: Sentence

    def read(self) -> disclosures.NewDisclosure:
        """Return the wish."""
        return disclosures.NewDisclosure(**self.model_dump())


class ConsentIn(In):
    """The reporter's word."""

    is_granted: bool = Field(strict=True)


class DisclosureOut(Out):
    """To whom a case may be shown, and what the reporter says to it."""

    id: UUID
    recipient: str
    purpose: str
    asked_at: datetime
    answered_at: datetime | None
    is_granted: bool | None


class DisclosuresOut(Out):
    """Every wish to show a case to somebody, oldest first."""

    disclosures: list[DisclosureOut]


class ReadersOut(Out):
    """How many people read a report, and in which capacities; never who."""

    count: int
    by_capacity: dict[str, int]


class LeadOut(Out):
    """What one learns of a case by its reporter's consent: no number, no hour, no channel."""

    category_id: str
    area_code: str
    address: str
    day: date
    description: str

    @classmethod
    def of(cls, report: Report) -> "LeadOut":
        """Return what leaves of a case."""
        return cls(
            category_id=report.category_id,
            area_code=report.area_code,
            address=masking.masked(report.address),
            day=local_day(report.submitted_at),
            description=masking.masked(report.description),
        )


class LeadsOut(Out):
    """The leads one was let see."""

    leads: list[LeadOut]
