"""Who read whose personal data: written with the read, looked at by privacy officers, kept half a year."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import PersonalDataRead
from app.services.accounts import queries

# The Cybersecurity Law (art. 21) wants logs for six months at least, PIPL (art. 19) no longer than needed.
KEEP_READS = timedelta(days=190)


def log_read(
    session: AsyncSession,
    subject_id: UUID,
    *,
    by: Actor,
    what: str,
    reason: str,
    area_code: str | None,
    now: datetime,
) -> None:
    """Keep that somebody read another person's data; reading one's own needs no entry.

    Args:
        session: the transaction that reads.
        subject_id: whose data.
        by: who reads.
        what: the columns or documents, in one word.
        reason: why, in the reader's words or the act's name.
        area_code: where the person belongs; ``None`` when they named no area, then it is the reader's.
        now: the present instant.
    """
    if by.account_id is None or by.account_id == subject_id:
        return
    session.add(
        PersonalDataRead(
            reader_id=by.account_id,
            subject_id=subject_id,
            area_code=area_code or office_of(by),
            what=what,
            reason=reason,
            read_at=now,
        )
    )


def office_of(by: Actor) -> str | None:
    """Return the first area that somebody holds office in; ``None`` for everywhere."""
    return next((grant.area_codes[0] for grant in by.grants if grant.area_codes), None)


async def list_reads(
    session: AsyncSession, *, subject_id: UUID | None, by: Actor, cursor: str | None, limit: int
) -> Page[PersonalDataRead]:
    """Return a page of the read log within the caller's scope, newest first; of one person on request.

    Looking here is no entry of its own: it shows who read, never what was read.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    before = read_id_cursor(cursor)
    items, has_more = await queries.list_reads(
        session, subject_id=subject_id, by=by, before=before, limit=limit
    )
    return Page(items, id_cursor(items[-1].id) if has_more else None)


async def forget_reads(session: AsyncSession, *, now: datetime) -> int:
    """Delete entries that are over half a year old."""
    old = delete(PersonalDataRead).where(PersonalDataRead.read_at < now - KEEP_READS)
    return len((await session.scalars(old.returning(PersonalDataRead.id))).all())
