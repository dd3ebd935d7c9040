"""By which channels a person is reached, and in which order: data and pure rules.

Within a tier everything goes out together, to each phone by the first of the tier's channels that it has;
the next tier is for those whom the one before did not reach.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.core.urgency import PushChannel, Urgency

Tier = tuple[PushChannel, ...]

# Aggregators reach the phones' makers; Google's and the browsers' services reach few phones in China.
_APPS: Tier = (PushChannel.GETUI, PushChannel.JPUSH, PushChannel.FCM, PushChannel.WEB_PUSH)
_WECHAT: Tier = (PushChannel.WECHAT,)

_MAIL: Tier = (PushChannel.EMAIL,)

ORDER: Mapping[Urgency, tuple[Tier, ...]] = {
    Urgency.NORMAL: (_WECHAT, _APPS, _MAIL),
    Urgency.URGENT: (_APPS, _WECHAT, _MAIL),
    Urgency.EMERGENCY: ((*_APPS, *_WECHAT), (PushChannel.SMS,)),
}
# Who is called to an emergency is rung up in the end: each tier has so long before the next one goes too.
RINGING: tuple[Tier, ...] = (*ORDER[Urgency.EMERGENCY], (PushChannel.VOICE,))
UNANSWERED = timedelta(seconds=90)
# What has a date goes into the calendar of who reads mail, and to a phone as well.
_DATED: tuple[Tier, ...] = ((*_APPS, *_WECHAT, *_MAIL),)
# What is urgent goes before everything that has waited less than this, however long the queue.
HEAD_START: Mapping[Urgency, timedelta] = {
    Urgency.NORMAL: timedelta(),
    Urgency.URGENT: timedelta(hours=1),
    Urgency.EMERGENCY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a person: a device of a sign-in, or without one their own number."""

    channel: PushChannel
    device_id: UUID | None = None
    session_id: UUID | None = None


def tiers_of(urgency: Urgency, *, rings: bool = False, is_dated: bool = False) -> tuple[Tier, ...]:
    """Return the order in which something goes out; ``rings`` says that it asks for an answer."""
    if rings:
        return RINGING
    return _DATED if is_dated else ORDER[urgency]


def tier_in_emergency(channel: PushChannel) -> int:
    """Return the number of the tier that a channel stands in when it cannot wait."""
    return next((number for number, tier in enumerate(RINGING) if channel in tier), 0)


def ways_from(
    tier: int, tiers: Sequence[Tier], ways: Iterable[Way], *, available: Collection[PushChannel]
) -> tuple[int, list[Way]]:
    """Return the first tier from one on that reaches the person, with the ways to take; past the last: none.

    Each phone is reached once: by the channel that comes first in the tier.
    """
    having = [way for way in ways if way.channel in available]
    for number in range(tier, len(tiers)):
        rank = {channel: place for place, channel in enumerate(tiers[number])}
        best: dict[UUID | None, Way] = {}
        fitting = [way for way in having if way.channel in rank]
        for way in sorted(fitting, key=lambda way: rank[way.channel]):
            best.setdefault(way.session_id, way)
        if best:
            return number, list(best.values())
    return len(tiers), []
