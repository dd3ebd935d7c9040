"""Filters that a clerk keeps, each with the number of cases that it finds now."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound, SignInRequired
from app.models import ReportState, StoredFilter, Urgency
from app.services.reports import desk
from app.services.reports.errors import TooManyFilters
from app.services.reports.filters import CaseFilter

MOST_FILTERS = 30
_CONDITIONS = {each.name for each in fields(CaseFilter)}


@dataclass(frozen=True, slots=True)
class Counted:
    """A stored filter and how many cases it finds, counted up to :data:`desk.MOST_COUNTED`.

    Without a count this process cannot read it: it was kept by a newer release, while both are at work.
    """

    stored: StoredFilter
    count: int | None


async def list_filters(session: AsyncSession, *, by: Actor, now: datetime) -> Sequence[Counted]:
    """Return the caller's filters in their order, each with its count."""
    query = select(StoredFilter).where(StoredFilter.account_id == by.account_id)
    rows = await session.scalars(query.order_by(StoredFilter.position, StoredFilter.id))
    found = []
    for stored in rows.all():
        wanted = read(stored.content)
        count = None if wanted is None else await desk.count_cases(session, wanted, by=by, now=now)
        found.append(Counted(stored, count))
    return found


async def keep_filter(
    session: AsyncSession, filter_id: UUID, *, name: str, wanted: CaseFilter, by: Actor, now: datetime
) -> StoredFilter:
    """Keep a filter under an id made by the client; the same id again changes it.

    Raises:
        KeyReused: the id is somebody else's.
        TooManyFilters: the caller keeps thirty already.
    """
    if by.account_id is None:
        raise SignInRequired
    await locks.alone(session, by.account_id)
    stored = await session.get(StoredFilter, filter_id)
    if stored is not None and stored.account_id != by.account_id:
        raise KeyReused
    if stored is None:
        count = select(func.count()).where(StoredFilter.account_id == by.account_id)
        position = await session.scalar(count) or 0
        if position >= MOST_FILTERS:
            raise TooManyFilters
        stored = StoredFilter(id=filter_id, account_id=by.account_id, position=position, made_at=now)
        session.add(stored)
    stored.name, stored.content = name, write(wanted)
    await session.flush()
    return stored


async def drop_filter(session: AsyncSession, filter_id: UUID, *, by: Actor) -> None:
    """Forget a filter.

    Raises:
        NotFound: the caller keeps none of this id.
    """
    stored = await session.get(StoredFilter, filter_id)
    if stored is None or stored.account_id != by.account_id:
        raise NotFound
    await session.delete(stored)


def write(wanted: CaseFilter) -> dict[str, Any]:
    """Return a filter as JSON-ready values."""
    content = asdict(wanted)
    return {**content, "unit_id": None if wanted.unit_id is None else str(wanted.unit_id)}


def read(content: dict[str, Any]) -> CaseFilter | None:
    """Return the filter that was written; none where it says what is not known here.

    A condition that is left out would find more than the clerk asked for.
    """
    if not content.keys() <= _CONDITIONS:
        return None
    try:
        return CaseFilter(
            **{
                **content,
                "states": tuple(ReportState(each) for each in content["states"]),
                "urgencies": tuple(Urgency(each) for each in content["urgencies"]),
                "category_ids": tuple(content["category_ids"]),
                "unit_id": None if content["unit_id"] is None else UUID(content["unit_id"]),
            }
        )
    except (KeyError, ValueError):
        return None
