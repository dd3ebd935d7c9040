"""District officers keep the routing rules, time limits and office hours of their areas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor, Role
from app.core.errors import BadCursor, KeyReused, NotFound
from app.core.geo import Point
from app.core.pages import Page, decode_cursor, encode_cursor
from app.models import Category, DeadlineStep, HandlingUnit, RoutingRule, RoutingRuleRevision
from app.services import areas, authority, categories, outbox
from app.services.accounts import editors
from app.services.areas import GridMap
from app.services.outbox import Channel
from app.services.reports import places
from app.services.reports.book import RuleBook
from app.services.reports.errors import CategoryUnknown, PlaceUnknown
from app.services.reports.routing_rules import Condition, Facts
from app.services.reports.rule_errors import RuleInvalid
from app.services.reports.working_time import Due

_OFFICERS = (Role.DISTRICT_OFFICER,)


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A routing rule as an officer wants it; lower positions of an area are tried first."""

    area_code: str
    position: int
    name: str
    condition: Condition
    unit_id: UUID


async def create_rule(
    session: AsyncSession, rule_id: UUID, draft: RuleDraft, *, by: Actor, now: datetime
) -> RoutingRule:
    """Make a rule of the caller's area; the same id and content again is the same rule.

    Raises:
        NotFound: the area is not the caller's.
        RuleInvalid: see there.
        KeyReused: the id is another rule's.
    """
    await _check(session, draft, by=by)
    await locks.alone(session, rule_id)
    kept = await session.get(RoutingRule, rule_id)
    if kept is not None:
        if _content(kept) != _content_of(draft):
            raise KeyReused
        return kept
    rule = RoutingRule(id=rule_id, error="", **_content_of(draft), version=1, changed_at=now)
    session.add(rule)
    await _revise(session, rule, by=by, now=now)
    return rule


async def edit_rule(
    session: AsyncSession, rule_id: UUID, draft: RuleDraft, *, version: int, by: Actor, now: datetime
) -> RoutingRule:
    """Change a rule: a new version, which is not failing until it fails.

    Raises:
        NotFound, EditConflict: see there.
        RuleInvalid: see there.
    """
    rule = await _to_change(session, rule_id, version=version, by=by)
    await _check(session, draft, by=by)
    for key, value in _content_of(draft).items():
        setattr(rule, key, value)
    rule.version += 1
    rule.failing_at, rule.error = None, ""
    await _revise(session, rule, by=by, now=now)
    return rule


async def end_rule(
    session: AsyncSession, rule_id: UUID, *, version: int, by: Actor, now: datetime
) -> RoutingRule:
    """Take a rule out of force; cases that it sent keep its name.

    Raises:
        NotFound, EditConflict: see there.
    """
    rule = await _to_change(session, rule_id, version=version, by=by)
    rule.ended_at = now
    rule.version += 1
    await _revise(session, rule, by=by, now=now)
    return rule


async def list_rules(
    session: AsyncSession,
    *,
    by: Actor,
    area: str | None,
    failing: bool,
    cursor: str | None,
    limit: int,
) -> Page[RoutingRule]:
    """Return a page of the rules in force of the caller's areas, in the order in which they are tried.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    query = select(RoutingRule).where(RoutingRule.ended_at.is_(None), _mine(by))
    if area is not None:
        query = query.where(authority.within(RoutingRule.area_code.expression, area))
    if failing:
        query = query.where(RoutingRule.failing_at.is_not(None))
    place = (RoutingRule.area_code, RoutingRule.position, RoutingRule.id)
    if cursor is not None:
        query = query.where(tuple_(*place) > tuple_(*_key(cursor)))
    rows = (await session.scalars(query.order_by(*place).limit(limit + 1))).all()
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], encode_cursor([last.area_code, str(last.position), str(last.id)]))


def _key(cursor: str) -> tuple[str, int, UUID]:
    area_code, position, rule_id = decode_cursor(cursor, size=3)
    try:
        return area_code, int(position), UUID(rule_id)
    except ValueError as error:
        raise BadCursor from error


async def revisions(session: AsyncSession, rule_id: UUID, *, by: Actor) -> Sequence[RoutingRuleRevision]:
    """Return what a rule was, version by version, ended or not: cases name the version that fired.

    Raises:
        NotFound: it is not the caller's.
    """
    rule = await session.scalar(select(RoutingRule).where(RoutingRule.id == rule_id, _mine(by)))
    if rule is None:
        raise NotFound
    query = select(RoutingRuleRevision).where(RoutingRuleRevision.rule_id == rule_id)
    return (await session.scalars(query.order_by(RoutingRuleRevision.version))).all()


@dataclass(frozen=True, slots=True)
class Imagined:
    """A case that might be."""

    point: Point
    category_id: str
    answers: Mapping[str, Any]
    at: datetime
    area_code: str | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What would happen to an imagined case."""

    area_code: str
    grid_id: UUID | None
    proposal: Mapping[str, Any]
    promises: Mapping[DeadlineStep, datetime]
    is_provisional: bool


