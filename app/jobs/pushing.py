"""The jobs that carry copies of notifications to the vendors: one routes, the others send, by channel.

Any number of processes may do them on one database. Vendors fail in every way; none of theirs keeps another's
messages waiting.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.core.clock import utc_now
from app.core.db import Database
from app.core.metrics import PUSH_WAIT, PUSHES
from app.core.trouble import trouble_of
from app.core.urgency import PushChannel
from app.jobs.pacing import Breaker, Pace
from app.jobs.queue import Errand
from app.ports import Accepted, OutsideError, PushResult, PushSender, RetryLater
from app.services.accounts.vault import Vault
from app.services.notifications import held, jobs, routing, sending
from app.services.notifications.sending import Links, Taken

log = structlog.get_logger(__name__)

_PATIENCE_S = 20.0  # well below the heartbeat
_LONGEST_JOB_S = 20.0
_GATHER_S = 0.05  # what is told in this time is routed in one go; the first of it at once
_HANDS = 5  # how many transactions at once, of all channels: fewer than there are connections
# How many jobs of one lane are in hands, over all processes: who is killed keeps theirs for a heartbeat.
_LANE = 8
CALLS = 2  # how often a process asks a vendor at once, and once more so often with emergencies
_WHILE_AWAY_S = (0.2, 0.4, 0.8, 1.6)


class Pusher:
    """Routes what is due and sends it by each channel that this process has a sender for."""

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
        hands = asyncio.Semaphore(_HANDS)
        self.channels = {
            channel: ChannelPusher(
                db, channel, sender, vault, hands=hands, links=links, clock=clock, patience_s=patience_s
            )
            for channel, sender in senders.items()
        }
        self._clock = clock
        self._routing = asyncio.Lock()
        self._asked = self._done = 0

    def errands(self) -> list[Errand]:
        """Return what this process does about the jobs of delivery; without any sender that is nothing."""
        if not self.channels:
            return []
        sends = [errand for pusher in self.channels.values() for errand in pusher.errands()]
        return [Errand(jobs.ROUTE, self._on_route), *sends]

    def stop(self) -> None:
        """Have jobs that wait for a vendor's pace put off: the process ends."""
        for pusher in self.channels.values():
            pusher.is_stopping.set()

    async def _on_route(self, _: bytes) -> None:
        """Route what is due, unless a pass that began after this was asked for has seen it."""
        self._asked += 1
        mine = self._asked
        async with self._routing:
            if self._done >= mine:
                return
            seen = self._asked
            while await self.route() == routing.BATCH:
                pass
            self._done = seen
            await asyncio.sleep(_GATHER_S)

    async def route(self) -> int:
        """Route up to 500 notifications that are due, in a transaction; return how many."""
        sizes = {channel: pusher.size for channel, pusher in self.channels.items()}
        async with self._db.writing() as session:
            return await routing.route(session, available=sizes, now=self._clock())


