"""The loops that carry copies of notifications to the vendors: one that routes, one for each channel.

Any number of processes may run them on one database. Vendors fail in every way; none of theirs keeps
another's messages waiting.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from app.core.clock import utc_now
from app.core.db import Database
from app.core.metrics import PUSH_WAIT, PUSHES, PUSHES_HELD
from app.core.urgency import PushChannel
from app.jobs.loops import Loop
from app.jobs.pacing import Breaker, Pace
from app.ports import Accepted, OutsideError, PushResult, PushSender, RetryLater
from app.realtime.listener import Ids, Listener
from app.services.accounts.vault import Vault
from app.services.notifications import held, routing, sending
from app.services.notifications.sending import Links, Taken
from app.services.outbox import Channel

log = structlog.get_logger(__name__)

_POLL_S = 2.0
_PATIENCE_S = 20.0  # well below the lease
_MOST_EMERGENCIES = 10


class Pusher:
    """Routes what is due and sends it by each channel; outlives any trouble of database and vendors."""

    def __init__(
        self,
        db: Database,
        senders: Mapping[PushChannel, PushSender],
        vault: Vault,
        *,
        links: Links | None = None,
        clock: Callable[[], datetime] = utc_now,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        """Take the senders that this process has; a channel without one is not used."""
        self._db = db
        self.channels = {
            channel: ChannelPusher(
                db, channel, sender, vault, links=links, clock=clock, patience_s=patience_s
            )
            for channel, sender in senders.items()
        }
        self._clock = clock
        self._router = Loop("push-router", self.route)
        self._senders = [Loop(f"push-{channel}", pusher.once) for channel, pusher in self.channels.items()]

    def listen(self, listener: Listener) -> None:
        """Wake at once when somebody was told something."""
        listener.on(Channel.NOTIFICATIONS, self._on_notice)

    async def _on_notice(self, _: Ids | None) -> None:
        self._router.wake()

    def start(self) -> None:
        """Begin in tasks of the running loop; without any sender there is nothing to do."""
        if self.channels:
            for loop in (self._router, *self._senders):
                loop.start()

    async def stop(self) -> None:
        """Finish what is being sent and end."""
        await asyncio.gather(*(loop.stop() for loop in (self._router, *self._senders)))

    async def route(self) -> float | None:
        """Route what is due; return how long to rest, or ``None`` when there may be more."""
        async with self._db.writing() as session:
            taken = await routing.route(session, available=self.channels.keys(), now=self._clock())
        if not taken:
            async with self._db.reading() as session:
                PUSHES_HELD.set(await held.count_held(session))
            return _POLL_S
        for loop in self._senders:
            loop.wake()
        return None


class ChannelPusher:
    """Sends what waits on one channel: no faster than the vendor bears, and not while it is down."""

    def __init__(
        self,
        db: Database,
        channel: PushChannel,
        sender: PushSender,
        vault: Vault,
        *,
        links: Links | None = None,
        clock: Callable[[], datetime],
        patience_s: float,
        ticks: Callable[[], float] | None = None,
    ) -> None:
        """Take a sender; ``ticks`` are seconds of a clock that never jumps."""
        self._db = db
        self._channel = channel
        self._sender = sender
        self._vault = vault
        self._links = links
        self._clock = clock
        self._patience_s = patience_s
        ticks = ticks or asyncio.get_running_loop().time
        self._pace = Pace(sender.most_per_second, sender.most_at_once, ticks)
        self._breaker = Breaker(ticks)

    async def once(self) -> float | None:
        """Send a batch; return how long to rest, or ``None`` when there may be more."""
        limit = self._pace.allowance()
        if limit < 1:
            return self._pace.wait_s()
        if self._breaker.is_open:
            limit = min(limit, _MOST_EMERGENCIES)
        elif self._breaker.is_trying:
            limit = 1
        async with self._db.writing() as session:
            taken = await sending.take(
                session,
                self._channel,
                limit=limit,
                vault=self._vault,
                links=self._links,
                # While a vendor is left alone, emergencies still try it: failing, they take the next way.
                emergencies_only=self._breaker.is_open,
                now=self._clock(),
            )
        if not taken:
            return _POLL_S
        self._pace.spend(len(taken))
        await self._send(taken)
        return None

    async def _send(self, taken: Sequence[Taken]) -> None:
        """Ask the vendor; what failed before goes alone, so that a message that breaks a batch is found."""
        fresh = [each for each in taken if each.tries == 1]
        batches = [fresh, *([each] for each in taken if each.tries > 1)]
        for batch in batches:
            if batch:
                await self._send_batch(batch)

    async def _send_batch(self, batch: Sequence[Taken]) -> None:
        results = await self._ask(batch)
        now = self._clock()
        async with self._db.writing() as session:
            await sending.settle(session, list(zip(batch, results, strict=True)), now=now)
        self._breaker.note(
            is_down=all(isinstance(result, RetryLater) and result.is_vendor_down for result in results)
        )
        for each, result in zip(batch, results, strict=True):
            PUSHES.labels(self._channel.value, type(result).__name__).inc()
            if isinstance(result, Accepted):
                waited = (now - each.told_at).total_seconds()
                PUSH_WAIT.labels(self._channel.value).observe(max(0.0, waited))

    async def _ask(self, batch: Sequence[Taken]) -> Sequence[PushResult]:
        """Return what became of each, whatever the sender does: raise, never return, or miscount."""
        failure: RetryLater
        try:
            async with asyncio.timeout(self._patience_s):
                results = await self._sender.send([each.parcel for each in batch])
            if len(results) == len(batch):
                return results
            failure = RetryLater("miscounted")
        except TimeoutError:
            failure = RetryLater("no_answer", is_vendor_down=True)
        except OutsideError:
            failure = RetryLater("failed", is_vendor_down=True)
        except Exception as error:
            # A sender's own fault; it may lie in one message, which then goes alone and is held in the end.
            log.exception("a sender failed", channel=self._channel.value)
            failure = RetryLater(type(error).__name__)
        return [failure] * len(batch)
