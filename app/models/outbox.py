"""Facts on their way out, and answers kept for phones that ask twice."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import AreaCode, Base


class OutboxEvent(Base):
    """A fact recorded in the transaction that made it true; delivered at least once after commit.

    It waits, is delivered, or is held: set aside after too many failures until a person sends it again.
    """

    __tablename__ = "outbox_events"
    __table_args__ = (
        Index(
            "ix_outbox_events_waiting",
            "area_code",
            "id",
            postgresql_where="delivered_at IS NULL AND held_at IS NULL",
        ),
        Index("ix_outbox_events_held", "id", postgresql_where="held_at IS NOT NULL"),
        Index("ix_outbox_events_delivered", "delivered_at", postgresql_where="delivered_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    area_code: Mapped[AreaCode | None]
    payload: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_try_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class IdempotencyKey(Base):
    """A write that was answered: the same key and request get the same answer for a day and more."""

    __tablename__ = "idempotency_keys"

    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[UUID] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    body: Mapped[dict[str, Any] | None]
    made_at: Mapped[datetime] = mapped_column(index=True)
