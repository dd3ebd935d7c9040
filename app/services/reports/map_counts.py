"""How many published cases lie in which cell: read from a roll-up, a country costs what a street does.

A trigger writes a delta whenever a case comes onto the map, changes there or leaves it (see the migration);
a job folds deltas into counts of the coarser cells. What is read is the sum of both, so it is always exact:
what staff take back is not counted a moment longer.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ReportState
from app.models.reports.mapping import EVERY, KEPT_AT
from app.services.reports import boxes

_MOST_FOLDED = 50_000

_FOLD = text("""
WITH taken AS (
    DELETE FROM report_map_deltas
    WHERE id IN (SELECT id FROM report_map_deltas ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)
    RETURNING category_id, state, cell, delta
),
folded AS (
    INSERT INTO report_map_counts AS kept (category_id, state, cell, count)
    SELECT coalesce(category_id, ''), coalesce(state, ''), map_cell(cell, level), sum(delta)
    FROM taken, unnest(:levels) AS level
    GROUP BY map_cell(cell, level), CUBE (category_id, state)
    HAVING sum(delta) <> 0
    ORDER BY 1, 2, 3
    ON CONFLICT (category_id, state, cell) DO UPDATE SET count = kept.count + excluded.count
)
SELECT count(*) FROM taken
""").bindparams(bindparam("levels", type_=ARRAY(Integer)), levels=KEPT_AT, most=_MOST_FOLDED)

# The OFFSET keeps the planner to one look into the index for each span.
_READ = text("""
SELECT map_cell(cell, :resolution) AS cell, sum(number)::bigint AS count
FROM unnest(:lows, :highs) AS span (low, high)
CROSS JOIN LATERAL (
    SELECT cell, count AS number FROM report_map_counts
    WHERE category_id = ANY (:categories) AND state = ANY (:states) AND cell BETWEEN span.low AND span.high
    OFFSET 0
) AS kept
GROUP BY 1
UNION ALL
SELECT map_cell(cell, :resolution), sum(delta)
FROM unnest(:lows, :highs) AS span (low, high)
JOIN report_map_deltas ON map_cell(cell, :level) BETWEEN span.low AND span.high
WHERE ('' = ANY (:categories) OR category_id = ANY (:categories))
    AND ('' = ANY (:states) OR state = ANY (:states))
GROUP BY 1
""").bindparams(
    bindparam("lows", type_=ARRAY(BigInteger)),
    bindparam("highs", type_=ARRAY(BigInteger)),
    bindparam("categories", type_=ARRAY(Text)),
    bindparam("states", type_=ARRAY(Text)),
)


async def count_cells(
    session: AsyncSession,
    spans: Sequence[tuple[int, int]],
    *,
    resolution: int,
    category_ids: Sequence[str],
    states: Sequence[ReportState],
) -> dict[int, int]:
    """Return how many published cases the cells of a resolution hold, cells with none left out.

    Args:
        session: the transaction.
        spans: ranges of reports' cells that cut no cell of the resolution; they do not overlap.
        resolution: of the cells, at most the finest that is kept.
        category_ids: only these, or every one.
        states: only these, or every one.
    """
    level = min(each for each in KEPT_AT if each >= resolution)
    ends = [(boxes.parent_of(low, level), boxes.parent_of(high, level)) for low, high in spans]
    given = {
        "lows": [low for low, _ in ends],
        "highs": [high for _, high in ends],
        "resolution": resolution,
        "level": level,
        "categories": list(dict.fromkeys(category_ids)) or [EVERY],
        "states": [state.value for state in dict.fromkeys(states)] or [EVERY],
    }
    found: dict[int, int] = {}
    for cell, count in await session.execute(_READ, given):
        found[cell] = found.get(cell, 0) + count
    return {cell: count for cell, count in found.items() if count > 0}


async def fold(session: AsyncSession, *, now: datetime) -> int:  # noqa: ARG001 - every job is told
    """Fold the waiting deltas into the counts and return how many there were; for a job."""
    return await session.scalar(_FOLD) or 0
