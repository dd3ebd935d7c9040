"""Suspending an account, for a reason, and giving it back.

Who is banned still signs in, sees, exports and deletes what is held about them, and may send emergencies;
nothing else. The roles they hold do not count meanwhile and come back with the lifting.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.clock import local_day
from app.core.errors import InvalidInput, SignInRequired
from app.core.ids import new_id
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import AccountBan, AccountStatus, RoleGrant
from app.services import outbox
from app.services.accounts import queries, reach
from app.services.accounts.errors import AlreadyBanned, NotToBan, PersonNotFound
from app.services.accounts.events import BanImposed, BanLifted
from app.services.accounts.readlog import office_of
from app.services.outbox import Channel


@dataclass(frozen=True, slots=True)
class Banned:
    """A ban, and the roles that stand empty by it, so that somebody takes over."""

    ban: AccountBan
    roles: list[RoleGrant]


async def ban(
    session: AsyncSession, account_id: UUID, *, reason: str, ends_on: date | None, by: Actor, now: datetime
) -> Banned:
    """Suspend an account from now on, through its last day or until it is lifted.

    Raises:
        InvalidInput: the last day is over.
        PersonNotFound: no such person whom the caller answers for.
        NotToBan: it is the caller's own account, or a sysadmin's.
        AlreadyBanned: it is banned already.
    """
    if by.account_id is None:
        raise SignInRequired
    if ends_on is not None and ends_on < local_day(now):
        raise InvalidInput(hint="ends_on")
    locked = await queries.lock_accounts(session, {account_id})
    if not locked or locked[0].status is AccountStatus.DELETED:
        raise PersonNotFound
    [account] = locked
    if not await reach.covers_person(session, account, by=by, now=now):
        raise PersonNotFound
    roles = await queries.grants_of(session, account_id, now=now)
    if account_id == by.account_id or any(grant.role is Role.SYSADMIN for grant in roles):
        raise NotToBan
    if account.status is AccountStatus.BANNED:
        raise AlreadyBanned
    account.status = AccountStatus.BANNED
    imposed = AccountBan(
        id=new_id(),
        account_id=account_id,
        area_code=account.area_code or office_of(by),
        reason=reason,
        banned_at=now,
        banned_by=by.account_id,
        ends_on=ends_on,
    )
    session.add(imposed)
    outbox.record(session, BanImposed(imposed.id, account_id), now=now, area_code=imposed.area_code)
    await outbox.announce(session, Channel.GRANTS, [account_id])
    return Banned(imposed, list(roles))


async def lift(session: AsyncSession, ban_id: UUID, *, reason: str, by: Actor, now: datetime) -> None:
    """Let an account act again; doing it twice changes nothing.

    Raises:
        NotFound: no such ban was decided where the caller is an officer.
    """
    imposed = await queries.get_ban(session, ban_id, by=by)
    await _end(session, imposed, by_id=by.account_id, reason=reason, now=now)


async def lift_over(session: AsyncSession, *, now: datetime) -> int:
    """Lift the bans whose last day is over; return how many."""
    over = await queries.bans_over(session, now=now)
    for imposed in over:
        await _end(session, imposed, by_id=None, reason=None, now=now)
    return len(over)


async def _end(
    session: AsyncSession, imposed: AccountBan, *, by_id: UUID | None, reason: str | None, now: datetime
) -> None:
    [account] = await queries.lock_accounts(session, {imposed.account_id})
    await session.refresh(imposed)
    if imposed.lifted_at is not None:
        return
    imposed.lifted_at, imposed.lifted_by, imposed.lift_reason = now, by_id, reason
    if account.status is not AccountStatus.BANNED:
        return  # deleted meanwhile
    account.status = AccountStatus.ACTIVE
    outbox.record(session, BanLifted(imposed.id, account.id), now=now, area_code=imposed.area_code)
    await outbox.announce(session, Channel.GRANTS, [account.id])


async def list_bans(session: AsyncSession, *, by: Actor, cursor: str | None, limit: int) -> Page[AccountBan]:
    """Return a page of the bans in force that were decided where the caller is an officer, oldest first.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    after = read_id_cursor(cursor)
    items, has_more = await queries.list_bans(session, by=by, after=after, limit=limit)
    return Page(items, id_cursor(items[-1].id) if has_more else None)
