"""Merging (并案): reports of one and the same hazard, and what else happened at its place.

A parent is never a child itself. Its children follow it: their riders see its progress and hear its
updates. When it turns out to be no case, the children live again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import h3.api.basic_int as h3
from sqlalchemy import ColumnElement, and_, case, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.geo import Point
from app.core.geodesy import geodesic_m
from app.models import (
    Category,
    DeadlineStep,
    Move,
    Report,
    ReportDeadline,
    ReportState,
    ReportStep,
    Urgency,
)
from app.services import outbox
from app.services.accounts import editors
from app.services.outbox import Channel
from app.services.reports import deadlines, lifecycle, moves, queries, scope, triage
from app.services.reports.cells import lies_nowhere
from app.services.reports.errors import ParentInvalid, ReasonNeeded
from app.services.reports.events import ReportsMerged
from app.services.reports.scope import SYSTEM, Acting

SAME_PLACE_M = 50
RECENTLY = timedelta(days=30)
MOST_CHILDREN = 500
_RINGS = 3  # of H3 cells of 11: everything within 50 m of any point of the middle one
_MOST_RELATED = 50
_MERGEABLE = (ReportState.SUBMITTED, ReportState.ACCEPTED)
_ALONE_AGAIN = "不再并案,恢复为单独的案件"
_NO_PARENT = (ReportState.REJECTED, ReportState.WITHDRAWN, ReportState.DUPLICATE)
_RANKS = {Urgency.EMERGENCY: 0, Urgency.URGENT: 1, Urgency.NORMAL: 2}


@dataclass(frozen=True, slots=True)
class Merger:
    """Into which case a report goes, on which version of it, and what its rider is told."""

    version: int
    parent_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of many reports that were to go into one case."""

    parent: Report
    merged: Sequence[UUID]
    left: Sequence[UUID]  # not on the desk, not open any more, confidential, or parents themselves


@dataclass(frozen=True, slots=True)
class Related:
    """What belongs to a case: its parent, its children, and the same trouble at its place lately."""

    parent: Report | None
    children: Sequence[Report]
    recurrences: Sequence[Report]


async def mark_duplicate(
    session: AsyncSession, report_id: UUID, merger: Merger, *, by: Actor, now: datetime
) -> Report:
    """Merge a report into another case.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours, ReasonNeeded: see there.
        ParentInvalid: the other is none, not the caller's, ended, secret, or a duplicate itself; or the
            report has children of its own, or is secret.
    """
    report, parent = await _both(session, report_id, merger.parent_id, by)
    acting = await triage.acting_at_desk(session, report, by)
    with lifecycle.saying(report, acting.capacity, now=now):
        await editors.check_version(session, report, merger.version)
        lifecycle.check_case(report, Move.MARK_DUPLICATE, acting.capacity, now=now)
        if parent is None or not await _may_join(session, report, parent):
            raise ParentInvalid
        details = {"parent_id": str(parent.id)}
        report.parent_id = parent.id
        await moves.make(
            session,
            report,
            Move.MARK_DUPLICATE,
            acting=acting,
            now=now,
            reason=merger.reason,
            details=details,
        )
    await _raise_urgency(session, parent, report.urgency, acting=acting, now=now)
    event = ReportsMerged(parent.id, 1)
    outbox.record(session, event, now=now, area_code=parent.area_code)
    return report


async def _both(
    session: AsyncSession, report_id: UUID, parent_id: UUID, by: Actor
) -> tuple[Report, Report | None]:
    """Return a report and the other case that is to be its parent, both locked in the order of their ids."""
    locked = await _locked(session, {report_id, parent_id}, by)
    if (report := locked.pop(report_id, None)) is None:
        raise NotFound
    return report, locked.get(parent_id)


async def _locked(session: AsyncSession, ids: Collection[UUID], by: Actor) -> dict[UUID, Report]:
    query = select(Report).where(Report.id.in_(ids), scope.on_desk(by)).order_by(Report.id).with_for_update()
    found = await session.scalars(query.execution_options(populate_existing=True))
    return {report.id: report for report in found}


