"""The database: one engine, and the only places that begin and end a transaction."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.core.errors import AppError

STATEMENT_TIMEOUT_MS = 5000
_AFTER_COMMIT = "after_commit"


def create_engine(
    url: str, *, pool_size: int, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS
) -> AsyncEngine:
    """Return an engine that notices dead connections and never waits long.

    Several hosts with ``target_session_attrs=read-write`` in the address make it follow a fail-over.
    """
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
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


def after_commit(session: AsyncSession, call: Callable[[], None]) -> None:
    """Have a function called once this session's work is committed, before the answer leaves."""
    session.info.setdefault(_AFTER_COMMIT, []).append(call)


class Database:
    """Opens sessions; a request, a job and a command each get one transaction."""

    def __init__(self, engine: AsyncEngine, **session_options: Any) -> None:
        """Take the engine; ``session_options`` let tests join an outer transaction."""
        self.engine = engine
        self._sessions = async_sessionmaker(**{"bind": engine, "expire_on_commit": False, **session_options})

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
        async with self._sessions() as session, session.begin():
            await session.execute(text("SET LOCAL transaction_read_only = on"))
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
