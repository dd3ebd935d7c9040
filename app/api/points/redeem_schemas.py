"""What is said of things for points: offers, what is kept for somebody, the code that fetches it."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from app.api.people import DisplayName, Version
from app.api.schemas import Day, In, LongText, Out
from app.models import Station
from app.models.points import HoldState, OfferKind, PointsOffer
from app.services.points import Kept, OfferDraft

_MOST = 100_000
_Count = Annotated[int, Field(ge=1, le=_MOST, strict=True)]


class _Said(In):
    kind: OfferKind
    name: DisplayName
    text: LongText = ""
    price: _Count
    per_person: _Count | None = Field(default=None, description="nobody gets more of it than this")
    starts_on: Day
    ends_on: Day | None = Field(default=None, description="included")

    @model_validator(mode="after")
    def _in_order(self) -> "_Said":
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("ends_on is before starts_on")
        return self

    def read(self) -> OfferDraft:
        """Return it."""
        fields = ("kind", "name", "text", "price", "per_person", "starts_on", "ends_on")
        return OfferDraft(**{key: getattr(self, key) for key in fields})


class OfferIn(_Said):
    """Something for points at a station; ``id`` is made by the client."""

    id: UUID
    station_id: UUID
    stock: int = Field(ge=0, le=_MOST, strict=True)


class OfferChangeIn(_Said):
    """What is offered, said anew; to end it now, give a day that is over as ``ends_on``."""

    version: Version


class StockIn(In):
    """How many more, or fewer, are there: a difference, so that two people's taps both count."""

    more: int = Field(ge=-_MOST, le=_MOST, strict=True)


class OfferOut(Out):
    """Something for points; ``stock`` is what nobody asked for yet."""

    id: UUID
    scheme_code: str
    station_id: UUID
    station_name: str
    kind: OfferKind
    name: str
    text: str
    price: int
    per_person: int | None
    starts_on: date
    ends_on: date | None
    stock: int
    version: int

    @classmethod
    def of(cls, offer: PointsOffer, station: Station) -> "OfferOut":
        """Return it."""
        columns = {column.key: getattr(offer, column.key) for column in offer.__table__.columns}
        return cls.model_validate({**columns, "station_name": station.name})


class OffersOut(Out):
    """Offers, the cheapest first."""

    offers: list[OfferOut]


class HoldIn(In):
    """What one wants kept; ``id`` is made by the client: a retry with it keeps nothing twice."""

    id: UUID
    offer_id: UUID


class KeptOut(Out):
    """Something that waits at a station, or waited; whom it waits for is not said."""

    id: UUID
    offer_id: UUID
    offer_name: str
    station_id: UUID
    station_name: str
    price: int
    state: HoldState
    held_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    reason: str

    @classmethod
    def of(cls, kept: Kept) -> "KeptOut":
        """Return it."""
        return cls.model_validate(_fields(kept))


class HoldOut(KeptOut):
    """What is kept for the caller; ``code`` is what they show at the station while it waits."""

    code: str | None

    @classmethod
    def of(cls, kept: Kept) -> "HoldOut":
        """Return it."""
        is_open = kept.hold.state is HoldState.OPEN
        return cls.model_validate({**_fields(kept), "code": kept.hold.code if is_open else None})


def _fields(kept: Kept) -> dict[str, object]:
    columns = {column.key: getattr(kept.hold, column.key) for column in kept.hold.__table__.columns}
    return {**columns, "offer_name": kept.offer.name, "station_name": kept.station.name}


class HoldsOut(Out):
    """What is, or was, kept for the caller, the newest first."""

    holds: list[HoldOut]


class WaitingOut(Out):
    """What waits at a station, the first to end first."""

    waiting: list[KeptOut]


class CodeIn(In):
    """The six digits that the rider shows."""

    code: str = Field(pattern=r"^[0-9]{6}$")


class RefusalIn(In):
    """Why something cannot be had; the rider reads it."""

    reason: Annotated[LongText, Field(pattern=r"\S")]
