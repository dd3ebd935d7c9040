"""Broadcasts are written, approved by a second person where many would hear, and cancelled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor, Role
from app.core.errors import KeyReused, NotFound
from app.core.urgency import Urgency
from app.models import Broadcast, BroadcastMove, BroadcastState
from app.services import areas, authority, notifications
from app.services.broadcasts import audience, lifecycle, moves, queries
from app.services.broadcasts.audience import Audience
from app.services.broadcasts.errors import BroadcastInvalid, SecondPersonNeeded

FURTHEST = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Draft:
    """A broadcast as an officer wants it; what a locked screen shows is not theirs to write."""

    audience: Audience
    title_zh: str
    body_zh: str
    title_en: str
    body_en: str
    urgency: Urgency = Urgency.NORMAL
    send_at: datetime | None = None  # as soon as it may
    ends_at: datetime | None = None  # after this no copy is sent


async def write(
    session: AsyncSession, broadcast_id: UUID, draft: Draft, *, by: Actor, now: datetime
) -> Broadcast:
    """Write a broadcast; the same id and content again is the same broadcast.

    Raises:
        NotFound: the area or the station is not the caller's.
        BroadcastInvalid: see there.
        KeyReused: the id is another broadcast's.
    """
    await check_audience(session, draft.audience, by=by)
    await locks.alone(session, broadcast_id)
    if (kept := await queries.find(session, broadcast_id)) is not None:
        if authority.may(by, roles=[Role.DISTRICT_OFFICER], area_code=kept.area_code) and _same(kept, draft):
            return kept
        raise KeyReused
    _check_times(draft, now=now)
    broadcast = Broadcast(
        id=broadcast_id, state=BroadcastState.DRAFT, version=1, made_at=now, changed_at=now, told=0
    )
    _take(broadcast, draft, now=now)
    broadcast.changed_by = by.account_id
    session.add(broadcast)
    await session.flush()
    await moves.note(session, broadcast, BroadcastMove.WRITE, by=by, now=now)
    return broadcast


async def edit(
    session: AsyncSession, broadcast_id: UUID, draft: Draft, *, version: int, by: Actor, now: datetime
) -> Broadcast:
    """Change a broadcast that is not being sent; nobody has approved it then.

    Raises:
        NotFound, EditConflict: see there.
        BroadcastMoved, BroadcastInvalid: see there.
    """
    broadcast = await queries.get_to_change(session, broadcast_id, version=version, by=by)
    await check_audience(session, draft.audience, by=by)
    _check_times(draft, now=now)
    lifecycle.check(broadcast.state, BroadcastMove.EDIT)
    _take(broadcast, draft, now=now)
    broadcast.people = broadcast.approved_at = None
    await moves.make(session, broadcast, BroadcastMove.EDIT, by=by, now=now)
    return broadcast


async def submit(
    session: AsyncSession, broadcast_id: UUID, *, version: int, ask: bool = False, by: Actor, now: datetime
) -> Broadcast:
    """Have a broadcast sent when it is time; above a thousand people, or if asked, once another agrees.

    Raises:
        NotFound, EditConflict: see there.
        BroadcastMoved: it is no draft.
        BroadcastInvalid: its time is over.
    """
    broadcast = await queries.get_to_change(session, broadcast_id, version=version, by=by)
    lifecycle.check(broadcast.state, BroadcastMove.SCHEDULE)
    if broadcast.ends_at is not None and broadcast.ends_at <= now:
        raise BroadcastInvalid(hint="ends_at")
    broadcast.people = await audience.count(session, audience_of(broadcast), at=now)
    needs = ask or lifecycle.needs_second_person(broadcast.people)
    move = BroadcastMove.ASK if needs else BroadcastMove.SCHEDULE
    await moves.make(session, broadcast, move, by=by, now=now)
    return broadcast


async def approve(
    session: AsyncSession, broadcast_id: UUID, *, version: int, by: Actor, now: datetime
) -> Broadcast:
    """Agree to a broadcast as it was read, as somebody who wrote nothing of it.

    Raises:
        NotFound, EditConflict: see there.
        BroadcastMoved: it does not wait for that.
        SecondPersonNeeded: the caller wrote or changed it.
    """
    broadcast = await queries.get_to_change(session, broadcast_id, version=version, by=by)
    lifecycle.check(broadcast.state, BroadcastMove.APPROVE)
    await _check_second(session, broadcast, by=by)
    broadcast.approved_at = now
    await moves.make(session, broadcast, BroadcastMove.APPROVE, by=by, now=now)
    return broadcast


async def hand_back(
    session: AsyncSession, broadcast_id: UUID, *, reason: str, version: int, by: Actor, now: datetime
) -> Broadcast:
    """Give a broadcast back to who wrote it, with a reason, instead of agreeing to it.

    Raises:
        NotFound, EditConflict: see there.
        BroadcastMoved: it does not wait for anybody's word.
    """
    broadcast = await queries.get_to_change(session, broadcast_id, version=version, by=by)
    await moves.make(session, broadcast, BroadcastMove.HAND_BACK, by=by, reason=reason, now=now)
    return broadcast


async def cancel(
    session: AsyncSession, broadcast_id: UUID, *, reason: str, by: Actor, now: datetime
) -> Broadcast:
    """Cancel a broadcast: who was not told is not told, no copy that waits goes out, its text is withdrawn.

    Cancelling it twice changes nothing. A batch that is under way is finished first.

    Raises:
        NotFound: it is not in the caller's areas.
    """
    broadcast = await queries.get_to_change(session, broadcast_id, version=None, by=by)
    if broadcast.state is not BroadcastState.CANCELLED:
        await call_off(session, broadcast, reason=reason, by=by, now=now)
    return broadcast


async def call_off(
    session: AsyncSession, broadcast: Broadcast, *, reason: str, by: Actor | None, now: datetime
) -> None:
    """Cancel a broadcast that this transaction holds; without a caller it is the clock that does."""
    await moves.make(session, broadcast, BroadcastMove.CANCEL, by=by, reason=reason, now=now)
    if broadcast.counted_from is not None:
        broadcast.done_at = broadcast.done_at or now
        await notifications.withdraw_text(session, broadcast.id, now=now)


async def check_audience(session: AsyncSession, wanted: Audience, *, by: Actor) -> None:
    """See that an audience lies in the caller's areas.

    Raises:
        NotFound: it does not, or there is no such area.
    """
    if not authority.may(by, roles=[Role.DISTRICT_OFFICER], area_code=wanted.area_code):
        raise NotFound
    if not await areas.exists(session, wanted.area_code):
        raise NotFound


def audience_of(broadcast: Broadcast) -> Audience:
    """Return whom a broadcast is for."""
    return Audience(
        broadcast.audience,
        broadcast.area_code,
        broadcast.station_id,
        broadcast.worker_kind,
        broadcast.team_id,
        broadcast.days,
    )


def _check_times(draft: Draft, *, now: datetime) -> None:
    send_at = draft.send_at or now
    if send_at > now + FURTHEST:
        raise BroadcastInvalid(hint="send_at")
    if draft.ends_at is not None and draft.ends_at <= max(send_at, now):
        raise BroadcastInvalid(hint="ends_at")


_TEXTS = ("title_zh", "body_zh", "title_en", "body_en", "urgency", "ends_at")


def _take(broadcast: Broadcast, draft: Draft, *, now: datetime) -> None:
    broadcast.area_code = draft.audience.area_code
    broadcast.audience = draft.audience.kind
    broadcast.station_id = draft.audience.station_id
    broadcast.worker_kind = draft.audience.worker_kind
    broadcast.team_id = draft.audience.team_id
    broadcast.days = draft.audience.days
    broadcast.send_at = draft.send_at or now
    for name in _TEXTS:
        setattr(broadcast, name, getattr(draft, name))


def _same(kept: Broadcast, draft: Draft) -> bool:
    is_then = draft.send_at is None or kept.send_at == draft.send_at
    texts = all(getattr(kept, name) == getattr(draft, name) for name in _TEXTS)
    return is_then and texts and audience_of(kept) == draft.audience


async def _check_second(session: AsyncSession, broadcast: Broadcast, *, by: Actor) -> None:
    if await queries.has_written(session, broadcast.id, by.account_id):
        raise SecondPersonNeeded
