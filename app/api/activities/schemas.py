"""What organisers write of activities, and what volunteers see of them."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictBool, model_validator

from app.api.people import Version
from app.api.schemas import AreaCodeText, Day, In, Instant, LongText, Out, PageOut, Position, ShortText, Text
from app.models import (
    ActivityKind,
    ActivityShift,
    ActivityState,
    PlaceKind,
    ShiftRole,
    SignUp,
    SignUpMode,
    SignUpState,
    VolunteerActivity,
    VolunteerPolicy,
)
from app.services.activities import (
    ActivityDraft,
    Insurance,
    PlaceDraft,
    RoleDraft,
    ShiftDraft,
)

_Title = Annotated[Text, Field(min_length=1, max_length=100)]
_Word = Annotated[Text, Field(min_length=1, max_length=60)]
Reason = Annotated[ShortText, Field(min_length=1)]
MOST_SHIFTS = 50


class RoleIn(In):
    """What somebody does, how many can, who may; ``qualification`` names a certificate to be shown."""

    name: _Word
    places: Annotated[int, Field(ge=1, le=2000, strict=True)]
    adults_only: StrictBool = False
    qualification: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")] | None = None
    needs_insurance: StrictBool = False

    def draft(self) -> RoleDraft:
        """Return it as the service takes it."""
        return RoleDraft(**self.model_dump())


class ShiftIn(In):
    """One time of an activity with its roles."""

    starts_at: Instant
    ends_at: Instant
    break_minutes: Annotated[int, Field(ge=0, le=600, strict=True)] = 0
    roles: Annotated[list[RoleIn], Field(min_length=1, max_length=20)]

    def draft(self) -> ShiftDraft:
        """Return it as the service takes it."""
        roles = [role.draft() for role in self.roles]
        return ShiftDraft(self.starts_at, self.ends_at, roles, self.break_minutes)


class PlaceIn(In):
    """Where it is: a station, an area, a point with its declared datum, or online."""

    kind: PlaceKind
    text: ShortText = ""
    station_id: UUID | None = None
    position: Position | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "PlaceIn":
        if (self.kind is PlaceKind.STATION) != (self.station_id is not None):
            raise ValueError("a station has its id, nothing else has one")
        if self.kind is PlaceKind.POINT and self.position is None:
            raise ValueError("a point has a position")
        return self

    def draft(self) -> PlaceDraft:
        """Return it as the service takes it.

        Raises:
            PositionSwapped, PositionForeign: see there.
        """
        if self.position is None:
            return PlaceDraft(self.kind, self.text, self.station_id)
        given = (self.position.lat, self.position.lon, self.position.coord_type)
        return PlaceDraft(self.kind, self.text, self.station_id, self.position.in_china(), given)


class InsuranceIn(In):
    """The accident insurance that was bought, both days included (志愿服务条例 art. 17)."""

    insurer: _Word
    policy_number: _Word
    insured_from: Day
    insured_to: Day

    @model_validator(mode="after")
    def _in_order(self) -> "InsuranceIn":
        if self.insured_to < self.insured_from:
            raise ValueError("insured_to before insured_from")
        return self


class DescribedIn(In):
    """What is said of an activity for as long as it goes on."""

    area_code: AreaCodeText | None = Field(default=None, description="the team's own when left out")
    title: _Title
    content: LongText = ""
    service_objects: ShortText = ""
    risks: LongText = ""
    place: PlaceIn
    insurance: InsuranceIn | None = None
    withdraw_minutes: Annotated[int, Field(ge=0, le=7 * 1440, strict=True)] = 180

    def described(self) -> dict[str, Any]:
        """Return it as the services take it.

        Raises:
            PositionSwapped, PositionForeign: see there.
        """
        plain = ("area_code", "title", "content", "service_objects", "risks", "withdraw_minutes")
        return {
            **{name: getattr(self, name) for name in plain},
            "place": self.place.draft(),
            "insurance": None if self.insurance is None else Insurance(**self.insurance.model_dump()),
        }


class ActivityFields(DescribedIn):
    """An activity as its organiser describes it; with ``rrule`` (RFC 5545) its one shift recurs."""

    team_id: UUID
    kind: ActivityKind
    mode: SignUpMode = SignUpMode.FIRST_COME
    is_dangerous: StrictBool = False
    rrule: Annotated[Text, Field(max_length=200)] | None = None
    least_presence_percent: Annotated[int, Field(ge=0, le=100, strict=True)] = 60
    shifts: Annotated[list[ShiftIn], Field(min_length=1, max_length=MOST_SHIFTS)]

    def draft(self) -> ActivityDraft:
        """Return it as the service takes it."""
        plain = ("team_id", "kind", "mode", "is_dangerous", "rrule", "least_presence_percent")
        return ActivityDraft(
            **self.described(),
            **{name: getattr(self, name) for name in plain},
            shifts=[shift.draft() for shift in self.shifts],
        )


class ActivityIn(ActivityFields):
    """A new activity; ``id`` is made by the client and kept for every retry."""

    id: UUID


class ActivityEdit(ActivityFields):
    """A draft as it is to be, and the version that was before the editor's eyes."""

    version: Version


class VersionIn(In):
    """The version that was before the editor's eyes."""

    version: Version


class DecideActivityIn(In):
    """Whether what was laid before the area's staff is published; a refusal says why."""

    version: Version
    approves: StrictBool
    reason: ShortText = ""


