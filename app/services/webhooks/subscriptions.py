"""Who is told: addresses for areas, set by the area's officers."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outgoing
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.models import Webhook
from app.services import areas, authority
from app.services.accounts.vault import Vault
from app.services.reports.events import ReportMoved, ReportPromised, ReportSubmitted
from app.services.webhooks.errors import AddressRefused
from app.services.webhooks.sending import SECRET_PREFIX

# What a platform can be told of.
EVENTS = (ReportSubmitted.name, ReportMoved.name, ReportPromised.name)
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """An address to be told of an area's events."""

    area_code: str
    url: str
    events: list[str]


async def subscribe(
    session: AsyncSession, new: NewWebhook, *, vault: Vault, by: Actor, now: datetime, may_be_plain: bool
) -> tuple[Webhook, str]:
    """Have an address told; the secret that signs is returned once and never again.

    Raises:
        NotFound: the area is not the caller's, or there is none.
        AddressRefused: the address is not https; ``may_be_plain`` allows http.
    """
    await areas.get(session, new.area_code)
    if not authority.may(by, roles=(Role.DISTRICT_OFFICER,), area_code=new.area_code):
        raise NotFound
    if not outgoing.may_be_asked(new.url, may_be_plain=may_be_plain):
        raise AddressRefused
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    webhook = Webhook(
        area_code=new.area_code,
        url=new.url,
        secret_encrypted=vault.encrypt_shared(secret),
        events=sorted(set(new.events)),
        created_at=now,
        created_by=by.account_id,
    )
    session.add(webhook)
    await session.flush()
    return webhook, secret


def _mine(by: Actor) -> ColumnElement[bool]:
    in_area = authority.covers(by, roles=(Role.DISTRICT_OFFICER,), area=Webhook.area_code)
    return and_(in_area, Webhook.ended_at.is_(None))


async def list_webhooks(session: AsyncSession, *, by: Actor) -> Sequence[Webhook]:
    """Return the addresses of the caller's areas, the newest first."""
    query = select(Webhook).where(_mine(by)).order_by(Webhook.created_at.desc(), Webhook.id.desc())
    return (await session.scalars(query)).all()


async def own(session: AsyncSession, webhook_id: UUID, *, by: Actor) -> Webhook:
    """Return an address of the caller's areas.

    Raises:
        NotFound: there is none.
    """
    webhook = await session.scalar(select(Webhook).where(Webhook.id == webhook_id, _mine(by)))
    if webhook is None:
        raise NotFound
    return webhook


async def rotate_keys(session: AsyncSession, *, vault: Vault) -> None:
    """Encrypt every secret anew, by the first key; they stay what they are."""
    for webhook in await session.scalars(select(Webhook).with_for_update()):
        webhook.secret_encrypted = vault.rotate_shared(webhook.secret_encrypted)


async def enable(session: AsyncSession, webhook_id: UUID, *, by: Actor) -> Webhook:
    """Have an address told again that was disabled; what waits goes on.

    Raises:
        NotFound: there is none.
    """
    webhook = await own(session, webhook_id, by=by)
    webhook.disabled_at = webhook.failing_since = webhook.busy_until = None
    return webhook


async def end(session: AsyncSession, webhook_id: UUID, *, by: Actor, now: datetime) -> None:
    """Tell an address no more.

    Raises:
        NotFound: there is none.
    """
    webhook = await own(session, webhook_id, by=by)
    webhook.ended_at = now
