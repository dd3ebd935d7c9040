"""Notifications: what people are told, once for each event, and the copies that go to their phones."""

from app.services.notifications.devices import (
    Naming,
    forget_devices,
    list_own_devices,
    register,
    unregister,
)
from app.services.notifications.errors import ChannelHasNoDevice
from app.services.notifications.figures import ChannelFigures, of_week
from app.services.notifications.held import forget_done, list_held, release
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
from app.services.notifications.outgoing import Outgoing, list_outgoing
from app.services.notifications.preferences import own_preference, prefer, ride
from app.services.notifications.showing import Shown, show
from app.services.notifications.telling import About, tell
from app.services.notifications.templates import Said, Template, catalogue, find, render
from app.services.notifications.timing import Mode

__all__ = [
    "About",
    "ChannelFigures",
    "ChannelHasNoDevice",
    "Mode",
    "Naming",
    "Outgoing",
    "Said",
    "Shown",
    "Template",
    "catalogue",
    "count_unread",
    "drop_doubled",
    "find",
    "forget_devices",
    "forget_done",
    "forget_old",
    "list_held",
    "list_outgoing",
    "list_own",
    "list_own_devices",
    "mark_all_read",
    "mark_read",
    "missed",
    "of_week",
    "own_preference",
    "prefer",
    "register",
    "release",
    "render",
    "ride",
    "show",
    "some",
    "tell",
    "unregister",
]
