"""What is said of points: how they are given, what one has, what a scheme's books say; no ranking."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from app.api.schemas import Day, In, Out, PageOut
from app.core.pages import Page
from app.models import ActivityKind
from app.models.points import CapPer, PointsRule, PointsScheme, PointsSource, TransferKind
from app.services.points import NewRule, SchemeDraft
from app.services.points.queries import Balance, Figures, Line

_Points = Annotated[int, Field(ge=1, le=100_000, strict=True)]


class SchemeIn(In):
    """What an area wants of points; ``version`` 0 where it said nothing yet."""

    is_on: bool = Field(strict=True)
    hold_minutes: int = Field(
        ge=10, le=31 * 24 * 60, strict=True, description="so long a thing is kept for who asked for it"
    )
    lasts_months: int | None = Field(
        ge=1, le=120, strict=True, description="points are good to the end of the month so many months on"
    )
    version: int = Field(ge=0, le=2**31, strict=True)

    def read(self) -> SchemeDraft:
        """Return it."""
        return SchemeDraft(self.is_on, self.hold_minutes, self.lasts_months)


class RuleIn(In):
    """So many points for something, a limit, and from when to when; with ``replaces_id`` a new version."""

    id: UUID
    source: PointsSource
    activity_kind: ActivityKind | None = Field(default=None, description="of hours; null: all other kinds")
    includes_typed: bool = Field(
        default=False, strict=True, description="hours that were typed in and approved earn too"
    )
    points: _Points
    per_minutes: int | None = Field(default=None, ge=1, le=24 * 60, strict=True)
    cap: _Points
    cap_per: CapPer
    valid_from: Day
    valid_to: Day | None = None
    replaces_id: UUID | None = None

    @model_validator(mode="after")
    def _whole(self) -> "RuleIn":
        is_of_hours = self.source is PointsSource.HOURS
        if is_of_hours != (self.per_minutes is not None):
            raise ValueError("per_minutes belongs to hours, and hours need it")
        if not is_of_hours and (self.activity_kind is not None or self.includes_typed):
            raise ValueError("activity_kind and includes_typed belong to hours")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    def read(self) -> NewRule:
        """Return it."""
        return NewRule(**self.model_dump(exclude={"id"}))


class RuleEndIn(In):
    """The last day on which a rule holds."""

    valid_to: Day


class RuleOut(Out):
    """A version of a rule."""

    id: UUID
    source: PointsSource
    activity_kind: ActivityKind | None
    includes_typed: bool
    points: int
    per_minutes: int | None
    cap: int
    cap_per: CapPer
    valid_from: date
    valid_to: date | None
    replaces_id: UUID | None
    version: int


class SchemeOut(Out):
    """What holds at a place and which area said so; rules of the past stand beside those in force."""

    area_code: str
    is_on: bool
    since: date
    hold_minutes: int
    lasts_months: int | None
    version: int
    rules: list[RuleOut]

    @classmethod
    def of(cls, scheme: PointsScheme, rules: list[PointsRule]) -> "SchemeOut":
        """Return it."""
        columns = {column.key: getattr(scheme, column.key) for column in scheme.__table__.columns}
        return cls.model_validate({**columns, "rules": rules})


class ExpiringOut(Out):
    """What is good until a day and not longer."""

    until: date
    points: int


class BalanceOut(Out):
    """What one has of a scheme; below zero when more was taken back than was left."""

    scheme_code: str
    scheme_name: str
    available: int
    held: int
    expiring: ExpiringOut | None

    @classmethod
    def of(cls, balance: Balance) -> "BalanceOut":
        """Return it."""
        until, left = balance.expiring or (None, 0)
        return cls(
            scheme_code=balance.scheme_code,
            scheme_name=balance.scheme_name,
            available=balance.available,
            held=balance.held,
            expiring=None if until is None else ExpiringOut(until=until, points=left),
        )


class BalancesOut(Out):
    """What one has, by scheme: points of a district are spent at its stations."""

    balances: list[BalanceOut]


class LineOut(Out):
    """A line of the statement: ``points`` more or fewer to spend."""

    id: UUID
    scheme_code: str
    kind: TransferKind
    points: int
    source: PointsSource | None
    about: str | None
    earned_on: date | None
    expires_on: date | None
    at: datetime

    @classmethod
    def of(cls, line: Line) -> "LineOut":
        """Return it."""
        transfer = line.transfer
        columns = {column.key: getattr(transfer, column.key) for column in transfer.__table__.columns}
        return cls.model_validate(
            {**columns, "points": _SIGNS[transfer.kind] * transfer.amount, "about": line.about}
        )


_SIGNS = {
    TransferKind.EARN: 1,
    TransferKind.TAKE_BACK: -1,
    TransferKind.HOLD: -1,
    TransferKind.REFUND: 1,
    TransferKind.REDEEM: 0,  # they were held before
    TransferKind.EXPIRE: -1,
}


class StatementOut(PageOut):
    """What moved one's points, the newest first."""

    items: list[LineOut]

    @classmethod
    def of(cls, page: Page[Line]) -> "StatementOut":
        """Return it."""
        return cls(items=[LineOut.of(each) for each in page.items], next_cursor=page.next_cursor)


class FiguresOut(Out):
    """What a scheme's points did over some days and where they stand; ``people`` is null below five."""

    since: date
    until: date
    earned: int
    earned_by_source: dict[PointsSource, int]
    people: int | None
    taken_back: int
    held_back: int
    refunded: int
    redeemed: int
    expired: int
    available_now: int
    held_now: int

    @classmethod
    def of(cls, figures: Figures, *, since: date, until: date) -> "FiguresOut":
        """Return it."""
        moved = figures.moved
        return cls(
            since=since,
            until=until,
            earned=moved.get(TransferKind.EARN, 0),
            earned_by_source=dict(figures.earned),
            people=figures.people,
            taken_back=moved.get(TransferKind.TAKE_BACK, 0),
            held_back=moved.get(TransferKind.HOLD, 0),
            refunded=moved.get(TransferKind.REFUND, 0),
            redeemed=moved.get(TransferKind.REDEEM, 0),
            expired=moved.get(TransferKind.EXPIRE, 0),
            available_now=figures.available,
            held_now=figures.held,
        )
