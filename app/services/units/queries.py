"""Reading handling units: those of one's area to manage, those above it to send cases to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.clock import local_day
from app.core.errors import BadCursor, NotFound
from app.core.pages import Page, decode_cursor, encode_cursor
from app.models import Account, AccountStatus, HandlingUnit, RoleGrant, UnitKind
from app.services import areas, authority
from app.services.accounts import editors

# Who manages an area's handling units.
ROLES = (Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, and how many people may sign in for it."""

    unit: HandlingUnit
    members: int


async def get(session: AsyncSession, unit_id: UUID) -> HandlingUnit:
    """Return a handling unit, in being or not.

    Raises:
        NotFound: there is none.
    """
    unit = await session.get(HandlingUnit, unit_id)
    if unit is None:
        raise NotFound
    return unit


async def get_to_change(session: AsyncSession, unit_id: UUID, *, version: int, by: Actor) -> HandlingUnit:
    """Return a unit of the caller's area, locked until the transaction ends.

    Raises:
        NotFound: there is none, or it is not the caller's to manage.
        EditConflict: somebody else changed it meanwhile.
    """
    mine = authority.covers(by, roles=ROLES, area=HandlingUnit.area_code)
    query = select(HandlingUnit).where(HandlingUnit.id == unit_id, mine).with_for_update()
    unit = await session.scalar(query.execution_options(populate_existing=True))
    if unit is None:
        raise NotFound
    await editors.check_version(session, unit, version)
    return unit


async def get_readable(session: AsyncSession, unit_id: UUID, *, by: Actor, now: datetime) -> Unit:
    """Return a unit that the caller manages or may send cases to.

    Raises:
        NotFound: it is neither.
    """
    row = (await session.execute(_counted(now).where(HandlingUnit.id == unit_id, readable(by)))).first()
    if row is None:
        raise NotFound
    return Unit(*row)


def readable(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the units of the caller's areas and of those above them."""
    granted = {code for grant in by.grants if grant.role in ROLES for code in grant.area_codes}
    above = {each for code in granted for each in areas.Lineage().above(code)}
    return or_(
        authority.covers(by, roles=ROLES, area=HandlingUnit.area_code), HandlingUnit.area_code.in_(above)
    )


def _counted(now: datetime) -> Select[HandlingUnit, int]:
    members = (
        select(func.count(RoleGrant.account_id.distinct()))
        .where(RoleGrant.unit_id == HandlingUnit.id, _in_force(now))
        .scalar_subquery()
    )
    return select(HandlingUnit, members)


def _in_force(now: datetime) -> ColumnElement[bool]:
    today = local_day(now)
    active = select(Account.id).where(
        Account.id == RoleGrant.account_id, Account.status == AccountStatus.ACTIVE
    )
    ends_later = or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= today)
    return RoleGrant.revoked_at.is_(None) & (RoleGrant.valid_from <= today) & ends_later & active.exists()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which units are wanted: of an area and those above it, of a kind, with a text in the name."""

    for_area: str | None = None
    kind: UnitKind | None = None
    text: str = ""
    with_ended: bool = False


async def search(
    session: AsyncSession, wanted: Wanted, *, by: Actor, cursor: str | None, limit: int, now: datetime
) -> Page[Unit]:
    """Return a page of the units that the caller manages or may send cases to, by name.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    query = _counted(now).where(readable(by), *_conditions(wanted))
    place = (HandlingUnit.name, HandlingUnit.id)
    if cursor is not None:
        name, unit_id = _key(cursor)
        query = query.where(
            or_(HandlingUnit.name > name, (HandlingUnit.name == name) & (HandlingUnit.id > unit_id))
        )
    rows = (await session.execute(query.order_by(*place).limit(limit + 1))).all()
    items = [Unit(unit, members) for unit, members in rows[:limit]]
    if len(rows) <= limit:
        return Page(items, None)
    last = items[-1].unit
    return Page(items, encode_cursor([last.name, str(last.id)]))


def _conditions(wanted: Wanted) -> Collection[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.for_area is not None:
        found.append(HandlingUnit.area_code.in_(areas.Lineage().above(wanted.for_area)))
    if wanted.kind is not None:
        found.append(HandlingUnit.kind == wanted.kind)
    if wanted.text:
        found.append(HandlingUnit.name.contains(wanted.text, autoescape=True))
    if not wanted.with_ended:
        found.append(HandlingUnit.ended_at.is_(None))
    return found


def _key(cursor: str) -> tuple[str, UUID]:
    name, unit_id = decode_cursor(cursor, size=2)
    try:
        return name, UUID(unit_id)
    except ValueError as error:
        raise BadCursor from error


async def holder_of_code(session: AsyncSession, code: str, *, county: str) -> HandlingUnit | None:
    """Return the unit of a county that has a number, in being or not."""
    query = select(HandlingUnit).where(HandlingUnit.code == code)
    return await session.scalar(query.where(func.left(HandlingUnit.area_code, len(county)) == county))
