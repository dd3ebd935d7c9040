"""Types that every request and answer shares; strict, so that nothing is guessed from a wrong type."""

from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from app.core.errors import PositionSwapped
from app.core.geo import CoordType, Point, looks_swapped, read_in_china

T = TypeVar("T")


def _storable(text: str) -> str:
    """Refuse what is no text anywhere else: NUL, and halves of characters, which JSON lets through."""
    if "\0" in text:
        raise ValueError("must not contain NUL")
    if not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
        raise ValueError("must not contain half a character")
    return text


def _written_out(given: Any) -> Any:
    """Refuse a number where an instant or a day is asked for: of seconds or milliseconds would be a guess."""
    if isinstance(given, date) or (isinstance(given, str) and given[4:5] == "-"):
        return given
    raise ValueError("must be written out, like 2026-11-23T08:30:00+08:00 or 2026-11-23")


def _in_range(at: datetime) -> datetime:
    # PostgreSQL and JSON clients disagree outside these years; no phone means them.
    if not 2000 <= at.year <= 2100:  # noqa: PLR2004 - years
        raise ValueError("year must be 2000 to 2100")
    return at


Text = Annotated[str, AfterValidator(_storable)]
ShortText = Annotated[str, Field(max_length=200), AfterValidator(_storable)]
LongText = Annotated[str, Field(max_length=2000), AfterValidator(_storable)]
PastDay = Annotated[date, BeforeValidator(_written_out)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31)), BeforeValidator(_written_out)]
Instant = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_range)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, strict=True)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, strict=True)]
AreaCodeText = Annotated[str, Field(pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$")]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[Text | None, Query(max_length=500)]


class In(BaseModel):
    """What a client sends: unknown members are refused, so that a typo is not lost silently."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """What the server answers."""

    model_config = ConfigDict(from_attributes=True)


class Position(In):
    """A position with its declared datum; there is no default, because a guess is a wrong street."""

    lat: Lat
    lon: Lon
    coord_type: CoordType

    @model_validator(mode="before")
    @classmethod
    def _not_turned(cls, given: Any) -> Any:
        """Say which mistake it is: a Chinese longitude in ``lat`` would only be called too large."""
        match given:
            case {"lat": int() | float() as lat, "lon": int() | float() as lon} if looks_swapped(lat, lon):
                raise PositionSwapped
        return given

    def in_china(self) -> Point:
        """Return it as WGS-84.

        Raises:
            PositionSwapped: it lies in China only the other way round.
            PositionForeign: it does not lie in China at all.
        """
        return read_in_china(self.lat, self.lon, self.coord_type)


class PageOut(Out):
    """A page's tail: the cursor of the next page, or null at the end."""

    next_cursor: str | None


class PhoneOut(Out):
    """Whom to call first, before any form."""

    number: str
    zh: str
    en: str
