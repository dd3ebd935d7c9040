"""How long an emergency waits for each rung: data of the area, like any other limit (domain: J5)."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import DeadlineStep, Rung, Urgency
from app.services.reports.book import load_terms
from app.services.reports.limits import DEFAULTS

Waits = Mapping[Rung, timedelta]

_STEPS = {Rung.BACKUP: DeadlineStep.CALL_BACKUP, Rung.DISTRICT: DeadlineStep.CALL_DISTRICT}
_SHIPPED = {limit.step: limit.clock_time for limit in DEFAULTS if limit.step in _STEPS.values()}
# The first on duty is called at once; that is no limit, it is what duty is for.
SHIPPED: Waits = {Rung.FIRST: timedelta(), **{rung: _SHIPPED[step] for rung, step in _STEPS.items()}}


async def in_area(
    session: AsyncSession, area_code: str, *, category_id: str | None = None, on: date
) -> Waits:
    """Return how long after its beginning an emergency reaches each rung, in an area on a day.

    Without a category it is what holds where the area has said nothing of that category.
    """
    terms = await load_terms(session, area_code, since=on)
    waits = dict(SHIPPED)
    for rung, step in _STEPS.items():
        limit = terms.limit(
            step, area_code=area_code, category_id=category_id or "", urgency=Urgency.EMERGENCY
        )
        if limit is not None:
            waits[rung] = limit.clock_time
    return waits
