"""What phones and organisers send about attendance, and what they are told."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool, WrapValidator

from app.api.offline import keep_going, readable
from app.api.schemas import In, Instant, Out, Position, Text
from app.models import EvidenceGrade, Provenance
from app.services import attendance, checkins
from app.services.attendance import Tap, TapKind
from app.services.attendance.anomalies import AnomalyKind
from app.services.offline import Unreadable

_Code = Annotated[Text, Field(max_length=300, description="what the organiser's or the station's code says")]
_Accuracy = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False, strict=True)]


class TapFixIn(Position):
    """Where the phone believes to be, and how sure it is (metres, 68 %); judged and forgotten."""

    accuracy_m: _Accuracy
    is_mock: StrictBool = Field(
        default=False, description="the system says that an app made this position up"
    )

    def read(self) -> checkins.Fix:
        """Return it as WGS-84; refuses latitude and longitude the wrong way round."""
        return checkins.read_fix(self.lat, self.lon, self.accuracy_m, self.coord_type, is_mock=self.is_mock)


class TapIn(In):
    """A tap at a shift; ``id`` is made by the phone, once a tap, and kept for every retry."""

    id: UUID
    kind: TapKind
    captured_at: Instant
    captured_offline: StrictBool = False
    code: _Code | None = None
    fix: TapFixIn | None = None

    def read(self, shift_id: UUID) -> Tap:
        """Return the tap."""
        fix = None if self.fix is None else self.fix.read()
        at = self.captured_at.astimezone(UTC)
        return Tap(self.id, shift_id, self.kind, at, self.captured_offline, self.code, fix)


class QueuedTap(TapIn):
    """A tap out of the queue."""

    shift_id: UUID
    captured_offline: StrictBool = True


class QueueIn(In):
    """The phone's queue, in any order; it is worked off in the order of ``captured_at``."""

    taps: Annotated[
        list[Annotated[QueuedTap, WrapValidator(keep_going)]],
        Field(min_length=1, max_length=attendance.MOST_TAPS),
    ]

    def read(self) -> list[Tap | Unreadable]:
        """Return the taps; those that cannot be meant keep their places."""
        return [readable(each, lambda tap: tap.read(tap.shift_id)) for each in self.taps]


class AttendanceOut(Out):
    """An attendance; ``minutes`` once it is over: none when it was too short a part of the shift."""

    sign_up_id: UUID
    shift_id: UUID
    in_at: datetime
    out_at: datetime | None
    minutes: int | None


class TapOutcome(Out):
    """What became of one queued tap."""

    id: UUID | None
    status: int
    code: str | None
    detail: str | None
    attendance: AttendanceOut | None


class QueueOut(Out):
    """What became of each tap, in the order in which they came."""

    outcomes: list[TapOutcome]


class OwnAttendanceOut(AttendanceOut):
    """One's own attendance, and at what."""

    title: str


class OwnAttendancesOut(Out):
    """One's last hundred attendances, the newest first."""

    attendances: list[OwnAttendanceOut]


class ShownOut(Out):
    """What the organiser's phone shows, and for how many seconds: ``svg`` is the link as a QR code.

    The link opens the volunteers' page; ``path`` is the code that a tap sends.
    """

    path: str
    link: str
    svg: str
    changes_in_s: float


class PresentOut(Out):
    """Somebody who has a place in a shift: whether they are there, and by which evidence."""

    sign_up_id: UUID
    name: str
    in_at: datetime | None
    in_provenance: Provenance | None
    in_grade: EvidenceGrade | None
    out_at: datetime | None
    out_provenance: Provenance | None
    minutes: int | None


class PresentsOut(Out):
    """Everybody who has a place in a shift, by name."""

    people: list[PresentOut]


class ListedIn(In):
    """Somebody without a phone, as the organiser saw them come and go; ``id`` is made by the client."""

    id: UUID
    sign_up_id: UUID
    in_at: Instant
    out_at: Instant

    def read(self) -> attendance.Listed:
        """Return it."""
        return attendance.Listed(
            self.id, self.sign_up_id, self.in_at.astimezone(UTC), self.out_at.astimezone(UTC)
        )


class ListIn(In):
    """The organiser's list."""

    people: Annotated[list[ListedIn], Field(min_length=1, max_length=200)]


class AnomalyOut(Out):
    """Something odd at a shift or in a book: what, how many people it is about, and by how much."""

    kind: AnomalyKind
    shift_id: UUID | None
    book_id: UUID | None
    people: int
    detail: str


class AnomaliesOut(Out):
    """What a human should look at; nothing follows from it by itself."""

    since: date
    until: date
    anomalies: list[AnomalyOut]
