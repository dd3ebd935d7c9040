"""Open311: partners whose systems send requests, and what they sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import AreaCode, Base, Id


class Open311Key(Base):
    """A partner's key for an area, kept as a digest; its account stands for the partner, for no person."""

    __tablename__ = "open311_keys"

    id: Mapped[Id]
    name: Mapped[str]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]


class Open311Request(Base):
    """A report that a partner sent; ``digest`` tells the same form sent twice from two requests."""

    __tablename__ = "open311_requests"
    __table_args__ = (Index("ix_open311_requests_digest", "key_id", "digest", "received_at"),)

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("open311_keys.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    media_urls: Mapped[list[str]]  # pictures that lie with the partner; never fetched
    received_at: Mapped[datetime]
