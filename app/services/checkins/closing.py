"""What a station's closing does to those inside, and what lifting the closure gives back to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import EndReason, OutboxEvent
from app.services import outbox
from app.services.checkins import queries, rules
from app.services.checkins.desk import read_station
from app.services.checkins.events import OccupantsMayStay, OccupantsTold

_SHORTEN = f"""
WITH inside AS (
  SELECT id FROM visits
  WHERE station_id = $1 AND ended_at IS NULL AND due_at > $2
  ORDER BY id FOR NO KEY UPDATE
), shortened AS (
  UPDATE visits v SET due_at = greatest($2, captured_at), due_reason = '{EndReason.CLOSED.value}'
  FROM inside i WHERE v.id = i.id RETURNING 1
) SELECT count(*) FROM shortened
"""  # noqa: S608 - constants of ours

# As ``rules.due_of``: the closing ($2, null when there is none) or the longest stay ($3), what comes first.
_LENGTHEN = f"""
WITH inside AS (
  SELECT id FROM visits
  WHERE station_id = $1 AND ended_at IS NULL AND due_reason = '{EndReason.CLOSED.value}'
    AND due_at < least(captured_at + $3::interval, $2::timestamptz)
  ORDER BY id FOR NO KEY UPDATE
), lengthened AS (
  UPDATE visits v SET due_at = least(captured_at + $3, $2),
    due_reason = CASE WHEN $2 < captured_at + $3 THEN '{EndReason.CLOSED.value}'
                      ELSE '{EndReason.MAX_STAY.value}' END
  FROM inside i WHERE v.id = i.id RETURNING 1
) SELECT count(*) FROM lengthened
"""  # noqa: S608 - constants of ours


async def tell_occupants(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """React to ``station.closed``: those inside have a quarter of an hour, and are told.

    Told again, it finds nobody whose visit would last longer, and tells nobody; nor does it when the
    closure was lifted before the news of it came.
    """
    closure = await queries.closure_or_none(session, UUID(event.payload["closure_id"]))
    if closure is None or (closure.ends_at is not None and closure.ends_at <= now):
        return
    ends_at = max(closure.starts_at, now) + rules.GRACE
    if told := await queries.run_counting(session, _SHORTEN, closure.station_id, ends_at):
        area_code = await queries.area_of(session, closure.station_id)
        outbox.record(session, OccupantsTold(closure.station_id, told, ends_at), now=now, area_code=area_code)


async def let_occupants_stay(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """React to ``station.reopened``: visits that the closure cut short last as long as the hours allow.

    While another closure holds, or the hours themselves say closed, nothing changes.
    """
    station = await read_station(session, UUID(event.payload["station_id"]), at=now)
    state = station.timetable.at(now)
    if state.is_open is False:
        return
    closes_at = state.changes_at + rules.GRACE if state.is_open and state.changes_at else None
    stay = await queries.run_counting(session, _LENGTHEN, station.id, closes_at, rules.LONGEST_STAY)
    if stay:
        outbox.record(session, OccupantsMayStay(station.id, stay), now=now, area_code=station.area_code)
