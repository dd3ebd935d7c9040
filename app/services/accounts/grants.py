"""Giving roles, taking them back, and the list of who holds them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.errors import InvalidInput, NotFound
from app.core.ids import new_id
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import RoleGrant
from app.services import outbox
from app.services.accounts import granting, queries, readlog
from app.services.accounts.errors import AlreadyGranted, LastSysadmin, RoleOutOfReach, RoleToOneself
from app.services.accounts.events import RoleGranted, RoleRevoked
from app.services.accounts.sign_in import make_account
from app.services.accounts.vault import Vault
from app.services.outbox import Channel


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A role to give to the owner of a number, both days included.

    ``display_name`` names an account that does not exist yet; the person signs in to it later.
    """

    phone: str
    role: Role
    valid_from: date
    valid_to: date | None = None
    area_code: str | None = None
    station_id: UUID | None = None
    unit_id: UUID | None = None
    display_name: str | None = None


async def give_role(
    session: AsyncSession, new: NewGrant, *, by: Actor | None, vault: Vault, now: datetime
) -> RoleGrant:
    """Give a role; ``by`` is ``None`` on the server's own command line, which may give everything.

    Raises:
        InvalidInput: the role is not granted over such a scope, or the area does not exist.
        NotFound: the caller covers no such station.
        RoleOutOfReach: the caller may not give this role there.
        RoleToOneself: the number is the caller's own.
        AlreadyGranted: the same grant is in force.
    """
    area_code = await _place(session, new)
    if by is not None and not granting.may_give(by, new.role, area_code=area_code):
        raise NotFound if new.station_id or new.unit_id else RoleOutOfReach
    account = await make_account(session, new.phone, new.display_name, vault=vault, now=now)
    if by is not None and account.id == by.account_id:
        raise RoleToOneself
    await queries.lock_accounts(session, {account.id})
    if await queries.same_grant_exists(
        session, account.id, new.role, (new.area_code, new.station_id, new.unit_id), now=now
    ):
        raise AlreadyGranted
    grant = RoleGrant(
        id=new_id(),
        account=account,
        role=new.role,
        area_code=new.area_code,
        station_id=new.station_id,
        unit_id=new.unit_id,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        granted_by=None if by is None else by.account_id,
        granted_at=now,
    )
    session.add(grant)
    if by is not None:
        # The answer names the number's owner, whom the caller may not have known.
        readlog.log_read(
            session, account.id, by=by, what="display_name", reason="grant", area_code=area_code, now=now
        )
    outbox.record(session, RoleGranted(grant.id, account.id, grant.role.value), now=now, area_code=area_code)
    await outbox.announce(session, Channel.GRANTS, [account.id])
    return grant


async def _place(session: AsyncSession, new: NewGrant) -> str | None:
    """Return the area in which a new grant lies; ``None`` for one over everything."""
    if not granting.fits(
        new.role,
        area_code=new.area_code,
        has_station=new.station_id is not None,
        has_unit=new.unit_id is not None,
    ):
        raise InvalidInput(hint=granting.needs(new.role))
    if new.valid_to is not None and new.valid_to < new.valid_from:
        raise InvalidInput(hint="结束日期早于开始日期;the last day is before the first")
    if new.station_id is not None or new.unit_id is not None:
        area_code = await queries.area_of_named(session, station_id=new.station_id, unit_id=new.unit_id)
        if area_code is None:
            raise NotFound
        return area_code
    if new.area_code is not None and not await queries.is_area(session, new.area_code):
        raise InvalidInput(hint="area_code")
    return new.area_code


async def follow_heir(
    session: AsyncSession, station_id: UUID, heir_id: UUID, *, by: Actor, now: datetime
) -> None:
    """Let those who keep a station keep the one that takes its place, with the same dates.

    What they held ends now and stays on record; who keeps the heir already gets nothing twice.
    """
    old = await queries.grants_on_station(session, station_id, now=now)
    area_code = await queries.area_of_named(session, station_id=heir_id, unit_id=None)
    await queries.lock_accounts(session, {grant.account_id for grant in old})
    for grant in old:
        grant.revoked_at = now
        outbox.record(
            session, RoleRevoked(grant.id, grant.account_id, grant.role.value), now=now, area_code=area_code
        )
        if await queries.same_grant_exists(
            session, grant.account_id, grant.role, (None, heir_id, None), now=now
        ):
            continue
        new = RoleGrant(
            id=new_id(),
            account_id=grant.account_id,
            role=grant.role,
            station_id=heir_id,
            valid_from=grant.valid_from,
            valid_to=grant.valid_to,
            granted_by=by.account_id,
            granted_at=now,
        )
        session.add(new)
        outbox.record(
            session, RoleGranted(new.id, new.account_id, new.role.value), now=now, area_code=area_code
        )
    if old:
        await outbox.announce(session, Channel.GRANTS, {grant.account_id for grant in old})


async def list_grants(
    session: AsyncSession, *, by: Actor, cursor: str | None, limit: int, now: datetime
) -> Page[RoleGrant]:
    """Return a page of the present and coming grants that the caller could have given.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    after = read_id_cursor(cursor)
    items, has_more = await queries.list_grants(session, by=by, after=after, limit=limit, now=now)
    return Page(items, id_cursor(items[-1].id) if has_more else None)


async def take_role(session: AsyncSession, grant_id: UUID, *, by: Actor, now: datetime) -> None:
    """Take a role back, from now on; doing it twice changes nothing.

    Raises:
        NotFound: there is no such grant, or the caller may not give its role there.
        LastSysadmin: nobody would be left to give roles.
    """
    grant, area_code = await queries.get_grant(session, grant_id, by=by)
    await queries.lock_accounts(session, {grant.account_id})
    await session.refresh(grant)
    if grant.revoked_at is not None:
        return
    if grant.role is Role.SYSADMIN and await queries.is_last_sysadmin(session, grant.account_id, now=now):
        raise LastSysadmin
    grant.revoked_at = now
    outbox.record(
        session, RoleRevoked(grant.id, grant.account_id, grant.role.value), now=now, area_code=area_code
    )
    await outbox.announce(session, Channel.GRANTS, [grant.account_id])
