"""What phones send about hazards, and what riders and clerks are told."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StrictBool

from app.api.schemas import (
    AreaCodeText,
    In,
    Instant,
    LongText,
    Out,
    PageOut,
    PhoneOut,
    Position,
    ShortText,
    Text,
)
from app.models import (
    Move,
    Outcome,
    PhotoRole,
    PhotoState,
    PlacedBy,
    Report,
    ReportState,
    ReportStep,
    StepActor,
    Urgency,
)
from app.services import reports
from app.services.duty.seen import DutyState, Seen
from app.services.reports import numbers
from app.services.reports.acts import Act
from app.services.reports.masking import covered_words, masked
from app.services.reports.own import OwnReport
from app.services.reports.triage import Case

_Accuracy = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False, strict=True)]
PhotoIds = Annotated[list[UUID], Field(max_length=reports.MOST_PHOTOS)]
CategoryId = Annotated[Text, Field(max_length=60, pattern=r"^[a-z0-9_]+$")]
_Answer = Annotated[Text, Field(max_length=500)] | bool | int | float | list[ShortText]
Reason = Annotated[LongText, Field(description="the reporter can read it")]
Version = Annotated[int, Field(ge=1, le=2**31, strict=True)]
# What is said from the street is a fact there, whatever the desk wrote meanwhile: the case's state judges it.
VersionInTheStreet = Annotated[
    Version | None, Field(description="may be left out by who is on the spot: the case's state decides")
]
# A rule that one area has once: its first words are a new one, later ones change what somebody read.
VersionOfOne = Annotated[Version | None, Field(description="left out where there is none yet")]


class PinIn(Position):
    """A position and how sure the phone is of it (metres, 68 %)."""

    accuracy_m: _Accuracy | None = None

    def read(self) -> reports.GivenPosition:
        """Return it with its WGS-84 point; refuses what is swapped or not in China."""
        return reports.GivenPosition(self.in_china(), self.lat, self.lon, self.coord_type, self.accuracy_m)


class DeviceIn(PinIn):
    """Where the device itself believed to be."""

    is_mock: StrictBool = Field(
        default=False, description="the system says that an app made this position up"
    )


class ReportIn(In):
    """A hazard as the phone recorded it; ``id`` is made by the phone, once, and kept for every retry."""

    id: UUID
    category_id: CategoryId = Field(
        description="an id of /v1/categories; `unknown` when the rider cannot tell"
    )
    position: PinIn
    is_pin_moved: StrictBool = Field(default=False, description="the rider moved the pin by hand")
    device: DeviceIn | None = Field(default=None, description="the device's own fix, when the pin was moved")
    address: ShortText = ""
    area_code: AreaCodeText | None = Field(
        default=None, description="which area it is, where the server knows no grid"
    )
    description: LongText = ""
    answers: dict[ShortText, _Answer] = Field(default_factory=dict, max_length=20)
    captured_at: Instant
    captured_offline: StrictBool = False
    photo_ids: PhotoIds = Field(default=[], description="photos of the hazard; they may come later")

    def read(self) -> reports.NewReport:
        """Return the report; refuses positions that cannot be meant."""
        return reports.NewReport(
            id=self.id,
            category_id=self.category_id,
            position=self.position.read(),
            is_pin_moved=self.is_pin_moved,
            captured_at=self.captured_at.astimezone(UTC),
            captured_offline=self.captured_offline,
            description=self.description,
            address=self.address,
            answers=self.answers,
            area_code=self.area_code,
            device=None if self.device is None else self.device.read(),
            is_mock=self.device is not None and self.device.is_mock,
            photo_ids=tuple(self.photo_ids),
        )


class ReportOut(Out):
    """A report as a rider sees it: its number, where it stands and by when something happens."""

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
    placed_by: PlacedBy
    description: str
    captured_at: datetime
    submitted_at: datetime
    due_at: datetime | None
    is_due_provisional: bool
    made_safe_at: datetime | None

    @classmethod
    def of(cls, report: Report) -> "ReportOut":
        """Return what a rider sees of a report; when others acted on a confidential one is a day."""
        rounded = {"state_at": report.state_at, "made_safe_at": report.made_safe_at, "due_at": report.due_at}
        return cls.model_validate(_members(report) | (_days(rounded) if report.is_confidential else {}))

    @classmethod
    def seen(cls, report: Report, *, is_reporter: bool) -> "ReportOut":
        """Return it as its reporter wrote it; to others numbers of people in the text are covered."""
        shown = cls.of(report)
        if is_reporter:
            return shown
        covered = {"description": masked(report.description), "address": masked(report.address)}
        return shown.model_copy(update=covered)


class DutyOut(Out):
    """Who has seen an emergency: the duty desk, nobody yet, or, honestly, there is nobody; names nobody.

    ``phones`` are whom to call oneself, whatever it says: this is no emergency line.
    """

    state: DutyState
    seen_at: datetime | None
    phones: list[PhoneOut]


class SubmittedOut(ReportOut):
    """A report that was taken in; ``phones`` are whom to call now, when it is an emergency."""

    phones: list[PhoneOut]
    duty: DutyOut | None

    @classmethod
    def taken(cls, submitted: reports.Submitted, duty: Seen | None) -> "SubmittedOut":
        """Return it."""
        said = None if duty is None else DutyOut.model_validate(duty)
        members = _members(submitted.report)
        phones = submitted.phones if duty is None else duty.phones
        return cls.model_validate({**members, "phones": phones, "duty": said})


class WithdrawIn(In):
    """Why a rider takes a report back; they need not say."""

    reason: LongText = ""


def number_of(report: Report) -> str:
    """Return a report's number as people say it."""
    return numbers.write(report.number)


