"""One JSON line a request, cheap enough to stay on: written in batches, holding no personal data.

A line tells the route's template, never the path or query (which hold ids and positions), and no address.
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime

_FLUSH_S = 0.2


def _to_stderr(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


class AccessLog:
    """Gathers lines for a moment and writes them together; :meth:`flush` writes the last ones."""

    def __init__(self, write: Callable[[str], object] = _to_stderr) -> None:
        """Write by ``write``, to standard error unless told otherwise."""
        self._write = write
        self._answers: list[tuple[str, str, int, float, str]] = []

    def add(self, method: str, route: str, status: int, seconds: float, request_id: str) -> None:
        """Note one answered request. Every argument must be free of characters that JSON escapes."""
        if not self._answers:
            asyncio.get_running_loop().call_later(_FLUSH_S, self.flush)
        self._answers.append((method, route, status, seconds, request_id))

    def flush(self) -> None:
        """Write what was gathered; answers of one flush share its time, which is 0.2 s late at most."""
        if not self._answers:
            return
        at = datetime.now(UTC).isoformat()
        answers, self._answers = self._answers, []
        self._write(
            "".join(
                f'{{"event": "request", "method": "{method}", "route": "{route}", "status": {status}, '
                f'"ms": {seconds * 1000:.1f}, "request_id": "{request_id}", "level": "info", '
                f'"timestamp": "{at}"}}\n'
                for method, route, status, seconds, request_id in answers
            )
        )
