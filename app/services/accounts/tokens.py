"""Access tokens: signed, short-lived, verified without the database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

import jwt

from app.core.errors import SignInRequired
from app.core.keys import derive

_ALGORITHM = "HS256"
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: whose it is, of which sign-in, and until when."""

    account_id: UUID
    session_id: UUID
    expires_at: datetime


class AccessTokens:
    """Issues and reads access tokens (JWT, HS256)."""

    def __init__(self, secret: str, *, minutes: int) -> None:
        """Take the settings' secret and how long a token lives."""
        self._key = derive(secret, "access-token")
        self.lifetime = timedelta(minutes=minutes)
        # A phone sends the same token for a quarter of an hour; a verified one is not verified again.
        self._verified = lru_cache(_REMEMBERED)(self._verify)

    def issue(self, account_id: UUID, session_id: UUID, *, now: datetime) -> str:
        """Return a token for one sign-in of an account."""
        expires_at = int((now + self.lifetime).timestamp())
        claims = {"sub": str(account_id), "sid": str(session_id), "exp": expires_at}
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def read(self, token: str, *, now: datetime) -> Claims:
        """Return what a token says.

        Raises:
            SignInRequired: it is not ours, or it has expired.
        """
        claims = self._verified(token)
        if now >= claims.expires_at:
            raise SignInRequired
        return claims

    def _verify(self, token: str) -> Claims:
        # The expiry is judged by the request's clock, above, also for tokens remembered from before.
        options: jwt.types.Options = {"require": ["sub", "sid", "exp"], "verify_exp": False}
        try:
            said = jwt.decode(token, self._key, algorithms=[_ALGORITHM], options=options)
        except jwt.InvalidTokenError:
            raise SignInRequired from None
        return Claims(UUID(said["sub"]), UUID(said["sid"]), datetime.fromtimestamp(said["exp"], UTC))
