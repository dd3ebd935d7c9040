"""What clients say of weather alerts and are told."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.api.schemas import AreaCodeText, In, Instant, LongText, Out, ShortText
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


class WatchList(Out):
    """The areas of whose alerts the caller asked to be told."""

    area_codes: list[str]
