"""Robots in group chats of staff, and what each is to say."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.urgency import RobotVendor
from app.models.base import AreaCode, Base, Id


class RobotFact(StrEnum):
    """What a group can be told of."""

    NEW_CASE = "new_case"
    DISPATCHED = "dispatched"
    RETURNED = "returned"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    EMERGENCY = "emergency"
    NOBODY_ON_DUTY = "nobody_on_duty"


class RobotNewsState(StrEnum):
    """How far a piece of news has come; who takes it up holds its robot for a minute, so nothing hangs."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # given up


class GroupRobot(Base):
    """A robot in a group chat that is told of an area's cases, or of one handling unit's.

    Its key and its signing secret are kept encrypted, together. ``busy_until`` is how long nobody else may
    speak through it: somebody does, or its minute is full, or it rests after a failure.
    """

    __tablename__ = "group_robots"

    id: Mapped[Id]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), index=True)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("handling_units.id"), index=True)
    vendor: Mapped[RobotVendor]
    name: Mapped[str]
    target_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    is_signed: Mapped[bool]
    facts: Mapped[list[str]]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    minute_from: Mapped[datetime | None]  # the minute in which it has spoken ``minute_count`` times
    minute_count: Mapped[int] = mapped_column(SmallInteger, default=0)
    failing_since: Mapped[datetime | None]
    last_error: Mapped[str | None]
    disabled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]


class RobotNews(Base):
    """One fact for one group: which case and what, nothing about a person."""

    __tablename__ = "robot_news"
    __table_args__ = (
        UniqueConstraint("robot_id", "event_id"),
        Index("ix_robot_news_waiting", "robot_id", "event_id", postgresql_where="state = 'waiting'"),
        Index("ix_robot_news_age", "created_at"),
    )

    id: Mapped[Id]
    robot_id: Mapped[UUID] = mapped_column(ForeignKey("group_robots.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    event_id: Mapped[int] = mapped_column(BigInteger)
    fact: Mapped[RobotFact]
    state: Mapped[RobotNewsState] = mapped_column(default=RobotNewsState.WAITING)
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_try_at: Mapped[datetime]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
