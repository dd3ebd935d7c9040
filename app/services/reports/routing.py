"""Which unit is proposed for a case, by which rule and why; whatever failed on the way is shown."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Category, Report, RoutingRule
from app.services import outbox
from app.services.outbox import Channel
from app.services.reports.events import RoutingRuleFailed
from app.services.reports.routing_rules import Facts, Proposal, Routing


def facts_of(report: Report, category: Category, at: datetime) -> Facts:
    """Return what rules may know of a case."""
    return Facts(
        area_code=report.area_code,
        category_id=category.id,
        group=category.group,
        handled_by=category.handled_by,
        urgency=report.urgency,
        answers=report.answers,
        at=at,
    )


def propose(report: Report, category: Category, *, routing: Routing, now: datetime) -> Proposal:
    """Write into a case which unit is proposed for it, and why; a proposal is no assignment.

    A case of the night goes by the rules of the night: rules look at the instant of submission.
    """
    proposal = routing.propose(facts_of(report, category, report.submitted_at))
    report.proposed_unit_id = None if proposal.unit is None else proposal.unit.id
    report.proposal = proposal.written(now)
    return proposal


async def route(
    session: AsyncSession, report: Report, category: Category, *, routing: Routing, now: datetime
) -> dict[str, Any]:
    """Propose a unit for a case, keep which rules failed, and return what the case keeps."""
    proposal = propose(report, category, routing=routing, now=now)
    await note_failures(session, proposal, now=now)
    return report.proposal or {}


async def note_failures(session: AsyncSession, proposal: Proposal, *, now: datetime) -> None:
    """Mark the rules that could not be applied, and take the mark from one that works again."""
    changed = False
    for each in proposal.tried:
        if each.is_error and not each.rule.is_failing:
            changed |= await _mark(session, each.rule.id, failing_at=now, error=each.outcome)
            event = RoutingRuleFailed(each.rule.id, each.rule.version)
            outbox.record(session, event, now=now, area_code=each.rule.area_code)
    if proposal.rule is not None and proposal.rule.is_failing:
        changed |= await _mark(session, proposal.rule.id, failing_at=None, error="")
    if changed:
        await outbox.announce(session, Channel.RULES)


async def _mark(session: AsyncSession, rule_id: object, *, failing_at: datetime | None, error: str) -> bool:
    """Write a mark unless another request just did."""
    is_other = RoutingRule.failing_at.is_(None) if failing_at else RoutingRule.failing_at.is_not(None)
    marked = await session.execute(
        update(RoutingRule)
        .where(RoutingRule.id == rule_id, is_other)
        .values(failing_at=failing_at, error=error)
        .returning(RoutingRule.id)
    )
    return marked.first() is not None
