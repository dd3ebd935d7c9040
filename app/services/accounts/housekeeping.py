"""What accounts throw away in time, and renew when keys change."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import RefreshToken, SignInCode
from app.services.accounts import queries
from app.services.accounts.vault import Vault

KEEP_CODES = timedelta(days=1)
KEEP_USED = timedelta(days=7)  # so long a second use of a token still ends its sign-in
KEEP_DEVICES = timedelta(days=400)  # so long a phone opens the sleeping account that it belongs to


async def forget_codes(session: AsyncSession, *, now: datetime) -> int:
    """Delete sign-in codes that expired a day ago."""
    old = delete(SignInCode).where(SignInCode.expires_at < now - KEEP_CODES)
    return len((await session.scalars(old.returning(SignInCode.id))).all())


async def forget_sessions(session: AsyncSession, *, now: datetime) -> int:
    """Delete links of chains that were used or revoked a week ago, and devices unused for over a year."""
    old = delete(RefreshToken).where(
        (RefreshToken.used_at < now - KEEP_USED)
        | (RefreshToken.revoked_at < now - KEEP_USED)
        | (RefreshToken.expires_at < now - KEEP_DEVICES)
    )
    return len((await session.scalars(old.returning(RefreshToken.id))).all())


async def rotate_phones(
    session: AsyncSession, *, vault: Vault, after: UUID | None = None, limit: int = 1000
) -> UUID | None:
    """Encrypt a batch of numbers anew, by the first key.

    Returns:
        After whom the next batch starts, or ``None`` at the end.
    """
    batch = await queries.with_numbers(session, after=after, limit=limit)
    for account in batch:
        if account.phone_encrypted is not None:
            account.phone_encrypted = vault.rotate_phone(account.phone_encrypted)
    return batch[-1].id if len(batch) == limit else None
