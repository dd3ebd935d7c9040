"""Cases as they move, for the desks that watch: what changed is read once and sent to all who look.

Nothing of a confidential case is ever sent, and nothing of any reporter. A listener who was away is told
so (``stale``) and reads the list again.
"""

from collections.abc import Collection
from uuid import UUID

import orjson
from sqlalchemy import func, select

from app.core.db import Database
from app.models import Report, ReportUpdate
from app.realtime.hub import Hub, prefixes
from app.services.reports import numbers
from app.services.reports.filters import IS_LISTED

OPENED = b"event: open\ndata: {}\n\n"
STALE = b"event: stale\ndata: {}\n\n"
_COLUMNS = (
    Report.id,
    Report.number,
    Report.state,
    Report.urgency,
    Report.category_id,
    Report.area_code,
    Report.next_due_at,
    Report.version,
    select(func.count())
    .where(ReportUpdate.report_id == Report.id, ReportUpdate.is_handled.is_(False))
    .scalar_subquery()
    .label("waiting_updates"),
)


def cases_topic(code: str) -> str:
    """Return the topic of the cases inside an area."""
    return f"cases:{code}"


class CaseFeed:
    """Reads the cases that a notice names and publishes how they stand now."""

    def __init__(self, db: Database, hub: Hub[bytes]) -> None:
        """Take the database to read and the hub to publish on."""
        self._db = db
        self._hub = hub

    async def hear(self, ids: Collection[UUID] | None) -> None:
        """Take in that some cases were taken in or moved; given ``None``, nobody knows which."""
        watched = self._hub.topics("cases:")
        if not watched:
            return
        if ids is None:
            for topic in watched:
                self._hub.publish(topic, STALE)
            return
        async with self._db.reading() as session:
            rows = await session.execute(select(*_COLUMNS).where(Report.id.in_(ids), IS_LISTED))
        for row in rows.mappings():
            case = {**row, "number": numbers.write(row["number"])}
            event = b"event: case\ndata: %b\n\n" % orjson.dumps(case, default=str)
            for code in prefixes(row["area_code"]):
                self._hub.publish(cases_topic(code), event)
