"""One person with two numbers, two accounts: proof that both are theirs, and one taking over the other's.

The rooms above settle first what cannot be there twice; :mod:`app.services.mergers` asks them in turn.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import InvalidInput
from app.core.ids import new_id
from app.models import Account, AccountMerger, AccountStatus
from app.services import outbox
from app.services.accounts import codes, personal, queries, sessions
from app.services.accounts.consents import younger
from app.services.accounts.errors import AccountBanned, AccountIdle, CodeSpent, NothingToMerge
from app.services.accounts.events import AccountsMerged
from app.services.accounts.sign_in import is_idle
from app.services.accounts.vault import Vault
from app.services.outbox import Channel

ABSORBED_NAME = "已合并用户"
LATE_FOR = timedelta(hours=1)  # so long something may still arrive in an absorbed account's name


@dataclass(frozen=True, slots=True)
class BothNumbers:
    """What proves that two accounts are one person's: a code sent to each of the two numbers."""

    own_code: str
    other_phone: str
    other_code: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two accounts of one person, locked; the caller's own survives."""

    survivor: Account
    absorbed: Account


async def prove_both(
    session: AsyncSession, given: BothNumbers, *, by: Actor, vault: Vault, now: datetime
) -> Pair:
    """Return the caller's account and the one of their other number.

    Raises:
        InvalidInput: it is the same number twice.
        CodeWrong, CodeSpent: one of the codes is not, or no longer, right.
        NothingToMerge: no other account has the number.
        AccountIdle: that account slept over 90 days, so that the number may be somebody else's by now.
        AccountBanned: one of the two is banned; a merger is no way around that.
    """
    own = await queries.get_own(session, by=by)
    other_hash = vault.phone_hash(given.other_phone)
    if own.phone_hash is None:
        raise CodeSpent
    if own.phone_hash == other_hash:
        raise InvalidInput(hint="other_phone")
    # In one order for everybody: two mergers of the same numbers do not wait for each other in a circle.
    by_number = sorted([(own.phone_hash, given.own_code), (other_hash, given.other_code)])
    code_ids = [await codes.check_code(session, *each, vault=vault, now=now) for each in by_number]
    for code_id in code_ids:
        await codes.use_up(session, code_id, now=now)
    other = await queries.by_phone(session, other_hash)
    if other is None:
        raise NothingToMerge
    locked = {each.id: each for each in await queries.lock_accounts(session, {own.id, other.id})}
    pair = Pair(locked[own.id], locked[other.id])
    _check_standing(pair, other_hash, now=now)
    return pair


def _check_standing(pair: Pair, other_hash: bytes, *, now: datetime) -> None:
    """Look again, now that nobody else can change the two."""
    both = (pair.survivor, pair.absorbed)
    if any(each.status is AccountStatus.BANNED for each in both):
        raise AccountBanned
    if pair.absorbed.phone_hash != other_hash or any(each.status is AccountStatus.DELETED for each in both):
        raise NothingToMerge
    if is_idle(pair.absorbed.last_seen_on, now=now):
        raise AccountIdle


async def absorb(session: AsyncSession, pair: Pair, *, now: datetime) -> AccountMerger:
    """Give everything of the absorbed account to the survivor; each row's origin is kept.

    Roles follow with their scopes and dates: whoever proves both numbers held both. The absorbed account's
    sign-ins end and its number begins anew; its row stays, nameless, under its past acts of office.
    """
    survivor, absorbed = pair.survivor, pair.absorbed
    merger = AccountMerger(
        id=new_id(), absorbed_id=absorbed.id, survivor_id=survivor.id, merged_at=now, records={}
    )
    await take_over(session, merger)
    session.add(merger)
    survivor.worker_kind = survivor.worker_kind or absorbed.worker_kind
    survivor.area_code = survivor.area_code or absorbed.area_code
    survivor.age_band = younger(survivor.age_band, absorbed.age_band)
    survivor.last_seen_on = local_day(now)
    survivor.version += 1
    await sessions.end_all(session, absorbed.id, now=now)
    await personal.forget_traces(session, absorbed)
    personal.wipe(absorbed, name=ABSORBED_NAME)
    await outbox.announce(session, Channel.GRANTS, [survivor.id, absorbed.id])
    event = AccountsMerged(absorbed.id, survivor.id)
    outbox.record(session, event, now=now, area_code=survivor.area_code)
    return merger


async def take_over(session: AsyncSession, merger: AccountMerger) -> int:
    """Make the survivor's what is the absorbed account's, note it in the merger, return how many rows."""
    records: dict[str, list[str]] = {table: list(ids) for table, ids in merger.records.items()}
    taken = 0
    for column in personal.subject_columns():
        if not column.info["follows"]:
            await _keep_one(session, column, merger)
        elif ids := await _reassign(session, column, merger):
            records.setdefault(column.table.name, []).extend(ids)
            taken += len(ids)
    if taken:
        merger.records = records
    return taken


async def _reassign(session: AsyncSession, whose: Column[Any], merger: AccountMerger) -> list[str]:
    table = whose.table
    if not isinstance(table, Table):
        raise TypeError(f"{whose} is in no table")
    moved = (
        update(table)
        .where(whose == merger.absorbed_id)
        .values({whose: merger.survivor_id})
        .returning(*(column for column in table.primary_key if column is not whose))
    )
    return ["/".join(map(str, row)) for row in await session.execute(moved)]


async def _keep_one(session: AsyncSession, whose: Column[Any], merger: AccountMerger) -> None:
    """Give the survivor what a person has once (a mailbox, a watch) and they lack; the other one goes."""
    table = whose.table
    if not whose.primary_key:
        return
    if not isinstance(table, Table):
        raise TypeError(f"{whose} is in no table")
    own = table.alias()
    same = [own.c[column.name] == column for column in table.primary_key if column is not whose]
    has_one = exists().where(own.c[whose.name] == merger.survivor_id, *same)
    theirs = whose == merger.absorbed_id
    await session.execute(update(table).where(theirs, ~has_one).values({whose: merger.survivor_id}))
    await session.execute(delete(table).where(theirs))


async def forget_brought(session: AsyncSession, people: Collection[UUID], ids: Collection[UUID]) -> None:
    """Forget that such rows came from an account that one of these people absorbed: they name nobody now."""
    gone = set(map(str, ids))
    query = select(AccountMerger).where(AccountMerger.survivor_id.in_(people)).with_for_update()
    for merger in await session.scalars(query):
        kept = {table: [each for each in rows if each not in gone] for table, rows in merger.records.items()}
        merger.records = {table: rows for table, rows in kept.items() if rows}


async def recent_mergers(session: AsyncSession, *, now: datetime) -> Sequence[AccountMerger]:
    """Return the mergers after which something may still arrive in the absorbed account's name, locked."""
    return await queries.mergers_since(session, now - LATE_FOR)
