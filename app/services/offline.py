"""A phone's offline queue: each record judged once and answered for itself, and always the same.

A record's decision is kept, so a phone that never saw the answer gets the very same one. "Try again" is
no decision and is not kept. Each record is a transaction of its own: the ones before a failure stay.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import structlog
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.core.errors import AppError, KeyReused, TooMany, Unavailable
from app.services import idempotency

log = structlog.get_logger(__name__)

_SERVER_FAULT = 500


class Shelf(StrEnum):
    """Of which queue decisions are kept, beside a person's answers to other requests."""

    CHECKINS = "sync"
    REPORTS = "reports"
    ATTENDANCE = "attendance"

    def of(self, account_id: UUID | None) -> str:
        """Return a person's own: a record's id may also be an Idempotency-Key of theirs."""
        return f"{account_id}/{self.value}"


class Recorded(Protocol):
    """What phones keep while they have no network: a tap with its id and the phone's clock."""

    @property
    def id(self) -> UUID:
        """The id that the phone made."""

    @property
    def captured_at(self) -> datetime:
        """When it was tapped, by the phone's clock."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that does not fit its schema, or cannot be meant; its place in the queue is kept."""

    id: UUID | None
    refusal: AppError


R = TypeVar("R", bound=Recorded)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What became of one record: 200 with its result, or a refusal with its code and sentences."""

    id: UUID | None
    status: int
    code: str | None = None
    zh: str | None = None
    en: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    result: T | None = None

    @property
    def is_decision(self) -> bool:
        """Tell whether it stands, or the phone should try again."""
        return self.status < _SERVER_FAULT and self.status != TooMany.status


def refused(record_id: UUID | None, error: AppError) -> Outcome[T]:
    """Return what a refusal tells the phone."""
    return Outcome(
        record_id, error.status, error.code, error.sentence("zh"), error.sentence("en"), facts=error.facts
    )


@dataclass(frozen=True, slots=True)
class Queue(Generic[R, T]):
    """One person's queue of one kind.

    ``shelf`` is where its decisions are kept, see :class:`Shelf`. ``mark`` tells two contents under one id
    apart; ``outcome`` reads a kept decision.
    """

    db: Database
    shelf: str
    mark: Callable[[R], bytes]
    outcome: TypeAdapter[Outcome[T]]
    do: Callable[[R], Awaitable[T]]

    async def take(self, records: Sequence[R | Unreadable], *, now: datetime) -> list[Outcome[T]]:
        """Work records off in the order in which they were tapped; answer in the order in which they came."""
        readable = [record for record in records if not isinstance(record, Unreadable)]
        async with self.db.reading() as session:
            kept = await self._kept(session, readable)
        made: dict[UUID, tuple[bytes, Outcome[T]]] = {}
        for record in sorted(readable, key=lambda record: record.captured_at):
            if record.id not in kept and record.id not in made:
                made[record.id] = self.mark(record), await self._outcome(record)
        decisions = {key: each for key, each in made.items() if each[1].is_decision}
        if decisions:
            async with self.db.writing() as session:
                await self._keep(session, decisions, now)
        return [self._answer(record, {**made, **kept}) for record in records]

    def _answer(self, record: R | Unreadable, known: Mapping[UUID, tuple[bytes, Outcome[T]]]) -> Outcome[T]:
        if isinstance(record, Unreadable):
            return refused(record.id, record.refusal)
        mark, outcome = known[record.id]
        return outcome if mark == self.mark(record) else refused(record.id, KeyReused())

    async def _outcome(self, record: R) -> Outcome[T]:
        try:
            return Outcome(record.id, 200, result=await self.do(record))
        except AppError as error:
            return refused(record.id, error)
        except Exception:
            # One record must not cost the phone its whole queue; it will send this one again.
            log.exception("offline record", kind=type(record).__name__)
            return refused(record.id, Unavailable())

    async def _kept(
        self, session: AsyncSession, records: Iterable[R]
    ) -> dict[UUID, tuple[bytes, Outcome[T]]]:
        keys = [record.id for record in records]
        rows = await idempotency.kept(session, actor=self.shelf, keys=keys)
        return {key: (mark, self.outcome.validate_python(body)) for key, (mark, body) in rows.items()}

    async def _keep(
        self, session: AsyncSession, decisions: Mapping[UUID, tuple[bytes, Outcome[T]]], now: datetime
    ) -> None:
        answers = {
            key: (mark, outcome.status, self.outcome.dump_python(outcome, mode="json"))
            for key, (mark, outcome) in decisions.items()
        }
        await idempotency.keep(session, answers, actor=self.shelf, now=now)
