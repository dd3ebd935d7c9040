"""Stations as clients send and see them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool, model_validator

from app.api.schemas import AreaCodeText, Day, In, Instant, Out, PageOut, Position, ShortText, Text
from app.core.geo import CoordType
from app.core.outgoing import may_be_asked
from app.models import (
    Accessibility,
    Amenity,
    AmenityState,
    EntryRequirement,
    FlagKind,
    HolidayPolicy,
    MakeupPolicy,
    StationKind,
    StationStatus,
)
from app.services.stations import GoneReason
from app.services.stations.syntax import MAX_LENGTH

Name = Annotated[Text, Field(min_length=1, max_length=100)]
Code = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,64}$", description="the office's own stable key")]
Phone = Annotated[str, Field(pattern=r"^[0-9+\-() ]{0,30}$")]
Hours = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=MAX_LENGTH,
        description="OSM opening_hours without PH, e.g. `Mo-Fr 08:30-18:00; Sa 09:00-12:00` or `24/7`",
    ),
]
HoursOrNone = Annotated[Text, Field(max_length=MAX_LENGTH)]


def _public(url: str) -> str:
    """Refuse what a phone cannot load safely: plain http, and addresses inside somebody's own network."""
    if url and not may_be_asked(url, may_be_plain=False):
        raise ValueError("must be a public https address")
    return url


Url = Annotated[str, Field(pattern=r"^https://[\x21-\x7e]+$", max_length=500), AfterValidator(_public)]
PhotoUrl = Annotated[
    str,
    Field(
        pattern=r"^(https://[\x21-\x7e]+)?$",
        max_length=500,
        description="a public https address elsewhere; rather send the photo and name it by `photo_id`",
    ),
    AfterValidator(_public),
]
Seats = Annotated[int, Field(ge=0, le=10_000, strict=True)]
Radius = Annotated[int, Field(ge=20, le=2_000, strict=True, description="metres")]
Reason = Annotated[Text, Field(min_length=1, max_length=200)]


class OperatorIn(In):
    """One of the bodies that share the site, e.g. the union and the Party centre in one room."""

    name: Name
    kind: StationKind | None = None
    phone: Phone = ""


class StationIn(In):
    """A new station; the client may make its id, so that a retry makes no second one."""

    id: UUID | None = None
    code: Code | None = None
    name: Name
    kind: StationKind
    status: Literal[StationStatus.PLANNED, StationStatus.IN_SERVICE] = StationStatus.IN_SERVICE
    area_code: AreaCodeText
    address: ShortText
    position: Position
    opening_hours: Hours
    holiday_policy: HolidayPolicy | None = Field(
        default=None, description="by default closed, but `same` for a station that is open `24/7`"
    )
    holiday_hours: HoursOrNone = ""
    makeup_policy: MakeupPolicy = MakeupPolicy.AS_WEEKEND
    amenities: frozenset[Amenity] = frozenset()
    seats: Seats | None = None
    floor_text: ShortText = ""
    indoor_note: ShortText = ""
    entry_requirements: tuple[EntryRequirement, ...] = Field(default=(), max_length=10)
    accessibility: tuple[Accessibility, ...] = Field(default=(), max_length=10)
    operators: tuple[OperatorIn, ...] = Field(default=(), max_length=10)
    service_items: tuple[Name, ...] = Field(default=(), max_length=100)
    photo_urls: tuple[Url, ...] = Field(default=(), max_length=20)
    phone: Phone = ""
    geofence_m: Radius = 120
    confirm_far: StrictBool = Field(
        default=False, description="it really stands far from the rest of its division"
    )


class StationPatch(In):
    """Some of a station's fields; what is absent stays. ``version`` is the one the editor saw."""

    version: int = Field(ge=1, le=2**31, strict=True)
    code: Code | None = None
    name: Name | None = None
    kind: StationKind | None = None
    status: Literal[StationStatus.PLANNED, StationStatus.IN_SERVICE] | None = None
    area_code: AreaCodeText | None = None
    address: ShortText | None = None
    position: Position | None = None
    opening_hours: Hours | None = None
    holiday_policy: HolidayPolicy | None = None
    holiday_hours: HoursOrNone | None = None
    makeup_policy: MakeupPolicy | None = None
    amenities: frozenset[Amenity] | None = None
    seats: Seats | None = Field(default=None, description="null: the number of seats is not known")
    floor_text: ShortText | None = None
    indoor_note: ShortText | None = None
    entry_requirements: tuple[EntryRequirement, ...] | None = Field(default=None, max_length=10)
    accessibility: tuple[Accessibility, ...] | None = Field(default=None, max_length=10)
    operators: tuple[OperatorIn, ...] | None = Field(default=None, max_length=10)
    service_items: tuple[Name, ...] | None = Field(default=None, max_length=100)
    photo_urls: tuple[Url, ...] | None = Field(default=None, max_length=20)
    phone: Phone | None = None
    geofence_m: Radius | None = None
    confirm_far: StrictBool = Field(
        default=False,
        description="it really moves that far, or stands far from its division",
    )

    @model_validator(mode="before")
    @classmethod
    def _null_only_for_seats(cls, given: Any) -> Any:
        if isinstance(given, dict):
            for name, value in given.items():
                if value is None and name != "seats":
                    raise ValueError(f"{name} must not be null: leave it out to keep it")
        return given


