"""Making, changing and ending handling units."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.errors import InvalidInput, KeyReused, NotFound
from app.models import HandlingUnit, Open311Endpoint, UnitKind
from app.services import areas, authority, outbox
from app.services.outbox import Channel
from app.services.units import queries
from app.services.units.errors import CodeTaken, SuccessorInvalid, UnitEnded
from app.services.units.events import UnitRetired

_COUNTY = 6


@dataclass(frozen=True, slots=True)
class UnitDraft:
    """What an office says of a unit; ``code`` is its own number for it, ``credit_code`` GB 32100's."""

    name: str
    kind: UnitKind
    area_code: str
    phone: str = ""
    code: str | None = None
    credit_code: str | None = None


async def create(
    session: AsyncSession, unit_id: UUID, draft: UnitDraft, *, by: Actor, now: datetime
) -> HandlingUnit:
    """Make a unit in the caller's area; the same id and content again is the same unit.

    Raises:
        NotFound: the area is not the caller's.
        KeyReused: the id is another unit's.
        CodeTaken: see there.
    """
    await _check(session, draft, by=by)
    await locks.alone(session, unit_id)
    kept = await session.get(HandlingUnit, unit_id)
    if kept is not None:
        if _draft_of(kept) != draft:
            raise KeyReused
        return kept
    await _check_code(session, draft, unit_id)
    unit = HandlingUnit(id=unit_id, **asdict(draft), changed_at=now, changed_by=by.account_id)
    session.add(unit)
    await _tell(session)
    return unit


async def edit(
    session: AsyncSession, unit_id: UUID, draft: UnitDraft, *, version: int, by: Actor, now: datetime
) -> HandlingUnit:
    """Change what is known of a unit.

    Raises:
        NotFound, EditConflict: see there.
        UnitEnded: it is no more.
        CodeTaken: see there.
    """
    unit = await queries.get_to_change(session, unit_id, version=version, by=by)
    _check_in_being(unit)
    await _check(session, draft, by=by)
    await _check_code(session, draft, unit_id)
    if draft.kind is not UnitKind.OPEN311:
        await _forget_endpoint(session, unit_id)
    for key, value in asdict(draft).items():
        setattr(unit, key, value)
    _touch(unit, by=by, now=now)
    await _tell(session)
    return unit


async def end(
    session: AsyncSession,
    unit_id: UUID,
    *,
    version: int,
    successor_id: UUID | None,
    by: Actor,
    now: datetime,
) -> HandlingUnit:
    """End a unit: its rules and open cases go to its successor; without one, cases go back to the desk.

    What it did stays under its own name.

    Raises:
        NotFound, EditConflict: see there.
        UnitEnded: it has ended before.
        SuccessorInvalid: see there.
    """
    unit = await queries.get_to_change(session, unit_id, version=version, by=by)
    _check_in_being(unit)
    if successor_id is not None:
        heir = await session.get(HandlingUnit, successor_id)
        if heir is None or heir.id == unit.id or heir.ended_at is not None:
            raise SuccessorInvalid
    unit.ended_at, unit.successor_id = now, successor_id
    await _forget_endpoint(session, unit_id)
    _touch(unit, by=by, now=now)
    outbox.record(session, UnitRetired(unit.id, successor_id), now=now, area_code=unit.area_code)
    await _tell(session)
    return unit


async def _forget_endpoint(session: AsyncSession, unit_id: UUID) -> None:
    """See to it that who is another city no more is asked nothing and sent nothing, and its key not kept."""
    await session.execute(delete(Open311Endpoint).where(Open311Endpoint.unit_id == unit_id))


def _check_in_being(unit: HandlingUnit) -> None:
    if unit.ended_at is not None:
        raise UnitEnded(successor_id=None if unit.successor_id is None else str(unit.successor_id))


async def _check(session: AsyncSession, draft: UnitDraft, *, by: Actor) -> None:
    if not authority.may(by, roles=queries.ROLES, area_code=draft.area_code):
        raise NotFound
    if not await areas.exists(session, draft.area_code):
        raise InvalidInput(hint="area_code")


async def _check_code(session: AsyncSession, draft: UnitDraft, unit_id: UUID) -> None:
    if draft.code is None:
        return
    holder = await queries.holder_of_code(session, draft.code, county=draft.area_code[:_COUNTY])
    if holder is not None and holder.id != unit_id:
        raise CodeTaken


def _draft_of(unit: HandlingUnit) -> UnitDraft:
    return UnitDraft(unit.name, unit.kind, unit.area_code, unit.phone, unit.code, unit.credit_code)


def _touch(unit: HandlingUnit, *, by: Actor, now: datetime) -> None:
    unit.version += 1
    unit.changed_at, unit.changed_by = now, by.account_id


async def _tell(session: AsyncSession) -> None:
    """Every process keeps the units beside the routing rules."""
    await session.flush()
    await outbox.announce(session, Channel.RULES)
