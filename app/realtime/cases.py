"""Cases as they move, for the desks that watch: what changed is read once and sent to all who look.

Nothing of a confidential case is ever sent, and nothing of any reporter. A listener who was away is told
so (``stale``) and reads the list again. Where a case is no longer on the desk, because its pin was moved, its
grid redrawn, or because it turned out to be confidential, that alone is said (``gone``), by its id.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select, func, select

from app.core.clock import utc_now
from app.core.db import Database
from app.models import Move, Report, ReportStep, ReportUpdate
from app.realtime.hub import Hub, prefixes
from app.services.reports import numbers
from app.services.reports.filters import IS_LISTED

# With an id a browser names it when it comes back by itself, and is told that it was away.
OPENED = b"id: 0\nevent: open\ndata: {}\n\n"
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
# What takes a case from a desk, and for how long after it the desk is told so. Whoever hears a notice late
# still learns it; that the case goes on moving elsewhere is no news of theirs.
_TAKES_AWAY = (Move.MOVE_PIN, Move.REHOME, Move.CHANGE_CATEGORY)
_TOLD_FOR = timedelta(minutes=1)
_BEFORE = ReportStep.details["before"]


def cases_topic(code: str) -> str:
    """Return the topic of the cases inside an area."""
    return f"cases:{code}"


class CaseFeed:
    """Reads the cases that a notice names and publishes how they stand now."""

    def __init__(self, db: Database, hub: Hub[bytes], *, clock: Callable[[], datetime] = utc_now) -> None:
        """Take the database to read and the hub to publish on."""
        self._db = db
        self._hub = hub
        self._clock = clock

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
            rows = (
                (await session.execute(select(*_COLUMNS).where(Report.id.in_(ids), IS_LISTED)))
                .mappings()
                .all()
            )
            taken = (await session.execute(self._taken_away(ids))).all()
        for report_id, area_code, is_confidential, before in taken:
            left = _desks_left(area_code, before, is_confidential=is_confidential)
            self._say(left, b"event: gone\ndata: %b\n\n" % orjson.dumps({"id": report_id}, default=str))
        for row in rows:
            case = {**row, "number": numbers.write(row["number"])}
            self._say(
                prefixes(row["area_code"]), b"event: case\ndata: %b\n\n" % orjson.dumps(case, default=str)
            )

    def _taken_away(self, ids: Collection[UUID]) -> Select[Any]:
        """Return the query of how cases lie now and lay before, for what may have taken them away."""
        since = self._clock() - _TOLD_FOR
        return (
            select(Report.id, Report.area_code, Report.is_confidential, _BEFORE)
            .join(ReportStep, ReportStep.report_id == Report.id)
            .where(Report.id.in_(ids), ReportStep.move.in_(_TAKES_AWAY), ReportStep.at > since)
        )

    def _say(self, areas: Collection[str], event: bytes) -> None:
        for code in areas:
            self._hub.publish(cases_topic(code), event)


def _desks_left(area_code: str, before: Mapping[str, Any], *, is_confidential: bool) -> Collection[str]:
    """Return the areas whose desks had a case before something was put right, and have it no more.

    What was confidential already was on no desk, and goes on unsaid.
    """
    if is_confidential:
        return prefixes(area_code) if before.get("is_confidential") is False else ()
    return set(prefixes(before.get("area_code") or area_code)) - set(prefixes(area_code))
