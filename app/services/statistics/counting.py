"""Counting a month from the cases as they are now, and what was reported again near what was closed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import h3.api.basic_int as h3
from sqlalchemy import ARRAY, BigInteger, DateTime, Row, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.geo import Point
from app.core.geodesy import geodesic_m
from app.services.reports import NOWHERE
from app.services.statistics.tallies import NAMES, Cells, Tally

REPEATED_WITHIN_M = 50.0
REPEATED_WITHIN = timedelta(days=30)
_RINGS = 2  # of cells of resolution 11 around a case: nothing within 50 m lies outside
_AT_ONCE = 500

# A case that has not changed since the month began and is not open has nothing to count in it.
# Confidential cases are counted nowhere: a figure of theirs would say where they are.
_CASES = """
SELECT r.* FROM reports r
WHERE (%(areas)s) AND r.is_confidential IS false AND r.submitted_at < :until
    AND (r.changed_at >= :since OR r.state NOT IN ('closed', 'rejected', 'duplicate', 'withdrawn'))
"""
_COUNTS = """
WITH cases AS MATERIALIZED (%(cases)s),
moved AS (
    SELECT c.id,
        max(s.id) FILTER (WHERE s.to_state = 'closed') AS closing,
        count(*) FILTER (WHERE s.move = 'dispatch') AS dispatches,
        count(*) FILTER (WHERE s.move = 'return') AS returns
    FROM cases c JOIN report_steps s ON s.report_id = c.id
    WHERE s.at >= :since AND s.at < :until AND s.to_state IN ('closed', 'dispatched', 'returned')
    GROUP BY c.id
),
asked AS (
    SELECT c.id, count(*) AS asked, count(a.answered_at) AS answered,
        count(*) FILTER (WHERE a.is_satisfied) AS satisfied
    FROM cases c JOIN report_satisfactions a ON a.report_id = c.id
    WHERE a.asked_at >= :since AND a.asked_at < :until
    GROUP BY c.id
),
facts AS (
    SELECT c.*, m.closing, m.dispatches, m.returns, a.asked, a.answered, a.satisfied,
        least(c.resolved_at, c.closed_at) AS done_at,
        c.state NOT IN ('rejected', 'duplicate', 'withdrawn') OR c.resolved_at IS NOT NULL AS is_owed,
        EXISTS (SELECT FROM report_steps s
                WHERE s.report_id = c.id AND s.id > m.closing AND s.move = 'reopen') AS is_reopened
    FROM cases c LEFT JOIN moved m USING (id) LEFT JOIN asked a USING (id)
)
SELECT area_code, category_id,
    count(*) FILTER (WHERE submitted_at >= :since) AS submitted,
    count(*) FILTER (WHERE %(acceptance)s) AS acceptance_owed,
    count(*) FILTER (WHERE %(acceptance)s AND decided_at <= acceptance_due_at) AS accepted_in_time,
    count(*) FILTER (WHERE %(due)s) AS due,
    count(*) FILTER (WHERE %(due)s AND done_at <= due_at) AS done_in_time,
    count(*) FILTER (WHERE %(original)s) AS due_originally,
    count(*) FILTER (WHERE %(original)s AND done_at <= original_due_at) AS done_in_original_time,
    count(closing) AS closed,
    count(closing) FILTER (WHERE reopened_count = 0 AND NOT is_reopened) AS first_time,
    count(closing) FILTER (WHERE is_reopened) AS reopened,
    coalesce(sum(dispatches), 0)::bigint AS dispatches,
    coalesce(sum(returns), 0)::bigint AS returns,
    coalesce(sum(asked), 0)::bigint AS asked,
    coalesce(sum(answered), 0)::bigint AS answered,
    coalesce(sum(satisfied), 0)::bigint AS satisfied
