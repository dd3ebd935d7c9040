"""A vendor for demonstrations: on a socket of its own it speaks JPush's protocol and that of WeCom's robots.

The service talks to it as it would to the vendors, by the same adapters and over HTTP; what arrived can be
read there. Where the protocols stand is said in ``app/adapters/push``: ``jpush.py`` and ``robots.py``.
"""

import base64
import contextlib
import json
import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from app.core.clock import utc_now
from app.core.settings import Environment, Settings

_KEPT = 1000
_MOST_BYTES = 100_000
_ACCOUNT = ("demo", "demo")
_BASIC = "Basic " + base64.b64encode(":".join(_ACCOUNT).encode()).decode()
_Answer = tuple[HTTPStatus, Mapping[str, Any]]


@contextlib.contextmanager
def in_vendors_place(settings: Settings) -> Generator[str]:
    """Take the place of JPush and WeCom while the block lasts, where a demo has neither; give the address.

    The processes of the API learn of it from the environment, as they would of another vendor's room.
    """
    names = ("jpush_app_key", "jpush_base_url", "wecom_robot_base_url")
    if settings.environment is not Environment.DEMO or settings.model_fields_set.intersection(names):
        yield ""
        return
    server = _Server(("127.0.0.1", 0), _Vendor)
    address = f"http://127.0.0.1:{server.server_port}"
    key, secret = _ACCOUNT
    os.environ |= {
        "NUANFENG_JPUSH_APP_KEY": key,
        "NUANFENG_JPUSH_MASTER_SECRET": secret,
        "NUANFENG_JPUSH_BASE_URL": address,
        "NUANFENG_WECOM_ROBOT_BASE_URL": address,
    }
    Thread(target=server.serve_forever, args=(0.05,), name="stand-in", daemon=True).start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()


def _push(headers: Mapping[str, str], _: str, body: Any, number: int) -> _Answer:
    """Answer as JPush's Push API v3."""
    if headers.get("authorization") != _BASIC:
        return HTTPStatus.UNAUTHORIZED, {"error": {"code": 1004, "message": "Authen failed"}}
    if not {"platform", "audience", "notification"} <= body.keys():
        return HTTPStatus.BAD_REQUEST, {"error": {"code": 1002, "message": "Missing parameter"}}
    return HTTPStatus.OK, {"sendno": "0", "msg_id": str(number)}


def _chat(_: Mapping[str, str], query: str, body: Any, __: int) -> _Answer:
    """Answer as a robot of WeCom."""
    if "key" not in parse_qs(query):
        return HTTPStatus.OK, {"errcode": 93000, "errmsg": "invalid webhook url"}
    if "text" not in body:
        return HTTPStatus.OK, {"errcode": 40008, "errmsg": "invalid message type"}
    return HTTPStatus.OK, {"errcode": 0, "errmsg": "ok"}


_PROTOCOLS: Mapping[str, Callable[[Mapping[str, str], str, Any, int], _Answer]] = {
    "/v3/push": _push,
    "/cgi-bin/webhook/send": _chat,
}


class _Server(ThreadingHTTPServer):
    """Takes a crowd that comes at once."""

    request_queue_size = 128


class _Vendor(BaseHTTPRequestHandler):
    """Takes what is posted, and shows whoever asks what was, a line each, the newest first."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    arrived: ClassVar[deque[str]] = deque(maxlen=_KEPT)
    numbers: ClassVar[Iterator[int]] = count(1)

    def do_POST(self) -> None:
        """Answer a request as the vendor whose path it is."""
        address = urlsplit(self.path)
        speak = _PROTOCOLS.get(address.path)
        content = self.rfile.read(min(int(self.headers.get("content-length", 0)), _MOST_BYTES))
        if speak is None:
            return self._say(HTTPStatus.NOT_FOUND, "{}")
        try:
            body = json.loads(content)
        except ValueError:
            return self._say(HTTPStatus.BAD_REQUEST, "{}")
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, answer = speak(headers, address.query, body, next(self.numbers))
        line = {"at": utc_now().isoformat(), "path": address.path, "status": status, "body": body}
        self.arrived.appendleft(json.dumps(line, ensure_ascii=False))
        return self._say(status, json.dumps(answer))

    def do_GET(self) -> None:
        """Show what arrived."""
        self._say(HTTPStatus.OK, "".join(f"{line}\n" for line in list(self.arrived)), media_type="text/plain")

    def _say(self, status: HTTPStatus, text: str, *, media_type: str = "application/json") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", f"{media_type}; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: what arrived is shown to who asks."""
