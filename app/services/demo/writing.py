"""Writing hundreds of thousands of rows in seconds: PostgreSQL gets bare numbers and makes rows of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import bulk
from app.core.geo import CoordType
from app.models import CodeKind, EndReason, EvidenceGrade
from app.services.demo.visits import ENDS, GRADES, Place, Visits, quarter_rows, visit_rows

# ``visits.VISIT`` as a table.
_DRAWN = """
CREATE TEMP TABLE drawn_visits (id uuid, place int, person int, begins bigint, received bigint, offline bool,
  grade int, fixed bool, lat float8, lon float8, accuracy_m float8, due bigint, due_by_stay bool, ended bool,
  ends bigint, end_received bigint, reason int) ON COMMIT DROP
"""
_VISITS = f"""
INSERT INTO visits (id, station_id, account_id, area_code, captured_at, received_at, captured_offline, grade,
  code_kind, lat, lon, accuracy_m, coord_type, due_at, due_reason, ended_at, end_reason, end_received_at)
SELECT v.id, station.id, person.id, station.area_code, to_timestamp(begins), to_timestamp(received), offline,
  ($4::text[])[grade + 1],
  CASE WHEN ($4::text[])[grade + 1] IN ('{EvidenceGrade.A}', '{EvidenceGrade.B}')
    THEN '{CodeKind.ROTATING}' END,
  CASE WHEN fixed THEN lat END, CASE WHEN fixed THEN lon END,
  CASE WHEN fixed THEN accuracy_m END, CASE WHEN fixed THEN '{CoordType.WGS84}' END, to_timestamp(due),
  CASE WHEN due_by_stay THEN '{EndReason.MAX_STAY}' ELSE '{EndReason.CLOSED}' END,
  CASE WHEN ended THEN to_timestamp(ends) END, CASE WHEN ended THEN ($5::text[])[reason + 1] END,
  CASE WHEN ended THEN to_timestamp(end_received) END
FROM drawn_visits AS v
JOIN unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS station(id, area_code, n) ON station.n = v.place + 1
JOIN unnest($3::uuid[]) WITH ORDINALITY AS person(id, n) ON person.n = v.person + 1
"""  # noqa: S608 - constants of ours


async def write_visits(
    session: AsyncSession,
    stays: Visits,
    places: Sequence[Place],
    people: Sequence[UUID],
    made_by: npt.NDArray[np.int64],
    *,
    dice: np.random.Generator,
    now: datetime,
) -> None:
    """Write visits; ``made_by`` numbers the person of each."""
    rows = visit_rows(stays, places, dice, now)
    rows["person"] = made_by
    await bulk.run(session, _DRAWN)
    await bulk.copy_array(session, "drawn_visits", rows)
    stations = [place.id for place in places], [place.area_code for place in places]
    async with bulk.without_upkeep(session, "visits"):
        await bulk.run(session, _VISITS, *stations, people, GRADES, ENDS)


async def write_quarters(
    session: AsyncSession, stays: Visits, places: Sequence[Place], now: datetime
) -> None:
    """Write the history that follows from visits."""
    rows = quarter_rows(stays, places, now)
    async with bulk.without_upkeep(session, "occupancy_quarters"):
        await bulk.copy_array(session, "occupancy_quarters", rows)
