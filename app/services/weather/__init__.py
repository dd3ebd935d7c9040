"""Weather alerts: entered by staff or imported, in force until they end; riders and stations are told."""

from app.services.weather.cap import CapAlert, read_cap
from app.services.weather.commands import (
    AlertDraft,
    end,
    enter,
    forget_taken_back,
    take_cap,
    unwatch,
    watch,
)
from app.services.weather.errors import AlertInvalid, AlertOver, CapUnreadable, TooManyWatches
from app.services.weather.feeds import close_feed, list_feeds, open_feed, take_from_feed
from app.services.weather.queries import get, in_force, watched
from app.services.weather.telling import recall, tell

__all__ = [
    "AlertDraft",
    "AlertInvalid",
    "AlertOver",
    "CapAlert",
    "CapUnreadable",
    "TooManyWatches",
    "close_feed",
    "end",
    "enter",
    "forget_taken_back",
    "get",
    "in_force",
    "list_feeds",
    "open_feed",
    "read_cap",
    "recall",
    "take_cap",
    "take_from_feed",
    "tell",
    "unwatch",
    "watch",
    "watched",
]
