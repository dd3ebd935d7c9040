"""Set-wise work with COPY, inside the session's own transaction and without the ORM's or its timeouts."""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PATIENCE_S = 600


async def copy_rows(
    session: AsyncSession, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Append rows to a table by COPY; each row has its values in the order of the columns."""
    driver = await _driver(session)
    await driver.copy_records_to_table(table, records=rows, columns=columns, timeout=PATIENCE_S)


async def run(session: AsyncSession, sql: str, *values: Any) -> list[dict[str, Any]]:
    """Run one long statement with the driver's ``$1`` placeholders and return its rows."""
    driver = await _driver(session)
    return [dict(row) for row in await driver.fetch(sql, *values, timeout=PATIENCE_S)]


async def _driver(session: AsyncSession) -> asyncpg.Connection:
    connection = await session.connection()
    # The driver begins its transaction with SQLAlchemy's first statement, so there must have been one.
    await session.execute(text(f"SET LOCAL statement_timeout = {PATIENCE_S * 1000}"))
    driver: asyncpg.Connection = (await connection.get_raw_connection()).driver_connection
    return driver
