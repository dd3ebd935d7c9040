"""A call's link: who was called says "seen" by it without signing in. It carries the call's id and a seal.

Nothing is kept of it: whoever may send it makes it again from the call. It opens nothing but its own call,
while that call's ladder is not over and the called person still holds a role over the area.
"""

import base64
import binascii
import hmac
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from app.core.keys import derive, keyed_hash

LIVES = timedelta(days=1)
# How the key of a call's notification begins; the call's id follows a colon.
CALL_KEY = "duty_call"
# Together 35 characters: what one variable of a text message holds. Who guesses at 80 bits has a day.
_ID_BYTES, _SEAL_BYTES = 16, 10


def sms_links(calls: "CallLinks", public_url: str) -> dict[str, Callable[[str], str]]:
    """Return the maker of the links that text messages carry, by how the keys of what is told begin."""
    page = f"{public_url.rstrip('/')}/duty"
    return {CALL_KEY: lambda call_id: f"{page}#{calls.token(UUID(call_id))}"}


class CallLinks:
    """Makes and reads the links of calls."""

    def __init__(self, secret: str) -> None:
        """Take the settings' secret."""
        self._key = derive(secret, "duty-link")

    def token(self, call_id: UUID) -> str:
        """Return the token of a call's link; it belongs into a page's fragment or a header, never a path."""
        return base64.urlsafe_b64encode(call_id.bytes + self._seal(call_id)).decode().rstrip("=")

    def read(self, token: str) -> UUID | None:
        """Return the call that a token names, or nothing for what was not made here."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != _ID_BYTES + _SEAL_BYTES:
            return None
        call_id = UUID(bytes=raw[:_ID_BYTES])
        return call_id if hmac.compare_digest(raw[_ID_BYTES:], self._seal(call_id)) else None

    def _seal(self, call_id: UUID) -> bytes:
        return keyed_hash(self._key, call_id.bytes)[:_SEAL_BYTES]
