"""The database: one engine, and the only places that begin and end a transaction."""

import math
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from app.core.errors import AppError

STATEMENT_TIMEOUT_MS = 5000
_AFTER_COMMIT = "after_commit"
_USED_AT = "used_at"
_TRUSTED_S = 5.0


def driver_address(url: str) -> str:
    """Return a database's address, in any of SQLAlchemy's forms, as the driver wants it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def create_engine(
    url: str, *, pool_size: int, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS
) -> AsyncEngine:
    """Return an engine that notices dead connections and never waits long.

    Several hosts with ``target_session_attrs=read-write`` in the address make it follow a fail-over.
    """
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=3,
        hide_parameters=True,  # what people typed stays out of error messages
        connect_args={
            "timeout": 2,
            "command_timeout": statement_timeout_ms / 1000 + 1,
            "server_settings": {
                "application_name": "nuanfeng",
                "statement_timeout": str(statement_timeout_ms),
                # Our statements are short and their pages in memory: an index, and never a compiler.
                "random_page_cost": "1.1",
                "jit": "off",
                "timezone": "UTC",
            },
        },
    )
    event.listen(engine.sync_engine, "checkin", _note_use)
    event.listen(engine.sync_engine, "checkout", _check_alive)
    return engine


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = time.monotonic()


def _check_alive(connection: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
    """Have a dead connection replaced before it is lent.

    One that its server has closed is known to be; one that has lain long is asked, which takes three round
    trips: too much for one that has just answered.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError
    if time.monotonic() - record.info.get(_USED_AT, math.inf) > _TRUSTED_S:
        try:
            connection.ping()
        except Exception as error:
            raise InvalidatePoolError from error


def after_commit(session: AsyncSession, call: Callable[[], None]) -> None:
    """Have a function called once this session's work is committed, before the answer leaves."""
    session.info.setdefault(_AFTER_COMMIT, []).append(call)


class Database:
    """Opens sessions; a request, a job and a command each get one transaction."""

    def __init__(self, engine: AsyncEngine, **session_options: Any) -> None:
        """Take the engine; ``session_options`` let tests join an outer transaction."""
        self.engine = engine
        self._sessions = async_sessionmaker(**{"bind": engine, "expire_on_commit": False, **session_options})
        # BEGIN itself says it: one round trip less than SET for every read.
        only_reads = engine.execution_options(postgresql_readonly=True)
        self._reading_sessions = async_sessionmaker(bind=only_reads, expire_on_commit=False)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncSession]:
        """Open a session whose work commits when the block ends and vanishes when it raises.

        One kind of error commits all the same and is then raised: a refusal that ``keeps_writes``.
        """
        refusal: AppError | None = None
        async with self._sessions() as session:
            async with session.begin():
                try:
                    yield session
                except AppError as error:
                    if not error.keeps_writes:
                        raise
                    refusal = error
            for call in session.info.pop(_AFTER_COMMIT, ()):
                call()
        if refusal is not None:
            raise refusal

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """Open a session in which PostgreSQL itself refuses to write."""
        async with self._reading_sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[AsyncConnection]:
        """Open one transaction on a bare connection, for set-wise work without the ORM."""
        async with self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def driver(self) -> AsyncGenerator[asyncpg.Connection]:
        """Lend the driver's own connection, on which each statement is a transaction of its own.

        For the rare writer that puts its whole work into one statement: it commits when it returns.
        """
        async with self.writing() as session:
            raw = await (await session.connection()).get_raw_connection()
            connection: asyncpg.Connection = raw.driver_connection
            yield connection

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()