def may_be_parent(report: Report) -> bool:
    """Tell whether others may be merged into a case."""
    return not report.is_confidential and report.state not in _NO_PARENT


async def _may_join(session: AsyncSession, report: Report, parent: Report) -> bool:
    return (
        may_be_parent(parent) and not report.is_confidential and not await _has_children(session, report.id)
    )


async def _has_children(session: AsyncSession, report_id: UUID) -> bool:
    return bool(await session.scalar(select(exists().where(Report.parent_id == report_id))))


async def _raise_urgency(
    session: AsyncSession, parent: Report, urgency: Urgency, *, acting: Acting, now: datetime
) -> None:
    """Let a parent be as urgent as its most urgent child, with what that promises."""
    if _RANKS[urgency] < _RANKS[parent.urgency]:
        parent.urgency = urgency
        moves.touch(parent, acting, now=now)
        await deadlines.revise(session, parent, now=now)
        await session.flush()


async def merge_many(
    session: AsyncSession, parent_id: UUID, ids: Collection[UUID], *, reason: str, by: Actor, now: datetime
) -> Merged:
    """Merge up to 500 reports into one case at once: a flood is one case, and one event tells everybody.

    What cannot be merged is left as it is and named. The statements are as many for one as for 500.

    Raises:
        NotFound: the parent is not the caller's.
        ParentInvalid: it cannot be one.
        ReasonNeeded: there is no text for the riders.
    """
    if not reason.strip():
        raise ReasonNeeded
    locked = await _locked(session, {parent_id, *ids}, by)
    if (parent := locked.get(parent_id)) is None:
        raise NotFound
    if not may_be_parent(parent):
        raise ParentInvalid
    acting = await triage.acting_at_desk(session, parent, by)
    child = aliased(Report)
    fit = and_(
        Report.id.in_(set(ids) - {parent_id}),
        scope.on_desk(by),
        Report.state.in_(_MERGEABLE),
        Report.is_confidential.is_(False),
        ~exists().where(child.parent_id == Report.id),
    )
    merged = await _move_many(
        session,
        fit,
        (Move.MARK_DUPLICATE, ReportState.DUPLICATE, parent_id),
        acting=acting,
        reason=reason,
        now=now,
    )
    if merged:
        highest = min((locked[each].urgency for each in merged), key=_RANKS.__getitem__)
        await _raise_urgency(session, parent, highest, acting=acting, now=now)
        event = ReportsMerged(parent.id, len(merged), merged)
        outbox.record(session, event, now=now, area_code=parent.area_code)
        await outbox.announce(session, Channel.REPORTS, [parent.id, *merged])
    return Merged(parent, merged, [each for each in dict.fromkeys(ids) if each not in set(merged)])


async def _move_many(
    session: AsyncSession,
    which: ColumnElement[bool],
    change: tuple[Move, ReportState, UUID | None],
    *,
    acting: Acting,
    reason: str,
    now: datetime,
) -> list[UUID]:
    """Move many locked cases at once, each with its step, and return their ids."""
    move, to, parent_id = change
    named = func.coalesce(literal(parent_id, Report.id.type), Report.parent_id)
    step = insert(ReportStep).from_select(
        ["report_id", "move", "from_state", "to_state", "at", "actor", "actor_id", "actor_name", "reason",
         "details"],
        select(
            Report.id,
            literal(move, ReportStep.move.type),
            Report.state,
            literal(to, ReportStep.to_state.type),
            literal(now),
            literal(acting.capacity, ReportStep.actor.type),
            literal(acting.account_id, ReportStep.actor_id.type),
            literal(acting.name),
            literal(reason),
            func.jsonb_build_object("parent_id", named),
        ).where(which),
    )  # fmt: skip
    moved = list(await session.scalars(step.returning(ReportStep.report_id)))
    await session.execute(
        update(Report)
        .where(Report.id.in_(moved))
        .values(
            state=to,
            state_at=now,
            parent_id=parent_id,
            decided_at=func.coalesce(Report.decided_at, now),
            next_due_at=None,
            version=Report.version + 1,
            changed_at=now,
            changed_by=acting.account_id,
        )
        .execution_options(synchronize_session=False)
    )
    await _end_promises(session, moved, now=now)
    return moved


