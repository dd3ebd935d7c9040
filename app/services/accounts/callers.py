"""Who is calling, and what they may do right now: read from the database, kept for a few seconds."""

import asyncio
import itertools
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.core.actor import Actor, Grant
from app.core.db import Database
from app.core.errors import SignInRequired
from app.models import AccountStatus
from app.services.accounts import queries
from app.services.accounts.tokens import Claims

FRESH_FOR = timedelta(seconds=5)
_REMEMBERED = 20_000
_MOST_ASKED = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database said of an account a moment ago."""

    status: AccountStatus
    withholds_position: bool
    grants: tuple[Grant, ...]
    session_ids: frozenset[UUID]
    read_at: datetime


class Callers:
    """The process's memory of who may do what; at most five seconds old.

    What this process changes it forgets at once (:meth:`forget` after commit); what others change
    reaches it by notice, and by age when the notice was lost.
    """

    def __init__(self, db: Database) -> None:
        """Take the database to ask; nothing is known yet."""
        self._db = db
        self._known: dict[UUID, Standing] = {}
        self._forgotten = 0
        self._waiting: dict[UUID, asyncio.Future[Standing | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def actor(self, claims: Claims, *, now: datetime) -> Actor:
        """Return the caller whom a token names.

        Raises:
            SignInRequired: they signed out since, or the account is gone.
        """
        standing = self._known.get(claims.account_id)
        if standing is None or not timedelta() <= now - standing.read_at < FRESH_FOR:
            standing = await self._read(claims.account_id, now)
        if standing.status is AccountStatus.DELETED or claims.session_id not in standing.session_ids:
            raise SignInRequired
        is_banned = standing.status is AccountStatus.BANNED
        grants = () if is_banned else standing.grants
        return Actor(
            claims.account_id,
            grants,
            is_banned=is_banned,
            session_id=claims.session_id,
            withholds_position=standing.withholds_position,
        )

    def forget(self, account_ids: Collection[UUID] | None) -> None:
        """Ask the database again about some accounts, or, given ``None``, about all."""
        if account_ids is not None and not account_ids:
            return
        self._forgotten += 1
        if account_ids is None:
            self._known.clear()
        else:
            for account_id in account_ids:
                self._known.pop(account_id, None)

    async def hear(self, account_ids: Collection[UUID] | None) -> None:
        """Take in a notice that what some accounts may do has changed."""
        self.forget(account_ids)

    async def _read(self, account_id: UUID, now: datetime) -> Standing:
        """Ask the database, together with everybody who waits for the question before to come back."""
        if account_id not in self._waiting:
            self._waiting[account_id] = asyncio.get_running_loop().create_future()
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask(now))
        standing = await asyncio.shield(self._waiting[account_id])
        if standing is None:
            raise SignInRequired
        return standing

    async def _ask(self, now: datetime) -> None:
        """Ask about all who wait, in a fixed number of queries, until nobody does.

        Who comes while a question is on its way waits for the next: what it reads may be the state
        before the change that they know of.
        """
        while asked := dict(itertools.islice(self._waiting.items(), _MOST_ASKED)):
            for account_id in asked:
                del self._waiting[account_id]
            try:
                found = await self._standings(asked.keys(), now)
            except Exception as error:  # noqa: BLE001 - it is for those who asked
                for answer in asked.values():
                    answer.set_exception(error)
            else:
                for account_id, answer in asked.items():
                    answer.set_result(found.get(account_id))
        self._asking = None

    async def _standings(self, ids: Collection[UUID], now: datetime) -> dict[UUID, Standing]:
        forgotten = self._forgotten
        async with self._db.reading() as session:
            statuses = await queries.statuses(session, ids)
            grants = await queries.grants_in_force(session, ids, now=now)
            sessions = await queries.live_sessions(session, ids, now=now)
        found = {
            account_id: Standing(
                status=status,
                withholds_position=withheld,
                grants=tuple(grants.get(account_id, ())),
                session_ids=frozenset(sessions.get(account_id, ())),
                read_at=now,
            )
            for account_id, (status, withheld) in statuses.items()
        }
        # What was read while somebody changed it may be the state before the change.
        if forgotten == self._forgotten:
            for account_id, standing in found.items():
                self._keep(account_id, standing)
        return found

    def _keep(self, account_id: UUID, standing: Standing) -> None:
        self._known.pop(account_id, None)
        self._known[account_id] = standing
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
