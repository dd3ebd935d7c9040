"""What handling units and contractors send and are shown: public facts of a case, nothing of its reporter."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.api.reports.schemas import CaseRow, Reason, StepOut, Version, VersionInTheStreet, number_of
from app.api.schemas import In, Instant, LongText, Out, PageOut, ShortText
from app.core.clock import SHANGHAI, local_day
from app.models import (
    Move,
    Outcome,
    PhotoRole,
    Report,
    ReportLink,
    ReportState,
    ReportStep,
    ReportTask,
    TaskState,
    Urgency,
)
from app.services import photos
from app.services.photos import PhotoDesk, Viewer
from app.services.reports import lies_nowhere
from app.services.reports.dispatch import Dispatched, DispatchWarning, Order
from app.services.reports.handling import HandledCase, Word
from app.services.reports.masking import covered_words, masked
from app.services.reports.pictures import Picture
from app.services.reports.proof import MOST_PHOTOS
from app.services.reports.tasks import NamedTask, NewTask

PASS_LIVES = timedelta(hours=1)


class OrderIn(In):
    """To whom a case goes; without a unit: to the one that was proposed."""

    version: Version = Field(description="the version the decision was made on")
    unit_id: UUID | None = None
    reason: Reason = ""

    def read(self) -> Order:
        """Return the order."""
        return Order(self.version, self.unit_id, self.reason)


class DispatchedOut(Out):
    """A case on its way, and what to know of the unit: ``unit_without_user`` needs a telephone."""

    case: CaseRow
    warnings: list[DispatchWarning]

    @classmethod
    def of(cls, dispatched: Dispatched) -> "DispatchedOut":
        """Return it."""
        return cls(case=CaseRow.of(dispatched.report), warnings=dispatched.warnings)


PhotoIds = Annotated[list[UUID], Field(max_length=MOST_PHOTOS)]


class WordIn(In):
    """A handler's word with a move."""

    version: VersionInTheStreet = None
    text: Reason = ""

    def read(self) -> Word:
        """Return it."""
        return Word(self.version, self.text)


class ProofIn(WordIn):
    """A handler's word that something is done, with photos taken after."""

    photo_ids: PhotoIds

    def read(self) -> Word:
        """Return it."""
        return Word(self.version, self.text, self.photo_ids)


class HandledRow(Out):
    """A case as those who mend it see it. Of a confidential one, times are whole days."""

    id: UUID
    number: str
    category_id: str
    urgency: Urgency
    state: ReportState
    state_at: datetime
    outcome: Outcome | None
    lat: float | None = Field(description="in the type that was given; null where only an address is known")
    lon: float | None
    coord_type: str
    address: str
    area_code: str
    description: str = Field(description="phone and identity numbers are covered")
    answers: dict[str, Any]
    captured_at: datetime
    due_at: datetime | None
    is_due_provisional: bool
    next_due_at: datetime | None
    review_at: datetime | None
    made_safe_at: datetime | None
    resolved_at: datetime | None
    checked_at: datetime | None
    is_designated: bool
    return_count: int
    version: int

    @classmethod
    def of(cls, report: Report) -> "HandledRow":
        """Return what a handler sees of a case."""
        columns = {column.key: getattr(report, column.key) for column in report.__table__.columns}
        seen = {
            "number": number_of(report),
            "lat": None if lies_nowhere(report) else report.given_lat,
            "lon": None if lies_nowhere(report) else report.given_lon,
            "coord_type": report.given_coord_type.value,
            **covered_words(report),
            "captured_at": _rough(report, report.captured_at),
        }
        return cls.model_validate({**columns, **seen})


def _rough(report: Report, at: datetime) -> datetime:
    """Return an instant that tells nobody who stood there when, where the case is confidential."""
    return datetime.combine(local_day(at), time.min, SHANGHAI) if report.is_confidential else at


class HandledStepOut(StepOut):
    """One step of the timeline that handlers read: in which capacity, never who."""

    id: int

    @classmethod
    def of(cls, report: Report, step: ReportStep) -> "HandledStepOut":
        """Return a step of a case."""
        seen = cls.model_validate(step)
        return seen.model_copy(update={"at": _rough(report, step.at), "reason": masked(step.reason)})


class TaskOut(Out):
    """What one unit does for a case."""

    id: UUID
    report_id: UUID
    unit_id: UUID
    instruction: str
    state: TaskState
    due_at: datetime | None
    result: str
    changed_at: datetime
    version: int

    @classmethod
    def of(cls, task: ReportTask) -> "TaskOut":
        """Return it."""
        return cls.model_validate(task)