class CancelActivityIn(In):
    """Why an activity is called off; who had signed up is told."""

    version: Version
    reason: Reason


class ReasonIn(In):
    """Why; whom it concerns is told."""

    reason: Reason


class ActivityOut(Out):
    """An activity, without its shifts. Positions are WGS-84."""

    id: UUID
    team_id: UUID
    area_code: str
    kind: ActivityKind
    title: str
    content: str
    service_objects: str
    risks: str
    place_kind: PlaceKind
    place_text: str
    station_id: UUID | None
    lat: float | None
    lon: float | None
    mode: SignUpMode
    is_dangerous: bool
    insurer: str | None
    insured_from: date | None
    insured_to: date | None
    is_on_the_way: bool
    rrule: str | None
    withdraw_minutes: int
    least_presence_percent: int
    state: ActivityState
    reason: str
    version: int

    @classmethod
    def of(cls, activity: VolunteerActivity) -> "ActivityOut":
        """Return it."""
        return cls.model_validate(activity)


class ActivityPage(PageOut):
    """A page of activities."""

    items: list[ActivityOut]


class RoleOut(Out):
    """A role of a shift: how many places are free, how many wait."""

    id: UUID
    name: str
    places: int
    free: int
    waiting: int
    adults_only: bool
    qualification: str | None
    needs_insurance: bool

    @classmethod
    def of(cls, role: ShiftRole, waiting: int) -> "RoleOut":
        """Return it."""
        return cls(
            id=role.id,
            name=role.name,
            places=role.places,
            free=role.places - role.taken,
            waiting=waiting,
            adults_only=role.adults_only,
            qualification=role.qualification,
            needs_insurance=role.needs_insurance,
        )


class CoverOut(Out):
    """A place for which somebody looks for cover; never whose."""

    sign_up_id: UUID
    role_id: UUID


class ShiftOut(Out):
    """One time of an activity."""

    id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    break_minutes: int
    cancelled_at: AwareDatetime | None
    cancel_reason: str
    roles: list[RoleOut]
    covers: list[CoverOut]


class ActivityDetailOut(ActivityOut):
    """An activity with its shifts."""

    shifts: list[ShiftOut]


class ComingOut(Out):
    """A shift that has yet to begin, what it is about, and what each of its roles asks for."""

    shift_id: UUID
    activity_id: UUID
    title: str
    kind: ActivityKind
    mode: SignUpMode
    area_code: str
    place_kind: PlaceKind
    place_text: str
    station_id: UUID | None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    free: int
    roles: list[RoleOut]

    @classmethod
    def of(cls, shift: ActivityShift, activity: VolunteerActivity, roles: list[RoleOut]) -> "ComingOut":
        """Return it."""
        return cls(
            shift_id=shift.id,
            activity_id=activity.id,
            title=activity.title,
            kind=activity.kind,
            mode=activity.mode,
            area_code=activity.area_code,
            place_kind=activity.place_kind,
            place_text=activity.place_text,
            station_id=activity.station_id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            free=sum(role.free for role in roles),
            roles=roles,
        )


class RunShiftOut(ComingOut):
    """A shift that one runs, in whatever state its activity is."""

    state: ActivityState
    cancelled_at: AwareDatetime | None

    @classmethod
    def of(cls, shift: ActivityShift, activity: VolunteerActivity, roles: list[RoleOut]) -> "RunShiftOut":
        """Return it."""
        coming = ComingOut.of(shift, activity, roles).model_dump()
        return cls(**coming, state=activity.state, cancelled_at=shift.cancelled_at)


class RunShiftPage(PageOut):
    """A page of shifts that one runs."""

    items: list[RunShiftOut]


class ComingPage(PageOut):
    """A page of shifts, the soonest first."""

    items: list[ComingOut]


class SignUpOut(Out):
    """One's own sign-up; an offered place is to be confirmed before ``offer_ends_at``."""

    id: UUID
    activity_id: UUID
    shift_id: UUID
    role_id: UUID
    state: SignUpState
    signed_up_at: AwareDatetime
    offer_ends_at: AwareDatetime | None
    cover_asked_at: AwareDatetime | None
    free_to_leave_since: AwareDatetime | None = Field(
        description="what was agreed was changed: withdrawal is free until the shift begins"
    )
    reason: str

    @classmethod
    def of(cls, row: SignUp) -> "SignUpOut":
        """Return it."""
        return cls.model_validate(row)


class PolicyIn(In):
    """What an area wants of activities; ``version`` is 0 where it said nothing yet."""

    version: Annotated[int, Field(ge=0, le=2**31, strict=True)]
    needs_approval: StrictBool
    most_shifts_a_week: Annotated[int, Field(ge=1, le=50, strict=True)] | None = None


class PolicyOut(Out):
    """What an area itself says; ``version`` 0: nothing."""

    version: int
    needs_approval: bool
    most_shifts_a_week: int | None

    @classmethod
    def of(cls, policy: VolunteerPolicy | None) -> "PolicyOut":
        """Return it."""
        if policy is None:
            return cls(version=0, needs_approval=False, most_shifts_a_week=None)
        return cls.model_validate(policy)


class QualificationIn(In):
    """A certificate that a member showed, and until when it is good; the paper itself is not kept."""

    member_id: UUID
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    valid_to: Day
