"""What the clock does to visits and counters, set-wise.

Each is safe when two workers run it at once (rows are locked in the order of their ids, or skipped when
another worker holds them) and may stop anywhere: the next run takes up what is left.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import SHANGHAI
from app.models import EndReason, EvidenceGrade, OutboxEvent, Purpose, StationStatus
from app.services import outbox
from app.services.checkins import corrections, queries, rules
from app.services.checkins.tally import NOTICE, TALLY
from app.services.outbox import Channel
from app.services.stations.facts import StationFacts, load_facts

log = structlog.get_logger(__name__)

QUARTER = timedelta(minutes=15)
# By then every tap and visit of an instant has come in: the oldest that is taken, and an hour for what is
# on its way.
_TOLD_BY = rules.OLDEST + timedelta(hours=1)
POSITIONS_KEPT = timedelta(days=30)
MOST_AT_ONCE = 5000
SAME_FIX_DAYS = 3

_COUNT_ENDS = f"""
ended AS (
  UPDATE visits v SET ended_at = d.ends_at, end_reason = d.reason, end_received_at = $1, outside_since = NULL
  FROM due d WHERE v.id = d.id RETURNING v.station_id, v.ended_at
), moves AS (
  SELECT station_id, ended_at AS at, -1 AS n, NULL::timestamptz AS seen_at FROM ended
), {TALLY}, {NOTICE}
SELECT (SELECT count(*) FROM ended), (SELECT sent FROM notice)
"""  # noqa: S608 - constants of ours

_END_DUE = f"""
WITH due AS (
  SELECT id, greatest(due_at, captured_at) AS ends_at, due_reason AS reason FROM visits
  WHERE ended_at IS NULL AND due_at <= $1
  ORDER BY id LIMIT {MOST_AT_ONCE} FOR NO KEY UPDATE SKIP LOCKED
), {_COUNT_ENDS}"""  # noqa: S608 - constants of ours

_SWEEP = f"""
WITH due AS (
  SELECT id, greatest(least(due_at, $1), captured_at) AS ends_at,
    CASE WHEN due_at <= $1 THEN due_reason ELSE '{EndReason.NIGHTLY.value}' END AS reason
  FROM visits
  WHERE ended_at IS NULL AND (due_at <= $1 OR station_id = ANY($2::uuid[]))
  ORDER BY id LIMIT {MOST_AT_ONCE} FOR NO KEY UPDATE SKIP LOCKED
), {_COUNT_ENDS}"""  # noqa: S608 - constants of ours

_RECORD_QUARTER = """
WITH states AS (
  SELECT * FROM unnest($2::uuid[], $3::bool[]) AS s(station_id, was_open)
), locked AS (
  SELECT o.station_id, greatest(0, o.open_visits + o.correction) AS inside, o.peak, s.was_open
  FROM occupancies o JOIN states s ON s.station_id = o.station_id
  ORDER BY o.station_id FOR NO KEY UPDATE OF o
), recorded AS (
  INSERT INTO occupancy_quarters (station_id, starts_at, occupancy, peak, was_open)
  SELECT station_id, $1, inside, greatest(inside, peak), was_open FROM locked ORDER BY station_id
  ON CONFLICT DO NOTHING RETURNING station_id
), begun AS (
  UPDATE occupancies o SET peak = greatest(0, o.open_visits + o.correction)
  FROM recorded r WHERE r.station_id = o.station_id RETURNING 1
) SELECT count(*) FROM begun
"""

_PURGE = f"""
WITH old AS (
  SELECT id FROM visits WHERE lat IS NOT NULL AND received_at < $1
  ORDER BY id LIMIT {MOST_AT_ONCE} FOR NO KEY UPDATE SKIP LOCKED
), purged AS (
  UPDATE visits v SET lat = NULL, lon = NULL, accuracy_m = NULL, coord_type = NULL
  FROM old WHERE v.id = old.id RETURNING 1
) SELECT count(*) FROM purged
"""  # noqa: S608 - constants of ours

_DOUBT = f"""
WITH recent AS (
  SELECT DISTINCT account_id FROM visits WHERE lat IS NOT NULL AND received_at >= $1::timestamptz
), fixed AS (
  SELECT v.account_id, v.lat, v.lon FROM visits v JOIN recent USING (account_id)
  WHERE v.lat IS NOT NULL
  GROUP BY 1, 2, 3
  HAVING count(DISTINCT (v.captured_at AT TIME ZONE 'Asia/Shanghai')::date) >= {SAME_FIX_DAYS}
), doubted AS (
  SELECT v.id FROM visits v JOIN fixed USING (account_id, lat, lon)
  WHERE v.grade IN ('{EvidenceGrade.A.value}', '{EvidenceGrade.C.value}')
  ORDER BY v.id LIMIT {MOST_AT_ONCE} FOR NO KEY UPDATE OF v SKIP LOCKED
), lowered AS (
  UPDATE visits v SET grade = CASE v.grade WHEN '{EvidenceGrade.A.value}' THEN '{EvidenceGrade.B.value}'
                                           ELSE '{EvidenceGrade.D.value}' END
  FROM doubted d WHERE v.id = d.id RETURNING 1
) SELECT count(*) FROM lowered
"""  # noqa: S608 - constants of ours

_FORGET = """
WITH located AS (
  SELECT id FROM visits WHERE account_id = $1 AND lat IS NOT NULL ORDER BY id FOR NO KEY UPDATE
), purged AS (
  UPDATE visits v SET lat = NULL, lon = NULL, accuracy_m = NULL, coord_type = NULL
  FROM located WHERE v.id = located.id RETURNING 1
) SELECT count(*) FROM purged
"""


async def end_due_visits(session: AsyncSession, *, now: datetime) -> int:
    """End visits whose time is over (closing and a quarter of an hour, or four hours); return how many.

    At most 5,000 a run: the next run takes the rest.
    """
    return await queries.run_counting(session, _END_DUE, now)


async def sweep_nightly(session: AsyncSession, *, now: datetime) -> int:
    """End what is left at 04:00: visits overdue, and visits where it is long closed.

    Their hours were shortened after the tap, or the station was removed. Whoever rests in a station that
    is open all night is left alone until their four hours are over, and whoever is in one that has just
    closed has their quarter of an hour.
    """
    facts = await _facts(session, await queries.stations_with_visitors(session), now)
    shut = [station.id for station in facts if _is_long_shut(station, now)]
    return await queries.run_counting(session, _SWEEP, now, shut)


async def reset_after_closing(session: AsyncSession, *, now: datetime) -> int:
    """Begin anew at zero where a station has been closed for a quarter of an hour; return how many."""
    facts = await _facts(session, await queries.corrected_stations(session, before=now - rules.GRACE), now)
    shut = [station.id for station in facts if _is_long_shut(station, now)]
    for station_id in sorted(shut):
        occupancy = await queries.locked_occupancy(session, station_id, now=now)
        await corrections.begin_anew(session, occupancy, 0, at=now, account_id=None)
        occupancy.changed_at = now
    if shut:
        await session.flush()
        await outbox.announce(session, Channel.OCCUPANCY, shut)
    return len(shut)


async def settle_below_zero(session: AsyncSession, *, now: datetime) -> int:
    """Begin at zero where the counter was below it at an instant that is wholly told; return how many.

    Sooner would cost taps that a manager's phone still keeps: they may be what makes it right.
    """
    at = now - _TOLD_BY
    settled = []
    for station_id in await queries.stations_taken_from(session, until=at):
        if await queries.balance_at(session, station_id, at) >= 0:
            continue
        occupancy = await queries.locked_occupancy(session, station_id, now=now)
        if occupancy.headcount_at is not None and occupancy.headcount_at >= at:
            continue  # somebody counted meanwhile
        await corrections.begin_anew(session, occupancy, 0, at=at, account_id=None)
        occupancy.changed_at = now
        settled.append(station_id)
    if settled:
        await session.flush()
        await outbox.announce(session, Channel.OCCUPANCY, settled)
    return len(settled)


async def record_quarter(session: AsyncSession, *, now: datetime) -> int:
    """Write the quarter of an hour that has just ended for every station with news; return how many.

    A station without a row in a quarter had nobody inside. Running it twice changes nothing.
    """
    starts_at = _quarter_of(now) - QUARTER
    facts = await _facts(session, await queries.stations_with_news(session, since=starts_at), now)
    ids = [station.id for station in facts]
    were_open = [station.timetable.at(starts_at).is_open is not False for station in facts]
    return await queries.run_counting(session, _RECORD_QUARTER, starts_at, ids, were_open)


async def purge_positions(session: AsyncSession, *, now: datetime) -> int:
    """Forget where phones were thirty days ago; station and time remain. Returns how many visits.

    At most 5,000 a run: the next run takes the rest.
    """
    return await queries.run_counting(session, _PURGE, now - POSITIONS_KEPT)


async def doubt_same_fixes(session: AsyncSession, *, now: datetime) -> int:
    """Lower the grade of visits whose position is the same to the last decimal on three days or more.

    A satellite fix trembles from one to the next; an invented one does not. As with a jump that cannot be
    true, the visit loses the fence's support and the person nothing: what it means is for a human to say.
    Looked at are people with a fix of the last two days, over the positions still kept. Returns how many
    visits; what is lowered already stays as it is.
    """
    return await queries.run_counting(session, _DOUBT, now - timedelta(days=2))


async def forget_positions(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """React to a consent taken back: where that person's phone was is forgotten at once."""
    del now
    if event.payload["purpose"] == Purpose.PRECISE_LOCATION:
        await queries.run_counting(session, _FORGET, UUID(event.payload["account_id"]))


