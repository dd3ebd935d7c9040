"""Objects in an S3-compatible store; phones fetch them there, by addresses that it signs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.ports import ObjectMissing, OutsideError

_PATIENCE = timedelta(seconds=20)
# An address of a copy stays the same while its content does; it is for one person's phone.
_CACHE = "private, max-age=900, immutable"
_MOST_SIGNED = 10_000


@dataclass(frozen=True, slots=True)
class S3Account:
    """Where the store is and who we are there."""

    endpoint: str
    region: str
    bucket: str
    key_id: str
    key_secret: str = field(repr=False)
    path_style: bool = True


class S3Objects:
    """Keeps objects in one bucket."""

    def __init__(self, account: S3Account) -> None:
        """Take the account; nothing is asked of the store yet."""
        self._signed: dict[tuple[str, int], str] = {}  # by key and when it ends
        self._store = S3Store(
            account.bucket,
            endpoint=account.endpoint,
            region=account.region,
            access_key_id=account.key_id,
            secret_access_key=account.key_secret,
            virtual_hosted_style_request=not account.path_style,
            client_options={
                "allow_http": account.endpoint.startswith("http://"),
                "timeout": _PATIENCE,
                "connect_timeout": timedelta(seconds=5),
            },
            retry_config={
                "max_retries": 2,
                "retry_timeout": _PATIENCE,
                "backoff": {"init_backoff": timedelta(milliseconds=100), "base": 2},
            },
        )

    async def put(self, key: str, data: bytes, *, media_type: str) -> None:
        """Put an object; the store answers once it is durable."""
        kind = "inline" if media_type == "image/jpeg" and not key.endswith("original") else "attachment"
        attributes = {"Content-Type": media_type, "Content-Disposition": kind, "Cache-Control": _CACHE}
        try:
            await obstore.put_async(self._store, key, data, attributes=attributes, use_multipart=False)
        except BaseError as error:
            raise OutsideError("the object store cannot be written") from error

    async def get(self, key: str) -> bytes:
        """Get an object."""
        try:
            found = await obstore.get_async(self._store, key)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            raise ObjectMissing from None
        except BaseError as error:
            raise OutsideError("the object store cannot be read") from error

    async def delete_under(self, folder: str) -> None:
        """Delete every object below a folder."""
        try:
            async for batch in obstore.list(self._store, f"{folder}/"):
                await self.delete([found["path"] for found in batch])
        except BaseError as error:
            raise OutsideError("the object store cannot be changed") from error

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete objects."""
        try:
            await obstore.delete_async(self._store, list(keys))
        except FileNotFoundError:
            return
        except BaseError as error:
            raise OutsideError("the object store cannot be changed") from error

    async def address(self, key: str, *, lives: timedelta) -> str | None:
        """Return an address that the store itself honours for a while.

        A signature carries its second. Asked again for the same end, this process gives the same address, so
        that phones keep the picture, and the answer it stands in is the one they have (304).
        """
        wanted = key, round(monotonic() + lives.total_seconds())
        if (known := self._signed.get(wanted)) is not None:
            return known
        if len(self._signed) >= _MOST_SIGNED:
            self._signed.clear()
        try:
            self._signed[wanted] = await obstore.sign_async(self._store, "GET", key, lives)
        except BaseError as error:
            raise OutsideError("the object store cannot sign") from error
        return self._signed[wanted]
