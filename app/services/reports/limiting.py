"""District officers set the time limits and office hours of their areas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor, Role
from app.core.errors import KeyReused, NotFound
from app.models import AreaOfficeHours, DeadlineRule, DeadlineStep, LimitUnit, Urgency
from app.services import authority, categories, outbox
from app.services.accounts import editors
from app.services.outbox import Channel
from app.services.reports import working_time
from app.services.reports.limits import Limit
from app.services.reports.rule_errors import HoursInvalid, LimitTaken, RuleInvalid
from app.services.reports.ruling import check_area

_OFFICERS = (Role.DISTRICT_OFFICER,)
Periods = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class LimitDraft:
    """A time limit as an officer wants it; without category or urgency it is for all of them."""

    area_code: str
    step: DeadlineStep
    amount: int
    unit: LimitUnit
    category_id: str | None = None
    urgency: Urgency | None = None


async def create_limit(
    session: AsyncSession, rule_id: UUID, draft: LimitDraft, *, by: Actor, now: datetime
) -> DeadlineRule:
    """Set a limit for a step in the caller's area; promises already made stay as they are.

    Raises:
        NotFound: the area is not the caller's.
        RuleInvalid: there is no such category, or the step does not count in this unit.
        LimitTaken, KeyReused: see there.
    """
    await _check(session, draft, by=by)
    await locks.alone(session, rule_id)
    kept = await session.get(DeadlineRule, rule_id)
    if kept is not None:
        if _draft_of(kept) != draft:
            raise KeyReused
        return kept
    if await _current(session, draft) is not None:
        raise LimitTaken
    rule = DeadlineRule(id=rule_id, version=1, changed_at=now, changed_by=by.account_id, **_content(draft))
    session.add(rule)
    await _tell(session)
    return rule


async def edit_limit(
    session: AsyncSession,
    rule_id: UUID,
    amount: int,
    unit: LimitUnit,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> DeadlineRule:
    """Give more or less time for a step from now on.

    Raises:
        NotFound, EditConflict: see there.
        RuleInvalid: the step does not count in this unit.
    """
    rule = await _to_change(session, rule_id, version=version, by=by)
    _check_unit(rule.step, amount, unit)
    rule.amount, rule.unit = amount, unit
    await _touch(session, rule, by=by, now=now)
    return rule


async def end_limit(
    session: AsyncSession, rule_id: UUID, *, version: int, by: Actor, now: datetime
) -> DeadlineRule:
    """Take a limit back: the wider area's, or the shipped one, holds again.

    Raises:
        NotFound, EditConflict: see there.
    """
    rule = await _to_change(session, rule_id, version=version, by=by)
    rule.ended_at = now
    await _touch(session, rule, by=by, now=now)
    return rule


async def list_limits(session: AsyncSession, *, by: Actor, area: str | None) -> Sequence[DeadlineRule]:
    """Return the limits in force that areas of the caller have set, by area and step."""
    mine = authority.covers(by, roles=_OFFICERS, area=DeadlineRule.area_code)
    query = select(DeadlineRule).where(DeadlineRule.ended_at.is_(None), mine)
    if area is not None:
        query = query.where(authority.within(DeadlineRule.area_code.expression, area))
    query = query.order_by(DeadlineRule.area_code, DeadlineRule.step, DeadlineRule.id).limit(2000)
    return (await session.scalars(query)).all()


async def set_office_hours(
    session: AsyncSession, area_code: str, periods: Periods, *, version: int, by: Actor, now: datetime
) -> AreaOfficeHours:
    """Set when the offices of the caller's area work; ``version`` is 0 where nothing was set.

    Raises:
        NotFound: the area is not the caller's.
        HoursInvalid: see there.
        EditConflict: somebody else set them meanwhile.
    """
    await check_area(session, area_code, by=by)
    try:
        working_time.read_periods(periods)
    except ValueError as error:
        raise HoursInvalid from error
    query = select(AreaOfficeHours).where(AreaOfficeHours.area_code == area_code).with_for_update()
    hours = await session.scalar(query.execution_options(populate_existing=True))
    if version != (0 if hours is None else hours.version):
        raise await editors.conflict(session, None if hours is None else hours.changed_by)
    if hours is None:
        hours = AreaOfficeHours(area_code=area_code, version=0)
        session.add(hours)
    hours.periods, hours.version = list(periods), hours.version + 1
    hours.changed_at, hours.changed_by = now, by.account_id
    await _tell(session)
    return hours


async def office_hours(session: AsyncSession, area_code: str, *, by: Actor) -> AreaOfficeHours | None:
    """Return what an area of the caller has set itself; ``None`` when the wider area's hours hold.

    Raises:
        NotFound: the area is not the caller's.
    """
    await check_area(session, area_code, by=by)
    return await session.get(AreaOfficeHours, area_code)


async def _check(session: AsyncSession, draft: LimitDraft, *, by: Actor) -> None:
    await check_area(session, draft.area_code, by=by)
    if draft.category_id is not None and await categories.find(session, draft.category_id) is None:
        raise RuleInvalid(hint="category_id")
    _check_unit(draft.step, draft.amount, draft.unit)


def _check_unit(step: DeadlineStep, amount: int, unit: LimitUnit) -> None:
    if not Limit(step, amount, unit).is_countable:
        raise RuleInvalid(hint="unit")


async def _current(session: AsyncSession, draft: LimitDraft) -> DeadlineRule | None:
    query = select(DeadlineRule).where(
        DeadlineRule.ended_at.is_(None),
        DeadlineRule.area_code == draft.area_code,
        DeadlineRule.step == draft.step,
        DeadlineRule.category_id.is_not_distinct_from(draft.category_id),
        DeadlineRule.urgency.is_not_distinct_from(draft.urgency),
    )
    return await session.scalar(query)


async def _to_change(session: AsyncSession, rule_id: UUID, *, version: int, by: Actor) -> DeadlineRule:
    mine = authority.covers(by, roles=_OFFICERS, area=DeadlineRule.area_code)
    query = select(DeadlineRule).where(DeadlineRule.id == rule_id, DeadlineRule.ended_at.is_(None), mine)
    rule = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if rule is None:
        raise NotFound
    await editors.check_version(session, rule, version)
    return rule


async def _touch(session: AsyncSession, rule: DeadlineRule, *, by: Actor, now: datetime) -> None:
    rule.version += 1
    rule.changed_at, rule.changed_by = now, by.account_id
    await _tell(session)


async def _tell(session: AsyncSession) -> None:
    await session.flush()
    await outbox.announce(session, Channel.RULES)


def _content(draft: LimitDraft) -> dict[str, object]:
    return {
        "area_code": draft.area_code,
        "step": draft.step,
        "amount": draft.amount,
        "unit": draft.unit,
        "category_id": draft.category_id,
        "urgency": draft.urgency,
    }


def _draft_of(rule: DeadlineRule) -> LimitDraft:
    return LimitDraft(rule.area_code, rule.step, rule.amount, rule.unit, rule.category_id, rule.urgency)
