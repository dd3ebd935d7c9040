"""What time does to points: they expire, the oldest first."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import local_day
from app.models.points import PointsAccount, PointsAccountKind, PointsWallet, TransferKind
from app.services.points import books, queries
from app.services.points.rules import expired, next_look

_AT_ONCE = 200


async def expire(session: AsyncSession, *, now: datetime) -> int:
    """Let points go whose last day is over, and all that erased people left; return of how many wallets.

    For a job. It waits for nobody: a wallet in use is looked at the next time.
    """
    today = local_day(now)
    done = 0
    for wallet in await _due(session, today):
        done += await _look_at(session, wallet, today, now=now)
    for wallet in await _left_behind(session):
        done += await _empty(session, wallet, None, now=now)
    return done


async def _look_at(session: AsyncSession, wallet: PointsWallet, today: date, *, now: datetime) -> int:
    left = await queries.left_of(session, await books.wallets_of(session, wallet))
    over = expired(left, today)
    done = await _empty(session, wallet, over, now=now) if over else 0
    if done or not over:
        wallet.look_on = next_look(left, today)
    return done


async def _empty(session: AsyncSession, wallet: PointsWallet, points: int | None, *, now: datetime) -> int:
    """Let so many points of a wallet go, or all of them; none if somebody is at it."""
    query = select(PointsAccount).where(
        PointsAccount.wallet_id == wallet.id, PointsAccount.kind == PointsAccountKind.AVAILABLE
    )
    free = await session.scalar(query.with_for_update(skip_locked=True))
    if free is None:
        return 0
    gone, available = await books.lock(
        session,
        wallet.scheme_code,
        (PointsAccountKind.EXPIRED, None),
        (PointsAccountKind.AVAILABLE, wallet.id),
    )
    amount = available.balance if points is None else min(points, available.balance)
    if amount <= 0:
        return 0
    await books.move(
        session,
        TransferKind.EXPIRE,
        amount,
        debit=available,
        credit=gone,
        wallet_id=wallet.id,
        now=now,
    )
    return 1


async def _due(session: AsyncSession, today: date) -> Sequence[PointsWallet]:
    query = select(PointsWallet).where(PointsWallet.look_on <= today, PointsWallet.account_id.is_not(None))
    locked = query.order_by(PointsWallet.look_on).limit(_AT_ONCE).with_for_update(skip_locked=True)
    return (await session.scalars(locked.execution_options(populate_existing=True))).all()


async def _left_behind(session: AsyncSession) -> Sequence[PointsWallet]:
    query = (
        select(PointsWallet)
        .join(PointsAccount, PointsAccount.wallet_id == PointsWallet.id)
        .where(
            PointsWallet.account_id.is_(None),
            PointsAccount.kind == PointsAccountKind.AVAILABLE,
            PointsAccount.balance > 0,
        )
        .limit(_AT_ONCE)
    )
    return (await session.scalars(query)).all()