class ChannelPusher:
    """Sends on one channel what jobs name: no faster than the vendor bears, and not while it is down."""

    def __init__(
        self,
        db: Database,
        channel: PushChannel,
        sender: PushSender,
        vault: Vault,
        *,
        hands: asyncio.Semaphore,
        clock: Callable[[], datetime],
        patience_s: float,
        links: Links | None = None,
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
        self._ticks = ticks
        self._pace = Pace(sender.most_per_second, sender.most_at_once, ticks)
        self._breaker = Breaker(ticks)
        self._hands = hands
        self._calls = {is_emergency: asyncio.Semaphore(CALLS) for is_emergency in (True, False)}
        self._trial = asyncio.Lock()
        # One job is one call, or what the vendor bears in a second: emergencies never wait long.
        self.size = max(1, min(sender.most_at_once, int(sender.most_per_second)))
        self.is_stopping = asyncio.Event()

    def errands(self) -> list[Errand]:
        """Return what is done about this channel's jobs."""

        async def send(payload: bytes) -> None:
            async with self._calls[False]:
                await self.send(jobs.read(payload))

        async def hurry(payload: bytes) -> None:
            async with self._calls[True]:
                await self.send(jobs.read(payload), is_emergency=True)

        return [
            Errand(jobs.lane(self._channel), send, _LANE),
            Errand(jobs.lane(self._channel, is_emergency=True), hurry, _LANE),
        ]

    async def send(self, ids: Sequence[UUID], *, is_emergency: bool = False) -> None:
        """Send those of some copies that are due, none of them twice.

        What was tried before goes alone, so that a message that breaks a batch, or its senders, is found.
        What takes long goes on as another job. While the vendor is left alone, the copies wait; emergencies
        still try it: failing, they take the next way.
        """
        until = self._ticks() + _LONGEST_JOB_S
        async with self._hands, self._db.reading() as session:
            fresh, tried = await sending.waiting(session, ids, now=self._clock())
        while fresh or tried:
            rest_s = 0.0 if is_emergency else self._rest_s()
            if rest_s or self.is_stopping.is_set() or self._ticks() > until:
                await self._put_off([*fresh, *tried], rest_s)
                return
            if self._breaker.is_trying:
                async with self._trial:
                    if self._breaker.is_trying:
                        await self._send_some([(fresh or tried).pop(0)])
            elif limit := self._limit(is_emergency=is_emergency):
                queue, limit = (fresh, limit) if fresh else (tried, 1)
                batch, queue[:] = queue[:limit], queue[limit:]
                await self._send_some(batch)
            else:
                await self._wait()

    def _rest_s(self) -> float:
        return self._breaker.rest_s() if self._breaker.is_open else 0.0

    def _limit(self, *, is_emergency: bool) -> int:
        """Return how many may go now; emergencies do not wait for the pace, others wait longer after them."""
        return self._sender.most_at_once if is_emergency else self._pace.allowance()

    async def _wait(self) -> None:
        """Wait until the vendor bears one more, or the process ends."""
        try:
            async with asyncio.timeout(self._pace.wait_s()):
                await self.is_stopping.wait()
        except TimeoutError:
            return

    async def _put_off(self, ids: Sequence[UUID], rest_s: float) -> None:
        """Ask for the copies' job anew, for when the vendor is tried again; by chance a little later."""
        after = timedelta(seconds=rest_s * random.uniform(1, 1.2))  # noqa: S311 - spreads a crowd
        async with self._hands, self._db.writing() as session:
            await held.ask_for(session, ids, at_once=self.size, after=after)

    async def _send_some(self, ids: Sequence[UUID]) -> None:
        self._pace.spend(len(ids))
        async with self._hands, self._db.writing() as session:
            batch = await sending.take(session, ids, vault=self._vault, links=self._links, now=self._clock())
        if not batch:
            return
        results = await self._ask(batch)
        now = self._clock()
        await self._settle(list(zip(batch, results, strict=True)), now=now)
        self._breaker.note(
            is_down=all(isinstance(result, RetryLater) and result.is_vendor_down for result in results)
        )
        for each, result in zip(batch, results, strict=True):
            PUSHES.labels(self._channel.value, type(result).__name__).inc()
            if isinstance(result, Accepted):
                waited = (now - each.told_at).total_seconds()
                PUSH_WAIT.labels(self._channel.value).observe(max(0.0, waited))

    async def _settle(self, results: Sequence[tuple[Taken, PushResult]], *, now: datetime) -> None:
        """Note what a vendor said; waits while the database is away for a moment, or copies go twice."""
        for pause_s in _WHILE_AWAY_S:
            try:
                async with self._hands, self._db.writing() as session:
                    return await sending.settle(session, results, now=now)
            except Exception as error:
                if not trouble_of(error).may_pass:
                    raise
            await asyncio.sleep(pause_s)
        async with self._hands, self._db.writing() as session:
            return await sending.settle(session, results, now=now)

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
