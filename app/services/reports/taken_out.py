"""Who took many cases out of the system at once: looked at by privacy officers, kept half a year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import Account, CaseDisclosure
from app.services import authority
from app.services.accounts.readlog import KEEP_READS


@dataclass(frozen=True, slots=True)
class TakenOut:
    """What was taken, and the name that who took it shows."""

    disclosure: CaseDisclosure
    name: str


async def listed(session: AsyncSession, *, by: Actor, cursor: str | None, limit: int) -> Page[TakenOut]:
    """Return a page of what staff of the caller's area took out, newest first.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    mine = authority.covers(by, roles=(Role.PRIVACY_OFFICER,), area=CaseDisclosure.area_code)
    query = (
        select(CaseDisclosure, Account.display_name)
        .join(Account, Account.id == CaseDisclosure.account_id)
        .where(mine)
        .order_by(CaseDisclosure.id.desc())
        .limit(limit + 1)
    )
    before = read_id_cursor(cursor)
    if before is not None:
        query = query.where(CaseDisclosure.id < before)
    rows: Sequence[TakenOut] = [TakenOut(*row) for row in await session.execute(query)]
    has_more = len(rows) > limit
    return Page(rows[:limit], id_cursor(rows[limit - 1].disclosure.id) if has_more else None)


async def forget(session: AsyncSession, *, now: datetime) -> int:
    """Delete entries that are over half a year old and return how many; for a job."""
    old = delete(CaseDisclosure).where(CaseDisclosure.begun_at < now - KEEP_READS)
    return len((await session.scalars(old.returning(CaseDisclosure.id))).all())
