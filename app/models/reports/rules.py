"""What decides where a case goes and by when: an area's routing rules, time limits and office hours."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.urgency import Urgency
from app.models.base import AreaCode, Base, Id


class DeadlineStep(StrEnum):
    """What is owed by a deadline."""

    ACCEPTANCE = "acceptance"  # 受理
    DISPATCH = "dispatch"  # 分办
    HANDLING = "handling"  # 处置
    MADE_SAFE = "made_safe"  # 应急处置: no longer dangerous, not yet repaired
    FEEDBACK = "feedback"  # 反馈
    WHOLE = "whole"  # 全案: the promise that the reporter sees
    # Not of the case but of the duty desk: so long nobody has acknowledged an emergency.
    CALL_BACKUP = "call_backup"
    CALL_DISTRICT = "call_district"


class LimitUnit(StrEnum):
    """How a time limit counts: by the clock, or by the offices' hours and days."""

    CLOCK_MINUTES = "clock_minutes"
    CLOCK_HOURS = "clock_hours"  # 紧急工作时: nights and holidays count
    WORKING_HOURS = "working_hours"  # 工作时
    WORKING_DAYS = "working_days"  # 工作日


class RoutingRule(Base):
    """One routing rule (分办规则) of an area: what it asks of a case, and the unit that it proposes.

    A rule that could not be applied is ``failing`` with its ``error`` until it works again; it is never
    switched off by itself.
    """

    __tablename__ = "routing_rules"
    __table_args__ = (
        Index("ix_routing_rules_area", "area_code", "position", postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[Id]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"))
    position: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str]
    condition: Mapped[dict[str, Any]]  # see app.services.reports.routing_rules.Condition
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("handling_units.id"))
    failing_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


class RoutingRuleRevision(Base):
    """A routing rule as it was in one version; cases name the version that fired."""

    __tablename__ = "routing_rule_revisions"

    rule_id: Mapped[UUID] = mapped_column(ForeignKey("routing_rules.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


class DeadlineRule(Base):
    """A time limit (时限) of an area for one step; without category or urgency it is for all of them."""

    __tablename__ = "deadline_rules"
    __table_args__ = (
        Index(
            "uq_deadline_rules_current",
            "area_code",
            "step",
            "category_id",
            "urgency",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where="ended_at IS NULL",
        ),
        CheckConstraint("amount > 0", name="amount_is_positive"),
    )

    id: Mapped[Id]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"))
    step: Mapped[DeadlineStep]
    category_id: Mapped[str | None] = mapped_column(ForeignKey("categories.id"))
    urgency: Mapped[Urgency | None]
    amount: Mapped[int] = mapped_column(SmallInteger)
    unit: Mapped[LimitUnit]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


class AreaOfficeHours(Base):
    """When the offices of an area work (办公时间), e.g. ``[{"from": "08:30", "to": "12:00"}, …]``."""

    __tablename__ = "area_office_hours"

    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    periods: Mapped[list[dict[str, Any]]]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


class PublicationRule(Base):
    """Whether an area's cases become public when they are accepted; off where nobody said otherwise.

    The rule of the smallest area holds, and there the category's own before the one of all categories.
    """

    __tablename__ = "publication_rules"
    __table_args__ = (
        Index(
            "uq_publication_rules_place",
            "area_code",
            "category_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Id]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"))
    category_id: Mapped[str | None] = mapped_column(ForeignKey("categories.id"))
    is_automatic: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


class AreaPhone(Base):
    """The number of a service in an area, as that of its gas company; the nearest area's holds."""

    __tablename__ = "area_phones"

    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)  # as categories name it: "gas"
    number: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]
