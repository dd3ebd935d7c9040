"""Webhooks and what they were told, as plain functions."""

import base64
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Report, Webhook, WebhookDelivery
from app.services.accounts.vault import Vault
from tests.factories.stations import COMMUNITY, make_area

MADE_AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, long enough").decode()


async def make_webhook(session: AsyncSession, vault: Vault, **given: Any) -> Webhook:
    """Make an address that is told of everything in a community."""
    await make_area(session, COMMUNITY)
    values = {
        "area_code": COMMUNITY,
        "url": "https://platform.example/in",
        "secret_encrypted": vault.encrypt_shared(SECRET),
        "events": ["report.submitted", "report.moved", "report.promised"],
        "created_at": MADE_AT,
        **given,
    }
    webhook = Webhook(**values)
    session.add(webhook)
    await session.flush()
    return webhook


async def make_delivery(
    session: AsyncSession, webhook: Webhook, report: Report, **given: Any
) -> WebhookDelivery:
    """Make a telling that waits."""
    values = {
        "webhook_id": webhook.id,
        "report_id": report.id,
        "event_id": 1,
        "event": "report.moved",
        "data": {"at": MADE_AT.isoformat()},
        "next_try_at": MADE_AT,
        "created_at": MADE_AT,
        **given,
    }
    delivery = WebhookDelivery(**values)
    session.add(delivery)
    await session.flush()
    return delivery
