"""Many rows at once: arrays arrive as they are, and a table filled bare is dressed again."""

from uuid import UUID, uuid4

import asyncpg
import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import bulk

_TYPES = [("id", "V16"), ("small", "i4"), ("large", "i8"), ("share", "f8"), ("held", "?")]
_DRESS = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'visits'::regclass
UNION SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = 'visits'::regclass ORDER BY 1
"""


async def test_an_array_arrives_as_it_is(session: AsyncSession):
    ids = [uuid4() for _ in range(3)]
    values = [(-(2**31), 2**63 - 1, -0.5, True), (0, 0, 1e300, False), (7, -1, 0.1, True)]
    rows = np.array([(key.bytes, *rest) for key, rest in zip(ids, values, strict=True)], dtype=_TYPES)
    await session.execute(
        text(
            "CREATE TEMP TABLE given (held bool, id uuid, small int, large bigint, share float8) "
            "ON COMMIT DROP"
        )
    )

    await bulk.copy_array(session, "given", rows)

    found = await bulk.run(session, "SELECT id, small, large, share, held FROM given")
    assert [(UUID(str(row["id"])), *list(row.values())[1:]) for row in found] == [
        (key, *rest) for key, rest in zip(ids, values, strict=True)
    ]


async def test_no_row_is_an_array_too(session: AsyncSession):
    await session.execute(text("CREATE TEMP TABLE given (small int) ON COMMIT DROP"))

    await bulk.copy_array(session, "given", np.zeros(0, dtype=[("small", "i4")]))

    assert await bulk.run(session, "SELECT * FROM given") == []


async def test_indexes_and_foreign_keys_come_back_as_they_were(session: AsyncSession):
    before = await bulk.run(session, _DRESS)

    async with bulk.without_upkeep(session, "visits"):
        between = await bulk.run(session, _DRESS)

    assert len(between) < len(before) - 5
    assert await bulk.run(session, _DRESS) == before


async def test_a_row_that_points_nowhere_is_found_in_the_end(session: AsyncSession):
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="fk_occupancy_quarters_station_id_stations"):
        async with bulk.without_upkeep(session, "occupancy_quarters"):
            await bulk.run(
                session, "INSERT INTO occupancy_quarters VALUES (gen_random_uuid(), now(), 1, 1, true)"
            )
