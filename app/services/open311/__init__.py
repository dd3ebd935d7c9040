"""Open311 GeoReport v2: other systems read and send here, and our cases go to theirs."""

from app.services.open311.catalogue import attributes, definition, services, told
from app.services.open311.contact import media_url, moment
from app.services.open311.endpoints import EndpointDraft, list_endpoints, rotate_keys
from app.services.open311.endpoints import keep as keep_endpoint
from app.services.open311.errors import (
    ArgumentMissing,
    ArgumentWrong,
    EndpointAddressRefused,
    KeyRefused,
    OutsideJurisdiction,
    SendingNotStuck,
    ServiceUnknown,
    UnitSpeaksNoOpen311,
)
from app.services.open311.following import Meaning, ask_next
from app.services.open311.keys import NewKey, check_key, issue, list_keys, revoke
from app.services.open311.leaving import rest, send_next, sweep
from app.services.open311.progress import NewUpdate, UpdateSearch, send_update, updates
from app.services.open311.requests import NewRequest, send
from app.services.open311.shown import MOST, Search, Shown, by_token, find, photo_of, search
from app.services.open311.words import is_open, number_of, said, status_notes, update_status

__all__ = [
    "MOST",
    "ArgumentMissing",
    "ArgumentWrong",
    "EndpointAddressRefused",
    "EndpointDraft",
    "KeyRefused",
    "Meaning",
    "NewKey",
    "NewRequest",
    "NewUpdate",
    "OutsideJurisdiction",
    "Search",
    "SendingNotStuck",
    "ServiceUnknown",
    "Shown",
    "UnitSpeaksNoOpen311",
    "UpdateSearch",
    "ask_next",
    "attributes",
    "by_token",
    "check_key",
    "definition",
    "find",
    "is_open",
    "issue",
    "keep_endpoint",
    "list_endpoints",
    "list_keys",
    "media_url",
    "moment",
    "number_of",
    "photo_of",
    "rest",
    "revoke",
    "rotate_keys",
    "said",
    "search",
    "send",
    "send_next",
    "send_update",
    "services",
    "status_notes",
    "sweep",
    "told",
    "update_status",
    "updates",
]
