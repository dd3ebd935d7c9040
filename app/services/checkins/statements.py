"""The check-in statement: a whole batch in one round trip and one commit.

What it does, in this order whatever the planner thinks, because each step reads the one before:

1. ``known``: ids that are already visits are answered, not written again. Of the others, those whose station
   is not the version any more that they were judged by are written not at all: they are judged anew. No lock
   is taken for it, or an import of stations would stop every door.
2. ``earlier``: what each person's new visit ends is locked, in the order of people and ids. That is the last
   one before it: an open visit is always a person's last, which mergers of accounts see to as well. Of two at
   one instant it is the open one, or the one that lasts. It is not looked for among the open visits: while
   statistics are old, the planner may read all of those for each person.
3. ``ended``: those visits end with the reason ``new_visit``, also ones that a rule had ended later. A phone's
   clock may run ahead: no end lies in the server's future, unless the visit itself began there.
4. ``inserted``: the new visits, in the order of people. One that a later tap of the same person has
   overtaken, or whose time is over, arrives ended.
5. ``tally``: each station's occupancy once, in the order of stations; then the outbox and one notice.

Every process takes locks in this order (visits, new visits, occupancies), so they cannot deadlock. A row
that another process is writing at this very moment (the same id, or the same person's other tap) is
neither known nor inserted; the writer sends it again and then sees it.
"""

from app.services.checkins.events import VisitStarted
from app.services.checkins.tally import NOTICE, TALLY

_ANSWERED = (
    "station_id", "account_id", "captured_at", "received_at", "captured_offline", "grade", "due_at",
    "ended_at", "end_reason",
)  # fmt: skip

_WRITES = f"""
WITH given AS MATERIALIZED (
  SELECT g.*, coalesce(s.version = g.station_version, true) AS is_current FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::bool[],
    $8::text[], $9::text[], $10::float8[], $11::float8[], $12::float8[], $13::text[], $14::timestamptz[],
    $15::text[], $16::int[]
  ) AS g(id, station_id, account_id, area_code, captured_at, received_at, captured_offline,
    grade, code_kind, lat, lon, accuracy_m, coord_type, due_at, due_reason, station_version)
  LEFT JOIN stations s ON s.id = g.station_id
), known AS MATERIALIZED (
  SELECT v.* FROM given g JOIN visits v ON v.id = g.id
), fresh AS MATERIALIZED (
  SELECT g.*, (
    SELECT min(v.captured_at) FROM visits v
    WHERE v.account_id = g.account_id AND v.captured_at > g.captured_at
  ) AS overtaken_at
  FROM given g WHERE g.is_current AND g.id NOT IN (SELECT id FROM known)
), earlier AS (
  SELECT v.id, v.station_id, v.ended_at AS ended_before, f.received_at,
    greatest(v.captured_at, least(f.captured_at, f.received_at)) AS ends_at
  FROM fresh f CROSS JOIN LATERAL (
    SELECT id FROM visits WHERE account_id = f.account_id AND captured_at <= f.captured_at
    ORDER BY captured_at DESC, ended_at DESC, id DESC LIMIT 1
  ) AS last JOIN visits v ON v.id = last.id
  WHERE v.ended_at IS NULL OR v.ended_at > f.captured_at
  ORDER BY v.account_id, v.id FOR NO KEY UPDATE OF v
), ended AS (
  UPDATE visits v SET ended_at = e.ends_at, end_reason = 'new_visit', end_received_at = e.received_at,
    outside_since = NULL
  FROM earlier e WHERE v.id = e.id
  RETURNING v.station_id, e.ends_at, e.ended_before
), inserted AS (
  INSERT INTO visits (id, station_id, account_id, area_code, captured_at, received_at, captured_offline,
    grade, code_kind, lat, lon, accuracy_m, coord_type, due_at, due_reason, ended_at, end_reason,
    end_received_at)
  SELECT id, station_id, account_id, area_code, captured_at, received_at, captured_offline,
    grade, code_kind, lat, lon, accuracy_m, coord_type, due_at, due_reason,
    CASE WHEN is_over THEN greatest(captured_at, least(due_at, overtaken_at, received_at)) END,
    CASE WHEN is_over THEN CASE WHEN overtaken_at <= due_at THEN 'new_visit' ELSE due_reason END END,
    CASE WHEN is_over THEN received_at END
  FROM (SELECT *, overtaken_at IS NOT NULL OR due_at <= received_at AS is_over FROM fresh) AS f,
    (SELECT count(*) FROM ended) AS after_the_ends
  ORDER BY account_id
  ON CONFLICT DO NOTHING
  RETURNING *
), moves AS (
  SELECT station_id, captured_at AS at, 1 AS n, least(captured_at, received_at) AS seen_at FROM inserted
  UNION ALL SELECT station_id, ended_at, -1, NULL FROM inserted WHERE ended_at IS NOT NULL
  UNION ALL SELECT station_id, ends_at, -1, NULL FROM ended
  UNION ALL SELECT station_id, ended_before, 1, NULL FROM ended WHERE ended_before IS NOT NULL
), {TALLY}, told AS (
  INSERT INTO outbox_events (name, area_code, payload, recorded_at, tries)
  SELECT '{VisitStarted.name}', area_code,
    jsonb_build_object('visit_id', id, 'station_id', station_id), received_at, 0
  FROM inserted
)"""  # noqa: S608 - constants of ours


def _answer(extra: str = "") -> str:
    columns = ", ".join(f"coalesce(i.{name}, k.{name}) AS {name}" for name in _ANSWERED)
    return f"""
    SELECT g.id, g.is_current, i.id IS NOT NULL AS is_new, {columns} {extra}
    FROM given g LEFT JOIN inserted i ON i.id = g.id LEFT JOIN known k ON k.id = g.id
    """  # noqa: S608 - constants of ours


CHECK_IN_UNANNOUNCED = _WRITES + _answer()
CHECK_IN = f"{_WRITES}, {NOTICE} {_answer(', (SELECT sent FROM notice)')}"  # noqa: S608 - constants of ours

# Where each person was last seen before the instant given, within a day. Asked with ``lat IS NOT NULL``, the
# planner may read the index of all positions for each person while statistics are old.
SIGHTINGS = """
SELECT g.id, v.lat, v.lon, v.accuracy_m, v.captured_at
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS g(id, account_id, captured_at)
CROSS JOIN LATERAL (
  SELECT lat, lon, accuracy_m, captured_at FROM visits
  WHERE account_id = g.account_id AND captured_at < g.captured_at
    AND captured_at > g.captured_at - interval '1 day' AND num_nulls(lat) = 0
  ORDER BY captured_at DESC LIMIT 1
) AS v
"""