FROM facts GROUP BY area_code, category_id
"""
_FELL = {
    "acceptance": "acceptance_due_at >= :since AND acceptance_due_at < :until"
    " AND (decided_at IS NOT NULL OR state <> 'withdrawn')",
    "due": "due_at >= :since AND due_at < :until AND is_owed",
    "original": "original_due_at >= :since AND original_due_at < :until AND is_owed",
}

_CLOSED = """
WITH cases AS MATERIALIZED (%(cases)s)
SELECT c.id, c.area_code, c.category_id, c.h3, c.lat, c.lon, max(s.at) AS closed_at
FROM cases c JOIN report_steps s ON s.report_id = c.id
WHERE s.at >= :since AND s.at < :until AND s.to_state = 'closed' AND c.reopened_count = 0
GROUP BY c.id, c.area_code, c.category_id, c.h3, c.lat, c.lon
"""
_NEAR = text("""
SELECT k.id, n.lat, n.lon
FROM unnest(:ids, :categories, :closed, :cells) AS k (id, category_id, closed_at, h3)
JOIN reports n ON n.h3 = k.h3 AND n.submitted_at > k.closed_at AND n.submitted_at <= k.closed_at + :within
    AND n.submitted_at < :now AND n.category_id = k.category_id AND n.id <> k.id
    AND n.is_confidential IS false
""").bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("categories", type_=ARRAY(Text)),
    bindparam("closed", type_=ARRAY(DateTime(timezone=True))),
    bindparam("cells", type_=ARRAY(BigInteger)),
)


def _in(codes: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Return the condition of the areas as equalities by level, which the indexes are made for."""
    conditions = " OR ".join(f"left(r.area_code, {len(code)}) = :area{at}" for at, code in enumerate(codes))
    return _CASES % {"areas": conditions}, {f"area{at}": code for at, code in enumerate(codes)}


async def count(
    session: AsyncSession, codes: Sequence[str], *, since: datetime, until: datetime, now: datetime
) -> Cells:
    """Return the counts of the cases in some areas, by community and category.

    Args:
        session: the transaction.
        codes: the areas, none inside another.
        since: the month's first instant.
        until: its end; what falls after ``now`` is not counted yet.
        now: the present instant.
    """
    cases, areas = _in(codes)
    values = {**areas, "since": since, "until": min(until, now)}
    rows = await session.execute(text(_COUNTS % {"cases": cases, **_FELL}), values)
    cells: Cells = {
        (row.area_code, row.category_id): Tally(*(getattr(row, name) for name in NAMES)) for row in rows
    }
    closed = (await session.execute(text(_CLOSED % {"cases": cases}), values)).all()
    repeated = await _repeated(session, closed, now=now)
    for case in closed:
        if case.id in repeated:
            key = (case.area_code, case.category_id)
            cells[key] = cells[key] + Tally(first_time=-1)
    return {key: tally for key, tally in cells.items() if tally != Tally()}


async def _repeated(session: AsyncSession, closed: Sequence[Row[Any]], *, now: datetime) -> set[UUID]:
    """Return which closed cases somebody reported again: the same category, near by, soon after."""
    found: set[UUID] = set()
    placed = [case for case in closed if (case.lat, case.lon) != (NOWHERE.lat, NOWHERE.lon)]
    for first in range(0, len(placed), _AT_ONCE):
        chunk = {case.id: case for case in placed[first : first + _AT_ONCE]}
        cells = [(case, cell) for case in chunk.values() for cell in _around(case.h3)]
        near = await session.execute(
            _NEAR,
            {
                "ids": [case.id for case, _ in cells],
                "categories": [case.category_id for case, _ in cells],
                "closed": [case.closed_at for case, _ in cells],
                "cells": [cell for _, cell in cells],
                "within": REPEATED_WITHIN,
                "now": now,
            },
        )
        found |= {row.id for row in near if row.id not in found and _is_near(chunk[row.id], row)}
    return found


def _around(cell: int) -> list[int]:
    return list(h3.grid_disk(cell, _RINGS))


def _is_near(case: Row[Any], other: Row[Any]) -> bool:
    return geodesic_m(Point(case.lat, case.lon), Point(other.lat, other.lon)) <= REPEATED_WITHIN_M
