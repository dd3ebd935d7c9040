"""The rights over one's own data: to have a copy, and to have it gone.

Both walk the tables: a column marked :func:`~app.models.base.subject` makes its rows the person's. A
feature takes part by its marks alone, and a test sees that no column marked personal is left out.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, LargeBinary, Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import (
    Account,
    AccountStatus,
    Base,
    IdempotencyKey,
    RoleGrant,
    SignInCode,
)
from app.models.base import OnErasure
from app.services import outbox
from app.services.accounts import banned_numbers, queries
from app.services.accounts.errors import LastSysadmin
from app.services.accounts.events import AccountErased
from app.services.accounts.vault import Vault
from app.services.offline import Shelf
from app.services.outbox import Channel

ERASED_NAME = "已注销用户"


def subject_columns() -> list[Column[Any]]:
    """Return the columns that say whom a row is about."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if "on_erasure" in column.info
    ]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Everything held about one person: the number, and the rows of each table."""

    phone: str | None
    records: dict[str, list[dict[str, Any]]]


async def export(session: AsyncSession, *, by: Actor, vault: Vault) -> PersonalData:
    """Return everything held about the caller; hashes and keys excepted."""
    account = await queries.get_own(session, by=by)
    columns = [Base.metadata.tables[Account.__tablename__].c.id, *subject_columns()]
    records = {column.table.name: await _rows(session, column, account.id) for column in columns}
    for column in columns:
        for table, rows in (await _brought(session, column, account.id)).items():
            records[table] = [*records.get(table, ()), *rows]
    return PersonalData(
        phone=None if account.phone_encrypted is None else vault.decrypt_phone(account.phone_encrypted),
        records=records,
    )


async def _brought(
    session: AsyncSession, whose: Column[Any], account_id: UUID
) -> dict[str, list[dict[str, Any]]]:
    """Return what the person wrote or was told in rows that name nobody, found through rows that do."""
    brought = {}
    for link in whose.table.columns:
        of_person = select(link).where(whose == account_id)
        for name in link.info.get("brings", ()):
            table_name, column_name = name.split(".")
            table = Base.metadata.tables[table_name]
            told = [column for column in table.columns if column.info.get("told")]
            query = select(*told).where(table.c[column_name].in_(of_person)).order_by(*table.primary_key)
            brought[table_name] = [dict(row) for row in (await session.execute(query)).mappings()]
    return brought


async def _rows(session: AsyncSession, whose: Column[Any], account_id: UUID) -> list[dict[str, Any]]:
    shown = [column for column in whose.table.columns if not isinstance(column.type, LargeBinary)]
    query = select(*shown).where(whose == account_id).order_by(*whose.table.primary_key)
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def erase(session: AsyncSession, *, by: Actor, now: datetime) -> None:
    """Delete the caller's account: the person is wiped, facts stay and name nobody.

    The account's row stays as the name of past acts of office ("who closed this station"), without
    number, name or anything else of the person. The number of who is banned stays, hashed, until the ban is
    over. Doing it twice changes nothing.

    Raises:
        LastSysadmin: nobody would be left to give roles.
    """
    if by.account_id is None:
        return
    [account] = await queries.lock_accounts(session, {by.account_id})
    if account.status is AccountStatus.DELETED:
        return
    if await queries.is_last_sysadmin(session, account.id, now=now):
        raise LastSysadmin
    await forget_traces(session, account)
    await banned_numbers.remember(session, account, now=now)
    await session.execute(
        update(RoleGrant)
        .where(RoleGrant.account_id == account.id, RoleGrant.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    for column in subject_columns():
        await _erase_rows(session, column, account.id)
    wipe(account, name=ERASED_NAME)
    await outbox.announce(session, Channel.GRANTS, [account.id])
    outbox.record(session, AccountErased(account.id), now=now)


async def forget_traces(session: AsyncSession, account: Account) -> None:
    """Delete what is kept under an account's number or id without being a record: codes, answers."""
    if account.phone_hash is not None:
        await session.execute(delete(SignInCode).where(SignInCode.phone_hash == account.phone_hash))
    answered = [str(account.id), *(shelf.of(account.id) for shelf in Shelf)]
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.actor.in_(answered)))


async def _erase_rows(session: AsyncSession, whose: Column[Any], account_id: UUID) -> None:
    table = whose.table
    if not isinstance(table, Table):
        raise TypeError(f"{whose} is in no table")
    rule = OnErasure(whose.info["on_erasure"])
    if rule is OnErasure.DROP:
        await session.execute(delete(table).where(whose == account_id))
        return
    emptied = {column: None for column in table.columns if column.info.get("pii") and column is not whose}
    if rule is OnErasure.CUT:
        emptied[whose] = None
    if emptied:
        await session.execute(update(table).where(whose == account_id).values(emptied))


def wipe(account: Account, *, name: str) -> None:
    """Take everything of the person out of an account's row; ``name`` stands under past acts of office."""
    account.phone_hash = account.phone_encrypted = None
    account.display_name = name
    account.worker_kind = account.area_code = account.age_band = None
    account.status = AccountStatus.DELETED
    account.version += 1
