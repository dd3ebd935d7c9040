"""Selects over rosters and those who may stand in them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.models import Account, AccountStatus, DutyShift, RoleGrant
from app.services import areas, authority
from app.services.accounts import editors
from app.services.duty.watch import Person
from app.services.reports.scope import DESK

# Who can be called: whoever may do something about an emergency in the area.
ON_CALL = (Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER, Role.PART_TIME_GRID_MEMBER)
_MOST_SHOWN = 500


async def people_of(
    session: AsyncSession, area_code: str, *, only: Collection[UUID] | None = None
) -> dict[UUID, Person]:
    """Return who holds, held or will hold a role over an area that lets them be on duty there, by name.

    Grants over earlier codes of the area and of those above it count; accounts that cannot act do not.
    """
    above = (await areas.load_lineage(session)).above(area_code)
    query = (
        select(RoleGrant.account_id, Account.display_name, RoleGrant.valid_from, RoleGrant.valid_to)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.role.in_(ON_CALL),
            RoleGrant.area_code.in_(above),
            RoleGrant.revoked_at.is_(None),
            Account.status == AccountStatus.ACTIVE,
        )
        .order_by(Account.display_name, RoleGrant.account_id, RoleGrant.valid_from)
    )
    if only is not None:
        query = query.where(RoleGrant.account_id.in_(only))
    names: dict[UUID, str] = {}
    terms: dict[UUID, list[tuple[date, date | None]]] = {}
    for account_id, name, first, last in await session.execute(query):
        names[account_id] = name
        terms.setdefault(account_id, []).append((first, last))
    return {
        account_id: Person(account_id, names[account_id], tuple(terms[account_id])) for account_id in names
    }


async def shifts_of(
    session: AsyncSession, area_codes: Collection[str], *, since: datetime, until: datetime
) -> Sequence[DutyShift]:
    """Return the turns of some rosters that touch a stretch of time, in order of time."""
    query = select(DutyShift).where(
        DutyShift.area_code.in_(area_codes),
        DutyShift.cancelled_at.is_(None),
        DutyShift.ends_at > since,
        DutyShift.starts_at < until,
    )
    return (await session.scalars(query.order_by(DutyShift.starts_at, DutyShift.id))).all()


async def own_shifts(session: AsyncSession, *, by: Actor, now: datetime) -> Sequence[DutyShift]:
    """Return the caller's turns that are not over."""
    query = select(DutyShift).where(
        DutyShift.account_id == by.account_id, DutyShift.cancelled_at.is_(None), DutyShift.ends_at > now
    )
    return (await session.scalars(query.order_by(DutyShift.starts_at).limit(_MOST_SHOWN))).all()


async def to_change(session: AsyncSession, shift_id: UUID, *, version: int, by: Actor) -> DutyShift:
    """Return a turn in a roster of the caller's, locked.

    Raises:
        NotFound: there is none, or the roster is not theirs.
        EditConflict: somebody else changed it meanwhile; names them.
    """
    mine = authority.covers(by, roles=DESK, area=DutyShift.area_code)
    query = select(DutyShift).where(DutyShift.id == shift_id, mine).with_for_update()
    shift = await session.scalar(query.execution_options(populate_existing=True))
    if shift is None:
        raise NotFound
    await editors.check_version(session, shift, version)
    return shift
