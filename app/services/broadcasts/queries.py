"""Broadcasts as officers find them, and the one that is due next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import (
    Account,
    Broadcast,
    BroadcastMove,
    BroadcastState,
    BroadcastStep,
    Station,
    VolunteerTeam,
)
from app.services import authority
from app.services.accounts import editors

_WRITING = (BroadcastMove.WRITE, BroadcastMove.EDIT)


@dataclass(frozen=True, slots=True)
class Step:
    """Who did what to a broadcast, by their name; the clock has none."""

    move: BroadcastMove
    to_state: BroadcastState
    by: str | None
    reason: str
    people: int | None
    at: datetime


def _reach(by: Actor) -> ColumnElement[bool]:
    return authority.covers(by, roles=[Role.DISTRICT_OFFICER], area=Broadcast.area_code)


async def get(session: AsyncSession, broadcast_id: UUID, *, by: Actor) -> Broadcast:
    """Return a broadcast in the caller's areas.

    Raises:
        NotFound: there is none.
    """
    found = await session.scalar(select(Broadcast).where(Broadcast.id == broadcast_id, _reach(by)))
    if found is None:
        raise NotFound
    return found


async def get_to_change(
    session: AsyncSession, broadcast_id: UUID, *, version: int | None, by: Actor
) -> Broadcast:
    """Return a broadcast in the caller's areas, held until the commit; no version: as it is.

    Raises:
        NotFound: there is none.
        EditConflict: somebody changed it since ``version`` was read.
    """
    query = select(Broadcast).where(Broadcast.id == broadcast_id, _reach(by)).with_for_update()
    found = await session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    await editors.check_version(session, found, version)
    return found


async def find(session: AsyncSession, broadcast_id: UUID) -> Broadcast | None:
    """Return a broadcast by its id, whoever's it is."""
    return await session.get(Broadcast, broadcast_id)


async def area_of_station(session: AsyncSession, station_id: UUID) -> str | None:
    """Return where a station lies."""
    return await session.scalar(select(Station.area_code).where(Station.id == station_id))


async def area_of_team(session: AsyncSession, team_id: UUID) -> str | None:
    """Return where a team is at home, unless it was dissolved."""
    its = (VolunteerTeam.id == team_id) & VolunteerTeam.ended_at.is_(None)
    return await session.scalar(select(VolunteerTeam.area_code).where(its))


async def list_broadcasts(
    session: AsyncSession, *, state: BroadcastState | None, by: Actor, cursor: str | None, limit: int
) -> Page[Broadcast]:
    """Return a page of the broadcasts in the caller's areas, the newest first.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    query = select(Broadcast).where(_reach(by))
    if state is not None:
        query = query.where(Broadcast.state == state)
    if (before := read_id_cursor(cursor)) is not None:
        query = query.where(Broadcast.id < before)
    rows = (await session.scalars(query.order_by(Broadcast.id.desc()).limit(limit + 1))).all()
    return Page(rows[:limit], id_cursor(rows[limit - 1].id) if len(rows) > limit else None)


async def steps_of(session: AsyncSession, broadcast_id: UUID) -> Sequence[Step]:
    """Return what was done to a broadcast, in order."""
    query = (
        select(
            BroadcastStep.move,
            BroadcastStep.to_state,
            Account.display_name,
            BroadcastStep.reason,
            BroadcastStep.people,
            BroadcastStep.at,
        )
        .outerjoin(Account, Account.id == BroadcastStep.changed_by)
        .where(BroadcastStep.broadcast_id == broadcast_id)
        .order_by(BroadcastStep.id)
    )
    return [Step(*row) for row in await session.execute(query)]


async def has_written(session: AsyncSession, broadcast_id: UUID, account_id: UUID | None) -> bool:
    """Tell whether somebody wrote or changed a broadcast."""
    query = select(BroadcastStep.id).where(
        BroadcastStep.broadcast_id == broadcast_id,
        BroadcastStep.changed_by == account_id,
        BroadcastStep.move.in_(_WRITING),
    )
    return bool(await session.scalar(select(query.exists())))


async def next_due(session: AsyncSession, *, now: datetime) -> Broadcast | None:
    """Return what to go on with: what has waited longest and nobody else holds; held until the commit."""
    query = (
        select(Broadcast)
        .where(
            or_(
                Broadcast.state == BroadcastState.SENDING,
                (Broadcast.state == BroadcastState.SCHEDULED) & (Broadcast.send_at <= now),
            )
        )
        .order_by(Broadcast.send_at, Broadcast.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return await session.scalar(query.execution_options(populate_existing=True))


async def uncounted(session: AsyncSession, *, done_before: datetime, limit: int) -> Sequence[Broadcast]:
    """Return broadcasts that were done before an instant and whose figures nobody has kept yet."""
    query = (
        select(Broadcast)
        .where(Broadcast.done_at < done_before, Broadcast.counted_at.is_(None))
        .order_by(Broadcast.done_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(query)).all()
