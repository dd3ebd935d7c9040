"""Handling units (承办单位): the offices, firms and other cities' systems that mend what is reported."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import AreaCode, Base, Id


class UnitKind(StrEnum):
    """What sort of body a handling unit is."""

    COMMUNITY = "community"
    DEPARTMENT = "department"
    PROPERTY_COMPANY = "property_company"
    UTILITY = "utility"
    CONTRACTOR = "contractor"
    OPEN311 = "open311"  # another city's GeoReport endpoint


class HandlingUnit(Base):
    """A body that cases are sent to. A renamed or merged one leads to its successor."""

    __tablename__ = "handling_units"
    __table_args__ = (
        Index(
            "uq_handling_units_code",
            text("left(area_code, 6)"),
            "code",
            unique=True,
            postgresql_where="code IS NOT NULL",
        ),
    )

    id: Mapped[Id]
    code: Mapped[str | None]  # the owner's own number for it, by which lists are imported again
    name: Mapped[str]
    kind: Mapped[UnitKind]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), index=True)
    credit_code: Mapped[str | None]  # 18 characters, GB 32100
    phone: Mapped[str]
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("handling_units.id"))
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
