"""Hearing what the service says to the database, and measuring that."""

import statistics
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database, create_engine

_WARM, _TIMES = 7, 4
Said = list[tuple[str, tuple[Any, ...]]]
Ask = Callable[[AsyncSession], Awaitable[object]]


@dataclass
class Figure:
    """The round trips of one kind of question, in milliseconds."""

    name: str
    ms: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Return the median."""
        return statistics.median(self.ms)

    @property
    def p95(self) -> float:
        """Return what 95 of a hundred stay under."""
        return sorted(self.ms)[int(len(self.ms) * 0.95)]


class Listening:
    """A database whose statements are heard."""

    def __init__(self, url: str) -> None:
        """Open it as the service does, but patient."""
        self.db = Database(create_engine(url, pool_size=2, statement_timeout_ms=60_000))

    @contextmanager
    def hearing(self) -> Iterator[Said]:
        """Gather the statements that are said in the block, with what they are given."""
        said: Said = []

        def hear(_c: object, _k: object, statement: str, given: Sequence[Any], *rest: Any) -> None:
            _, is_many = rest
            if not statement.startswith("SET LOCAL"):
                said.extend((statement, tuple(each)) for each in (given if is_many else [given]))

        engine = self.db.engine.sync_engine
        event.listen(engine, "before_cursor_execute", hear)
        try:
            yield said
        finally:
            event.remove(engine, "before_cursor_execute", hear)

    async def said_by(self, ask: Ask) -> Said:
        """Return the statements that a function of the service says."""
        with self.hearing() as said:
            async with self.db.reading() as session:
                await ask(session)
        return said

    async def measure(self, name: str, asks: Sequence[Ask], *, times: int = _TIMES) -> Figure:
        """Return the round trips of all that each question says together, on prepared statements."""
        sets = [await self.said_by(ask) for ask in asks]
        figure = Figure(name)
        async with self.db.driver() as driver:
            prepared = {
                sql: await driver.prepare(sql)
                for sql in dict.fromkeys(sql for said in sets for sql, _ in said)
            }
            # The sixth time PostgreSQL decides whether it keeps a plan.
            for said in sets * _WARM:
                for sql, given in said:
                    await prepared[sql].fetch(*given)
            pid = driver.get_server_pid()
            for said in sets * times:
                begun = on_cpu_ms(pid)
                for sql, given in said:
                    await prepared[sql].fetch(*given)
                figure.ms.append(on_cpu_ms(pid) - begun)
        return figure


def on_cpu_ms(pid: int) -> float:
    """Return how long a process has been on a core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def counted(sql: str) -> str:
    """Return a statement whose rows are made whole and counted: what they cost to send is not measured."""
    return f"SELECT count(bench) FROM ({sql}) AS bench"
