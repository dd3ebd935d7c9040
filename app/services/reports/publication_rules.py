"""Whether an area's cases become public when they are accepted: officers say so, for a category or all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.ids import new_id
from app.models import PublicationRule, Report
from app.services import areas, authority, categories
from app.services.accounts import editors
from app.services.reports.rule_errors import RuleInvalid
from app.services.reports.ruling import check_area


@dataclass(frozen=True, slots=True)
class PublicationDraft:
    """A rule as an officer wants it; without a category it is for all that have none of their own there."""

    area_code: str
    category_id: str | None
    is_automatic: bool
    version: int | None = None


async def is_automatic(session: AsyncSession, report: Report) -> bool:
    """Tell whether a case becomes public by being accepted; what a human should look at first does not.

    The nearest rule says so; one of a division that was renamed holds for the one that followed it.
    """
    if report.is_confidential or report.is_trust_low or report.flags:
        return False
    above = (await areas.load_lineage(session)).above(report.area_code)
    query = select(PublicationRule).where(
        PublicationRule.area_code.in_(above),
        or_(PublicationRule.category_id.is_(None), PublicationRule.category_id == report.category_id),
    )
    rules = (await session.scalars(query)).all()
    nearest = min(
        rules, key=lambda rule: (above.index(rule.area_code), rule.category_id is None), default=None
    )
    return nearest is not None and nearest.is_automatic


async def set_rule(
    session: AsyncSession, draft: PublicationDraft, *, by: Actor, now: datetime
) -> PublicationRule:
    """Say whether an area's cases become public when they are accepted, from now on.

    Raises:
        NotFound: there is no such area, or it is not the officer's.
        RuleInvalid: there is no such category, or it is a confidential one.
        EditConflict: somebody changed it meanwhile.
    """
    await check_area(session, draft.area_code, by=by)
    if draft.category_id is not None:
        category = await categories.find(session, draft.category_id)
        if category is None or category.is_confidential:
            raise RuleInvalid(hint="category_id")
    query = select(PublicationRule).where(
        PublicationRule.area_code == draft.area_code,
        PublicationRule.category_id.is_not_distinct_from(draft.category_id),
    )
    rule = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if rule is None:
        rule = PublicationRule(
            id=new_id(), area_code=draft.area_code, category_id=draft.category_id, version=0
        )
        session.add(rule)
    elif draft.version != rule.version:
        raise await editors.conflict(session, rule.changed_by)
    rule.is_automatic, rule.version = draft.is_automatic, rule.version + 1
    rule.changed_at, rule.changed_by = now, by.account_id
    await session.flush()
    return rule


async def list_rules(session: AsyncSession, *, by: Actor) -> Sequence[PublicationRule]:
    """Return the rules that the officer's areas have."""
    mine = authority.covers(by, roles=(Role.DISTRICT_OFFICER,), area=PublicationRule.area_code)
    order = (PublicationRule.area_code, PublicationRule.category_id.nulls_first())
    return (await session.scalars(select(PublicationRule).where(mine).order_by(*order))).all()
