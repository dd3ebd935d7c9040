"""Merging two accounts of one person, across every room that holds something of theirs.

Rows that are marked as a person's change hands by themselves. A room whose rule allows something only once
a person (an open visit, following a report) adds a function to ``SETTLE`` that sees to it before.
"""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import AccountMerger
from app.services import accounts, activities, checkins, ledger, notifications, points, reports
from app.services.accounts import BothNumbers
from app.services.accounts.vault import Vault
from app.services.duty import roster
from app.services.teams import membership, organisations, reporting


class Settle(Protocol):
    """Sees to it that two people's rows may be one person's; it must bear being asked twice."""

    def __call__(
        self, session: AsyncSession, absorbed_id: UUID, survivor_id: UUID, *, now: datetime
    ) -> Awaitable[None]:
        """Settle within the transaction."""


SETTLE: Sequence[Settle] = (
    checkins.end_doubled_visit,
    reports.drop_doubled_following,
    notifications.drop_doubled,
    membership.end_doubled,
    organisations.end_doubled,
    reporting.end_doubled,
    roster.stand_in_for_one,
    ledger.keep_one_current,
    points.keep_one_current,
    activities.end_doubled,
)


async def merge(
    session: AsyncSession, given: BothNumbers, *, by: Actor, vault: Vault, now: datetime
) -> AccountMerger:
    """Merge the account of the caller's other number into the caller's own.

    Raises:
        InvalidInput: it is the same number twice.
        CodeWrong, CodeSpent: one of the codes is not, or no longer, right.
        NothingToMerge: no other account has the number.
        AccountIdle: that account slept over 90 days.
        AccountBanned: one of the two is banned.
    """
    pair = await accounts.prove_both(session, given, by=by, vault=vault, now=now)
    for settle in SETTLE:
        await settle(session, pair.absorbed.id, pair.survivor.id, now=now)
    return await accounts.absorb(session, pair, now=now)


async def adopt_late(session: AsyncSession, *, now: datetime) -> int:
    """Take over what arrived in an absorbed account's name while it was merged; return how many rows.

    A check-in that was under way does not wait for mergers, so it may be written just after one.
    """
    adopted = 0
    for merger in await accounts.recent_mergers(session, now=now):
        for settle in SETTLE:
            await settle(session, merger.absorbed_id, merger.survivor_id, now=now)
        adopted += await accounts.take_over(session, merger)
    return adopted
