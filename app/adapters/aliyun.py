"""How Alibaba Cloud's synchronous clients are asked: in a thread, once, and only their codes come out."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions

_CONNECT_MS, _READ_MS = 2000, 4000
_DEADLINE_S = 8
_CODE = re.compile(r"[\w.-]{1,80}")
SENT = "OK"


@dataclass(frozen=True, slots=True)
class AliyunLogin:
    """What the provider knows us by; ``endpoint`` and ``protocol`` differ in tests alone."""

    key_id: str
    key_secret: str = field(repr=False)
    endpoint: str
    protocol: str = "https"

    def config(self) -> Config:
        """Return it as their clients want it."""
        return Config(
            access_key_id=self.key_id,
            access_key_secret=self.key_secret,
            endpoint=self.endpoint,
            protocol=self.protocol,
        )


def once() -> RuntimeOptions:
    """Return the options of a call that is not repeated: a repetition would be a second message."""
    return RuntimeOptions(autoretry=False, connect_timeout=_CONNECT_MS, read_timeout=_READ_MS)


async def ask(call: Callable[[], Any]) -> tuple[str, Any]:
    """Make a call and return its code and body; an error's code, or its type, and nothing else of it.

    Some of their texts hold the number that was called.
    """
    try:
        async with asyncio.timeout(_DEADLINE_S):
            body = (await asyncio.to_thread(call)).body
    except Exception as error:  # noqa: BLE001 - its layers have no common base
        return _plain(getattr(error, "code", None)) or type(error).__name__, None
    return _plain(getattr(body, "code", None)) or "garbage", body


def _plain(code: object) -> str:
    """Return a code that is one; what else stands in its place may quote anything."""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""
