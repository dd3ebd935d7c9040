"""Notifications, devices and what goes to them, as plain functions."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.urgency import PushChannel, Urgency
from app.models import (
    Language,
    Mailbox,
    Notification,
    NotificationPreference,
    PushDelivery,
    PushDevice,
    PushState,
)


async def make_notification(session: AsyncSession, account_id: UUID, **given) -> Notification:
    """Make an unread row of somebody's inbox of which no copy is due."""
    row = Notification(
        **{
            "id": new_id(),
            "account_id": account_id,
            "kind": "report.reply",
            "template_version": 1,
            "params": {},
            "subject_type": "report",
            "subject_id": uuid4(),
            "event_key": str(uuid4()),
            "urgency": Urgency.NORMAL,
            "created_at": datetime.now(UTC),
            **given,
        }
    )
    session.add(row)
    await session.flush()
    return row


async def make_device(session: AsyncSession, account_id: UUID, **given) -> PushDevice:
    """Make a phone that JPush reaches."""
    now = datetime.now(UTC)
    token = given.get("token") or str(uuid4())
    device = PushDevice(
        **{
            "id": new_id(),
            "account_id": account_id,
            "session_id": uuid4(),
            "channel": PushChannel.JPUSH,
            "token": token,
            "token_hash": hashlib.sha256(token.encode()).digest(),
            "registered_at": now,
            "seen_at": now,
            **given,
        }
    )
    session.add(device)
    await session.flush()
    return device


async def make_delivery(
    session: AsyncSession, notification: Notification, device: PushDevice | None, **given
) -> PushDelivery:
    """Make a copy that waits to be sent to a device."""
    now = datetime.now(UTC)
    delivery = PushDelivery(
        **{
            "id": new_id(),
            "notification_id": notification.id,
            "account_id": notification.account_id,
            "channel": PushChannel.SMS if device is None else device.channel,
            "device_id": None if device is None else device.id,
            "covers": 1,
            "state": PushState.WAITING,
            "next_try_at": now,
            "created_at": now,
            **given,
        }
    )
    session.add(delivery)
    await session.flush()
    return delivery


async def make_preference(session: AsyncSession, account_id: UUID, **given) -> NotificationPreference:
    """Make somebody's say about what reaches them: quiet at night."""
    preference = NotificationPreference(
        **{
            "account_id": account_id,
            "topics": {},
            "quiet_from": 22 * 60,
            "quiet_to": 7 * 60,
            "language": Language.ZH,
            "changed_at": datetime.now(UTC),
            **given,
        }
    )
    session.add(preference)
    await session.flush()
    return preference


async def make_mailbox(session: AsyncSession, account_id: UUID, **given) -> Mailbox:
    """Make an address that somebody proved."""
    now = datetime.now(UTC)
    mailbox = Mailbox(
        **{
            "account_id": account_id,
            "address_encrypted": b"sealed",
            "code_hash": b"",
            "code_sent_at": now,
            "confirmed_at": now,
            **given,
        }
    )
    session.add(mailbox)
    await session.flush()
    return mailbox
