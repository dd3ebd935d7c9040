"""What phones and the managers' counter send, and what they are told."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool, WrapValidator

from app.api.offline import keep_going, readable
from app.api.schemas import In, Instant, Out, PageOut, Position, Text
from app.core.errors import InvalidInput
from app.models import CorrectionKind, EndReason, EvidenceGrade
from app.services import checkins
from app.services.offline import Unreadable
from app.services.stations.occupancy_level import Level

_LARGEST_DELTA = 100

_CodeText = Annotated[Text, Field(max_length=300, description="what the station's QR code says")]
_Accuracy = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False, strict=True)]


class FixIn(Position):
    """Where the phone believes to be, and how sure it is (metres, 68 %)."""

    accuracy_m: _Accuracy
    is_mock: StrictBool = Field(
        default=False, description="the system says that an app made this position up"
    )

    def read(self) -> checkins.Fix:
        """Return it as WGS-84; refuses latitude and longitude the wrong way round."""
        return checkins.read_fix(self.lat, self.lon, self.accuracy_m, self.coord_type, is_mock=self.is_mock)


class CheckInIn(In):
    """A tap at a station; ``id`` is made by the phone, once a tap, and kept for every retry."""

    id: UUID
    captured_at: Instant
    captured_offline: StrictBool = False
    fix: FixIn | None = None
    code: _CodeText | None = None

    def read(self, station_id: UUID) -> checkins.CheckIn:
        """Return the tap."""
        fix = None if self.fix is None else self.fix.read()
        return checkins.CheckIn(self.id, station_id, self.captured_at, self.captured_offline, fix, self.code)


class EndIn(In):
    """A tap that ends a visit."""

    captured_at: Instant


class VisitFixIn(In):
    """Where the phone was during a visit; judged against the fence, not kept."""

    captured_at: Instant
    fix: FixIn


class SyncCheckIn(CheckInIn):
    """A check-in out of the queue."""

    kind: Literal["check_in"]
    station_id: UUID
    captured_offline: StrictBool = True

    def record(self) -> checkins.Record:
        """Return the record."""
        return self.read(self.station_id)


class SyncCheckOut(In):
    """A check-out out of the queue."""

    kind: Literal["check_out"]
    id: UUID
    visit_id: UUID
    captured_at: Instant

    def record(self) -> checkins.Record:
        """Return the record."""
        return checkins.CheckOut(self.id, self.visit_id, self.captured_at)


class SyncFix(In):
    """A position out of the queue."""

    kind: Literal["fix"]
    id: UUID
    visit_id: UUID
    captured_at: Instant
    fix: FixIn

    def record(self) -> checkins.Record:
        """Return the record."""
        return checkins.FixReport(self.id, self.visit_id, self.captured_at, self.fix.read())


SyncRecord = Annotated[SyncCheckIn | SyncCheckOut | SyncFix, Field(discriminator="kind")]


class SyncIn(In):
    """The phone's queue, in any order; it is worked off in the order of ``captured_at``."""

    records: Annotated[
        list[Annotated[SyncRecord, WrapValidator(keep_going)]], Field(min_length=1, max_length=100)
    ]

    def read(self) -> list[checkins.Record | Unreadable]:
        """Return the records; those that cannot be meant keep their places."""
        return [readable(each, lambda record: record.record()) for each in self.records]


class VisitOut(Out):
    """A visit: when it was tapped, when the server learned of it, and when it ends."""

    id: UUID
    station_id: UUID
    grade: EvidenceGrade
    captured_at: datetime
    received_at: datetime
    captured_offline: bool
    due_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None


class CheckInOut(VisitOut):
    """The visit, and whether this very tap had been answered before."""

    replayed: bool


class VisitPage(PageOut):
    """The caller's visits, newest first."""

    items: list[VisitOut]


class SyncOutcome(Out):
    """What became of one record: 200 with the visit, or a refusal for the app to show."""

    id: UUID | None
    status: int
    code: str | None
    detail: str | None
    visit: VisitOut | None


class SyncOut(Out):
    """One outcome a record, in the order in which they were sent."""

    outcomes: list[SyncOutcome]


class TapIn(In):
    """A manager's tap: a difference (``delta``), or how many heads there are (``headcount``)."""

    id: UUID
    kind: CorrectionKind
    value: Annotated[int, Field(ge=-_LARGEST_DELTA, le=10_000, strict=True)]
    captured_at: Instant

    def read(self) -> checkins.Tap:
        """Return the tap.

        Raises:
            InvalidInput: a difference beyond a hundred, or a negative headcount.
        """
        if self.kind is CorrectionKind.DELTA and self.value > _LARGEST_DELTA:
            raise InvalidInput(hint="a delta lies between -100 and 100")
        if self.kind is CorrectionKind.HEADCOUNT and self.value < 0:
            raise InvalidInput(hint="a headcount is not negative")
        return checkins.Tap(self.id, self.kind, self.value, self.captured_at)


class TapsIn(In):
    """Taps that were made offline, of one station."""

    corrections: Annotated[list[TapIn], Field(min_length=1, max_length=100)]


class OccupancyOut(Out):
    """The counter as a station's keepers see it: numbers, never who."""

    station_id: UUID
    inside: int
    level: Level
    open_visits: int
    correction: int
    seats: int | None
    observed_at: datetime | None
    headcount_at: datetime | None
    headcount_by: str | None
    taps_since_headcount: int


class TapOutcome(Out):
    """Whether a tap stands."""

    id: UUID
    status: int
    code: str | None
    detail: str | None


class TapsOut(Out):
    """One outcome a tap, and the counter after all of them."""

    outcomes: list[TapOutcome]
    occupancy: OccupancyOut


class QuarterOut(Out):
    """A quarter of an hour: how many were inside at its end, and at most."""

    starts_at: datetime
    occupancy: int
    peak: int
    was_open: bool


class HistoryOut(PageOut):
    """Quarter hours, oldest first; one that is missing had nobody inside."""

    items: list[QuarterOut]
