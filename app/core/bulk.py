"""Set-wise work with COPY, inside the session's own transaction and without the ORM's or its timeouts."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import asyncpg
import numpy as np
import numpy.typing as npt
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PATIENCE_S = 600
# What stands around the rows of PostgreSQL's binary COPY.
_COPY_HEAD, _COPY_TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


async def copy_rows(
    session: AsyncSession, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Append rows to a table by COPY; each row has its values in the order of the columns."""
    driver = await _driver(session)
    await driver.copy_records_to_table(table, records=rows, columns=columns, timeout=PATIENCE_S)


async def copy_array(session: AsyncSession, table: str, rows: npt.NDArray[np.void]) -> None:
    """Append the rows of a structured array, whose fields are named as the table's columns.

    A field is an int32, int64, float64 or bool, or 16 bytes for a UUID; none is null. A hundred thousand
    rows take as long as a thousand by :func:`copy_rows`.
    """
    names = rows.dtype.names or ()
    layout: list[tuple[str, object]] = [("number of fields", ">i2")]
    for name in names:
        layout += [(f"size of {name}", ">i4"), (name, rows.dtype[name].newbyteorder(">"))]
    written = np.empty(len(rows), dtype=np.dtype(layout))
    written["number of fields"] = len(names)
    for name in names:
        written[f"size of {name}"] = rows.dtype[name].itemsize
        written[name] = rows[name]
    source = BytesIO(_COPY_HEAD + written.tobytes() + _COPY_TAIL)
    driver = await _driver(session)
    await driver.copy_to_table(table, source=source, columns=names, format="binary", timeout=PATIENCE_S)


async def run(session: AsyncSession, sql: str, *values: Any) -> list[dict[str, Any]]:
    """Run one long statement with the driver's ``$1`` placeholders and return its rows."""
    driver = await _driver(session)
    return [dict(row) for row in await driver.fetch(sql, *values, timeout=PATIENCE_S)]


# A table's foreign keys and its indexes except those of its keys: how to take each away and make it again.
_UPKEEP = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
  format('ALTER TABLE %s ADD CONSTRAINT %I ', conrelid::regclass, conname)
    || pg_get_constraintdef(oid) AS make
FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'f'
UNION ALL
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index AS i WHERE indrelid = $1::text::regclass AND NOT EXISTS (
  SELECT FROM pg_constraint AS c WHERE c.conrelid = i.indrelid AND c.conindid = i.indexrelid)
"""


@asynccontextmanager
async def without_upkeep(session: AsyncSession, table: str) -> AsyncGenerator[None]:
    """Fill a table without looking after its foreign keys and indexes row by row.

    Both are made anew at the end; each then costs one pass instead of one look a row. It locks the table
    until the transaction ends, so it is for tables that nobody uses yet.
    """
    upkeep = await run(session, _UPKEEP, table)
    for each in upkeep:
        await run(session, each["drop"])
    yield
    for each in upkeep:
        await run(session, each["make"])


async def _driver(session: AsyncSession) -> asyncpg.Connection:
    connection = await session.connection()
    # The driver begins its transaction with SQLAlchemy's first statement, so there must have been one.
    await session.execute(text(f"SET LOCAL statement_timeout = {PATIENCE_S * 1000}"))
    driver: asyncpg.Connection = (await connection.get_raw_connection()).driver_connection
    return driver