class NamedTaskOut(TaskOut):
    """A task, and what its unit is called: staff read who does what."""

    unit_name: str

    @classmethod
    def of_unit(cls, named: NamedTask) -> "NamedTaskOut":
        """Return it."""
        return cls(**TaskOut.of(named.task).model_dump(), unit_name=named.unit_name)


class TasksOut(Out):
    """The tasks of one case, oldest first."""

    items: list[NamedTaskOut]


class HandledPhotoOut(Out):
    """A photo of a case, covered where staff covered it; its addresses live for minutes."""

    id: UUID
    role: PhotoRole
    thumb: str | None
    large: str | None


async def photos_out(
    desk: PhotoDesk, found: Sequence[Picture], *, viewer: Viewer = Viewer.PUBLIC, now: datetime
) -> list[HandledPhotoOut]:
    """Return photos with the addresses of what a viewer, or everybody, may see of them."""
    shown = []
    for photo, role in ((each.photo, each.link.role) for each in found):
        if photo is not None:
            at = await photos.addresses(desk, photo, viewer=viewer, now=now)
            shown.append(HandledPhotoOut(id=photo.id, role=role, thumb=at.thumb, large=at.large))
    return shown


class HandledOut(Out):
    """A case for its handler, with its timeline, oldest first, and what can be done now."""

    case: HandledRow
    steps: list[HandledStepOut]
    photos: list[HandledPhotoOut]
    tasks: list[TaskOut]
    possible: list[Move]

    @classmethod
    async def of(cls, handled: HandledCase, desk: PhotoDesk, *, now: datetime) -> Self:
        """Return it."""
        return cls(**await _members(handled, desk, now))


async def _members(handled: HandledCase, desk: PhotoDesk, now: datetime) -> dict[str, Any]:
    viewer = Viewer.READS_PLATES if handled.reads_plates else Viewer.PUBLIC
    return {
        "case": HandledRow.of(handled.report),
        "steps": [HandledStepOut.of(handled.report, step) for step in handled.steps],
        "photos": await photos_out(desk, handled.photos, viewer=viewer, now=now),
        "tasks": [TaskOut.of(task) for task in handled.tasks],
        "possible": list(handled.possible),
    }


class ContractorCaseOut(HandledOut):
    """A case for the contractor who opened its link; photos are sent with ``photo_pass``."""

    label: str
    expires_at: datetime
    photo_pass: str = Field(description="goes into the header Photo-Pass of /v1/photos; lives for an hour")

    @classmethod
    async def by(
        cls, handled: HandledCase, link: ReportLink, desk: PhotoDesk, *, now: datetime
    ) -> "ContractorCaseOut":
        """Return it."""
        photo_pass = desk.signer.pass_of(link.id, ends_at=min(link.expires_at, now + PASS_LIVES))
        members = await _members(handled, desk, now)
        return cls(**members, label=link.label, expires_at=link.expires_at, photo_pass=photo_pass)


class LinkIn(In):
    """A contractor to let in."""

    label: Annotated[ShortText, Field(min_length=1, description="what the timeline calls the contractor")]


class LinkOut(Out):
    """A contractor's link."""

    id: UUID
    label: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class IssuedLinkOut(LinkOut):
    """A link just made; its address, secret included, is told once."""

    secret: str
    link: str


class LinksOut(Out):
    """The links to a case, newest first."""

    links: list[LinkOut]


class TaskIn(In):
    """What one more unit is to do."""

    unit_id: UUID
    instruction: Annotated[LongText, Field(min_length=1)]
    due_at: Instant | None = None

    def read(self) -> NewTask:
        """Return it."""
        due_at = None if self.due_at is None else self.due_at.astimezone(UTC)
        return NewTask(self.unit_id, self.instruction, due_at)


class TaskAgainIn(TaskIn):
    """A task for another unit, on the version that the clerk saw."""

    version: Version


class TaskVersionIn(In):
    """The version of a task that the clerk saw."""

    version: Version


class OwnTaskOut(Out):
    """A task for its unit, with the public facts of the case and its photos."""

    task: TaskOut
    case: HandledRow
    photos: list[HandledPhotoOut]


class TaskPage(PageOut):
    """One page of a unit's tasks."""

    items: list[TaskOut]


class HandledPage(PageOut):
    """One page of a unit's cases."""

    items: list[HandledRow]
