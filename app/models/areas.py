"""Divisions, their aliases, the grids inside communities, and the official calendar."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import AreaCode, Base, Id


class AreaKind(StrEnum):
    """What a code stands for: an authority, a zone that crosses authorities, or a filler of the list."""

    OFFICIAL = "official"
    ZONE = "zone"
    FILLER = "filler"


class Area(Base):
    """One division (行政区划) of the statistics bureau's list, named by its significant digits.

    ``parent_code`` is the authority above it, which string arithmetic alone does not give: the towns of
    嘉峪关 hang directly under the prefecture 6202.
    """

    __tablename__ = "areas"
    __table_args__ = (
        CheckConstraint("valid_to > valid_from", name="ends_after_start"),
        # Any part of a name is found by its pairs of characters (see the migration), without an extension.
        Index("ix_areas_name_grams", text("name_grams(name)"), postgresql_using="gin"),
    )

    code: Mapped[AreaCode] = mapped_column(primary_key=True)
    name: Mapped[str]
    level: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[AreaKind]
    parent_code: Mapped[AreaCode | None] = mapped_column(ForeignKey("areas.code"), index=True)
    valid_from: Mapped[date]  # the first edition known to hold the code
    valid_to: Mapped[date | None]  # the edition that no longer holds it
    source: Mapped[str]


class AreaSuccession(Base):
    """One division that took over from another, wholly or in part: merged, split, renumbered (区划调整).

    Rows keep the code that was valid when they were written; grants and figures follow the successor.
    """

    __tablename__ = "area_successions"

    code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    successor_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), primary_key=True, index=True)


class AreaAlias(Base):
    """Another authority's code for an area, e.g. the civil-affairs ministry's town codes (scheme ``mca``)."""

    __tablename__ = "area_aliases"

    scheme: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[AreaCode] = mapped_column(primary_key=True)
    name: Mapped[str]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), index=True)


class Grid(Base):
    """One version of a grid (网格): 15 digits inside a scheme, with the polygon it had while valid."""

    __tablename__ = "grids"
    __table_args__ = (
        # Drawn twice on one day, the first version was valid for none; reports may still name it.
        CheckConstraint("valid_to >= valid_from", name="ends_after_start"),
        Index("uq_grids_current", "scheme", "code", unique=True, postgresql_where="valid_to IS NULL"),
    )

    id: Mapped[Id]
    scheme: Mapped[str]
    code: Mapped[AreaCode]
    name: Mapped[str]
    community_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), index=True)
    polygon: Mapped[dict[str, Any]]  # GeoJSON geometry, WGS-84
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class DayKind(StrEnum):
    """What the State Council's notice makes of a day."""

    HOLIDAY = "holiday"
    MAKEUP_WORKDAY = "makeup_workday"


class CalendarDay(Base):
    """A day that the official notice moves out of its weekday rule; other days follow the weekday."""

    __tablename__ = "calendar_days"

    on: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[DayKind]
    name: Mapped[str]


class CalendarYear(Base):
    """A year whose official notice is known; a year without a row is provisional."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    source: Mapped[str]
    is_official: Mapped[bool] = mapped_column(Boolean)
