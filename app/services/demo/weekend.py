"""What a clerk finds on Monday morning: a weekend's reports, sent through the door that riders use."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.geo import CoordType, Point, from_wgs84
from app.models import Category, HandlingUnit, Urgency
from app.services import categories
from app.services.areas import GridMap
from app.services.areas.planar import metres_per_degree
from app.services.demo.grids import somewhere_in_cell
from app.services.demo.reports import keeper_of
from app.services.reports import Decision, GivenPosition, NewReport, duplicates, submit, triage
from app.services.reports.book import load_book
from app.services.reports.routing_rules import Condition
from app.services.reports.ruling import RuleDraft, create_rule

REPORTS = 80
_SAME = 3  # of one hazard, before the weekend: one case with its duplicates
_SPOTS = 30  # so that some are of one place, and some of those of one thing
_WEEKEND = timedelta(hours=60)
_DAY_BEFORE, _APART = timedelta(hours=70), timedelta(hours=2)
_SCATTER_M = 12
_WORDS = (
    "示例:就在路口,骑过去差点摔倒",
    "示例:昨天就在了,一直没人管",
    "示例:小区北门外面,晚上看不见",
    "示例:学校旁边,孩子要走",
)


async def plant_rules(
    session: AsyncSession, units: Sequence[HandlingUnit], *, dice: random.Random, by: Actor, now: datetime
) -> None:
    """Give a district an ordered list of routing rules, one a group of categories, and one for the rest."""
    groups = {category.group for category in await categories.list_active(session)}
    for position, group in enumerate([*sorted(groups), None], 1):
        unit = keeper_of(units, group)
        name = f"示例规则:{group or '其余'}"
        condition = Condition(groups=() if group is None else (group,))
        draft = RuleDraft(unit.area_code, position, name, condition, unit.id)
        await create_rule(session, UUID(bytes=dice.randbytes(16), version=4), draft, by=by, now=now)


async def send(
    session: AsyncSession,
    riders: Sequence[UUID],
    *,
    grids: GridMap,
    dice: random.Random,
    by: Actor,
    now: datetime,
) -> int:
    """Send the weekend's reports about the first community with grids, oldest first; return how many.

    Those of one hazard on the day before are one case by now: ``by`` merged them.
    """
    choice = [each for each in await categories.list_active(session) if _is_simple(each)]
    spots = [(somewhere_in_cell(0, dice), dice.choice(choice)) for _ in range(_SPOTS)]
    rules = await load_book(session)
    same = [(spots[0], now - _DAY_BEFORE + number * _APART) for number in range(_SAME)]
    hours = sorted(dice.random() for _ in range(REPORTS))
    sent = []
    for (point, category), at in [*same, *((dice.choice(spots), now - _WEEKEND * (1 - at)) for at in hours)]:
        new = NewReport(
            id=UUID(bytes=dice.randbytes(16), version=4),
            category_id=category.id,
            position=_given(_beside(point, dice)),
            is_pin_moved=False,
            captured_at=at,
            captured_offline=False,
            description=dice.choice(_WORDS),
            address="示例地址",
        )
        await submit(session, new, grids=grids, rules=rules, by=Actor(dice.choice(riders)), now=at)
        sent.append(new.id)
    first, *others = sent[:_SAME]
    merged_at = now - _WEEKEND
    await triage.accept(session, first, Decision(None), by=by, now=merged_at)
    await duplicates.merge_many(session, first, others, reason="示例:同一处", by=by, now=merged_at)
    return len(sent)


def _is_simple(category: Category) -> bool:
    """Tell whether a category is public, may wait, and asks nothing."""
    asked = categories.questions.check(categories.questions.read(category.questions), {})
    return not (category.is_confidential or category.urgency is Urgency.EMERGENCY or asked)


def _beside(point: Point, dice: random.Random) -> Point:
    north_m, east_m = metres_per_degree(point.lat)
    return Point(
        point.lat + dice.uniform(-_SCATTER_M, _SCATTER_M) / north_m,
        point.lon + dice.uniform(-_SCATTER_M, _SCATTER_M) / east_m,
    )


def _given(point: Point) -> GivenPosition:
    lat, lon = from_wgs84(point, CoordType.GCJ02)
    return GivenPosition(point, lat, lon, CoordType.GCJ02, accuracy_m=12.0)
