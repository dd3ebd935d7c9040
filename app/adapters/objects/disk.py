"""Objects as files of one folder, which every process must share."""

import asyncio
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from app.ports import ObjectMissing, OutsideError


class DiskObjects:
    """Keeps objects below a folder; a put is written aside, named in one step, and synced to the disk."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is made with the first object."""
        self._folder = folder.resolve()
        self._store: LocalStore | None = None

    def _open(self) -> LocalStore:
        if self._store is None:
            self._store = LocalStore(self._folder, mkdir=True, automatic_cleanup=True)
        return self._store

    async def put(self, key: str, data: bytes, *, media_type: str) -> None:  # noqa: ARG002 - a file has none
        """Write a file and wait until the disk has it."""
        try:
            await obstore.put_async(self._open(), key, data, use_multipart=False)
            await asyncio.to_thread(_sync, self._folder, self._folder / key)
        except (BaseError, OSError) as error:
            raise OutsideError("the folder of objects cannot be written") from error

    async def get(self, key: str) -> bytes:
        """Read a file."""
        try:
            found = await obstore.get_async(self._open(), key)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            raise ObjectMissing from None
        except (BaseError, OSError) as error:
            raise OutsideError("the folder of objects cannot be read") from error

    async def delete_under(self, folder: str) -> None:
        """Delete every file below a folder."""
        try:
            async for batch in obstore.list(self._open(), f"{folder}/"):
                await self.delete([found["path"] for found in batch])
        except BaseError as error:
            raise OutsideError("the folder of objects cannot be changed") from error

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete files."""
        for key in keys:
            try:
                await obstore.delete_async(self._open(), key)
            except FileNotFoundError:
                continue
            except BaseError as error:
                raise OutsideError("the folder of objects cannot be changed") from error

    async def address(self, key: str, *, lives: timedelta) -> str | None:  # noqa: ARG002 - there is none
        """Return that a file has no address."""
        return None


def _sync(root: Path, file: Path) -> None:
    """Sync a file and the folders that name it."""
    for path in (file, *file.parents):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path == root:
            return
