"""Digests: one inbox row that speaks for all that was put off for it, a day's or an hour's; its copy is one.

What it speaks for stays in the inbox as it is. What was read meanwhile is not counted.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Notification
from app.services.notifications import templates
from app.services.notifications.telling import tell

DIGEST = "digest"
_PEOPLE = 500
# No digest is further ahead than a day: a later one comes from a clock that jumped.
_FURTHEST = timedelta(hours=26)


async def send_digests(session: AsyncSession, *, now: datetime) -> int:
    """Write the digests that are due and return how many; for a job.

    What a digest spoke for is marked in the same transaction: who dies before the commit has said nothing.
    """
    due = or_(Notification.digest_at <= now, Notification.digest_at > now + _FURTHEST)
    people = (
        select(Notification.account_id)
        .where(due)
        .group_by(Notification.account_id)
        .order_by(func.min(Notification.digest_at))
        .limit(_PEOPLE)
    )
    spoken_for = (
        update(Notification)
        .where(Notification.account_id.in_(people), due)
        .values(digest_at=None)
        .returning(Notification.account_id, Notification.kind, Notification.read_at)
        .execution_options(synchronize_session=False)
    )
    unread: dict[UUID, Counter[str]] = defaultdict(Counter)
    for account_id, kind, read_at in await session.execute(spoken_for):
        if read_at is None:
            unread[account_id][templates.topic_of(kind)] += 1
    alike: dict[str, list[UUID]] = defaultdict(list)
    for account_id, counts in unread.items():
        alike[templates.tally(counts)].append(account_id)
    told = 0
    for tally, people_alike in alike.items():
        told += await tell(
            session,
            kind=DIGEST,
            to=people_alike,
            key=f"digest:{now.isoformat()}",
            params={"topics": tally},
            now=now,
        )
    return told
