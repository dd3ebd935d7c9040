"""Telling: signed by the Standard Webhooks scheme, tried again with growing pauses, given up in the end.

One platform is told one thing at a time, the oldest first. Who tells holds the platform by ``busy_until``,
in a transaction of its own, for longer than a request can take; the request holds no connection of ours.
Who dies in between leaves a telling that is made again. A platform that fails rests, so that a dead one
costs one request a minute however much waits for it.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import structlog
from cryptography.fernet import InvalidToken
from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.models import Report, Webhook, WebhookDelivery, WebhookDeliveryState
from app.ports import OutsideError, WebRequest
from app.services import notifications, outbox
from app.services.couriers import Courier, about
from app.services.reports import numbers
from app.services.webhooks.events import WebhookDisabled

log = structlog.get_logger(__name__)

_CLAIM = timedelta(minutes=1)
_REST = timedelta(minutes=1)
# After each failure, more or less; with the last one it is given up.
_PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 180, 360, 720, 1440))
# A platform that took nothing for so long is told no more until somebody enables it.
DISABLED_AFTER = timedelta(days=3)
_GOOD = range(200, 300)
_GONE = 410  # the platform itself says that it is not there any more
# Standard Webhooks: what a secret begins with, before base64.
SECRET_PREFIX = "whsec_"  # noqa: S105 - the scheme's prefix, no secret

_WAITING = WebhookDelivery.state == WebhookDeliveryState.WAITING


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: UUID
    webhook_id: UUID
    request: WebRequest


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return what proves that a telling is ours: HMAC-SHA256 over ``id.timestamp.body``, in base64.

    By Standard Webhooks 1.0.0; ``v1`` is its name for this scheme.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


async def send_next(db: Database, courier: Courier) -> bool:
    """Tell the platform that has waited longest its oldest news, and say whether there was any."""
    async with db.writing() as session:
        claimed = await _claim(session, courier, now=courier.clock())
    if claimed is None:
        return False
    status, error = None, None
    try:
        status = (await courier.web.ask(claimed.request)).status
    except OutsideError as trouble:
        error = str(trouble)
    if status is not None and status not in _GOOD:
        error = f"HTTP {status}"
    async with db.writing() as session:
        await _note(session, claimed, error=error, is_gone=status == _GONE, now=courier.clock())
    return True


async def _claim(session: AsyncSession, courier: Courier, *, now: datetime) -> _Claimed | None:
    due = (WebhookDelivery.webhook_id == Webhook.id) & _WAITING & (WebhookDelivery.next_try_at <= now)
    free = or_(Webhook.busy_until.is_(None), Webhook.busy_until <= now)
    query = (
        select(Webhook)
        .where(Webhook.disabled_at.is_(None), Webhook.ended_at.is_(None), free, exists().where(due))
        .order_by(Webhook.busy_until.asc().nulls_first(), Webhook.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    query = query.execution_options(populate_existing=True)
    # One that has nothing left to say, or whose secret nobody can read, leaves the turn to the next.
    while (webhook := await session.scalar(query)) is not None:
        if (claimed := await _next_of(session, webhook, courier, now=now)) is not None:
            return claimed
        await session.flush()
    return None


async def _next_of(
    session: AsyncSession, webhook: Webhook, courier: Courier, *, now: datetime
) -> _Claimed | None:
    while (delivery := await _oldest(session, webhook, now=now)) is not None:
        report = await session.get_one(Report, delivery.report_id)
        if not report.is_confidential:
            webhook.busy_until = now + _CLAIM
            try:
                request = _request(delivery, report, webhook, courier, now=now)
            except InvalidToken:
                # Kept under a key of ours that is gone: the others are told meanwhile.
                await _fail(session, webhook, delivery, error="unreadable secret", is_gone=False, now=now)
                return None
            return _Claimed(delivery.id, webhook.id, request)
        delivery.state, delivery.last_error = WebhookDeliveryState.FAILED, "confidential"
        await session.flush()
    return None


async def _oldest(session: AsyncSession, webhook: Webhook, *, now: datetime) -> WebhookDelivery | None:
    query = select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook.id, _WAITING, WebhookDelivery.next_try_at <= now
    )
    return await session.scalar(query.order_by(WebhookDelivery.event_id).limit(1))


def _request(
    delivery: WebhookDelivery, report: Report, webhook: Webhook, courier: Courier, *, now: datetime
) -> WebRequest:
    said = {
        "type": delivery.event,
        "timestamp": delivery.data["at"],
        "data": {**delivery.data, "link": _link(report, courier.public_url)},
    }
    body, message_id, timestamp = orjson.dumps(said), str(delivery.id), int(now.timestamp())
    secret = courier.vault.decrypt_shared(webhook.secret_encrypted)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Nuanfeng-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id=message_id, timestamp=timestamp, body=body),
    }
    return WebRequest("POST", webhook.url, headers, body)


def _link(report: Report, public_url: str) -> str | None:
    """Return where everybody may read of a case, once staff have let them."""
    if report.public_at is None:
        return None
    return f"{public_url.rstrip('/')}/open311/v2/requests/{numbers.write(report.number)}.json"


async def _note(
    session: AsyncSession, claimed: _Claimed, *, error: str | None, is_gone: bool, now: datetime
) -> None:
    webhook = await session.get_one(Webhook, claimed.webhook_id, with_for_update=True)
    delivery = await session.get(WebhookDelivery, claimed.id, with_for_update=True)
    if delivery is None:
        return  # a month old, and tidied away meanwhile
    if error is not None:
        await _fail(session, webhook, delivery, error=error, is_gone=is_gone, now=now)
        return
    delivery.tries += 1
    delivery.state, delivery.delivered_at, delivery.last_error = WebhookDeliveryState.DELIVERED, now, None
    webhook.failing_since, webhook.busy_until = None, now


async def _fail(
    session: AsyncSession,
    webhook: Webhook,
    delivery: WebhookDelivery,
    *,
    error: str,
    is_gone: bool,
    now: datetime,
) -> None:
    delivery.tries += 1
    delivery.last_error = error
    webhook.failing_since = webhook.failing_since or now
    webhook.busy_until = now + about(_REST)
    if webhook.disabled_at is None and (is_gone or now - webhook.failing_since >= DISABLED_AFTER):
        await _disable(session, webhook, now=now)
    if delivery.tries > len(_PAUSES):
        delivery.state = WebhookDeliveryState.FAILED
    else:
        delivery.next_try_at = now + about(_PAUSES[delivery.tries - 1])


async def _disable(session: AsyncSession, webhook: Webhook, *, now: datetime) -> None:
    webhook.disabled_at = now
    event = WebhookDisabled(webhook.id, webhook.created_by)
    outbox.record(session, event, now=now, area_code=webhook.area_code)
    await notifications.tell(
        session,
        kind="webhook.disabled",
        to=[] if webhook.created_by is None else [webhook.created_by],
        key=f"webhook.disabled:{webhook.id}:{int(now.timestamp())}",
        now=now,
        params={"platform": urlsplit(webhook.url).hostname or ""},
        area_code=webhook.area_code,
    )
    log.warning("webhook disabled", webhook_id=str(webhook.id))
