"""Alembic's entry: one transaction a revision, one migrator at a time."""

import asyncio
import re
import time

from alembic import context
from sqlalchemy import Connection, event, text

from app.core.db import create_engine
from app.models import Base

# An index over ten million rows takes minutes; what may hold others up says a shorter limit itself.
LONGEST_MS = 3_600_000
ASK_AGAIN_S = 0.2
MIGRATION_LOCK = 0x6E75616E  # "nuan": any number no other advisory lock uses

# The job library's tables are no models of ours; a revision makes them by its own words.
QUEUE_TABLES = {"pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics"}


def is_ours(name, kind, _parents):
    return kind != "table" or name not in QUEUE_TABLES


OPTIONS = {
    "include_name": is_ours,
    "target_metadata": Base.metadata,
    "compare_type": True,
    "compare_server_default": True,
    "transaction_per_migration": True,
}


def run_offline() -> None:
    context.configure(dialect_name="postgresql", literal_binds=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def take_turn(connection: Connection) -> None:
    # Who waited inside a statement would hold up an index that the other makes concurrently: a deadlock.
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK}):
        connection.commit()
        time.sleep(ASK_AGAIN_S)
    connection.commit()


# An index that is made or dropped beside the work goes on waits for who began before it, and holds nobody up
# meanwhile. What was done before a failure stays, for there is no transaction to take it back.
CONCURRENTLY = re.compile(r"\s*(CREATE(?: UNIQUE)?|DROP) INDEX CONCURRENTLY (?:IF (?:NOT )?EXISTS )?(\S+)")


def patiently(connection, _cursor, statement, parameters, *_):
    if (found := CONCURRENTLY.match(statement)) is None:
        return statement, parameters
    what, name = found.groups()
    connection.exec_driver_sql("SET lock_timeout = 0")
    if what == "DROP":
        return f"DROP INDEX CONCURRENTLY IF EXISTS {name}", parameters
    connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    return statement, parameters


def run_on(connection: Connection) -> None:
    take_turn(connection)
    context.configure(connection=connection, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": MIGRATION_LOCK})
    connection.commit()


async def run_online() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    engine = create_engine(url, pool_size=1, statement_timeout_ms=LONGEST_MS)
    event.listen(engine.sync_engine, "before_cursor_execute", patiently, retval=True)
    async with engine.connect() as connection:
        await connection.run_sync(run_on)
    await engine.dispose()


if context.is_offline_mode():
    run_offline()
else:
    asyncio.run(run_online())
