"""Open311 GeoReport v2: other systems read what is public and send requests of their own."""

from app.services.open311.catalogue import attributes, definition, services
from app.services.open311.errors import (
    ArgumentMissing,
    ArgumentWrong,
    KeyRefused,
    OutsideJurisdiction,
    ServiceUnknown,
)
from app.services.open311.keys import NewKey, check_key, issue, list_keys, revoke
from app.services.open311.progress import NewUpdate, send_update, updates
from app.services.open311.requests import NewRequest, send
from app.services.open311.shown import MOST, Search, Shown, by_token, find, photo_of, search
from app.services.open311.words import is_open, number_of, said, status_notes, update_status

__all__ = [
    "MOST",
    "ArgumentMissing",
    "ArgumentWrong",
    "KeyRefused",
    "NewKey",
    "NewRequest",
    "NewUpdate",
    "OutsideJurisdiction",
    "Search",
    "ServiceUnknown",
    "Shown",
    "attributes",
    "by_token",
    "check_key",
    "definition",
    "find",
    "is_open",
    "issue",
    "list_keys",
    "number_of",
    "photo_of",
    "revoke",
    "said",
    "search",
    "send",
    "send_update",
    "services",
    "status_notes",
    "update_status",
    "updates",
]
