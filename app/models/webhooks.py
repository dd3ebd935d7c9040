"""Webhooks: which city platforms are told what happens, and every single telling."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import AreaCode, Base, Id


class WebhookDeliveryState(StrEnum):
    """How far a telling has come; who claims one holds its platform for a minute, so nothing hangs."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"  # given up; it can be replayed


class Webhook(Base):
    """A platform's address that is told of an area's events; the secret that signs is kept encrypted.

    ``failing_since`` is when the first of the present failures was; after days of them it is disabled.
    ``busy_until`` is how long nobody else may tell it anything: somebody does, or it rests after a failure.
    """

    __tablename__ = "webhooks"

    id: Mapped[Id]
    area_code: Mapped[AreaCode] = mapped_column(ForeignKey("areas.code"), index=True)
    url: Mapped[str]
    secret_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    events: Mapped[list[str]]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]


class WebhookDelivery(Base):
    """One event for one platform: ids, numbers and states, nothing about a person."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("uq_webhook_deliveries_of_case", "webhook_id", "event_id", "report_id", unique=True),
        Index(
            "ix_webhook_deliveries_waiting", "webhook_id", "event_id", postgresql_where="state = 'waiting'"
        ),
        Index("ix_webhook_deliveries_list", "webhook_id", "id"),
        Index("ix_webhook_deliveries_age", "created_at"),
    )

    id: Mapped[Id]
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    event_id: Mapped[int] = mapped_column(BigInteger)  # a case's events in their order
    event: Mapped[str]
    data: Mapped[dict[str, Any]]
    state: Mapped[WebhookDeliveryState] = mapped_column(default=WebhookDeliveryState.WAITING)
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_try_at: Mapped[datetime]
    last_error: Mapped[str | None]  # of ours: what kind, never what the platform said
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