async def imagine(
    session: AsyncSession, case: Imagined, *, grids: GridMap, rules: RuleBook, by: Actor, now: datetime
) -> Tried:
    """Say what would happen to a case in the caller's area; nothing is written, no rule is marked.

    Raises:
        CategoryUnknown, PlaceUnknown: see there.
        NotFound: it would lie in somebody else's area.
    """
    category = await categories.find(session, case.category_id)
    if category is None or not category.is_active:
        raise CategoryUnknown
    place = places.place(case.point, grids, otherwise=case.area_code)
    if place is None:
        raise PlaceUnknown
    if not authority.may(by, roles=_OFFICERS, area_code=place.area_code):
        raise NotFound
    facts = Facts(
        area_code=place.area_code,
        category_id=category.id,
        group=category.group,
        handled_by=category.handled_by,
        urgency=category.urgency,
        answers=case.answers,
        at=case.at,
    )
    promises = {step: due for step in DeadlineStep if (due := _due(facts, step, rules))}
    return Tried(
        place.area_code,
        place.grid_id,
        rules.routing.propose(facts).written(now),
        {step: due.at for step, due in promises.items()},
        any(due.is_provisional for due in promises.values()),
    )


def _due(facts: Facts, step: DeadlineStep, rules: RuleBook) -> Due | None:
    """Return when a step would be due if it began at the instant of the case."""
    terms, area_code = rules.terms, facts.area_code
    limit = terms.limit(step, area_code=area_code, category_id=facts.category_id, urgency=facts.urgency)
    return None if limit is None else terms.due(facts.at, limit.amount, limit.unit, area_code=area_code)


def _mine(by: Actor) -> ColumnElement[bool]:
    return authority.covers(by, roles=_OFFICERS, area=RoutingRule.area_code)


async def _to_change(session: AsyncSession, rule_id: UUID, *, version: int, by: Actor) -> RoutingRule:
    query = select(RoutingRule).where(RoutingRule.id == rule_id, RoutingRule.ended_at.is_(None), _mine(by))
    rule = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if rule is None:
        raise NotFound
    await editors.check_version(session, rule, version)
    return rule


async def _revise(session: AsyncSession, rule: RoutingRule, *, by: Actor, now: datetime) -> None:
    rule.changed_at, rule.changed_by = now, by.account_id
    await session.flush()
    content = {**_content(rule), "unit_id": str(rule.unit_id), "is_ended": rule.ended_at is not None}
    session.add(
        RoutingRuleRevision(
            rule_id=rule.id, version=rule.version, content=content, changed_at=now, changed_by=by.account_id
        )
    )
    await outbox.announce(session, Channel.RULES)


def _content_of(draft: RuleDraft) -> dict[str, Any]:
    return {
        "area_code": draft.area_code,
        "position": draft.position,
        "name": draft.name,
        "condition": draft.condition.written(),
        "unit_id": draft.unit_id,
    }


def _content(rule: RoutingRule) -> Mapping[str, Any]:
    return {
        "area_code": rule.area_code,
        "position": rule.position,
        "name": rule.name,
        "condition": rule.condition,
        "unit_id": rule.unit_id,
    }


async def _check(session: AsyncSession, draft: RuleDraft, *, by: Actor) -> None:
    await check_area(session, draft.area_code, by=by)
    condition = draft.condition
    used = select(Category.id, Category.group).where(
        Category.is_active, or_(Category.id.in_(condition.categories), Category.group.in_(condition.groups))
    )
    rows = (await session.execute(used)).all()
    unknown = {*condition.categories} - {row[0] for row in rows}
    unknown |= {*condition.groups} - {row[1] for row in rows}
    if unknown:
        raise RuleInvalid(hint=", ".join(sorted(unknown)))
    unit = await session.get(HandlingUnit, draft.unit_id)
    if unit is None or unit.ended_at is not None:
        raise RuleInvalid(hint="unit_id")


async def check_area(session: AsyncSession, area_code: str, *, by: Actor) -> None:
    """Check that an area is there and the caller's to rule.

    Raises:
        NotFound: it is not.
    """
    if not authority.may(by, roles=_OFFICERS, area_code=area_code):
        raise NotFound
    if not await areas.exists(session, area_code):
        raise NotFound