def _days(instants: dict[str, datetime | None]) -> dict[str, datetime | None]:
    return {name: None if at is None else reports.outside(at) for name, at in instants.items()}


def _members(report: Report) -> dict[str, Any]:
    columns = {column.key: getattr(report, column.key) for column in report.__table__.columns}
    lat, lon = (None, None) if reports.lies_nowhere(report) else (report.given_lat, report.given_lon)
    given = {"lat": lat, "lon": lon, "coord_type": report.given_coord_type.value}
    return {**columns, **given, "number": number_of(report)}


class StepOut(Out):
    """One step of a report's public timeline: in which capacity, never who."""

    at: datetime
    move: Move
    from_state: ReportState | None
    to_state: ReportState
    actor: StepActor
    reason: str

    @classmethod
    def told(cls, step: ReportStep, *, is_reporter: bool) -> "StepOut":
        """Return it; what the reporter wrote with it nobody else reads, as on the public map."""
        shown = cls.model_validate(step)
        if is_reporter:
            return shown
        return shown.model_copy(
            update={"reason": "" if step.actor is StepActor.REPORTER else masked(step.reason)}
        )


class SatisfactionOut(Out):
    """What the reporter was asked, once, and answered; silence is not satisfied."""

    asked_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    is_satisfied: bool | None
    text: str


class ParentOut(Out):
    """The case that a report was merged into: what becomes of it becomes of the report."""

    number: str
    state: ReportState
    state_at: datetime
    outcome: Outcome | None
    due_at: datetime | None
    made_safe_at: datetime | None
    steps: list[StepOut]

    @classmethod
    def of(cls, own: OwnReport) -> "ParentOut | None":
        """Return it, if there is one."""
        if own.parent is None:
            return None
        steps = [StepOut.told(step, is_reporter=False) for step in own.parent_steps]
        return cls.model_validate({**_members(own.parent), "steps": steps})


class CasePhotoOut(Out):
    """A photo of a report; the addresses live for minutes, and are there once the copies are made."""

    id: UUID
    role: PhotoRole
    state: PhotoState | None = Field(description="null while nothing of it has arrived")
    is_public: bool
    thumb: str | None
    large: str | None


