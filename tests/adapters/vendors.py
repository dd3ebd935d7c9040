"""A local stand-in for every vendor of messages: it speaks their protocols over a real socket."""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Reply:
    """What a vendor answers; ``after_s`` makes it slow, ``drip_s`` lets each byte of it wait."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0
    drip_s: float = 0


@dataclass(frozen=True)
class Seen:
    """What a vendor was asked."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.content)


TOO_MANY = Reply(429, {}, {"retry-after": "7"})
DOWN = Reply(503, "down for repairs")
GARBAGE = Reply(200, "<html>captive portal</html>")
SLOW = Reply(200, {}, after_s=0.6)
DRIP = Reply(200, "a byte now and then, for hours", drip_s=0.04)


class Vendors:
    """What was asked, and what is answered next; without a word each vendor is pleased."""

    def __init__(self) -> None:
        self.address = ""
        self.seen: list[Seen] = []
        self._next: dict[str, deque[Reply]] = defaultdict(deque)
        self._numbers = count(1)

    def answer(self, path: str, *replies: Reply) -> None:
        """Have requests whose path ends so answered by these, one after the other."""
        self._next[path].extend(replies)

    def asked(self, path: str) -> list[Seen]:
        """Requests whose path ends so."""
        return [seen for seen in self.seen if seen.path.endswith(path)]

    def reply(self, seen: Seen) -> Reply:
        """Answer a request."""
        self.seen.append(seen)
        for path, replies in self._next.items():
            if replies and seen.path.endswith(path):
                return replies.popleft()
        return next(
            (good(seen, next(self._numbers)) for path, good in PLEASED.items() if seen.path.endswith(path)),
            Reply(404, {}),
        )


def _getui(seen: Seen, number: int) -> Reply:
    (cid,) = seen.json["audience"]["cid"]
    return Reply(body={"code": 0, "msg": "", "data": {f"task-{number}": {cid: "successed_online"}}})


def _getui_token(_: Seen, number: int) -> Reply:
    ends = str(int((time.time() + 86_000) * 1000))
    return Reply(body={"code": 0, "msg": "", "data": {"expire_time": ends, "token": f"token-{number}"}})


# The answers of a good day, as the vendors' pages show them.
PLEASED: dict[str, Callable[[Seen, int], Reply]] = {
    "/v3/push": lambda _, number: Reply(body={"sendno": "0", "msg_id": str(number)}),
    "/push/single/cid": _getui,
    "/auth": _getui_token,
    "/cgi-bin/stable_token": lambda _, number: Reply(
        body={"access_token": f"access-{number}", "expires_in": 7200}
    ),
    "/subscribe/send": lambda _, number: Reply(body={"errcode": 0, "errmsg": "ok", "msgid": number}),
    "/messages:send": lambda _, number: Reply(body={"name": f"projects/demo/messages/{number}"}),
    "/": lambda _, number: Reply(
        body={"Code": "OK", "Message": "OK", "RequestId": "1", "BizId": str(number), "CallId": f"{number}^1"}
    ),
    "/webhook/send": lambda *_: Reply(body={"errcode": 0, "errmsg": "ok"}),
    "/robot/send": lambda *_: Reply(body={"errcode": 0, "errmsg": "ok"}),
    "/hook/73febdcb-1b38-4d1b": lambda *_: Reply(body={"code": 0, "msg": "success", "data": {}}),
    "/web-push": lambda _, number: Reply(201, "", {"location": f"https://push.example/m/{number}"}),
}


class MailServer:
    """A mail server that knows the words it needs; what it says of a recipient stands in ``says``."""

    def __init__(self) -> None:
        self.port = 0
        self.letters: list[bytes] = []
        self.says: dict[str, str] = {}
        self.silent_about = ""

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Self]:
        """Serve on a free port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        while line := (await reader.readline()).decode().strip():
            if self.silent_about and self.silent_about in line:
                await reader.read()  # until they give up
                break
            said = next((words for start, words in self.says.items() if start in line), None)
            if said is not None and not said:
                break  # it hangs up
            writer.write(f"{said or GOOD.get(line[:4].upper(), '250 ok')}\r\n".encode())
            if line.upper().startswith("DATA") and said is None:
                self.letters.append(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 taken\r\n")
            if line.upper().startswith("QUIT"):
                break
        writer.close()


GOOD = {
    "DATA": "354 go on",
    "QUIT": "221 bye",
    "EHLO": "250-mail.example\r\n250 AUTH PLAIN",
    "AUTH": "235 ok",
}


@contextmanager
def vendors() -> Iterator[Vendors]:
    """Run the stand-in on a free port."""
    them = Vendors()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            address = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            content = self.rfile.read(int(headers.get("content-length", 0)))
            reply = them.reply(Seen(address.path, query, headers, content))
            time.sleep(reply.after_s)
            body = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
            try:
                self._send(reply, body.encode())
            except ConnectionError:  # they did not wait
                self.close_connection = True

        def _send(self, reply: Reply, body: bytes) -> None:
            self.send_response(reply.status)
            for name, value in {"content-type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            for part in (body,) if not reply.drip_s else (body[n : n + 1] for n in range(len(body))):
                self.wfile.write(part)
                time.sleep(reply.drip_s)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 512

    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    them.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield them
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
