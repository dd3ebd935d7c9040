"""Volunteers as the ledger knows them: a pseudonym, and while they want it a name."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import EditConflict, SignInRequired
from app.models import LedgerSubject
from app.services.ledger.errors import NotRegistered, VolunteerUnknown


@dataclass(frozen=True, slots=True)
class Registration:
    """How somebody wants to be named; ``version`` when they change what they said before."""

    name: str
    volunteer_number: str | None
    lets_organiser_print: bool
    version: int | None


async def register(session: AsyncSession, given: Registration, *, by: Actor, now: datetime) -> LedgerSubject:
    """Take down, or change, the name that one's certificates bear.

    Raises:
        EditConflict: it was changed since the caller read it, or is there already.
    """
    account_id = _account(by)
    new = insert(LedgerSubject).values(
        account_id=account_id,
        name=given.name,
        volunteer_number=given.volunteer_number,
        lets_organiser_print=given.lets_organiser_print,
        registered_at=now,
    )
    made = await session.scalar(new.on_conflict_do_nothing().returning(LedgerSubject.id))
    mine = select(LedgerSubject).where(LedgerSubject.account_id == account_id, LedgerSubject.is_current)
    subject = (await session.scalars(mine.with_for_update())).one()
    if made is None:
        said = {key: value for key, value in asdict(given).items() if key != "version"}
        same = all(getattr(subject, key) == value for key, value in said.items())
        # Hours made a pseudonym before its person gave a name: they have read nothing yet.
        is_first = subject.name is None and given.version is None
        if subject.version != given.version and not same and not is_first:
            raise EditConflict(editor=subject.name)
        if not same:
            for key, value in said.items():
                setattr(subject, key, value)
            subject.version += 1
    await session.flush()
    return subject


async def own(session: AsyncSession, *, by: Actor) -> LedgerSubject:
    """Return the caller's current pseudonym.

    Raises:
        NotRegistered: they have none.
    """
    query = select(LedgerSubject).where(LedgerSubject.account_id == _account(by), LedgerSubject.is_current)
    subject = await session.scalar(query)
    if subject is None:
        raise NotRegistered
    return subject


async def of_account(session: AsyncSession, account_id: UUID, *, now: datetime) -> LedgerSubject:
    """Return an account's current pseudonym, made now if need be: hours do not wait for a name."""
    await session.execute(
        insert(LedgerSubject).values(account_id=account_id, registered_at=now).on_conflict_do_nothing()
    )
    query = select(LedgerSubject).where(LedgerSubject.account_id == account_id, LedgerSubject.is_current)
    return (await session.scalars(query)).one()


async def ids_of(session: AsyncSession, *, by: Actor) -> Sequence[UUID]:
    """Return all pseudonyms of the caller: after a merger of accounts there are several."""
    query = select(LedgerSubject.id).where(LedgerSubject.account_id == _account(by))
    return (await session.scalars(query)).all()


async def lock(session: AsyncSession, subject_id: UUID) -> tuple[LedgerSubject, Sequence[UUID]]:
    """Lock a person's hours until the transaction ends: two recordings of a day see each other.

    Returns:
        The pseudonym asked for, and all of the same person.

    Raises:
        VolunteerUnknown: there is none, or the person was erased.
    """
    asked = await session.scalar(select(LedgerSubject).where(LedgerSubject.id == subject_id))
    if asked is None or asked.account_id is None:
        raise VolunteerUnknown
    query = (
        select(LedgerSubject.id)
        .where(LedgerSubject.account_id == asked.account_id)
        .order_by(LedgerSubject.id)
        .with_for_update()
    )
    return asked, (await session.scalars(query)).all()


async def lock_all(session: AsyncSession, subject_ids: Collection[UUID]) -> None:
    """Lock the hours of several people until the transaction ends, in the order of :func:`lock`."""
    whose = select(LedgerSubject.account_id).where(LedgerSubject.id.in_(subject_ids))
    query = select(LedgerSubject.id).where(LedgerSubject.account_id.in_(whose))
    await session.execute(query.order_by(LedgerSubject.id).with_for_update())


async def keep_one_current(
    session: AsyncSession,
    absorbed_id: UUID,
    survivor_id: UUID,
    *,
    now: datetime,  # noqa: ARG001 - as every room settles
) -> None:
    """Settle before two accounts merge: hours keep the pseudonym under which they were recorded."""
    kept = select(LedgerSubject.id).where(LedgerSubject.account_id == survivor_id, LedgerSubject.is_current)
    await session.execute(
        update(LedgerSubject)
        .where(LedgerSubject.account_id == absorbed_id, LedgerSubject.is_current, kept.exists())
        .values(is_current=False)
    )


def _account(by: Actor) -> UUID:
    if by.account_id is None:
        raise SignInRequired
    return by.account_id