class OwnReportOut(Out):
    """A report that the caller sent or follows, with its timeline, oldest first."""

    report: ReportOut
    is_reporter: bool
    followers: int = Field(description="how many riders reported it or saw the same")
    steps: list[StepOut]
    parent: ParentOut | None
    satisfaction: SatisfactionOut | None
    possible: list[Move]
    photos: list[CasePhotoOut]
    duty: DutyOut | None = Field(description="of an emergency: who has seen it")

    @classmethod
    def of(cls, own: OwnReport, photos: list[CasePhotoOut], duty: Seen | None) -> "OwnReportOut":
        """Return it."""
        steps = [StepOut.told(step, is_reporter=own.is_reporter) for step in own.steps]
        if own.report.is_confidential:
            steps = [step.model_copy(update={"at": reports.outside(step.at)}) for step in steps]
        asked = own.satisfaction
        return cls(
            report=ReportOut.seen(own.report, is_reporter=own.is_reporter),
            is_reporter=own.is_reporter,
            followers=own.followers,
            steps=steps,
            photos=photos,
            duty=None if duty is None else DutyOut.model_validate(duty),
            parent=ParentOut.of(own),
            satisfaction=None if asked is None else SatisfactionOut.model_validate(asked),
            possible=list(own.possible),
        )


class OwnReportRow(Out):
    """A row of the caller's own list."""

    report: ReportOut
    is_reporter: bool


class OwnReportPage(PageOut):
    """One page of the caller's own reports."""

    items: list[OwnReportRow]


class DecisionIn(In):
    """A decision on a case, and on which version of it."""

    version: Version = Field(description="the version the decision was made on")
    reason: Reason = ""

    def read(self) -> reports.Decision:
        """Return the decision."""
        return reports.Decision(self.version, self.reason)


class CaseStepOut(StepOut):
    """One step as staff see it; the reporter's own steps name nobody."""

    id: int
    actor_name: str
    details: dict[str, Any]

    @classmethod
    def seen(cls, step: ReportStep) -> "CaseStepOut":
        """Return it with numbers of people covered, whoever wrote them."""
        shown = cls.model_validate(step)
        return shown.model_copy(update={"reason": masked(step.reason)})


class CaseRow(ReportOut):
    """A case as those who work on it see it; nothing in it says who reported.

    Phone and identity numbers that the reporter wrote are covered: ``…/words`` uncovers them for a reason.
    """

    answers: dict[str, Any]
    is_confidential: bool
    is_escalated: bool
    is_trust_low: bool
    flags: list[str]
    accuracy_m: float | None
    is_pin_moved: bool
    captured_offline: bool
    grid_id: UUID | None
    grid_ids: list[UUID] = Field(description="of every scheme that has one there")
    neighbour_codes: list[str] = Field(description="who lies across the street and may read")
    acceptance_due_at: datetime | None
    original_due_at: datetime | None
    next_due_at: datetime | None
    review_at: datetime | None
    resolved_at: datetime | None
    checked_at: datetime | None
    closed_at: datetime | None
    proposed_unit_id: UUID | None
    proposal: dict[str, Any] | None
    unit_id: UUID | None
    is_designated: bool
    assigned_to: UUID | None
    parent_id: UUID | None
    return_count: int
    reopened_count: int
    public_at: datetime | None
    public_text: str | None = Field(description="what the public reads in the place of the description")
    version: int

    @classmethod
    def of(cls, report: Report) -> "CaseRow":
        """Return what staff see of a case."""
        return cls.model_validate(_members(report) | covered_words(report))


class PointOut(Out):
    """Where something is, in WGS-84 degrees."""

    lat: float
    lon: float


class CaseOut(Out):
    """A case with its timeline, oldest first, and what the caller can do with it now."""

    case: CaseRow
    point: PointOut | None = Field(description="to draw on a map; null where only an address is known")
    steps: list[CaseStepOut]
    possible: list[Move] = Field(description="moves of the case")
    acts: list[Act] = Field(description="what else the caller may try: it is judged when it is sent")

    @classmethod
    def of(cls, case: Case, acts: list[Act]) -> "CaseOut":
        """Return it."""
        report = case.report
        return cls(
            case=CaseRow.of(report),
            point=None if reports.lies_nowhere(report) else PointOut(lat=report.lat, lon=report.lon),
            steps=[CaseStepOut.seen(step) for step in case.steps],
            possible=list(case.possible),
            acts=acts,
        )
