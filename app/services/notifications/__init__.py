"""Notifications: what people are told, once for each event, and the copies that go to their phones."""

from app.services.notifications.devices import (
    Naming,
    forget_devices,
    list_own_devices,
    register,
    unregister,
)
from app.services.notifications.digests import send_digests
from app.services.notifications.errors import (
    ChannelHasNoDevice,
    MailUnavailable,
    ReceiptForged,
    ReceiptGarbled,
    WordingInvalid,
)
from app.services.notifications.figures import PERIOD, ChannelFigures, measure_reach, of_week, shown_people
from app.services.notifications.held import adopt, count_held, forget_done, list_held, release
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
from app.services.notifications.preferences import own_preference, prefer, ride, topics_for
from app.services.notifications.recall import recall
from app.services.notifications.showing import Shown, show_all
from app.services.notifications.telling import About, tell
from app.services.notifications.templates import Said, Template, Wording, catalogue, find
from app.services.notifications.timing import Mode
from app.services.notifications.wordings import (
    Version,
    Words,
    check,
    choose,
    in_use,
    publish,
    sample,
    versions_of,
)
from app.services.notifications.written import (
    WRITTEN,
    Reached,
    Written,
    reached_by,
    withdraw_text,
    write_text,
)

__all__ = [
    "PERIOD",
    "WRITTEN",
    "About",
    "ChannelFigures",
    "ChannelHasNoDevice",
    "MailUnavailable",
    "Mode",
    "Naming",
    "Outgoing",
    "Reached",
    "ReceiptForged",
    "ReceiptGarbled",
    "Said",
    "Shown",
    "Template",
    "Version",
    "Wording",
    "WordingInvalid",
    "Words",
    "Written",
    "adopt",
    "catalogue",
    "check",
    "choose",
    "count_held",
    "count_unread",
    "drop_doubled",
    "find",
    "forget_devices",
    "forget_done",
    "forget_old",
    "in_use",
    "list_held",
    "list_outgoing",
    "list_own",
    "list_own_devices",
    "mark_all_read",
    "mark_read",
    "measure_reach",
    "missed",
    "of_week",
    "own_preference",
    "prefer",
    "publish",
    "reached_by",
    "recall",
    "register",
    "release",
    "ride",
    "sample",
    "send_digests",
    "show_all",
    "shown_people",
    "some",
    "tell",
    "topics_for",
    "unregister",
    "versions_of",
    "withdraw_text",
    "write_text",
]
