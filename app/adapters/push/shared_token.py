"""A vendor's token that exists once an account: all processes share one, kept sealed in the database."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utc_now
from app.core.db import Database
from app.core.keys import derive
from app.models import VendorToken

Fetch = Callable[[], Awaitable[tuple[str, timedelta]]]
_EARLY = timedelta(minutes=5)


class SharedToken:
    """Lends the token; whoever finds it old asks for another, and the others take theirs.

    It is for vendors that give the same token to all who ask while it lives.
    """

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
        async with self._db.reading() as session:
            row = await session.get(VendorToken, self._vendor)
            old = "" if row is None else self._open(row.sealed)
            if row is not None and _is_good(row, old, refused):
                return old, row.valid_until
        # Outside any transaction: a vendor may take its time, and no row waits for it. Two processes that
        # ask at once are given the same, and what the first one kept is the one that all send with.
        token, lives = await self._fetch()
        return await self._keep(token, utc_now() + lives - _EARLY, instead_of=(old, refused))

    async def _keep(
        self, token: str, until: datetime, *, instead_of: tuple[str, str]
    ) -> tuple[str, datetime]:
        async with self._db.writing() as session:
            await session.execute(
                insert(VendorToken)
                .values(vendor=self._vendor, sealed=b"", valid_until=utc_now())
                .on_conflict_do_nothing()
            )
            row = await session.get_one(VendorToken, self._vendor, with_for_update=True)
            theirs = self._open(row.sealed)
            if _is_good(row, theirs, *instead_of):
                return theirs, row.valid_until
            row.sealed, row.valid_until = self._seal.encrypt(token.encode()), until
            return token, until

    def _open(self, sealed: bytes) -> str:
        try:
            return self._seal.decrypt(sealed).decode() if sealed else ""
        except InvalidToken:  # the settings' secret is another now
            return ""


def _is_good(row: VendorToken, token: str, *refused: str) -> bool:
    return bool(token) and token not in refused and utc_now() < row.valid_until
