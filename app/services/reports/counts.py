"""How many cases are where: read from a roll-up, so that a province's answer takes a millisecond.

A trigger writes a delta for its town with every change of a listed case (see the migration); a job folds
deltas into the counts of the town and of what stands above it. What is read is the sum of both: always exact.
"""

from datetime import datetime

from sqlalchemy import delete, false, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import Report, ReportCount, ReportCountDelta, ReportState, Urgency
from app.services import authority
from app.services.reports.filters import IS_LISTED
from app.services.reports.scope import DESK

_MOST_FOLDED = 50_000
_TOWN, _ABOVE = 9, (6, 4, 2)
_BY_RANK = (Urgency.EMERGENCY, Urgency.URGENT, Urgency.NORMAL)


async def count_by_state(
    session: AsyncSession, *, area_code: str | None, by: Actor
) -> dict[ReportState, dict[Urgency, int]]:
    """Return how many listed cases of the caller's areas are in each state, by urgency."""
    codes = authority.reach(by, roles=DESK, inside=area_code)
    communities = [code for code in codes if len(code) > _TOWN]
    wider = [code for code in codes if len(code) <= _TOWN]
    parts = [
        select(ReportCount.state, ReportCount.urgency_rank, ReportCount.count.label("number")).where(
            ReportCount.town_code.in_(wider)
        ),
        select(ReportCountDelta.state, ReportCountDelta.urgency_rank, ReportCountDelta.delta).where(
            or_(false(), *(authority.within(ReportCountDelta.town_code, code) for code in wider))
        ),
        # A community's cases are few enough to be counted as they are.
        select(Report.state, Report.urgency_rank, literal(1)).where(
            Report.area_code.in_(communities), IS_LISTED
        ),
    ]
    both = union_all(*parts).subquery()
    totals = await session.execute(
        select(both.c.state, both.c.urgency_rank, func.sum(both.c.number)).group_by(
            both.c.state, both.c.urgency_rank
        )
    )
    found: dict[ReportState, dict[Urgency, int]] = {}
    for state, rank, number in totals:
        if number:
            found.setdefault(ReportState(state), {})[_BY_RANK[rank]] = int(number)
    return found


async def fold(session: AsyncSession, *, now: datetime) -> int:  # noqa: ARG001 - every job is told
    """Fold the waiting deltas into the roll-up and return how many there were; for a job."""
    first = select(ReportCountDelta.id).order_by(ReportCountDelta.id).limit(_MOST_FOLDED)
    taken = (
        delete(ReportCountDelta)
        .where(ReportCountDelta.id.in_(first.with_for_update(skip_locked=True)))
        .returning(
            ReportCountDelta.town_code,
            ReportCountDelta.state,
            ReportCountDelta.urgency_rank,
            ReportCountDelta.delta,
        )
        .cte("taken")
    )
    # A case that lies in a county, no town being known, counts there once.
    levels = [select(taken)] + [
        select(
            func.left(taken.c.town_code, digits), taken.c.state, taken.c.urgency_rank, taken.c.delta
        ).where(func.length(taken.c.town_code) > digits)
        for digits in _ABOVE
    ]
    each = union_all(*levels).subquery()
    key = (each.c.town_code, each.c.state, each.c.urgency_rank)
    sums = select(*key, func.sum(each.c.delta).label("count")).group_by(*key).order_by(*key)
    into = insert(ReportCount).from_select(["town_code", "state", "urgency_rank", "count"], sums)
    upsert = into.on_conflict_do_update(
        index_elements=[ReportCount.town_code, ReportCount.state, ReportCount.urgency_rank],
        set_={"count": ReportCount.count + into.excluded.count},
    )
    return len((await session.execute(upsert.returning(ReportCount.count))).all())
