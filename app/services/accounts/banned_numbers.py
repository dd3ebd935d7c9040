"""Numbers under a ban that left their account: who signs up anew with one begins where they were.

A number leaves by deletion, by going to who holds it after ninety idle days, and by an officer's rebinding.

The new account is banned rather than refused, so that its owner may export, delete and report emergencies,
and an officer sees the ban in the list and may lift it: by then the number may be somebody else's.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import local_day
from app.core.ids import new_id
from app.models import Account, AccountBan, AccountStatus, BannedNumber
from app.services import outbox
from app.services.accounts import queries
from app.services.accounts.events import BanImposed

# Numbers are given out anew: a ban without an end follows one no longer than this.
_LONGEST = timedelta(days=365)


async def remember(session: AsyncSession, account: Account, *, now: datetime) -> None:
    """Keep the number that is about to leave a banned account, until the ban is over.

    Of two bans that a number is under the one that lasts longer counts.
    """
    if account.phone_hash is None or account.status is not AccountStatus.BANNED:
        return
    imposed = await queries.ban_in_force(session, account.id)
    if imposed is None:
        return
    kept = {
        "area_code": imposed.area_code,
        "banned_by": imposed.banned_by,
        "ends_on": imposed.ends_on,
        "forget_after": imposed.ends_on or local_day(now) + _LONGEST,
    }
    insertion = insert(BannedNumber).values(phone_hash=account.phone_hash, **kept)
    is_longer = insertion.excluded.forget_after >= BannedNumber.forget_after
    await session.execute(
        insertion.on_conflict_do_update(index_elements=[BannedNumber.phone_hash], set_=kept, where=is_longer)
    )


async def carry_over(session: AsyncSession, account: Account, *, now: datetime) -> None:
    """Put a new account under the ban that its number is under; why, went with the account that is gone."""
    found = delete(BannedNumber).where(
        BannedNumber.phone_hash == account.phone_hash, BannedNumber.forget_after >= local_day(now)
    )
    kept = await session.scalar(found.returning(BannedNumber))
    if kept is None:
        return
    account.status = AccountStatus.BANNED
    carried = AccountBan(
        id=new_id(),
        account_id=account.id,
        area_code=kept.area_code,
        reason=None,
        banned_at=now,
        banned_by=kept.banned_by,
        ends_on=kept.ends_on,
    )
    session.add(carried)
    outbox.record(session, BanImposed(carried.id, account.id), now=now, area_code=carried.area_code)


async def forget(session: AsyncSession, *, now: datetime) -> int:
    """Delete the numbers whose bans are over; return how many."""
    over = delete(BannedNumber).where(BannedNumber.forget_after < local_day(now))
    return len((await session.scalars(over.returning(BannedNumber.phone_hash))).all())
