"""Months as they stood when they were closed, and who took data of cases out of the system."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import AreaCode, Base, Id, OnErasure, subject


class StatisticsSnapshot(Base):
    """A county's closed month: its counts by community and category, never changed again."""

    __tablename__ = "statistics_snapshots"
    __table_args__ = (UniqueConstraint("month", "area_code"),)

    id: Mapped[Id]
    month: Mapped[date]  # its first day
    area_code: Mapped[AreaCode]  # six digits, whether or not the tree has a county there
    content: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class DisclosureKind(StrEnum):
    """How cases left the desk."""

    CSV = "csv"
    XLSX = "xlsx"
    DRILL_DOWN = "drill_down"


class CaseDisclosure(Base):
    """Who took many cases at once, which ones by their filter, and how many rows they were given."""

    __tablename__ = "case_disclosures"
    __table_args__ = (Index("ix_case_disclosures_account", "account_id", "begun_at"),)

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.KEEP))
    area_code: Mapped[AreaCode | None]  # where who took them holds office
    kind: Mapped[DisclosureKind]
    filter: Mapped[dict[str, Any]]
    begun_at: Mapped[datetime]
    rows: Mapped[int | None]  # null: the reader went away before the end
