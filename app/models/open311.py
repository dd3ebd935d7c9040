"""Open311: partners whose systems send requests, other cities' endpoints, and what goes to and fro."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
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


class Open311Format(StrEnum):
    """In which of GeoReport's formats an endpoint is spoken to; XML is the one that all have."""

    XML = "xml"
    JSON = "json"


class Open311Endpoint(Base):
    """Another city's GeoReport endpoint, which is a handling unit of ours; its key is kept encrypted.

    ``services`` says for our categories their ``service_code`` and, for our questions, their attributes;
    ``statuses`` what their words mean beyond the standard's. ``busy_until`` keeps pollers apart.
    """

    __tablename__ = "open311_endpoints"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("handling_units.id"), primary_key=True)
    url: Mapped[str]  # ends with a slash
    fmt: Mapped[Open311Format]
    jurisdiction_id: Mapped[str | None]
    api_key_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    services: Mapped[dict[str, Any]]
    statuses: Mapped[dict[str, Any]]
    has_updates: Mapped[bool]  # speaks mySociety's servicerequestupdates
    is_enabled: Mapped[bool]
    updates_until: Mapped[datetime | None]  # up to when its updates were read
    busy_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    last_error: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


class SendingState(StrEnum):
    """How far a case has come on its way to another city's endpoint; nothing stays in ``sending``."""

    QUEUED = "queued"
    SENDING = "sending"  # held by a process for two minutes, see ``busy_until``
    SENT = "sent"  # it went out, and no answer was understood: looked for there before it goes out again
    ACKNOWLEDGED = "acknowledged"  # they gave a token, the number is to come
    DELIVERED = "delivered"  # they gave their number
    FAILED = "failed"  # this time; it is tried again
    GAVE_UP = "gave_up"  # a person has to look
    CANCELLED = "cancelled"  # the case left the unit before it went out


class Open311Sending(Base):
    """A case on its way to another city's endpoint: one for each time that it was dispatched there.

    With a ``task_id`` it is one task of a case that several units share, and the case lies elsewhere.
    ``reference`` stands in the text that is sent, so that it can be found there. ``first_try_at`` is set
    while it may have arrived. ``remote_closed_at`` is when they were first seen to say that it is over.
    """

    __tablename__ = "open311_sendings"
    __table_args__ = (
        Index(
            "ix_open311_sendings_due",
            "next_try_at",
            postgresql_where="state IN ('queued', 'sent', 'acknowledged', 'failed')",
        ),
        Index("ix_open311_sendings_held", "busy_until", postgresql_where="state = 'sending'"),
        Index(
            "ix_open311_sendings_followed", "unit_id", "next_try_at", postgresql_where="state = 'delivered'"
        ),
        Index("ix_open311_sendings_report", "report_id", "id"),
        Index("ix_open311_sendings_remote", "unit_id", "remote_id", postgresql_where="remote_id IS NOT NULL"),
    )

    id: Mapped[Id]
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("report_tasks.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("handling_units.id"))
    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[SendingState] = mapped_column(default=SendingState.QUEUED)
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_try_at: Mapped[datetime]  # of a delivered one: when to ask how it goes
    busy_until: Mapped[datetime | None]
    first_try_at: Mapped[datetime | None]
    last_error: Mapped[str | None]  # of what kind, and what their error body says, numbers covered
    token: Mapped[str | None]
    remote_id: Mapped[str | None]
    remote_status: Mapped[str | None]
    remote_notes: Mapped[str | None]
    remote_closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class Open311Note(Base):
    """What another city says of a case: for the desk, until staff show it to those who follow the case."""

    __tablename__ = "open311_notes"
    __table_args__ = (Index("ix_open311_notes_sending", "sending_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # of the unit and their update_id
    sending_id: Mapped[UUID] = mapped_column(ForeignKey("open311_sendings.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    status: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]  # as they say
    received_at: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    shown_by: Mapped[UUID | None]
