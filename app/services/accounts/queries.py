"""Selects over accounts, their sign-ins, codes and grants."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Date,
    Select,
    Uuid,
    any_,
    bindparam,
    exists,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.core.actor import Actor, Grant, Role
from app.core.clock import local_day
from app.core.errors import NotFound
from app.core.pages import page_of
from app.models import (
    Account,
    AccountBan,
    AccountMerger,
    AccountStatus,
    Area,
    Consent,
    HandlingUnit,
    PersonalDataRead,
    Purpose,
    RefreshToken,
    RoleGrant,
    SignInCode,
    Station,
)
from app.services import areas, authority
from app.services.accounts import granting


async def get_own(session: AsyncSession, *, by: Actor) -> Account:
    """Return the caller's own account."""
    account = await session.scalar(select(Account).where(Account.id == by.account_id))
    if account is None:
        raise NotFound
    return account


async def by_phone(session: AsyncSession, phone_hash: bytes) -> Account | None:
    """Return the account of a number."""
    return await session.scalar(select(Account).where(Account.phone_hash == phone_hash))


async def lock_accounts(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Account]:
    """Lock accounts, in one order for everybody, and return them as they are now.

    Writers who only refer to an account, as visits do, do not wait for it.
    """
    query = (
        select(Account)
        .where(Account.id.in_(ids))
        .order_by(Account.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    await session.flush()
    return (await session.scalars(query)).all()


async def with_numbers(session: AsyncSession, *, after: UUID | None, limit: int) -> Sequence[Account]:
    """Return accounts that have a number, locked, in the order of their ids."""
    query = select(Account).where(Account.phone_encrypted.is_not(None)).order_by(Account.id).limit(limit)
    if after is not None:
        query = query.where(Account.id > after)
    return (await session.scalars(query.with_for_update(key_share=True))).all()


async def newest_code_id(session: AsyncSession, phone_hash: bytes) -> UUID | None:
    """Return the code that was sent to a number last."""
    newest_first = (SignInCode.sent_at.desc(), SignInCode.id.desc())
    query = select(SignInCode.id).where(SignInCode.phone_hash == phone_hash).order_by(*newest_first)
    return await session.scalar(query.limit(1))


async def get_token(session: AsyncSession, token_hash: bytes) -> RefreshToken | None:
    """Return the link of a chain that a token names."""
    query = select(RefreshToken).where(RefreshToken.token_hash == token_hash)
    return await session.scalar(query.execution_options(populate_existing=True))


async def account_of_token(session: AsyncSession, token_hash: bytes) -> UUID | None:
    """Return whose a refresh token is."""
    return await session.scalar(select(RefreshToken.account_id).where(RefreshToken.token_hash == token_hash))


async def accounts_on_device(session: AsyncSession, device_id: UUID) -> set[UUID]:
    """Return who is signed in on a device."""
    query = select(RefreshToken.account_id).where(
        RefreshToken.device_id == device_id, RefreshToken.revoked_at.is_(None)
    )
    return set(await session.scalars(query))


async def knows_device(session: AsyncSession, account_id: UUID, device_id: UUID) -> bool:
    """Tell whether an account was once signed in on a device and never signed out of it."""
    query = select(
        exists().where(
            RefreshToken.account_id == account_id,
            RefreshToken.device_id == device_id,
            RefreshToken.revoked_at.is_(None),
        )
    )
    return bool(await session.scalar(query))


def in_force(now: datetime) -> ColumnElement[bool]:
    """Return the WHERE condition of the grants that count on the Chinese day of an instant."""
    return _counts_on(local_day(now))


def _counts_on(day: date | BindParameter[date]) -> ColumnElement[bool]:
    return _not_over(day) & (RoleGrant.valid_from <= day)


def _not_over(day: date | BindParameter[date]) -> ColumnElement[bool]:
    ends_later = (RoleGrant.valid_to >= day) | RoleGrant.valid_to.is_(None)
    return RoleGrant.revoked_at.is_(None) & ends_later


# However many are asked about, it is one statement, and prepared: an IN would be another for each number.
_ASKED = any_(bindparam("ids", type_=ARRAY(Uuid())))
_SAID = Consent.account_id == Account.id, Consent.purpose == Purpose.PRECISE_LOCATION
_WITHHELD = exists().where(*_SAID) & ~exists().where(*_SAID, Consent.withdrawn_at.is_(None))
_STATUSES = select(Account.id, Account.status, _WITHHELD.label("withheld")).where(Account.id == _ASKED)
_LIVE = select(RefreshToken.account_id, RefreshToken.family_id).where(
    RefreshToken.account_id == _ASKED,
    RefreshToken.revoked_at.is_(None),
    RefreshToken.expires_at > bindparam("now"),
)
_GRANTED = select(RoleGrant).where(RoleGrant.account_id == _ASKED, _counts_on(bindparam("day", type_=Date())))


async def statuses(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, tuple[AccountStatus, bool]]:
    """Return whether accounts may act, and whether they took back their consent to be located.

    Who is missing does not exist.
    """
    rows = await session.execute(_STATUSES, {"ids": list(ids)})
    return {row.id: (row.status, row.withheld) for row in rows}


async def consents_of(session: AsyncSession, account_id: UUID, purpose: Purpose | None) -> Sequence[Consent]:
    """Return all that an account ever agreed to, or refused, for a purpose or for any; oldest first."""
    query = select(Consent).where(Consent.account_id == account_id).order_by(Consent.id)
    if purpose is not None:
        query = query.where(Consent.purpose == purpose)
    return (await session.scalars(query)).all()


async def live_sessions(
    session: AsyncSession, ids: Collection[UUID], *, now: datetime
) -> dict[UUID, set[UUID]]:
    """Return, by account, the ids of the sign-ins that were not signed out, revoked or left to expire."""
    found: dict[UUID, set[UUID]] = {}
    for account_id, family_id in await session.execute(_LIVE, {"ids": list(ids), "now": now}):
        found.setdefault(account_id, set()).add(family_id)
    return found


async def grants_in_force(
    session: AsyncSession, ids: Collection[UUID], *, now: datetime
) -> dict[UUID, list[Grant]]:
    """Return, by account, the grants that count on the Chinese day of ``now``, both ends included."""
    found: dict[UUID, list[Grant]] = {}
    given = {"ids": list(ids), "day": local_day(now)}
    for row in (await session.scalars(_GRANTED, given)).all():
        found.setdefault(row.account_id, []).append(await _expanded(session, row))
    return found


async def actor_of(session: AsyncSession, account_id: UUID, *, now: datetime) -> Actor:
    """Return an account as the caller it would be now, for work that it started earlier."""
    status, withheld = (await statuses(session, {account_id})).get(account_id, (None, False))
    grants = (await grants_in_force(session, {account_id}, now=now)).get(account_id, ())
    is_active = status is AccountStatus.ACTIVE
    return Actor(
        account_id,
        tuple(grants) if is_active else (),
        is_banned=status is AccountStatus.BANNED,
        withholds_position=withheld,
    )


async def is_area(session: AsyncSession, code: str) -> bool:
    """Tell whether there is an area of a code."""
    return bool(await session.scalar(select(exists().where(Area.code == code))))


async def station_id_of(session: AsyncSession, code: str) -> UUID | None:
    """Return the id of the station that an office knows by a code."""
    return await session.scalar(select(Station.id).where(Station.code == code))


async def area_of_named(
    session: AsyncSession, *, station_id: UUID | None, unit_id: UUID | None
) -> str | None:
    """Return where a station, or else a handling unit, lies; a station that another replaced: nowhere."""
    if station_id is not None:
        query = select(Station.area_code).where(Station.id == station_id, Station.merged_into_id.is_(None))
        return await session.scalar(query)
    return await session.scalar(select(HandlingUnit.area_code).where(HandlingUnit.id == unit_id))


async def places_of_grants(
    session: AsyncSession, account_id: UUID, *, now: datetime
) -> list[tuple[Role, str | None]]:
    """Return the roles an account holds today, each with the area it lies in (``None``: everywhere)."""
    query = (
        select(RoleGrant.role, granting.PLACE)
        .outerjoin(Station, Station.id == RoleGrant.station_id)
        .outerjoin(HandlingUnit, HandlingUnit.id == RoleGrant.unit_id)
        .where(RoleGrant.account_id == account_id, in_force(now))
    )
    return [(role, found) for role, found in await session.execute(query)]


async def grants_of(session: AsyncSession, account_id: UUID, *, now: datetime) -> Sequence[RoleGrant]:
    """Return the grants of an account that count today, oldest first."""
    query = select(RoleGrant).where(RoleGrant.account_id == account_id, in_force(now))
    return (await session.scalars(query.order_by(RoleGrant.id))).all()


async def grants_on_station(session: AsyncSession, station_id: UUID, *, now: datetime) -> Sequence[RoleGrant]:
    """Return the present and coming grants over a station, oldest first."""
    query = select(RoleGrant).where(RoleGrant.station_id == station_id, _not_over(local_day(now)))
    return (await session.scalars(query.order_by(RoleGrant.id))).all()


async def same_grant_exists(
    session: AsyncSession,
    account_id: UUID,
    role: Role,
    scope: tuple[str | None, UUID | None, UUID | None],
    *,
    now: datetime,
) -> bool:
    """Tell whether an account holds a role today over exactly this area, station or unit."""
    area_code, station_id, unit_id = scope
    query = exists().where(
        RoleGrant.account_id == account_id,
        RoleGrant.role == role,
        RoleGrant.area_code.is_not_distinct_from(area_code),
        RoleGrant.station_id.is_not_distinct_from(station_id),
        RoleGrant.unit_id.is_not_distinct_from(unit_id),
        in_force(now),
    )
    return bool(await session.scalar(select(query)))


async def is_last_sysadmin(session: AsyncSession, account_id: UUID, *, now: datetime) -> bool:
    """Tell whether somebody is the only sysadmin today; holds all their grants until the commit."""
    query = select(RoleGrant.account_id).where(RoleGrant.role == Role.SYSADMIN, in_force(now))
    held = await session.scalars(query.order_by(RoleGrant.id).with_for_update())
    return set(held) == {account_id}


async def get_grant(session: AsyncSession, grant_id: UUID, *, by: Actor) -> tuple[RoleGrant, str | None]:
    """Return a grant that the caller could have given, and where it lies."""
    row = (await session.execute(_grants(by).where(RoleGrant.id == grant_id))).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


async def list_grants(
    session: AsyncSession, *, by: Actor, after: UUID | None, limit: int, now: datetime
) -> tuple[Sequence[RoleGrant], bool]:
    """Return the grants, past ones left out, that the caller could have given; and whether more follow."""
    query = _grants(by).where(_not_over(local_day(now))).order_by(RoleGrant.id).limit(limit + 1)
    if after is not None:
        query = query.where(RoleGrant.id > after)
    rows = [row[0] for row in await session.execute(query)]
    return rows[:limit], len(rows) > limit


async def mergers_since(session: AsyncSession, since: datetime) -> Sequence[AccountMerger]:
    """Return the mergers after an instant, oldest first, locked."""
    query = select(AccountMerger).where(AccountMerger.merged_at >= since).order_by(AccountMerger.id)
    return (await session.scalars(query.with_for_update())).all()


async def list_reads(
    session: AsyncSession, *, subject_id: UUID | None, by: Actor, before: UUID | None, limit: int
) -> tuple[Sequence[PersonalDataRead], bool]:
    """Return entries of the read log in the caller's scope, newest first; and whether more follow."""
    scope = authority.covers(by, roles=[Role.PRIVACY_OFFICER], area=PersonalDataRead.area_code)
    query = select(PersonalDataRead).where(scope).order_by(PersonalDataRead.id.desc()).limit(limit + 1)
    if subject_id is not None:
        query = query.where(PersonalDataRead.subject_id == subject_id)
    if before is not None:
        query = query.where(PersonalDataRead.id < before)
    rows = (await session.scalars(query)).all()
    return rows[:limit], len(rows) > limit


async def get_ban(session: AsyncSession, ban_id: UUID, *, by: Actor) -> AccountBan:
    """Return a ban that was decided where the caller is an officer."""
    query = select(AccountBan).where(AccountBan.id == ban_id, _bans_of(by))
    ban = await session.scalar(query)
    if ban is None:
        raise NotFound
    return ban


async def list_bans(
    session: AsyncSession, *, by: Actor, after: UUID | None, limit: int
) -> tuple[Sequence[AccountBan], bool]:
    """Return the bans in force that were decided where the caller is an officer; and whether more follow."""
    in_force = AccountBan.lifted_at.is_(None) & (Account.status == AccountStatus.BANNED)
    query = (
        select(AccountBan).join(Account, Account.id == AccountBan.account_id).where(in_force, _bans_of(by))
    )
    after_key = None if after is None else [after]
    return await page_of(session, query, by=[AccountBan.id], after=after_key, limit=limit)


async def ban_in_force(session: AsyncSession, account_id: UUID) -> AccountBan | None:
    """Return the ban that an account is under."""
    query = select(AccountBan).where(AccountBan.account_id == account_id, AccountBan.lifted_at.is_(None))
    return await session.scalar(query)


async def bans_over(session: AsyncSession, *, now: datetime) -> Sequence[AccountBan]:
    """Return the bans in force whose last day is over."""
    query = select(AccountBan).where(AccountBan.lifted_at.is_(None), AccountBan.ends_on < local_day(now))
    return (await session.scalars(query.order_by(AccountBan.account_id))).all()


def _bans_of(by: Actor) -> ColumnElement[bool]:
    return authority.covers(by, roles=[Role.DISTRICT_OFFICER], area=AccountBan.area_code)


def _grants(by: Actor) -> Select[RoleGrant, str]:
    return (
        select(RoleGrant, granting.PLACE)
        .outerjoin(Station, Station.id == RoleGrant.station_id)
        .outerjoin(HandlingUnit, HandlingUnit.id == RoleGrant.unit_id)
        .where(granting.within_reach(by))
        .options(joinedload(RoleGrant.account))
    )


async def _expanded(session: AsyncSession, row: RoleGrant) -> Grant:
    """Return a grant with the codes that followed its own when divisions changed."""
    codes = () if row.area_code is None else await areas.codes_in_force(session, row.area_code)
    return Grant(row.role, area_codes=codes, station_id=row.station_id, unit_id=row.unit_id)
