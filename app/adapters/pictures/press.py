"""The press: a process of its own for each picture, with limits of memory and time, that may die."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from app.ports import Cover, Developed, PictureRefusedError, PressBrokenError

# Below the lease of a photo in the darkroom.
PATIENCE_S = 20.0
_ROOT = Path(__file__).parents[3]
# Isolated (-I) from the environment and its secrets; the one path that it needs is named.
_START = "import sys; sys.path.insert(0, sys.argv[1]); from app.adapters.pictures.child import main; main()"


class SubprocessPress:
    """Makes copies in child processes; how many at once is for whoever asks."""

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        """Say how long one picture may take."""
        self._patience_s = patience_s

    async def develop(
        self, data: bytes, *, declared_type: str | None = None, covered: Sequence[Cover] = ()
    ) -> Developed:
        """Make the copies in a new process, which is killed when it takes too long."""
        order = {"declared_type": declared_type, "covered": [asdict(each) for each in covered]}
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-c",
            _START,
            str(_ROOT),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
        try:
            async with asyncio.timeout(self._patience_s):
                made, _ = await child.communicate(json.dumps(order).encode() + b"\n" + data)
        except TimeoutError:
            raise PressBrokenError("too slow") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0:
            raise PressBrokenError(f"ended with {child.returncode}")
        try:
            return _read(made)
        except (ValueError, TypeError, KeyError) as error:
            raise PressBrokenError("spoke nonsense") from error


def _read(made: bytes) -> Developed:
    head, _, copies = made.partition(b"\n")
    told: dict[str, Any] = json.loads(head)
    if "refused" in told:
        raise PictureRefusedError(told["refused"])
    (large, thumb), taken_at = told.pop("sizes"), told.pop("exif_taken_at")
    return Developed(
        **told,
        exif_taken_at=None if taken_at is None else datetime.fromisoformat(taken_at),
        large=copies[:large],
        thumb=copies[large : large + thumb],
        plates=copies[large + thumb :],
    )
