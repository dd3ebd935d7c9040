"""Routing rules and time limits for tests, as plain functions."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    DeadlineRule,
    DeadlineStep,
    HandlingUnit,
    LimitUnit,
    ReportExtension,
    RoutingRule,
    RoutingRuleRevision,
)
from app.services.reports.routing_rules import Condition
from tests.factories.reports import SENT_AT
from tests.factories.stations import COMMUNITY, make_area


async def make_rule(
    session: AsyncSession, unit: HandlingUnit, *, condition: Condition | None = None, **given: Any
) -> RoutingRule:
    """Make a rule of a county that fits everything unless told otherwise."""
    area_code = await make_area(session, given.pop("area_code", COMMUNITY[:6]))
    rule = RoutingRule(
        **{
            "area_code": area_code,
            "position": 1,
            "name": "全部",
            "condition": (condition or Condition()).written(),
            "unit_id": unit.id,
            "changed_at": SENT_AT,
            **given,
        }
    )
    session.add(rule)
    await session.flush()
    session.add(RoutingRuleRevision(rule_id=rule.id, version=1, content={}, changed_at=SENT_AT))
    await session.flush()
    return rule


async def make_limit(session: AsyncSession, **given: Any) -> DeadlineRule:
    """Make a limit of a county: nine working days for the whole case unless told otherwise."""
    area_code = await make_area(session, given.pop("area_code", COMMUNITY[:6]))
    limit = DeadlineRule(
        **{
            "area_code": area_code,
            "step": DeadlineStep.WHOLE,
            "amount": 9,
            "unit": LimitUnit.WORKING_DAYS,
            "changed_at": SENT_AT,
            **given,
        }
    )
    session.add(limit)
    await session.flush()
    return limit


async def make_extension(session: AsyncSession, report_id: UUID, **given: Any) -> ReportExtension:
    """Make a wish for a week more that nobody has decided."""
    extension = ReportExtension(
        **{
            "report_id": report_id,
            "until": SENT_AT + timedelta(days=7),
            "reason": "等配件",
            "asked_at": SENT_AT,
            "asked_name": "市政",
            "decided_name": "",
            "answer": "",
            **given,
        }
    )
    session.add(extension)
    await session.flush()
    return extension
