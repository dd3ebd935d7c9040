"""Notifications: what people are told, once for each event, and the copies that go to their phones."""

from app.services.notifications.inbox import (
    count_unread,
    drop_doubled,
    forget_old,
    list_own,
    mark_all_read,
    mark_read,
    missed,
    some,
)
from app.services.notifications.showing import Shown, show
from app.services.notifications.telling import About, tell
from app.services.notifications.templates import Said, Template, catalogue, find, render

__all__ = [
    "About",
    "Said",
    "Shown",
    "Template",
    "catalogue",
    "count_unread",
    "drop_doubled",
    "find",
    "forget_old",
    "list_own",
    "mark_all_read",
    "mark_read",
    "missed",
    "render",
    "show",
    "some",
    "tell",
]
