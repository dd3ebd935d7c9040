"""Facts on their way out, and answers kept for phones that ask twice."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import AreaCode, Base


class OutboxEvent(Base):
    """A fact recorded in the transaction that made it true; delivered at least once after commit."""

    __tablename__ = "outbox_events"
    __table_args__ = (Index("ix_outbox_events_waiting", "id", postgresql_where="delivered_at IS NULL"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    area_code: Mapped[AreaCode | None]
    payload: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)


class IdempotencyKey(Base):
    """A write that was answered: the same key and request get the same answer for a day and more."""

    __tablename__ = "idempotency_keys"

    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[UUID] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    body: Mapped[dict[str, Any] | None]
    made_at: Mapped[datetime] = mapped_column(index=True)
