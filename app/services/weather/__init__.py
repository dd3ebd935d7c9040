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
from app.services.weather.queries import in_force, watched
from app.services.weather.telling import recall, tell

__all__ = [
    "AlertDraft",
    "AlertInvalid",
    "AlertOver",
    "CapAlert",
    "CapUnreadable",
    "TooManyWatches",
    "end",
    "enter",
    "forget_taken_back",
    "in_force",
    "read_cap",
    "recall",
    "take_cap",
    "tell",
    "unwatch",
    "watch",
    "watched",
]
