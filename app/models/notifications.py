"""What people are told: the inbox, which is the truth, and the copies of it that go to their phones."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.urgency import PushChannel, Urgency
from app.models.base import PII, AreaCode, Base, Id, OnErasure, subject


class Language(StrEnum):
    """The languages in which people are told things."""

    ZH = "zh-CN"
    EN = "en"


class PushState(StrEnum):
    """What became of a copy on its way to a phone."""

    WAITING = "waiting"
    SENT = "sent"  # the vendor took it
    FAILED = "failed"  # the vendor will not take it, or the target is gone
    SKIPPED = "skipped"  # it was read, or worth nothing any more, before it went
    HELD = "held"  # failed too often: a person has to look


class PushReceipt(StrEnum):
    """What a vendor said afterwards of a copy that it had taken; most say nothing."""

    DELIVERED = "delivered"  # the phone has it
    FAILED = "failed"


class Notification(Base):
    """One thing that one person is told: once for an event, whatever is retried.

    ``params`` fill the template's text and hold nothing personal. ``push_at`` is when a copy is due to go
    out, null once it was made or when none is wanted; ``push_tier`` is how far down the order of channels
    it got, ``is_gathered`` says that it was put off and goes out together with others. ``digest_at`` is when
    a digest will speak for it in the place of a copy of its own.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        Index("uq_notifications_event", "account_id", "event_key", "kind", unique=True),
        Index("ix_notifications_inbox", "account_id", "id"),
        Index("ix_notifications_unread", "account_id", postgresql_where="read_at IS NULL"),
        Index("ix_notifications_push", "push_at", postgresql_where="push_at IS NOT NULL"),
        Index("ix_notifications_digest", "digest_at", postgresql_where="digest_at IS NOT NULL"),
        Index("ix_notifications_broadcast", "subject_id", postgresql_where="kind = 'broadcast'"),
    )

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.DROP))
    kind: Mapped[str]
    template_version: Mapped[int] = mapped_column(SmallInteger)
    params: Mapped[dict[str, Any]]
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    event_key: Mapped[str]
    urgency: Mapped[Urgency]
    area_code: Mapped[AreaCode | None]
    collapse_key: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    push_at: Mapped[datetime | None]
    push_tier: Mapped[int] = mapped_column(SmallInteger, default=0)
    is_gathered: Mapped[bool] = mapped_column(default=False)
    digest_at: Mapped[datetime | None]


class NotificationText(Base):
    """A text that people wrote for many inboxes, in the place of a template's; its rows name it as subject.

    It is never edited. Withdrawn, it is shown to nobody any more and no further copy of it goes out.
    """

    __tablename__ = "notification_texts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title_zh: Mapped[str]
    body_zh: Mapped[str]
    title_en: Mapped[str]
    body_en: Mapped[str]
    written_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class PushDevice(Base):
    """A phone or browser, as one vendor knows it, bound to the sign-in that it was named in.

    It goes with that sign-in. A token that shows up in another sign-in moves there: nobody's messages
    reach the phone of the next rider.
    """

    __tablename__ = "push_devices"
    __table_args__ = (
        Index("uq_push_devices_session_channel", "session_id", "channel", unique=True),
        Index("ix_push_devices_account", "account_id"),
        Index("ix_push_devices_seen", "seen_at"),
    )

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), info=subject(OnErasure.DROP, follows=False)
    )
    session_id: Mapped[UUID] = mapped_column(info=PII)
    channel: Mapped[PushChannel]
    token: Mapped[str] = mapped_column(info=PII)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)  # of channel and token
    credits: Mapped[int | None] = mapped_column(SmallInteger)  # WeChat: messages still agreed to
    registered_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class NotificationPreference(Base):
    """A person's say: topics, quiet hours (minutes of the day in China), riding, language.

    Who has no row has heard of none of it, and gets everything at once in Chinese.
    """

    __tablename__ = "notification_preferences"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), primary_key=True, info=subject(OnErasure.DROP, follows=False)
    )
    topics: Mapped[dict[str, Any]]  # topic to "off", "digest" or "hourly"; what is not named comes at once
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_to: Mapped[int | None] = mapped_column(SmallInteger)
    riding_until: Mapped[datetime | None]
    language: Mapped[Language]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]


class Mailbox(Base):
    """Where a member of staff reads mail; a code that went there proves it.

    Until then, ``confirmed_at`` null, nothing but the code goes there.
    """

    __tablename__ = "mailboxes"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id"), primary_key=True, info=subject(OnErasure.DROP, follows=False)
    )
    address_encrypted: Mapped[bytes] = mapped_column(LargeBinary, info=PII)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    code_sent_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    confirmed_at: Mapped[datetime | None]


class PushDelivery(Base):
    """One copy on its way to one target: a device, or the account's own number when ``device_id`` is null.

    Whoever takes it up counts a try first: if they die, somebody else gets its job, and a message that kills
    its senders is held in the end. ``next_try_at`` is from when on it may be tried.
    """

    __tablename__ = "push_deliveries"
    __table_args__ = (
        Index("ix_push_deliveries_waiting", "channel", "next_try_at", postgresql_where="state = 'waiting'"),
        Index("ix_push_deliveries_held", "id", postgresql_where="state = 'held'"),
        Index("ix_push_deliveries_notification", "notification_id"),
        Index("ix_push_deliveries_account", "account_id"),
        Index("ix_push_deliveries_device", "device_id"),
        Index(
            "ix_push_deliveries_receipt",
            "provider_id",
            postgresql_where="receipt IS NULL AND provider_id IS NOT NULL",
        ),
        Index("ix_push_deliveries_done", "done_at", postgresql_where="done_at IS NOT NULL"),
    )

    id: Mapped[Id]
    notification_id: Mapped[UUID] = mapped_column(ForeignKey("notifications.id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), info=subject(OnErasure.DROP))
    channel: Mapped[PushChannel]
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("push_devices.id", ondelete="SET NULL"))
    covers: Mapped[int] = mapped_column(SmallInteger)  # how many notifications it speaks for
    state: Mapped[PushState]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_try_at: Mapped[datetime]
    provider_id: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    receipt: Mapped[PushReceipt | None]
    receipt_at: Mapped[datetime | None]


class NotificationWording(Base):
    """This installation's own words for a kind, numbered above those of any release; never edited."""

    __tablename__ = "notification_wordings"

    kind: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    title_zh: Mapped[str]
    body_zh: Mapped[str]
    push_zh: Mapped[str | None]
    title_en: Mapped[str]
    body_en: Mapped[str]
    push_en: Mapped[str | None]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class NotificationChoice(Base):
    """Which version of a kind's words is used from an instant on; the latest row holds, all of them stay.

    Without a row, or with one that names no version, it is the newest of the release.
    """

    __tablename__ = "notification_choices"
    __table_args__ = (Index("ix_notification_choices_kind", "kind", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)  # in the order of choosing
    kind: Mapped[str]
    version: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
