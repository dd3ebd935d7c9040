"""What is told: an event becomes one delivery for each address, in the transaction that reacts to it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import (
    Move,
    OutboxEvent,
    Report,
    ReportStep,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryState,
)
from app.services import areas
from app.services.reports import numbers
from app.services.reports.events import ReportMoved
from app.services.webhooks import subscriptions

# As long as outbox events; a platform that was away longer reads everything anew.
KEEP = timedelta(days=30)
_TOLD = ("move", "from_state", "to_state", "due_at", "urgency")


async def enqueue(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Note an event of a case for every address that is told of it; a confidential case for none.

    What a disabled address misses waits for it, too.
    """
    said = {name: event.payload[name] for name in _TOLD if name in event.payload}
    await _enqueue(session, event, event.name, {UUID(event.payload["report_id"]): said}, now=now)


async def enqueue_merged(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Note for every address that cases were merged in one go: what each of them merged alone had said."""
    merged = select(ReportStep).where(
        ReportStep.report_id.in_([UUID(each) for each in event.payload.get("merged_ids", ())]),
        ReportStep.move == Move.MARK_DUPLICATE,
        ReportStep.at == event.recorded_at,
    )
    said = {
        step.report_id: {"move": step.move, "from_state": step.from_state, "to_state": step.to_state}
        for step in await session.scalars(merged)
    }
    await _enqueue(session, event, ReportMoved.name, said, now=now)


async def _enqueue(
    session: AsyncSession,
    event: OutboxEvent,
    name: str,
    said: Mapping[UUID, Mapping[str, Any]],
    *,
    now: datetime,
) -> None:
    """Note for every address that hears a name what an event says of cases, by their ids."""
    open_ones = (
        select(Report).where(Report.id.in_(said), Report.is_confidential.is_(False)).order_by(Report.id)
    )
    told = select(Webhook.id, Webhook.area_code, Webhook.events).where(Webhook.ended_at.is_(None))
    webhooks = [row for row in (await session.execute(told)).all() if name in row.events]
    if not webhooks:
        return
    lineage = await areas.load_lineage(session)
    rows = [
        {
            "id": new_id(),
            "webhook_id": webhook.id,
            "report_id": report.id,
            "event_id": event.id,
            "event": name,
            "data": {**_about(event, report), **said[report.id]},
            "state": WebhookDeliveryState.WAITING,
            "tries": 0,
            "next_try_at": now,
            "created_at": now,
        }
        for report in (await session.scalars(open_ones)).all()
        for webhook in webhooks
        if webhook.area_code in lineage.above(report.area_code)
    ]
    if rows:
        await session.execute(insert(WebhookDelivery).on_conflict_do_nothing(), rows)


def _about(event: OutboxEvent, report: Report) -> dict[str, Any]:
    return {
        "sequence": event.id,
        "at": event.recorded_at.isoformat(),
        "report_id": str(report.id),
        "number": numbers.write(report.number),
        "category_id": report.category_id,
        "area_code": report.area_code,
    }


def _open_to(webhook: Webhook) -> Select[WebhookDelivery]:
    """Select what an address was told; a case that turned out to be confidential is in no list."""
    return (
        select(WebhookDelivery)
        .join(Report, Report.id == WebhookDelivery.report_id)
        .where(WebhookDelivery.webhook_id == webhook.id, Report.is_confidential.is_(False))
    )


async def deliveries(
    session: AsyncSession, webhook_id: UUID, *, by: Actor, cursor: str | None, limit: int
) -> Page[WebhookDelivery]:
    """Return a page of what an address was told, the newest first.

    Raises:
        NotFound: the address is not of the caller's areas.
        BadCursor: the cursor is not of this list.
    """
    query = _open_to(await subscriptions.own(session, webhook_id, by=by))
    if (after := read_id_cursor(cursor)) is not None:
        query = query.where(WebhookDelivery.id < after)
    rows = (await session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit + 1))).all()
    return Page(rows[:limit], id_cursor(rows[limit - 1].id) if len(rows) > limit else None)


async def replay(
    session: AsyncSession, webhook_id: UUID, delivery_id: UUID, *, by: Actor, now: datetime
) -> WebhookDelivery:
    """Tell something again, from the first try on.

    Raises:
        NotFound: there is none.
    """
    webhook = await subscriptions.own(session, webhook_id, by=by)
    query = _open_to(webhook).where(WebhookDelivery.id == delivery_id)
    delivery = await session.scalar(query.with_for_update(of=WebhookDelivery))
    if delivery is None:
        raise NotFound
    delivery.state, delivery.tries, delivery.next_try_at = WebhookDeliveryState.WAITING, 0, now
    delivery.delivered_at = delivery.last_error = None
    return delivery


async def replay_since(
    session: AsyncSession, webhook_id: UUID, since: datetime, *, by: Actor, now: datetime
) -> int:
    """Tell everything again that was noted since an instant, in its order; return how much that is.

    Raises:
        NotFound: the address is not of the caller's areas.
    """
    webhook = await subscriptions.own(session, webhook_id, by=by)
    again = (
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.created_at >= since)
        .values(
            state=WebhookDeliveryState.WAITING,
            tries=0,
            next_try_at=now,
            delivered_at=None,
            last_error=None,
        )
        .returning(WebhookDelivery.id)
    )
    return len((await session.scalars(again)).all())


async def forget(session: AsyncSession, *, now: datetime) -> int:
    """Delete what is older than a month, told or not."""
    old = delete(WebhookDelivery).where(WebhookDelivery.created_at < now - KEEP)
    return len((await session.scalars(old.returning(WebhookDelivery.id))).all())
