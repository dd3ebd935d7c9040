"""Weather alerts, and who asked to be told of an area's."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.weather import AlertColour, WeatherKind
from app.models.base import AreaCode, Base, Id, OnErasure, subject


class WeatherAlert(Base):
    """One alert (预警) for one division, in force from an instant until another, or until it was ended.

    ``cap_key`` is ``sender,identifier`` of the CAP message that brought it, ``replaces`` the keys that the
    message took the place of.
    """

    __tablename__ = "weather_alerts"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        Index("uq_weather_alerts_cap", "cap_key", "area_code", unique=True),
        Index("ix_weather_alerts_area", "area_code", "ends_at", postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[Id]
    kind: Mapped[WeatherKind]
    colour: Mapped[AlertColour]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    source: Mapped[str]
    text: Mapped[str]
    cap_key: Mapped[str | None]
    replaces: Mapped[list[str]]
    issued_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None]


class CapTakenBack(Base):
    """A CAP message that another one took back or replaced; it may come later than that one.

    ``within_code`` is where who brought the news may end alerts, empty for the whole country.
    """

    __tablename__ = "cap_taken_back"

    cap_key: Mapped[str] = mapped_column(primary_key=True)
    within_code: Mapped[AreaCode] = mapped_column(primary_key=True)
    noted_at: Mapped[datetime] = mapped_column(index=True)


class WeatherFeed(Base):
    """A bureau's system that posts an area's alerts by itself; its key is kept as a digest.

    ``heard_at`` is when it last posted something that was taken, for officers to see that it lives.
    """

    __tablename__ = "weather_feeds"

    id: Mapped[Id]
    name: Mapped[str]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), index=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None]
    heard_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class WeatherWatch(Base):
    """Somebody asked to be told of an area's weather alerts, wherever they are."""

    __tablename__ = "weather_watches"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), primary_key=True, info=subject(OnErasure.DROP, follows=False)
    )
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), primary_key=True, index=True)
    since: Mapped[datetime]
