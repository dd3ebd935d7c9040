"""What officers say of routing rules, time limits and office hours."""

from datetime import datetime, time
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.reports.schemas import PinIn
from app.api.schemas import AreaCodeText, In, Instant, Out, PageOut, ShortText, Text
from app.models import DeadlineRule, DeadlineStep, LimitUnit, RoutingRule, Urgency
from app.services.reports.limiting import LimitDraft
from app.services.reports.limits import Limit
from app.services.reports.routing_rules import Condition, Days
from app.services.reports.ruling import RuleDraft, Tried

_Id = Annotated[Text, Field(min_length=1, max_length=60)]
_Ids = Annotated[list[_Id], Field(max_length=200)]
_Name = Annotated[Text, Field(min_length=1, max_length=100)]
_Answer = Annotated[Text, Field(max_length=500)] | bool | int | float | list[ShortText]
_Version = Annotated[int, Field(ge=1, le=2**31, strict=True)]
_Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="local time, HH:MM")]


class ConditionIn(In):
    """What a rule asks of a case; what is left out asks nothing.

    `categories` and `groups` are alternatives. A window that ends before it starts goes over midnight.
    """

    categories: _Ids = Field(default_factory=list)
    groups: _Ids = Field(default_factory=list)
    urgencies: Annotated[list[Urgency], Field(max_length=3)] = Field(default_factory=list)
    days: Days = Days.ANY
    starts: _Clock | None = None
    ends: _Clock | None = None
    answers: Annotated[dict[ShortText, _Answer], Field(max_length=20)] = Field(default_factory=dict)

    def read(self) -> Condition:
        """Return the condition."""
        return Condition(
            categories=tuple(self.categories),
            groups=tuple(self.groups),
            urgencies=tuple(self.urgencies),
            days=self.days,
            starts=None if self.starts is None else time.fromisoformat(self.starts),
            ends=None if self.ends is None else time.fromisoformat(self.ends),
            answers=self.answers,
        )


class RuleFields(In):
    """A routing rule; of an area's rules the one with the lowest position is tried first."""

    area_code: AreaCodeText
    position: Annotated[int, Field(ge=0, le=10_000, strict=True)]
    name: _Name
    condition: ConditionIn
    unit_id: UUID

    def draft(self) -> RuleDraft:
        """Return it as the service takes it."""
        return RuleDraft(self.area_code, self.position, self.name, self.condition.read(), self.unit_id)


class RuleIn(RuleFields):
    """A new rule; ``id`` is made by the client and kept for every retry."""

    id: UUID


class RuleEdit(RuleFields):
    """A rule as it is to be, and the version that was before the editor's eyes."""

    version: _Version


class RuleOut(Out):
    """A rule in force; ``failing_at`` and ``error`` say since when and why it cannot be applied."""

    id: UUID
    area_code: str
    position: int
    name: str
    condition: dict[str, Any]
    unit_id: UUID
    failing_at: datetime | None
    error: str
    ended_at: datetime | None
    version: int
    changed_at: datetime

    @classmethod
    def of(cls, rule: RoutingRule) -> "RuleOut":
        """Return it."""
        return cls.model_validate(rule)


class RulePage(PageOut):
    """One page of rules, in the order in which an area's rules are tried."""

    items: list[RuleOut]


class RevisionOut(Out):
    """A rule as it was in one version."""

    version: int
    content: dict[str, Any]
    changed_at: datetime


class RevisionList(Out):
    """All versions of a rule, oldest first."""

    items: list[RevisionOut]


class TryIn(In):
    """A case that might be: where, what, when, and the answers given."""

    position: PinIn
    category_id: _Id
    answers: Annotated[dict[ShortText, _Answer], Field(max_length=20)] = Field(default_factory=dict)
    at: Instant | None = Field(default=None, description="now, when left out")
    area_code: AreaCodeText | None = Field(default=None, description="where no grid is drawn")


class TryOut(Out):
    """What would happen: the area, the proposal with every rule that was tried, and the promises."""

    area_code: str
    grid_id: UUID | None
    proposal: dict[str, Any]
    promises: dict[DeadlineStep, datetime]
    is_provisional: bool

    @classmethod
    def of(cls, tried: Tried) -> "TryOut":
        """Return it."""
        return cls.model_validate(tried)


_Amount = Annotated[int, Field(ge=1, le=10_000, strict=True)]


class LimitIn(In):
    """A time limit of an area for a step; without category or urgency it is for all of them."""

    id: UUID
    area_code: AreaCodeText
    step: DeadlineStep
    amount: _Amount
    unit: LimitUnit
    category_id: _Id | None = None
    urgency: Urgency | None = None

    def draft(self) -> LimitDraft:
        """Return it as the service takes it."""
        return LimitDraft(self.area_code, self.step, self.amount, self.unit, self.category_id, self.urgency)


class LimitEdit(In):
    """Another amount of time, and the version that was before the editor's eyes."""

    amount: _Amount
    unit: LimitUnit
    version: _Version


class LimitOut(Out):
    """A limit in force; without an area, id and version it is shipped and holds where nobody set another."""

    id: UUID | None
    area_code: str | None
    step: DeadlineStep
    category_id: str | None
    urgency: Urgency | None
    amount: int
    unit: LimitUnit
    version: int | None

    @classmethod
    def of(cls, rule: DeadlineRule | Limit) -> "LimitOut":
        """Return it."""
        limit = Limit.of(rule) if isinstance(rule, DeadlineRule) else rule
        return cls(
            id=limit.rule_id,
            area_code=limit.area_code,
            step=limit.step,
            category_id=limit.category_id,
            urgency=limit.urgency,
            amount=limit.amount,
            unit=limit.unit,
            version=limit.version,
        )


class LimitList(Out):
    """The limits that areas have set, and those that are shipped."""

    items: list[LimitOut]
    shipped: list[LimitOut]


class PeriodIn(In):
    """A part of the working day in local time."""

    starts: _Clock
    ends: _Clock


class OfficeHoursIn(In):
    """When an area's offices work on a working day; ``version`` 0 where nothing was set."""

    periods: Annotated[list[PeriodIn], Field(min_length=1, max_length=6)]
    version: Annotated[int, Field(ge=0, le=2**31, strict=True)]


class PeriodOut(Out):
    """A part of the working day in local time."""

    starts: str
    ends: str


class OfficeHoursOut(Out):
    """An area's office hours; ``version`` 0 when they are a wider area's or the shipped ones."""

    area_code: str
    periods: list[PeriodOut]
    version: int
