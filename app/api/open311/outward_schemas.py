"""Other cities' endpoints, and cases on their way there."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool

from app.api.schemas import In, LongText, Out, PageOut, ShortText, Text
from app.models import Open311Format, ReportState, SendingState
from app.services import open311
from app.services.open311.sendings import Sent

_Code = Annotated[ShortText, Field(min_length=1)]
_Key = Annotated[Text, Field(min_length=1, max_length=500)]
_Version = Annotated[int, Field(ge=1, le=2**31, strict=True)]


class ServiceIn(In):
    """What one of our categories is called there, and its questions as their attributes."""

    code: _Code
    attributes: Annotated[dict[_Code, _Code], Field(max_length=50, default_factory=dict)]


class EndpointIn(In):
    """An endpoint. ``services`` by our category's id, ``*`` for all others; ``api_key`` null keeps it.

    ``statuses`` says what their words (`status`, `status_notes`, `external_status_code`) mean, beyond the
    standard's and mySociety's.
    """

    url: Annotated[Text, Field(min_length=10, max_length=1000)]
    format: Open311Format = Open311Format.JSON
    jurisdiction_id: ShortText | None = None
    api_key: _Key | None = None
    services: Annotated[dict[_Code, ServiceIn], Field(min_length=1, max_length=500)]
    statuses: Annotated[dict[_Code, open311.Meaning], Field(max_length=200, default_factory=dict)]
    has_updates: StrictBool = False
    is_enabled: StrictBool = False
    version: _Version | None = None

    def draft(self) -> open311.EndpointDraft:
        """Return it as the service takes it."""
        return open311.EndpointDraft(
            url=self.url,
            fmt=self.format,
            jurisdiction_id=self.jurisdiction_id,
            api_key=self.api_key,
            services={key: each.model_dump() for key, each in self.services.items()},
            statuses={word: each.value for word, each in self.statuses.items()},
            has_updates=self.has_updates,
            is_enabled=self.is_enabled,
        )


class ServiceOut(Out):
    """What one of our categories is called there."""

    code: str
    attributes: dict[str, str]


class EndpointOut(Out):
    """An endpoint; its key is never shown. ``failing_since`` is since when it does not say how cases go."""

    unit_id: UUID
    url: str
    format: Open311Format = Field(validation_alias="fmt")
    jurisdiction_id: str | None
    services: dict[str, ServiceOut]
    statuses: dict[str, open311.Meaning]
    has_updates: bool
    is_enabled: bool
    failing_since: datetime | None
    last_error: str | None
    version: int


class EndpointList(Out):
    """The endpoints of the caller's districts."""

    items: list[EndpointOut]


class SendingOut(Out):
    """A case on its way to another city, or there; ``remote_closed_at`` is when they said that it is over."""

    id: UUID
    report_id: UUID
    report_state: ReportState
    report_version: int
    task_id: UUID | None = Field(description="when one task of the case was sent, and not the case itself")
    unit_id: UUID
    unit_name: str
    reference: str
    state: SendingState
    tries: int
    next_try_at: datetime
    last_error: str | None
    remote_id: str | None
    remote_status: str | None
    remote_notes: str | None
    remote_closed_at: datetime | None
    created_at: datetime
    delivered_at: datetime | None

    @classmethod
    def of(cls, sent: Sent) -> "SendingOut":
        """Return it."""
        ours = {
            "report_state": sent.report.state,
            "report_version": sent.report.version,
            "unit_name": sent.unit.name,
        }
        theirs = {key: getattr(sent.sending, key) for key in cls.model_fields if key not in ours}
        return cls(**theirs, **ours)


class SendingPage(PageOut):
    """A page of cases that left for other cities."""

    items: list[SendingOut]


class NoteOut(Out):
    """What another city said of a case; those who follow it read it from ``shown_at`` on."""

    id: UUID
    status: str
    text: str
    at: datetime
    received_at: datetime
    shown_at: datetime | None


class NoteList(Out):
    """What another city said of a case, the oldest first."""

    items: list[NoteOut]


class ShowNoteIn(In):
    """That a note may be read by those who follow the case; ``text`` says it in the desk's words."""

    version: _Version
    text: LongText = ""


class PartnerWordIn(In):
    """What is done in the other city's name, and why."""

    version: _Version
    text: Annotated[LongText, Field(min_length=1)]


class PartnerResultIn(PartnerWordIn):
    """That it is mended, with photos taken after."""

    photo_ids: Annotated[list[UUID], Field(min_length=1, max_length=9)]
