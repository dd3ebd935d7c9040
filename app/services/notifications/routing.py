"""From inbox rows to copies on their way: decided when a copy is due, by what is true then."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.urgency import PushChannel, Urgency
from app.models import (
    Account,
    Notification,
    NotificationPreference,
    PushDelivery,
    PushDevice,
    PushState,
)
from app.services.notifications import jobs, mailboxes, templates, written
from app.services.notifications.digests import DIGEST
from app.services.notifications.order import (
    RINGING,
    UNANSWERED,
    Tier,
    Way,
    tiers_of,
    ways_from,
)
from app.services.notifications.preferences import say_of
from app.services.notifications.timing import Say, digest_at, may_go_at

BATCH = 500
# A copy is news for a day; the inbox has it anyway.
LONGEST_USE = timedelta(days=1)
# Nothing is put off further than over a night and a ride: a later date comes from a clock that jumped.
_FURTHEST = timedelta(days=2)


async def route(session: AsyncSession, *, available: Mapping[PushChannel, int], now: datetime) -> int:
    """Take up to 500 due notifications and ask for the copies that go out now; return how many were taken.

    What is put off goes out together, as one copy for all of a person's; of what shares a collapse key only
    the newest goes. What belongs into a digest waits for it. What was read or withdrawn, has expired or is
    not wanted goes nowhere. ``available`` says of each channel that there is how many copies one job sends.
    """
    due = or_(Notification.push_at <= now + jobs.CLOCKS_APART, Notification.push_at > now + _FURTHEST)
    query = select(Notification).where(due).order_by(Notification.push_at).limit(BATCH)
    taken = (await session.scalars(query.with_for_update(skip_locked=True))).all()
    if not taken:
        return 0
    people = {row.account_id for row in taken}
    says = await _says(session, people)
    gone = await written.withdrawn(session, taken)
    going = [
        row
        for row in taken
        if _goes_now(row, says.get(row.account_id, Say()), now=now) and written.text_id(row) not in gone
    ]
    for after in {row.push_at - now for row in taken if row.push_at is not None}:
        jobs.ask_to_route(session, after=after)
    ways = await _ways(session, {row.account_id for row in going}, available)
    copies = list[tuple[UUID, PushChannel, Urgency]]()
    for leader, covers in _gathered(going):
        tiers = _tiers(leader)
        number, chosen = ways_from(
            leader.push_tier, tiers, ways.get(leader.account_id, ()), available=available
        )
        leader.push_tier = number + 1
        if leader.urgency is Urgency.EMERGENCY and tiers is RINGING and leader.push_tier < len(tiers):
            leader.push_at = now + UNANSWERED
            jobs.ask_to_route(session, after=UNANSWERED)
        made = [_copy(leader, way, covers, now=now) for way in chosen]
        session.add_all(made)
        copies += [(copy.id, copy.channel, leader.urgency) for copy in made]
    jobs.ask_to_send(session, copies, sizes=available)
    return len(taken)


def _tiers(row: Notification) -> Sequence[Tier]:
    template = templates.catalogue().kinds.get(row.kind)
    if template is None:
        return tiers_of(row.urgency)
    return tiers_of(row.urgency, rings=template.rings, is_dated=template.span is not None)


def _goes_now(row: Notification, say: Say, *, now: datetime) -> bool:
    """Tell whether a notification's copy goes out now; if not, it is put off or given up."""
    row.push_at = None
    if row.read_at is not None or is_over(row, now=now):
        return False
    topic = templates.topic_of(row.kind)
    if row.kind != DIGEST and (at := digest_at(say, topic, row.urgency, told_at=row.created_at)):
        row.digest_at, row.is_gathered = at, True
        return False
    at = may_go_at(say, topic, row.urgency, now=now)
    if at is None:
        return False
    if at > now:
        row.push_at, row.is_gathered = at, True
        return False
    return True


def is_over(row: Notification, *, now: datetime) -> bool:
    """Tell whether a copy is worth nothing any more; what was put off has a day from then."""
    return now >= ends_at(row)


def ends_at(row: Notification) -> datetime:
    """Return when a copy is worth nothing any more."""
    last = row.created_at + LONGEST_USE * (2 if row.is_gathered else 1)
    return last if row.expires_at is None else min(row.expires_at, last)


def _gathered(going: Sequence[Notification]) -> list[tuple[Notification, int]]:
    """Return what goes out: the newest of each group, with how many it speaks for."""
    groups: dict[tuple[UUID, str], list[Notification]] = defaultdict(list)
    for row in going:
        if row.urgency is Urgency.EMERGENCY:
            name = f"id:{row.id}"
        elif row.is_gathered:
            name = "gathered"
        else:
            name = f"id:{row.id}" if row.collapse_key is None else f"key:{row.collapse_key}"
        groups[row.account_id, name].append(row)
    return [
        (max(rows, key=lambda row: row.id), len(rows) if name == "gathered" else 1)
        for (_, name), rows in groups.items()
    ]


def _copy(row: Notification, way: Way, covers: int, *, now: datetime) -> PushDelivery:
    return PushDelivery(
        id=new_id(),
        notification_id=row.id,
        account_id=row.account_id,
        channel=way.channel,
        device_id=way.device_id,
        covers=covers,
        state=PushState.WAITING,
        next_try_at=now,
        created_at=now,
    )


async def _says(session: AsyncSession, people: Collection[UUID]) -> dict[UUID, Say]:
    query = select(NotificationPreference).where(NotificationPreference.account_id.in_(people))
    return {row.account_id: say_of(row) for row in await session.scalars(query)}


async def _ways(
    session: AsyncSession, people: Collection[UUID], available: Collection[PushChannel]
) -> dict[UUID, list[Way]]:
    """Return every way to some people: devices that may be sent to, and numbers."""
    ways: dict[UUID, list[Way]] = defaultdict(list)
    open_to_us = or_(PushDevice.credits.is_(None), PushDevice.credits > 0)
    devices = select(PushDevice).where(PushDevice.account_id.in_(people), open_to_us)
    for device in await session.scalars(devices.order_by(PushDevice.id)):
        ways[device.account_id].append(Way(device.channel, device.id, device.session_id))
    if not {PushChannel.SMS, PushChannel.VOICE}.isdisjoint(available):
        numbers = select(Account.id).where(Account.id.in_(people), Account.phone_encrypted.is_not(None))
        for account_id in await session.scalars(numbers):
            ways[account_id] += [Way(PushChannel.SMS), Way(PushChannel.VOICE)]
    if PushChannel.EMAIL in available:
        for account_id in await session.scalars(mailboxes.having(people)):
            ways[account_id].append(Way(PushChannel.EMAIL))
    return ways
