"""What is being written while somebody reads: rows bear the instant at which their change began."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# By PostgreSQL's own clock on both sides. Another role's transactions show no time, but every process of
# ours has the same one.
_LONGEST = text("""
    SELECT max(clock_timestamp() - xact_start)
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
""")

_MOST = timedelta(days=1)  # a session that somebody forgot holds nobody back for longer


async def longest_running(session: AsyncSession) -> timedelta:
    """Return for how long the oldest transaction beside this one has run; to be asked before rows are read.

    Whoever stamps rows with the instant at which they began may still be writing them, so what reads rows
    "since" has to reach back so far. A transaction that ends after the question is counted; one that ended
    before it shows its rows.
    """
    longest = await session.scalar(_LONGEST)
    return timedelta() if longest is None else min(longest, _MOST)
