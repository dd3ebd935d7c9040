"""What clients say of weather alerts and are told."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.api.schemas import AreaCodeText, In, Instant, LongText, Out, PageOut, ShortText
from app.core.geo import CoordType
from app.core.weather import AlertColour, WeatherKind


class AlertIn(In):
    """An alert as the weather bureau issued it; ``replaces_id`` ends an earlier one with it."""

    id: UUID
    kind: WeatherKind
    colour: AlertColour
    area_code: AreaCodeText
    starts_at: Instant
    ends_at: Instant
    source: Annotated[ShortText, Field(min_length=1, description="who issued it, such as 兰州市气象台")]
    text: LongText = ""
    replaces_id: UUID | None = None


class AlertOut(Out):
    """One alert for one division."""

    id: UUID
    kind: WeatherKind
    colour: AlertColour
    area_code: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    ended_at: AwareDatetime | None = Field(description="when it was cancelled or replaced before its time")
    source: str
    text: str
    issued_at: AwareDatetime


class AlertList(Out):
    """Alerts, those that end first in front."""

    items: list[AlertOut]


class HereIn(In):
    """Where the reader of an alert is."""

    lat: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    coord_type: CoordType


class OpenStationOut(Out):
    """A station that is open now."""

    id: UUID
    name: str
    distance_m: int = Field(description="in a straight line (直线)")
    closes_at: AwareDatetime | None = Field(description="null: it never closes, or nobody knows when")


class ShelterOut(Out):
    """An alert, and where somebody who reads it finds an open door."""

    alert: AlertOut
    stations: list[OpenStationOut] = Field(description="the three nearest that are open now")


class FeedIn(In):
    """A bureau's system that is to post alerts: whose it is, and of which area."""

    name: Annotated[ShortText, Field(min_length=1)]
    area_code: AreaCodeText


class FeedOut(Out):
    """A system that posts alerts, without the key that its address ends in."""

    id: UUID
    name: str
    area_code: str
    opened_at: AwareDatetime
    heard_at: AwareDatetime | None = Field(description="when it last posted something that was taken")
    closed_at: AwareDatetime | None


class FeedList(PageOut):
    """A page of the systems that post alerts of the caller's areas."""

    items: list[FeedOut]


class NewFeedOut(Out):
    """A system that was just let in; ``path`` is where it posts, and is not told again."""

    feed: FeedOut
    path: str


class WatchList(Out):
    """The areas of whose alerts the caller asked to be told."""

    area_codes: list[str]
