"""The one way occupancy moves: every beginning and end of a visit is counted at its own instant.

A headcount says how many were inside at its instant, whoever had told the server by then. So a visit
that began or ended before the last headcount but became known only afterwards was counted already: it
changes ``open_visits`` and takes the same amount out of ``correction``, and what is shown stays true.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.outbox import EVERYTHING, MOST_IDS, Channel

# The tail of a statement whose CTE ``moves(station_id, at, n, seen_at)`` lists beginnings (n = 1) and ends
# (n = -1), taken back ones with the sign turned; ``seen_at`` is null where nobody looked. Rows are locked in
# the order of their ids, so that processes which move several stations at once cannot deadlock.
TALLY = """
counted AS (
  SELECT station_id, headcount_at FROM occupancies
  WHERE station_id IN (SELECT station_id FROM moves)
  ORDER BY station_id FOR NO KEY UPDATE
), sums AS (
  SELECT station_id, sum(n) AS n, max(seen_at) AS seen_at,
    coalesce(-sum(n) FILTER (WHERE at <= headcount_at), 0) AS already_counted
  FROM moves LEFT JOIN counted USING (station_id) GROUP BY station_id
), tally AS (
  INSERT INTO occupancies AS o (station_id, open_visits, correction, peak, observed_at, changed_at)
  SELECT station_id, n, already_counted, n, seen_at, clock_timestamp() FROM sums ORDER BY station_id
  ON CONFLICT (station_id) DO UPDATE SET
    open_visits = o.open_visits + excluded.open_visits,
    correction = o.correction + excluded.correction,
    peak = greatest(o.peak, o.open_visits + excluded.open_visits + o.correction + excluded.correction),
    observed_at = greatest(o.observed_at, excluded.observed_at),
    changed_at = excluded.changed_at
  RETURNING station_id
)"""

# One notice a statement: a NOTIFY in every commit would make the whole database commit one by one.
NOTICE = f"""
notice AS (
  SELECT pg_notify('{Channel.OCCUPANCY.value}', CASE
    WHEN count(*) > {MOST_IDS} THEN '{EVERYTHING}' ELSE string_agg(station_id::text, ',') END)::text AS sent
  FROM tally HAVING count(*) > 0
)"""  # noqa: S608 - constants of ours

_MOVE = f"""
WITH moves AS (
  SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::int[], $4::timestamptz[])
    AS m(station_id, at, n, seen_at)
), {TALLY}, {NOTICE}
SELECT (SELECT count(*) FROM tally), (SELECT sent FROM notice)
"""  # noqa: S608 - constants of ours


@dataclass(frozen=True, slots=True)
class Move:
    """A beginning (``n`` = 1) or an end (``n`` = -1) of a visit at an instant; seen, or assumed by a rule."""

    station_id: UUID
    at: datetime
    n: int
    seen_at: datetime | None


async def move(session: AsyncSession, moves: Sequence[Move]) -> None:
    """Count beginnings and ends in the session's transaction, and tell every process once it commits."""
    columns = (
        [move.station_id for move in moves],
        [move.at for move in moves],
        [move.n for move in moves],
        [move.seen_at for move in moves],
    )
    await (await session.connection()).exec_driver_sql(_MOVE, columns)
