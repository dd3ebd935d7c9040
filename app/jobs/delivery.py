"""Events reach their reactions: after their commit, at least once, in order within an area.

A reaction writes in the transaction that marks its event as delivered, so what it does to the database
happens once; whatever else it does may happen again after a crash.
"""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Protocol

import structlog
from sqlalchemy import ColumnElement, Text, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.core.metrics import EVENT_WAIT, EVENTS_DELIVERED, EVENTS_HELD, EVENTS_WAITING, PUSHES_HELD
from app.core.trouble import Trouble, trouble_of
from app.jobs.schedule import pause
from app.models import OutboxEvent
from app.services import notifications

log = structlog.get_logger(__name__)

MOST_TRIES = 8
BATCH = 100
# People wait for the cases that reactions wrote beside: a transaction of many events ends after so long.
LONGEST_S = 1.0
_IDLE_BATCH = 5000
_AREA_LOCK = 0x6E756F62  # the first half of an advisory lock's key; the second is the area

WAITING = OutboxEvent.delivered_at.is_(None) & OutboxEvent.held_at.is_(None)


class Reaction(Protocol):
    """What one part of the service does about a fact; it must bear being told twice."""

    def __call__(self, session: AsyncSession, event: OutboxEvent, *, now: datetime) -> Awaitable[None]:
        """React within the transaction."""


Reactions = Mapping[str, Sequence[Reaction]]


async def deliver(db: Database, reactions: Reactions, *, now: datetime) -> int:
    """Deliver what waits, area by area, and return how many events were done."""
    async with db.writing() as session:
        done = await _pass_over(session, reactions, now=now)
    async with db.reading() as session:
        areas = await _areas_with_work(session, now=now)
    for area in areas:
        async with db.writing() as session:
            done += await _deliver_area(session, area, reactions, now=now)
    return done


async def count_backlog(db: Database) -> None:
    """Set the gauges of waiting and held events, and of held copies."""
    async with db.reading() as session:
        waiting, held = (
            await session.execute(
                select(
                    select(func.count()).select_from(OutboxEvent).where(WAITING).scalar_subquery(),
                    select(func.count())
                    .select_from(OutboxEvent)
                    .where(OutboxEvent.held_at.is_not(None))
                    .scalar_subquery(),
                )
            )
        ).one()
        PUSHES_HELD.set(await notifications.count_held(session))
    EVENTS_WAITING.set(waiting)
    EVENTS_HELD.set(held)


async def _pass_over(session: AsyncSession, reactions: Reactions, *, now: datetime) -> int:
    """Mark as delivered, all at once, what nobody reacts to."""
    idle = (
        select(OutboxEvent.id)
        .where(WAITING, OutboxEvent.name.not_in(list(reactions)))
        .limit(_IDLE_BATCH)
        .with_for_update(skip_locked=True)
    )
    marked = await session.execute(
        update(OutboxEvent).where(OutboxEvent.id.in_(idle)).values(delivered_at=now).returning(OutboxEvent.id)
    )
    return len(marked.all())


async def _areas_with_work(session: AsyncSession, *, now: datetime) -> Sequence[str | None]:
    """Return the areas whose oldest waiting event may be tried now."""
    oldest = (
        select(OutboxEvent.area_code, OutboxEvent.next_try_at)
        .where(WAITING)
        .ext(distinct_on(OutboxEvent.area_code))
        .order_by(OutboxEvent.area_code, OutboxEvent.id)
        .subquery()
    )
    due = or_(oldest.c.next_try_at.is_(None), oldest.c.next_try_at <= now)
    return (await session.scalars(select(oldest.c.area_code).where(due))).all()


async def _deliver_area(
    session: AsyncSession, area: str | None, reactions: Reactions, *, now: datetime
) -> int:
    """Deliver an area's events in order until one fails, unless another process is at it."""
    key = func.hashtext(literal(area or "", Text))
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(_AREA_LOCK, key))):
        return 0
    waiting = select(OutboxEvent).where(WAITING, _is(area)).order_by(OutboxEvent.id).limit(BATCH)
    done, ends = list[int](), monotonic() + LONGEST_S
    for event in await session.scalars(waiting):
        if event.next_try_at is not None and event.next_try_at > now:
            break
        if await _react(session, event, reactions, now=now):
            done.append(event.id)
        elif event.held_at is None:
            break  # the area's later events wait for this one
        if monotonic() >= ends:
            break
    if done:
        marked = update(OutboxEvent).where(OutboxEvent.id.in_(done)).values(delivered_at=now)
        await session.execute(marked.execution_options(synchronize_session=False))
    return len(done)


def _is(area: str | None) -> ColumnElement[bool]:
    return OutboxEvent.area_code.is_(None) if area is None else OutboxEvent.area_code == area


async def _react(session: AsyncSession, event: OutboxEvent, reactions: Reactions, *, now: datetime) -> bool:
    """Run an event's reactions and tell whether all went well; otherwise nothing of them stays."""
    try:
        async with session.begin_nested():
            for reaction in reactions.get(event.name, ()):
                await reaction(session, event, now=now)
    except Exception as error:
        if trouble_of(error) is Trouble.AWAY:
            raise  # the database's failure, not the event's
        _note_failure(event, error, now=now)
        log.exception("reaction failed", event_id=event.id, name=event.name, held=event.held_at is not None)
        return False
    EVENTS_DELIVERED.labels("done").inc()
    EVENT_WAIT.observe(max(0.0, (now - event.recorded_at).total_seconds()))
    return True


def _note_failure(event: OutboxEvent, error: Exception, *, now: datetime) -> None:
    event.next_try_at = now + pause(event.tries)
    event.tries += 1
    event.last_error = type(error).__name__
    if event.tries >= MOST_TRIES:
        event.held_at = now
    EVENTS_DELIVERED.labels("failed" if event.held_at is None else "held").inc()


async def held(session: AsyncSession) -> Sequence[OutboxEvent]:
    """Return the events that were set aside, oldest first."""
    return (
        await session.scalars(
            select(OutboxEvent).where(OutboxEvent.held_at.is_not(None)).order_by(OutboxEvent.id).limit(1000)
        )
    ).all()


async def release(session: AsyncSession, ids: Sequence[int]) -> int:
    """Let held events be tried again, all of them without ids; return how many."""
    which = [OutboxEvent.held_at.is_not(None), *([OutboxEvent.id.in_(ids)] if ids else [])]
    released = await session.execute(
        update(OutboxEvent)
        .where(*which)
        .values(held_at=None, next_try_at=None, tries=0)
        .returning(OutboxEvent.id)
    )
    return len(released.all())