async def reconcile(session: AsyncSession, *, now: datetime) -> int:
    """Count open visits and correct counters that differ, which none should; return how many did."""
    wrong = await queries.differing_counters(session)
    for station_id in sorted(wrong):
        occupancy = await queries.locked_occupancy(session, station_id, now=now)
        # Under the lock every visit that counts is visible: a visit and its count commit together.
        counted = await queries.open_visits_of(session, station_id)
        if counted != occupancy.open_visits:
            log.error(
                "occupancy differed", station=str(station_id), was=occupancy.open_visits, counted=counted
            )
            occupancy.open_visits, occupancy.changed_at = counted, now
    if wrong:
        await session.flush()
        await outbox.announce(session, Channel.OCCUPANCY, wrong)
    return len(wrong)


def _is_long_shut(station: StationFacts, at: datetime) -> bool:
    """Tell whether a station is closed and was so a quarter of an hour ago."""
    return _is_shut(station, at) and _is_shut(station, at - rules.GRACE)


def _is_shut(station: StationFacts, at: datetime) -> bool:
    return station.status is not StationStatus.IN_SERVICE or station.timetable.at(at).is_open is False


def _quarter_of(at: datetime) -> datetime:
    local = at.astimezone(SHANGHAI)
    return (local - timedelta(minutes=local.minute % 15)).replace(second=0, microsecond=0)


async def _facts(session: AsyncSession, ids: Collection[UUID], now: datetime) -> list[StationFacts]:
    return await load_facts(session, now=now, ids=ids) if ids else []
