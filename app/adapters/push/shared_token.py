"""A vendor's token that exists once an account: all processes share one, kept sealed in the database."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utc_now
from app.core.db import Database
from app.core.keys import derive
from app.models import VendorToken

Fetch = Callable[[], Awaitable[tuple[str, timedelta]]]
_EARLY = timedelta(minutes=5)


class SharedToken:
    """Lends the token; whoever finds it old renews it under the row's lock, and the others take theirs."""

    def __init__(self, db: Database, *, vendor: str, secret_key: str, fetch: Fetch) -> None:
        """Take the way to a new token, which says how long it lives."""
        self._db, self._vendor, self._fetch = db, vendor, fetch
        self._seal = Fernet(base64.urlsafe_b64encode(derive(secret_key, f"vendor-token-{vendor}")))
        self._token, self._until = "", datetime.min.replace(tzinfo=UTC)
        self._here = asyncio.Lock()

    async def lend(self, *, instead_of: str = "") -> str:
        """Return a token other than one that the vendor has just refused, if there is another.

        Raises:
            VendorBusyError: the vendor gave none.
        """
        async with self._here:
            if not self._token or self._token == instead_of or utc_now() >= self._until:
                self._token, self._until = await self._shared(instead_of)
            return self._token

    async def _shared(self, refused: str) -> tuple[str, datetime]:
        async with self._db.writing() as session:
            await session.execute(
                insert(VendorToken)
                .values(vendor=self._vendor, sealed=b"", valid_until=utc_now())
                .on_conflict_do_nothing()
            )
            row = (
                await session.scalars(
                    select(VendorToken).where(VendorToken.vendor == self._vendor).with_for_update()
                )
            ).one()
            token = self._open(row.sealed)
            if not token or token == refused or utc_now() >= row.valid_until:
                token, lives = await self._fetch()
                row.sealed = self._seal.encrypt(token.encode())
                row.valid_until = utc_now() + lives - _EARLY
            return token, row.valid_until

    def _open(self, sealed: bytes) -> str:
        try:
            return self._seal.decrypt(sealed).decode() if sealed else ""
        except InvalidToken:  # the settings' secret is another now
            return ""
