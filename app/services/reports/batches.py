"""One decision on many cases: worked off in the background, with a result for each, and taken back whole.

A clerk on Monday morning decides eighty cases at once. Each is decided by the same command, under the same
rules, as if alone: one that somebody has changed since the clerk saw it, or that fails, is refused and the
others go on.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.errors import AppError, EditConflict, InvalidInput, KeyReused, NotFound, SignInRequired
from app.core.trouble import trouble_of
from app.models import (
    Account,
    BatchItemState,
    HandlingUnit,
    Move,
    Report,
    ReportBatch,
    ReportBatchItem,
    ReportState,
)
from app.services import outbox
from app.services.accounts import actor_of, editors
from app.services.outbox import Channel
from app.services.reports import moves, queries, scope, triage
from app.services.reports.dispatch import Dispatched, Order, dispatch
from app.services.reports.errors import MovedOn, UndoTooLate
from app.services.reports.triage import Decision

log = structlog.get_logger(__name__)

MOST_CASES = 500
UNDO_WITHIN = timedelta(minutes=10)
_AT_ONCE = 25  # between two of them others' work goes on, and progress is seen

_Decide = Callable[[AsyncSession, ReportBatchItem, ReportBatch, Actor, datetime], Awaitable[object]]


async def _accept(
    session: AsyncSession, item: ReportBatchItem, batch: ReportBatch, by: Actor, now: datetime
) -> Report:
    return await triage.accept(session, item.report_id, Decision(item.version, batch.reason), by=by, now=now)


async def _reject(
    session: AsyncSession, item: ReportBatchItem, batch: ReportBatch, by: Actor, now: datetime
) -> Report:
    return await triage.reject(session, item.report_id, Decision(item.version, batch.reason), by=by, now=now)


async def _dispatch(
    session: AsyncSession, item: ReportBatchItem, batch: ReportBatch, by: Actor, now: datetime
) -> Dispatched:
    order = Order(item.version, batch.unit_id, batch.reason)
    return await dispatch(session, item.report_id, order, by=by, now=now)


_DECISIONS: Mapping[Move, _Decide] = {
    Move.ACCEPT: _accept,
    Move.REJECT: _reject,
    Move.DISPATCH: _dispatch,
}
MOVES = tuple(_DECISIONS)


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A decision and the cases it is about, in the order in which they are to be worked off.

    ``cases`` says which version of each was before the clerk's eyes. ``unit_id`` is where a dispatch goes;
    without one each case goes to the unit proposed for it.
    """

    id: UUID
    move: Move
    cases: Mapping[UUID, int]
    reason: str = ""
    unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch, how many of its cases are in each state, and who changed which of them meanwhile, by name."""

    batch: ReportBatch
    counts: Mapping[BatchItemState, int]
    items: Sequence[ReportBatchItem]
    faster: Mapping[UUID, str]


async def start(session: AsyncSession, new: NewBatch, *, by: Actor, now: datetime) -> Progress:
    """Queue a batch; the same id and content again is the same batch.

    Raises:
        KeyReused: the id stands for another batch.
        InvalidInput: there is no such unit, or the decision sends nothing to any.
    """
    if by.account_id is None:
        raise SignInRequired
    await locks.alone(session, new.id)
    if await session.get(ReportBatch, new.id):
        kept = await progress(session, new.id, by=by)
        batch = kept.batch
        known = (
            batch.move,
            batch.reason,
            batch.unit_id,
            [(each.report_id, each.version) for each in kept.items],
        )
        if known != (new.move, new.reason, new.unit_id, list(new.cases.items())):
            raise KeyReused
        return kept
    if new.unit_id is not None and not await _is_for_unit(session, new.move, new.unit_id):
        raise InvalidInput(hint="unit_id")
    session.add(
        ReportBatch(
            id=new.id,
            account_id=by.account_id,
            move=new.move,
            reason=new.reason,
            unit_id=new.unit_id,
            made_at=now,
        )
    )
    await session.flush()
    # One that a colleague has handed on, or that is nobody's, is refused for itself when its turn comes.
    rows = [
        {
            "batch_id": new.id,
            "report_id": report_id,
            "position": position,
            "version": version,
            "state": BatchItemState.WAITING,
        }
        for position, (report_id, version) in enumerate(new.cases.items())
    ]
    await session.execute(insert(ReportBatchItem), rows)
    await outbox.announce(session, Channel.REPORTS, [new.id])
    return await progress(session, new.id, by=by)


async def _is_for_unit(session: AsyncSession, move: Move, unit_id: UUID) -> bool:
    return move is Move.DISPATCH and await session.get(HandlingUnit, unit_id) is not None


async def progress(session: AsyncSession, batch_id: UUID, *, by: Actor) -> Progress:
    """Return how far a batch of the caller's is, case by case.

    Raises:
        NotFound: the caller started no such batch.
    """
    batch = await session.get(ReportBatch, batch_id)
    if batch is None or batch.account_id != by.account_id:
        raise NotFound
    query = (
        select(ReportBatchItem, Account.display_name)
        .outerjoin(Account, Account.id == ReportBatchItem.editor_id)
        .where(ReportBatchItem.batch_id == batch_id)
    )
    rows = (await session.execute(query.order_by(ReportBatchItem.position))).all()
    items = [item for item, _ in rows]
    counts = {state: sum(item.state is state for item in items) for state in BatchItemState}
    faster = {item.report_id: name or editors.NOBODY for item, name in rows if item.code == EditConflict.code}
    return Progress(batch, counts, items, faster)


async def work_off(session: AsyncSession, *, now: datetime) -> int:
    """Decide the next cases of the oldest waiting batch and return how many; for a job."""
    query = select(ReportBatch).where(ReportBatch.done_at.is_(None)).order_by(ReportBatch.made_at).limit(1)
    batch = await session.scalar(query.with_for_update(skip_locked=True))
    if batch is None:
        return 0
    by = await actor_of(session, batch.account_id, now=now)
    waiting = select(ReportBatchItem).where(
        ReportBatchItem.batch_id == batch.id, ReportBatchItem.state == BatchItemState.WAITING
    )
    items = (await session.scalars(waiting.order_by(ReportBatchItem.position).limit(_AT_ONCE))).all()
    for item in items:
        await _decide(session, batch, item, by=by, now=now)
    if len(items) < _AT_ONCE:
        batch.done_at = now
    else:
        await outbox.announce(session, Channel.REPORTS, [batch.id])  # wakes the next round
    return len(items)


async def _decide(
    session: AsyncSession, batch: ReportBatch, item: ReportBatchItem, *, by: Actor, now: datetime
) -> None:
    decide, editor_id = _DECISIONS[batch.move], None
    try:
        async with session.begin_nested():
            report = await queries.get_to_move(session, item.report_id, within=scope.on_desk(by))
            before, editor_id = _snapshot(report), report.changed_by
            await decide(session, item, batch, by, now)
    except AppError as refusal:
        item.state, item.code = BatchItemState.REFUSED, refusal.code
        item.possible = refusal.facts.get("possible")
        item.editor_id = editor_id if isinstance(refusal, EditConflict) else None
    except Exception as error:
        if trouble_of(error).may_pass:
            raise
        # Tried again it would fail again, and every later batch of everybody would wait for it.
        log.exception("batch failed on a case", batch_id=str(batch.id), report_id=str(item.report_id))
        item.state, item.code = BatchItemState.REFUSED, "internal_error"
    else:
        item.state, item.before, item.version_after = BatchItemState.DONE, before, report.version


def _snapshot(report: Report) -> dict[str, Any]:
    """Return what a decision may change, as JSON-ready values."""
    return {
        "state": report.state.value,
        "decided_at": None if report.decided_at is None else report.decided_at.isoformat(),
        "unit_id": None if report.unit_id is None else str(report.unit_id),
        "is_designated": report.is_designated,
        "is_public": report.public_at is not None,
    }


def _restore(report: Report, before: Mapping[str, Any]) -> ReportState:
    """Put back what a decision changed, and return the state that was."""
    decided_at, unit_id = before["decided_at"], before["unit_id"]
    report.decided_at = None if decided_at is None else datetime.fromisoformat(decided_at)
    report.unit_id = None if unit_id is None else UUID(unit_id)
    report.is_designated = before["is_designated"]
    if report.public_at is not None and not before.get("is_public", True):
        # A rule did that: nobody had written anything for the public.
        report.public_at = report.public_text = None
    return ReportState(before["state"])


async def undo(session: AsyncSession, batch_id: UUID, *, by: Actor, now: datetime) -> Progress:
    """Take a batch back: what still waits is never decided, what was decided goes back where it was.

    Cases that somebody has moved on since stay. Taking it back twice changes nothing.

    Raises:
        NotFound: the caller started no such batch.
        UndoTooLate: ten minutes are over.
    """
    query = select(ReportBatch).where(ReportBatch.id == batch_id, ReportBatch.account_id == by.account_id)
    batch = await session.scalar(query.with_for_update())
    if batch is None:
        raise NotFound
    if batch.undone_at is None:
        if now > batch.made_at + UNDO_WITHIN:
            raise UndoTooLate
        batch.undone_at = now
        batch.done_at = batch.done_at or now
        await _undo_items(session, batch_id, by=by, now=now)
    return await progress(session, batch_id, by=by)


async def _undo_items(session: AsyncSession, batch_id: UUID, *, by: Actor, now: datetime) -> None:
    mine = ReportBatchItem.batch_id == batch_id
    await session.execute(
        update(ReportBatchItem)
        .where(mine, ReportBatchItem.state == BatchItemState.WAITING)
        .values(state=BatchItemState.UNDONE)
    )
    done = select(ReportBatchItem).where(mine, ReportBatchItem.state == BatchItemState.DONE)
    for item in (await session.scalars(done.order_by(ReportBatchItem.position))).all():
        try:
            async with session.begin_nested():
                await _undo(session, item, by=by, now=now)
        except AppError as refusal:
            item.state, item.code = BatchItemState.UNDO_REFUSED, refusal.code
        else:
            item.state = BatchItemState.UNDONE


async def _undo(session: AsyncSession, item: ReportBatchItem, *, by: Actor, now: datetime) -> None:
    report = await queries.get_to_move(session, item.report_id, within=scope.on_desk(by))
    if report.version != item.version_after or item.before is None:
        raise MovedOn
    # Tasks have versions of their own: one that was given meanwhile is work of a unit's.
    if any(task.changed_at >= report.state_at for task in await queries.tasks_of(session, report.id)):
        raise MovedOn
    acting = await triage.acting_at_desk(session, report, by)
    to = _restore(report, item.before)
    await moves.enter(session, report, Move.UNDO, to, acting=acting, now=now)


async def forget(session: AsyncSession, *, now: datetime, kept: timedelta = timedelta(days=90)) -> int:
    """Delete the records of batches three months old and return how many; the cases' steps stay."""
    old = select(ReportBatch.id).where(ReportBatch.made_at < now - kept)
    await session.execute(delete(ReportBatchItem).where(ReportBatchItem.batch_id.in_(old)))
    gone = delete(ReportBatch).where(ReportBatch.made_at < now - kept).returning(ReportBatch.id)
    return len((await session.execute(gone)).all())
