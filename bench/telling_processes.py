"""The other processes of ``bench/telling.py``: a worker as it runs in production, and a local fake of FCM."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from firebase_admin import credentials
from google.auth.credentials import Credentials
from google.auth.transport import Request as TokenRequest
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Receive, Scope, Send

from app.adapters.push.fcm import Fcm
from app.core.db import Database, create_engine
from app.core.embedded import die_with_parent
from app.core.urgency import PushChannel
from app.jobs.pushing import Pusher
from app.jobs.queue import QueueWorker
from app.jobs.runner import Runner
from app.models import OutboxEvent
from app.ports import Parcel, PushResult
from app.realtime.listener import Listener
from app.services.accounts.vault import Vault
from app.services.notifications import tell

EVENT, KIND = "bench.happened", "report.reply"
KEY = "a-key-of-the-bench-that-is-long-enough"


class Vendor:
    """Speaks FCM's protocol over HTTP: notes which notification came first when, and names each message."""

    came_at: ClassVar[dict[str, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a message; tell whoever gets what came so far."""
        if scope["type"] != "http":
            return
        content = b""
        while True:
            piece = await receive()
            content += piece.get("body", b"")
            if not piece.get("more_body"):
                break
        if scope["method"] == "POST":
            name = json.loads(content)["message"]["data"]["id"]
            self.came_at.setdefault(name, time.time())
            said = b'{"name": "projects/bench/messages/1"}'
        else:
            said = json.dumps(self.came_at).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(said))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": said})


vendor = Vendor()


class _Token(Credentials):
    def refresh(self, request: TokenRequest) -> None:  # noqa: ARG002 - the kit's form
        self.token = "bench"


class _Somebody(credentials.Base):
    def get_credential(self) -> Credentials:
        return _Token()


class _Counted:
    """The real adapter, and how many messages its largest call had."""

    def __init__(self, sender: Fcm) -> None:
        self._sender, self.largest = sender, 0
        self.most_at_once, self.most_per_second = sender.most_at_once, sender.most_per_second

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        self.largest = max(self.largest, len(parcels))
        return await self._sender.send(parcels)


async def tell_one(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """React to an event: one person is told."""
    key, person = f"event:{event.id}", UUID(event.payload["person"])
    await tell(session, kind=KIND, to=[person], key=key, now=now)


async def _work(url: str, address: str) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    db, listener = Database(create_engine(url, pool_size=8)), Listener(url)
    sender = _Counted(Fcm(_Somebody(), project_id="bench", base_url=address))
    runner = Runner(db, jobs=(), reactions={EVENT: (tell_one,)})
    pusher = Pusher(
        db, {PushChannel.FCM: sender}, Vault(secret_key=KEY, phone_keys=[KEY], phone_hash_key=KEY)
    )
    queue = QueueWorker(url, pusher.errands())
    runner.listen(listener)
    listener.start()
    runner.start()
    queue.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await ended.wait()
    await runner.stop()
    pusher.stop()
    await queue.stop()
    await listener.stop()
    await db.close()
    sys.stdout.write(f"{sender.largest}\n")


if __name__ == "__main__":
    die_with_parent()
    asyncio.run(_work(*sys.argv[1:]))