class ClosureIn(In):
    """Closed from–to with a reason; from now on and until reopened when not said."""

    id: UUID | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    reason: Reason


class AmenityStateIn(In):
    """What became of a thing, and a photo of it, by the id that the phone made; its bytes may come later."""

    state: AmenityState
    note: ShortText = ""
    photo_url: PhotoUrl = ""
    photo_id: UUID | None = None


class ShelterIn(In):
    """Doors open in a disaster, whatever the hours, until an instant."""

    until: Instant
    seats: Seats | None = None
    reason: Reason


class ExceptionIn(In):
    """Other hours from one day to another, both included; empty hours mean closed."""

    id: UUID | None = None
    from_on: Day
    to_on: Day
    hours: HoursOrNone
    note: ShortText = ""


class MergeIn(In):
    """The station that takes this one's place."""

    into_id: UUID


class FlagIn(In):
    """What a rider found at the door. ``client_id`` is the app's own; only a keyed hash of it is kept."""

    kind: FlagKind
    client_id: UUID


class FlagCountOut(Out):
    """How often riders found one thing at the door in the last 24 hours; never who."""

    kind: FlagKind
    count: int
    last_at: datetime


class FlagsOut(Out):
    """What riders said of a station in the last 24 hours, the newest first."""

    flags: list[FlagCountOut]


class OpenOut(Out):
    """Whether it is open now, by the server's clock; ``is_open`` null: only a call can tell.

    ``provisional``: the official calendar of that time is not published yet.
    """

    is_open: bool | None
    closes_at: datetime | None
    opens_at: datetime | None
    provisional: bool


class AmenityOut(Out):
    """Something a station has, and whether it works."""

    amenity: Amenity
    state: AmenityState


class AmenityDetailOut(AmenityOut):
    """The same with what staff said of it, and when."""

    note: str
    photo_url: str
    photo_id: UUID | None
    state_at: datetime


class StationSharedOut(Out):
    """What a list and a page both say of a station."""

    id: UUID
    code: str
    name: str
    kind: StationKind
    status: StationStatus
    area_code: str
    address: str
    lat: float
    lon: float
    coord_type: CoordType
    floor_text: str
    indoor_note: str
    entry_requirements: list[str]
    accessibility: list[str]
    seats: int | None
    phone: str
    opening: OpenOut
    is_invented: bool
    version: int
    changed_at: datetime


class StationRowOut(StationSharedOut):
    """A station in a list."""

    amenities: list[AmenityOut]


class StationPageOut(PageOut):
    """A page of stations by name."""

    stations: list[StationRowOut]


class OperatorOut(Out):
    """One of the bodies that share the site."""

    name: str
    kind: StationKind | None
    phone: str


class ClosureOut(Out):
    """A closure in force or to come."""

    id: UUID
    starts_at: datetime
    ends_at: datetime | None
    reason: str


class ExceptionOut(Out):
    """Dated hours, in the order in which they were entered."""

    id: UUID
    from_on: date
    to_on: date
    hours: str
    note: str


class ShelterOut(Out):
    """The station as a shelter."""

    until: datetime
    seats: int | None
    reason: str


class ShownPhotoOut(Out):
    """A photo that everybody may see; of what is broken, if ``amenity`` says so. Addresses live minutes."""

    id: UUID
    amenity: Amenity | None
    thumb: str | None
    large: str | None


class GivenOut(Out):
    """The position as its editor wrote it."""

    lat: float
    lon: float
    coord_type: CoordType


class StationOut(StationSharedOut):
    """A station's page. ``hours`` has the policies and exceptions of the next 400 days written out."""

    amenities: list[AmenityDetailOut]
    opening_hours: str
    hours: str
    holiday_policy: HolidayPolicy
    holiday_hours: str
    makeup_policy: MakeupPolicy
    given_position: GivenOut
    operators: list[OperatorOut]
    service_items: list[str]
    photo_urls: list[str]
    photos: list[ShownPhotoOut]
    geofence_m: int
    closures: list[ClosureOut]
    exceptions: list[ExceptionOut]
    shelter: ShelterOut | None
    confirmed_on: date | None


class DirectoryRowOut(Out):
    """A station as the offline directory keeps it; open or not is for the phone to work out."""

    id: UUID
    name: str
    kind: StationKind
    status: StationStatus
    area_code: str
    address: str
    lat: float
    lon: float
    floor_text: str
    indoor_note: str
    entry_requirements: list[str]
    accessibility: list[str]
    amenities: dict[Amenity, AmenityState]
    seats: int | None
    phone: str
    hours: str
    closed: list[tuple[datetime, datetime | None]]
    is_invented: bool


class GoneOut(Out):
    """A station to forget, or to replace by another."""

    id: UUID
    reason: GoneReason
    moved_to_id: UUID | None


class ChangesOut(PageOut):
    """Changes since an instant: ask again with ``cursor`` until it is null, next time ``since=as_of``."""

    coord_type: CoordType
    stations: list[DirectoryRowOut]
    gone: list[GoneOut]
    as_of: datetime


class ConfirmedOut(Out):
    """When somebody last said that the data are right."""

    confirmed_on: date
    version: int
