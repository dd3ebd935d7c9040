"""Webhooks: city platforms are told what happens to their area's cases."""

from app.services.webhooks.deliveries import (
    deliveries,
    enqueue,
    enqueue_merged,
    forget,
    replay,
    replay_since,
)
from app.services.webhooks.errors import AddressRefused
from app.services.webhooks.sending import send_next, signature
from app.services.webhooks.subscriptions import (
    EVENTS,
    NewWebhook,
    enable,
    end,
    list_webhooks,
    rotate_keys,
    subscribe,
)

__all__ = [
    "EVENTS",
    "AddressRefused",
    "NewWebhook",
    "deliveries",
    "enable",
    "end",
    "enqueue",
    "enqueue_merged",
    "forget",
    "list_webhooks",
    "replay",
    "replay_since",
    "rotate_keys",
    "send_next",
    "signature",
    "subscribe",
]
