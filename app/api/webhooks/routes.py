"""Officers have city platforms told what happens in their district."""

from uuid import UUID

from fastapi import APIRouter

from app.api.deps import Now, Officer, ReadDep, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.schemas import Cursor, Limit
from app.api.webhooks.schemas import (
    DeliveryOut,
    DeliveryPage,
    NewWebhookOut,
    ReplayIn,
    ReplayOut,
    WebhookIn,
    WebhookList,
    WebhookOut,
)
from app.core.errors import BadCursor, NotFound
from app.services import webhooks
from app.services.webhooks import AddressRefused, NewWebhook

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


@router.get("")
async def list_webhooks(by: Officer, session: ReadDep) -> WebhookList:
    """List the addresses that are told of the caller's districts."""
    found = await webhooks.list_webhooks(session, by=by)
    return WebhookList(items=[WebhookOut.model_validate(each) for each in found])


@router.post("", status_code=201, responses=problems(NotFound, AddressRefused))
async def create_webhook(
    given: WebhookIn, by: Officer, runtime: RuntimeDep, session: SessionDep, now: Now
) -> NewWebhookOut:
    """Have an address told; ``secret`` signs what it is told and is shown this once.

    Each telling is a POST by Standard Webhooks: `webhook-id` stays the same when it is told again,
    `webhook-signature` is `v1,` and HMAC-SHA256 in base64 over `webhook-id.webhook-timestamp.body` by what
    follows `whsec_` in the secret, read as base64. Of one case the higher `data.sequence` is the later news.
    Answer with 2xx within 10 seconds; 410 ends it.
    """
    new = NewWebhook(given.area_code, given.url, list(given.events))
    plain = runtime.settings.outgoing_inside
    webhook, secret = await webhooks.subscribe(
        session, new, vault=runtime.vault, by=by, now=now, may_be_plain=plain
    )
    return NewWebhookOut(webhook=WebhookOut.model_validate(webhook), secret=secret)


@router.post("/{webhook_id:uuid}/enable", responses=problems(NotFound))
async def enable_webhook(webhook_id: UUID, by: Officer, session: SessionDep) -> WebhookOut:
    """Have an address told again that was disabled after days of failures."""
    return WebhookOut.model_validate(await webhooks.enable(session, webhook_id, by=by))


@router.delete("/{webhook_id:uuid}", status_code=204, responses=problems(NotFound))
async def end_webhook(webhook_id: UUID, by: Officer, session: SessionDep, now: Now) -> None:
    """Tell an address no more."""
    await webhooks.end(session, webhook_id, by=by, now=now)


@router.get("/{webhook_id:uuid}/deliveries", responses=problems(NotFound, BadCursor))
async def list_deliveries(
    webhook_id: UUID, by: Officer, session: ReadDep, cursor: Cursor = None, limit: Limit = 50
) -> DeliveryPage:
    """List what an address was told, the newest first."""
    page = await webhooks.deliveries(session, webhook_id, by=by, cursor=cursor, limit=limit)
    items = [DeliveryOut.model_validate(each) for each in page.items]
    return DeliveryPage(items=items, next_cursor=page.next_cursor)


@router.post("/{webhook_id:uuid}/replay", responses=problems(NotFound))
async def replay_deliveries(
    webhook_id: UUID, given: ReplayIn, by: Officer, session: SessionDep, now: Now
) -> ReplayOut:
    """Tell everything again since an instant of the last 30 days, in its order."""
    count = await webhooks.replay_since(session, webhook_id, given.since, by=by, now=now)
    return ReplayOut(deliveries=count)


@router.post("/{webhook_id:uuid}/deliveries/{delivery_id:uuid}/replay", responses=problems(NotFound))
async def replay_delivery(
    webhook_id: UUID, delivery_id: UUID, by: Officer, session: SessionDep, now: Now
) -> DeliveryOut:
    """Tell something again."""
    return DeliveryOut.model_validate(await webhooks.replay(session, webhook_id, delivery_id, by=by, now=now))
