"""The books: wallets, accounts, and the one way in which points go from one account to another.

Whoever moves points locks rows in one order: the hold, the offer, the scheme's account, people's accounts by
id. So nobody waits in a circle, and no balance is changed by two at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.points import (
    PointsAccount,
    PointsAccountKind,
    PointsSource,
    PointsTransfer,
    PointsWallet,
    TransferKind,
)

_OF_SCHEME = (PointsAccountKind.ISSUED, PointsAccountKind.REDEEMED, PointsAccountKind.EXPIRED)
_OF_WALLET = (PointsAccountKind.AVAILABLE, PointsAccountKind.HELD)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why points move; what a kind of transfer does not know of stays empty."""

    source: PointsSource | None = None
    origin: str | None = None
    rule_id: UUID | None = None
    points_to: UUID | None = None
    earned_on: date | None = None
    expires_on: date | None = None


async def open_scheme(session: AsyncSession, scheme_code: str) -> None:
    """Open a scheme's own accounts, unless they are there."""
    await _open(session, scheme_code, None, _OF_SCHEME)


async def wallet_of(session: AsyncSession, account_id: UUID, scheme_code: str) -> PointsWallet:
    """Return a person's current wallet of a scheme, opened now if need be."""
    made = insert(PointsWallet).values(id=uuid4(), scheme_code=scheme_code, account_id=account_id)
    opened = await session.scalar(made.on_conflict_do_nothing().returning(PointsWallet.id))
    if opened is not None:
        await _open(session, scheme_code, opened, _OF_WALLET)
    query = select(PointsWallet).where(
        PointsWallet.account_id == account_id,
        PointsWallet.scheme_code == scheme_code,
        PointsWallet.is_current,
    )
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def _open(
    session: AsyncSession, scheme_code: str, wallet_id: UUID | None, kinds: Sequence[PointsAccountKind]
) -> None:
    rows = [
        {"id": uuid4(), "scheme_code": scheme_code, "kind": kind, "wallet_id": wallet_id, "balance": 0}
        for kind in kinds
    ]
    await session.execute(insert(PointsAccount).values(rows).on_conflict_do_nothing())


async def lock(
    session: AsyncSession, scheme_code: str, *wanted: tuple[PointsAccountKind, UUID | None]
) -> list[PointsAccount]:
    """Return accounts, locked until the transaction ends, in the order asked for.

    Args:
        session: the transaction.
        scheme_code: the scheme.
        wanted: kinds of account, each with its wallet; a scheme's own has none.
    """
    kinds = {kind for kind, _ in wanted}
    wallets = {wallet_id for _, wallet_id in wanted if wallet_id is not None}
    query = (
        select(PointsAccount)
        .where(
            PointsAccount.scheme_code == scheme_code,
            PointsAccount.kind.in_(kinds),
            PointsAccount.wallet_id.in_(wallets) | PointsAccount.wallet_id.is_(None),
        )
        .order_by(PointsAccount.wallet_id.is_not(None), PointsAccount.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {(each.kind, each.wallet_id): each for each in await session.scalars(query)}
    return [found[each] for each in wanted]


async def move(
    session: AsyncSession,
    kind: TransferKind,
    amount: int,
    *,
    debit: PointsAccount,
    credit: PointsAccount,
    wallet_id: UUID,
    now: datetime,
    cause: Cause | None = None,
) -> PointsTransfer:
    """Move points between two accounts that are locked, and write down that it was done."""
    cause = cause or Cause()
    debit.balance -= amount
    credit.balance += amount
    transfer = PointsTransfer(
        scheme_code=debit.scheme_code,
        wallet_id=wallet_id,
        kind=kind,
        debit_id=debit.id,
        credit_id=credit.id,
        amount=amount,
        source=cause.source,
        origin=cause.origin,
        rule_id=cause.rule_id,
        points_to=cause.points_to,
        earned_on=cause.earned_on,
        expires_on=cause.expires_on,
        at=now,
    )
    session.add(transfer)
    await session.flush()
    return transfer


async def wallets_of(session: AsyncSession, wallet: PointsWallet) -> Sequence[UUID]:
    """Return all wallets of a wallet's person in its scheme: after a merger of accounts there are several."""
    if wallet.account_id is None:
        return [wallet.id]
    query = select(PointsWallet.id).where(
        PointsWallet.account_id == wallet.account_id, PointsWallet.scheme_code == wallet.scheme_code
    )
    return (await session.scalars(query)).all()


async def keep_one_current(
    session: AsyncSession, absorbed_id: UUID, survivor_id: UUID, *, now: datetime
) -> None:
    """Settle before two accounts merge: what the absorbed one's wallets hold goes to the survivor's.

    Where the survivor has no wallet of a scheme, the absorbed one's becomes theirs as it is. What waits to
    be fetched stays held where it is.
    """
    query = select(PointsWallet).where(
        PointsWallet.account_id.in_((absorbed_id, survivor_id)), PointsWallet.is_current
    )
    found = (await session.scalars(query.order_by(PointsWallet.id))).all()
    kept = {each.scheme_code: each for each in found if each.account_id == survivor_id}
    for wallet in found:
        if wallet.account_id == absorbed_id and (survivor := kept.get(wallet.scheme_code)):
            await _hand_on(session, wallet, survivor, now=now)


async def _hand_on(
    session: AsyncSession, absorbed: PointsWallet, survivor: PointsWallet, *, now: datetime
) -> None:
    available = PointsAccountKind.AVAILABLE
    theirs, own = await lock(
        session, absorbed.scheme_code, (available, absorbed.id), (available, survivor.id)
    )
    # Less than nothing is handed on too.
    debit, credit = (theirs, own) if theirs.balance > 0 else (own, theirs)
    if theirs.balance:
        amount = abs(theirs.balance)
        await move(
            session, TransferKind.MERGE, amount, debit=debit, credit=credit, wallet_id=absorbed.id, now=now
        )
    absorbed.is_current = False
    await look_again(session, survivor.id, on=absorbed.look_on)


async def look_again(session: AsyncSession, wallet_id: UUID, *, on: date | None) -> None:
    """See to it that a wallet is looked at for what has expired no later than on a day."""
    if on is None:
        return
    await session.execute(
        update(PointsWallet)
        .where(PointsWallet.id == wallet_id, PointsWallet.look_on.is_(None) | (PointsWallet.look_on > on))
        .values(look_on=on)
        .execution_options(synchronize_session="fetch")
    )
