"""Whether an area has points, and for what: switched on by its officers, off where nobody did.

The narrowest area that says something decides for a place: a district that switches points on does so for
all its towns and communities, one of which may say otherwise for itself. What a division followed counts
for its successor (:class:`app.services.areas.Lineage`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.clock import local_day
from app.core.errors import KeyReused, NotFound
from app.models import ActivityKind
from app.models.points import CapPer, PointsRule, PointsScheme, PointsSource
from app.services import areas, authority
from app.services.accounts import editors
from app.services.points import books
from app.services.points.errors import PointsOff, RuleInPast, RuleOverlaps

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SchemeDraft:
    """On or off, how long something is kept for somebody, how long points last (``None``: for ever)."""

    is_on: bool
    hold_minutes: int
    lasts_months: int | None


@dataclass(frozen=True, slots=True)
class NewRule:
    """What a rule says; ``replaces_id`` names the rule whose place it takes from ``valid_from`` on."""

    source: PointsSource
    activity_kind: ActivityKind | None
    includes_typed: bool
    points: int
    per_minutes: int | None
    cap: int
    cap_per: CapPer
    valid_from: date
    valid_to: date | None
    replaces_id: UUID | None


async def in_force(session: AsyncSession, area_code: str) -> PointsScheme | None:
    """Return the scheme that is on at a place, if any."""
    if not await any_on(session):
        return None
    scheme = await deciding(session, area_code)
    return scheme if scheme is not None and scheme.is_on else None


async def any_on(session: AsyncSession) -> bool:
    """Tell whether anybody at all has points: where nobody does, they cost one look."""
    return await session.scalar(select(PointsScheme.area_code).where(PointsScheme.is_on).limit(1)) is not None


async def deciding(session: AsyncSession, area_code: str) -> PointsScheme | None:
    """Return what the narrowest area says that says something, on or off."""
    above = (await areas.load_lineage(session)).above(area_code)
    found = await session.scalars(select(PointsScheme).where(PointsScheme.area_code.in_(above)))
    by_code = {scheme.area_code: scheme for scheme in found}
    return next((by_code[code] for code in above if code in by_code), None)


async def put(
    session: AsyncSession, area_code: str, draft: SchemeDraft, *, version: int, by: Actor, now: datetime
) -> PointsScheme:
    """Say what an area wants; ``version`` is 0 where it said nothing yet.

    Switched off, nothing more is earned; what people have stays theirs until it expires.

    Raises:
        NotFound: it is not the caller's area.
        EditConflict: somebody else said something since.
    """
    await check_area(session, area_code, by=by)
    kept = await session.get(PointsScheme, area_code, with_for_update=True)
    if (0 if kept is None else kept.version) != version:
        raise await editors.conflict(session, None if kept is None else kept.changed_by)
    if kept is None:
        kept = PointsScheme(area_code=area_code, version=0, is_on=False, since=local_day(now))
        session.add(kept)
    if draft.is_on and not kept.is_on:
        kept.since = local_day(now)
    for key, value in asdict(draft).items():
        setattr(kept, key, value)
    kept.version, kept.changed_at, kept.changed_by = kept.version + 1, now, by.account_id
    await session.flush()
    await books.open_scheme(session, area_code)
    return kept


async def add_rule(
    session: AsyncSession, area_code: str, rule_id: UUID, new: NewRule, *, by: Actor, now: datetime
) -> PointsRule:
    """Add a rule, or a version that takes an older one's place; the same id and content again is the same.

    Raises:
        NotFound: it is not the caller's area, or the rule to replace is not one of its scheme.
        PointsOff: the area said nothing about points yet.
        RuleInPast: it would begin before today.
        RuleOverlaps: another rule says something about the same on one of its days.
        KeyReused: the id is another rule's.
    """
    await check_area(session, area_code, by=by)
    # Whoever adds a rule waits for others who do.
    if await session.get(PointsScheme, area_code, with_for_update=True) is None:
        raise PointsOff
    if kept := await session.get(PointsRule, rule_id):
        if kept.scheme_code != area_code or any(getattr(kept, k) != v for k, v in asdict(new).items()):
            raise KeyReused
        return kept
    if new.valid_from < local_day(now):
        raise RuleInPast
    before = await _to_replace(session, area_code, new)
    if before is not None and (before.valid_to is None or before.valid_to >= new.valid_from):
        before.valid_to = new.valid_from - _DAY
        await session.flush()
    if await _overlapping(session, area_code, new):
        raise RuleOverlaps
    rule = PointsRule(
        id=rule_id,
        scheme_code=area_code,
        version=1 if before is None else before.version + 1,
        made_at=now,
        made_by=by.account_id,
        **asdict(new),
    )
    session.add(rule)
    await session.flush()
    return rule


async def end_rule(session: AsyncSession, rule_id: UUID, *, on: date, by: Actor, now: datetime) -> PointsRule:
    """Let a rule end with a day, yesterday at the earliest; nothing takes its place.

    Raises:
        NotFound: there is none in the caller's area.
        RuleInPast: that day is over, or the rule ended before.
    """
    query = select(PointsRule).where(PointsRule.id == rule_id)
    mine = authority.covers(by, roles=(Role.DISTRICT_OFFICER,), area=PointsRule.scheme_code)
    rule = await session.scalar(query.where(mine).with_for_update())
    if rule is None:
        raise NotFound
    if on < local_day(now) - _DAY or (rule.valid_to is not None and rule.valid_to < on):
        raise RuleInPast
    rule.valid_to = on
    return rule


async def rules_of(session: AsyncSession, area_code: str) -> Sequence[PointsRule]:
    """Return all rules of a scheme with their versions, by what they are about and since when."""
    query = select(PointsRule).where(PointsRule.scheme_code == area_code)
    order = (PointsRule.source, PointsRule.activity_kind, PointsRule.valid_from, PointsRule.version)
    return (await session.scalars(query.order_by(*order))).all()


async def rule_for(
    session: AsyncSession, area_code: str, source: PointsSource, kind: ActivityKind | None, day: date
) -> PointsRule | None:
    """Return the rule for something done on a day: one for its kind of activity before one for all."""
    query = select(PointsRule).where(
        PointsRule.scheme_code == area_code,
        PointsRule.source == source,
        or_(PointsRule.activity_kind == kind, PointsRule.activity_kind.is_(None)),
        PointsRule.valid_from <= day,
        or_(PointsRule.valid_to.is_(None), PointsRule.valid_to >= day),
    )
    return await session.scalar(query.order_by(PointsRule.activity_kind.is_(None)).limit(1))


async def check_area(session: AsyncSession, area_code: str, *, by: Actor) -> None:
    """Return when the caller decides about an area's points.

    Raises:
        NotFound: they do not, or there is no such area.
    """
    if not authority.may(by, roles=(Role.DISTRICT_OFFICER,), area_code=area_code):
        raise NotFound
    if not await areas.exists(session, area_code):
        raise NotFound


async def _to_replace(session: AsyncSession, area_code: str, new: NewRule) -> PointsRule | None:
    if new.replaces_id is None:
        return None
    before = await session.get(PointsRule, new.replaces_id)
    about = (area_code, new.source, new.activity_kind)
    if before is None or (before.scheme_code, before.source, before.activity_kind) != about:
        raise NotFound
    return before


async def _overlapping(session: AsyncSession, area_code: str, new: NewRule) -> bool:
    query = select(PointsRule.id).where(
        PointsRule.scheme_code == area_code,
        PointsRule.source == new.source,
        PointsRule.activity_kind.is_not_distinct_from(new.activity_kind),
        or_(PointsRule.valid_to.is_(None), PointsRule.valid_to >= new.valid_from),
    )
    if new.valid_to is not None:
        query = query.where(PointsRule.valid_from <= new.valid_to)
    return await session.scalar(query.limit(1)) is not None