async def _end_promises(session: AsyncSession, ids: Collection[UUID], *, now: datetime) -> None:
    """End what was owed on merged reports: they were decided on, and nothing else is owed any more."""
    is_decision = ReportDeadline.step == DeadlineStep.ACCEPTANCE
    await session.execute(
        update(ReportDeadline)
        .where(
            ReportDeadline.report_id.in_(ids),
            ReportDeadline.met_at.is_(None),
            ReportDeadline.dropped_at.is_(None),
        )
        .values(met_at=case((is_decision, now)), dropped_at=case((~is_decision, now)))
        .execution_options(synchronize_session=False)
    )


async def revive(
    session: AsyncSession, report_id: UUID, decision: triage.Decision, *, by: Actor, now: datetime
) -> Report:
    """Undo a merger: the report waits for a decision of its own again.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours: see there.
    """
    at_desk = triage.at_desk(session, report_id, version=decision.version, by=by, now=now)
    async with at_desk as (report, acting):
        await _live_again(session, report, acting=acting, now=now, reason=decision.reason)
        return report


async def _live_again(
    session: AsyncSession, report: Report, *, acting: Acting, now: datetime, reason: str
) -> None:
    lifecycle.check_case(report, Move.REVIVE, acting.capacity, now=now)
    details = {"parent_id": str(report.parent_id)}
    report.parent_id = None
    await moves.make(session, report, Move.REVIVE, acting=acting, now=now, reason=reason, details=details)


async def revive_children(session: AsyncSession, parent_id: UUID, *, now: datetime) -> int:
    """Let a parent's children live again if it can be none any more; return how many there were.

    It turned out to be no case, or a secret one that their riders must not read on in. Told twice, it finds
    nothing to do the second time.
    """
    parent = await session.get(Report, parent_id, with_for_update=True, populate_existing=True)
    if parent is None or may_be_parent(parent):
        return 0
    query = select(Report).where(Report.parent_id == parent_id).order_by(Report.id).with_for_update()
    children = (await session.scalars(query.execution_options(populate_existing=True))).all()
    for child in children:
        await _live_again(session, child, acting=SYSTEM, now=now, reason=_ALONE_AGAIN)
    return len(children)


async def related(session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime) -> Related:
    """Return what belongs to a case of the caller's desk, and the same trouble within 50 m and 30 days.

    Raises:
        NotFound: it is not theirs to see.
    """
    report = await queries.get(session, report_id, within=scope.on_desk(by))
    mine = scope.on_desk(by)
    parent = await session.scalar(select(Report).where(Report.id == report.parent_id, mine))
    children = (
        select(Report).where(Report.parent_id == report.id, mine).order_by(Report.submitted_at, Report.id)
    )
    return Related(
        parent,
        (await session.scalars(children.limit(MOST_CHILDREN))).all(),
        await _recurrences(session, report, mine, now=now),
    )


async def _recurrences(
    session: AsyncSession, report: Report, mine: ColumnElement[bool], *, now: datetime
) -> list[Report]:
    if lies_nowhere(report):
        return []
    group = select(Category.group).where(Category.id == report.category_id).scalar_subquery()
    query = (
        select(Report)
        .join(Category, Category.id == Report.category_id)
        .where(
            Report.h3.in_(h3.grid_disk(report.h3, _RINGS)),
            Report.submitted_at >= now - RECENTLY,
            Report.id != report.id,
            Report.is_confidential.is_(False),
            Category.group == group,
            mine,
        )
        .order_by(Report.submitted_at.desc(), Report.id)
        .limit(_MOST_RELATED)
    )
    here = Point(report.lat, report.lon)
    return [
        each
        for each in await session.scalars(query)
        if geodesic_m(here, Point(each.lat, each.lon)) <= SAME_PLACE_M
    ]
