"""The rules in force, read from the database and kept in memory by every process."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import Database
from app.models import (
    AreaOfficeHours,
    AreaSuccession,
    CalendarDay,
    CalendarYear,
    Category,
    DeadlineRule,
    HandlingUnit,
    RoutingRule,
)
from app.services import categories
from app.services.areas import Calendar, Lineage, load_calendar, load_lineage
from app.services.reports.limits import Limit, Terms
from app.services.reports.routing_rules import Routing, Rule, Unit
from app.services.reports.working_time import read_periods


@dataclass(frozen=True, slots=True)
class RuleBook:
    """What decides where a case goes and by when, and what can be reported at all."""

    terms: Terms
    routing: Routing
    categories: Mapping[str, Category]


async def load_book(session: AsyncSession) -> RuleBook:
    """Return the rules as the database has them."""
    calendar, lineage = await load_calendar(session), await load_lineage(session)
    catalogue = {category.id: category for category in await categories.list_all(session)}
    terms = await _terms(session, calendar, lineage)
    return RuleBook(terms, await _routing(session, calendar, lineage), catalogue)


async def load_terms(session: AsyncSession, area_code: str, *, since: date) -> Terms:
    """Return the limits, office hours and calendar that hold in one area from a day on."""
    calendar, lineage = await load_calendar(session, first=since), await load_lineage(session)
    return await _terms(session, calendar, lineage, lineage.above(area_code))


async def _terms(
    session: AsyncSession, calendar: Calendar, lineage: Lineage, codes: tuple[str, ...] | None = None
) -> Terms:
    limits = select(DeadlineRule).where(DeadlineRule.ended_at.is_(None))
    hours = select(AreaOfficeHours)
    if codes is not None:
        limits = limits.where(DeadlineRule.area_code.in_(codes))
        hours = hours.where(AreaOfficeHours.area_code.in_(codes))
    return Terms(
        calendar,
        [Limit.of(rule) for rule in await session.scalars(limits)],
        hours={each.area_code: read_periods(each.periods) for each in await session.scalars(hours)},
        lineage=lineage,
    )


async def _routing(session: AsyncSession, calendar: Calendar, lineage: Lineage) -> Routing:
    rules = await session.scalars(select(RoutingRule).where(RoutingRule.ended_at.is_(None)))
    units = await session.execute(
        select(
            HandlingUnit.id,
            HandlingUnit.name,
            HandlingUnit.kind,
            HandlingUnit.area_code,
            HandlingUnit.successor_id,
            HandlingUnit.ended_at.is_not(None),
        )
    )
    return Routing(
        [
            Rule(
                rule.id,
                rule.area_code,
                rule.position,
                rule.name,
                rule.version,
                rule.unit_id,
                rule.condition,
                rule.failing_at is not None,
            )
            for rule in rules
        ],
        [Unit(*row) for row in units],
        calendar=calendar,
        lineage=lineage,
    )


class LiveBook:
    """The process's rule book: read when first asked for, and again when PostgreSQL tells of a change.

    ``refresh`` and ``catch_up`` are callbacks for the listener's channels ``RULES`` and ``CALENDAR``.
    """

    def __init__(self, db: Database) -> None:
        """Take the database; nothing is read yet."""
        self._db = db
        self._book: RuleBook | None = None
        self._stamp: tuple[Any, ...] = ()
        self._forgotten = 0
        self._loading = asyncio.Lock()

    async def current(self) -> RuleBook:
        """Return the newest book that this process knows."""
        return self._book or await self._load()

    def forget(self) -> None:
        """Read the book anew before it is used again."""
        self._forgotten += 1
        self._book = None

    async def refresh(self, _ids: frozenset[UUID] | None = None) -> None:
        """Take in that rules, units or the calendar have changed."""
        self.forget()

    async def catch_up(self) -> None:
        """Forget the book if anything in it has changed since."""
        if self._book is None:
            return
        async with self._db.reading() as session:
            stamp = await _read_stamp(session)
        if stamp != self._stamp:
            self.forget()

    async def _load(self) -> RuleBook:
        async with self._loading:
            if self._book is not None:
                return self._book
            forgotten = self._forgotten
            async with self._db.reading() as session:
                # The stamp first: what changes in between is seen again by the next look.
                self._stamp = await _read_stamp(session)
                book = await load_book(session)
            # What was read while somebody changed it may be the state before the change.
            self._book = book if forgotten == self._forgotten else None
            return book


_STAMPED: tuple[InstrumentedAttribute[Any], ...] = (
    RoutingRule.changed_at,
    DeadlineRule.changed_at,
    AreaOfficeHours.changed_at,
    HandlingUnit.changed_at,
    CalendarDay.on,
    CalendarYear.year,
    AreaSuccession.code,
    Category.changed_at,
)


async def _read_stamp(session: AsyncSession) -> tuple[Any, ...]:
    each = (stamp for column in _STAMPED for stamp in (func.count(column), func.max(column)))
    row = await session.execute(select(*(select(stamp).scalar_subquery() for stamp in each)))
    return tuple(row.one())
