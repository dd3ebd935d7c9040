"""How well copies get through: by channel, without names, for the week past."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, lateral, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.core.ids import first_id_at
from app.core.metrics import PUSH_REACH
from app.core.urgency import PushChannel
from app.models import Notification, OutboxEvent, PushDelivery, PushDevice, PushReceipt, PushState
from app.services import authority

PERIOD = timedelta(days=7)
# Of fewer people a figure does not say how many: the domain's smallest number.
FEWEST_SHOWN = 5
_EVENT_KEY = r"^event:[0-9]+$"
_EVENT_PREFIX = len("event:")


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """What became of a channel's copies, and how many seconds the middle one and the slowest 1 % took.

    ``opened`` counts those whose notification was read, ``delivered`` and ``undelivered`` those of which the
    vendor said afterwards that they came to the phone, or did not. Times run from the event (or the telling,
    where none caused it) to the vendor's taking the copy; what was put off for a night, a ride or a digest is
    not in them. ``failures`` counts what did not get through by class. Of those with a device on this channel
    who were told something, ``reached`` are people whose newest copy on it arrived.
    """

    channel: PushChannel
    sent: int = 0
    delivered: int = 0
    undelivered: int = 0
    opened: int = 0
    failed: int = 0
    skipped: int = 0
    held: int = 0
    p50_s: float | None = None
    p99_s: float | None = None
    failures: Mapping[str, int] = field(default_factory=dict)
    people: int | None = 0
    reached: int | None = 0


async def of_week(session: AsyncSession, *, by: Actor, now: datetime) -> Sequence[ChannelFigures]:
    """Return the figures of the last seven days for what happened in the caller's areas.

    Of one to four people ``people`` and ``reached`` are ``None``.
    """
    counts = await _counts(session, by=by, now=now)
    failures = await _failures(session, by=by, now=now)
    reach = await _reach(session, by=by, now=now)
    figures = []
    for channel in PushChannel:
        if channel in counts or channel in reach:
            people, reached = reach.get(channel, (0, 0))
            numbers = counts.get(channel, (0, 0, 0, 0, 0, 0, 0, None, None))
            shown = (shown_people(people), shown_people(reached))
            figures.append(ChannelFigures(channel, *numbers, failures.get(channel, {}), *shown))
    return figures


async def measure_reach(session: AsyncSession, *, now: datetime) -> int:
    """Set the gauges of reach over all areas; return over how many channels; for a job."""
    everywhere = Actor(None, (Grant(Role.SYSADMIN),))
    reach = await _reach(session, by=everywhere, now=now)
    for channel, (people, reached) in reach.items():
        if people >= FEWEST_SHOWN:
            PUSH_REACH.labels(channel.value).set(reached / people)
    return len(reach)


def shown_people(number: int) -> int | None:
    """Return a number of people as it may be shown: none and five or more; of one to four only that."""
    return number if number == 0 or number >= FEWEST_SHOWN else None


def _within(by: Actor, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        PushDelivery.done_at > now - PERIOD,
        authority.covers(by, roles=[Role.DISTRICT_OFFICER], area=Notification.area_code),
    )


async def _counts(
    session: AsyncSession, *, by: Actor, now: datetime
) -> Mapping[PushChannel, tuple[int, int, int, int, int, int, int, float | None, float | None]]:
    event_id = case(
        (
            Notification.event_key.regexp_match(_EVENT_KEY),
            cast(func.substr(Notification.event_key, _EVENT_PREFIX + 1), BigInteger),
        )
    )
    began_at = func.coalesce(OutboxEvent.recorded_at, Notification.created_at)
    waited = func.extract("epoch", PushDelivery.done_at - began_at)
    is_sent = PushDelivery.state == PushState.SENT
    is_prompt = is_sent & ~Notification.is_gathered

    def counted(state: PushState) -> ColumnElement[int]:
        return func.count().filter(PushDelivery.state == state)

    query = (
        select(
            PushDelivery.channel,
            counted(PushState.SENT),
            func.count().filter(PushDelivery.receipt == PushReceipt.DELIVERED),
            func.count().filter(PushDelivery.receipt == PushReceipt.FAILED),
            func.count().filter(is_sent, Notification.read_at.is_not(None)),
            counted(PushState.FAILED),
            counted(PushState.SKIPPED),
            counted(PushState.HELD),
            func.percentile_cont(0.5).within_group(waited).filter(is_prompt),
            func.percentile_cont(0.99).within_group(waited).filter(is_prompt),
        )
        .join(Notification, Notification.id == PushDelivery.notification_id)
        .outerjoin(OutboxEvent, OutboxEvent.id == event_id)
        .where(*_within(by, now))
        .group_by(PushDelivery.channel)
    )
    return {channel: tuple(numbers) for channel, *numbers in await session.execute(query)}


async def _failures(
    session: AsyncSession, *, by: Actor, now: datetime
) -> Mapping[PushChannel, Mapping[str, int]]:
    """Count by the first word of what was noted: ``dead_target``, ``refused``, a vendor's own code."""
    why = func.split_part(func.coalesce(PushDelivery.error, "unknown"), " ", 1)
    query = (
        select(PushDelivery.channel, why, func.count())
        .join(Notification, Notification.id == PushDelivery.notification_id)
        .where(*_within(by, now), PushDelivery.state.in_((PushState.FAILED, PushState.HELD)))
        .group_by(PushDelivery.channel, why)
        .order_by(func.count().desc(), why)
    )
    found: dict[PushChannel, dict[str, int]] = defaultdict(dict)
    for channel, error, count in await session.execute(query):
        found[channel][error] = count
    return found


async def _reach(session: AsyncSession, *, by: Actor, now: datetime) -> Mapping[PushChannel, tuple[int, int]]:
    """Count people with a device, and those of them whose newest copy on the channel arrived."""
    told = (
        select(Notification.account_id)
        .where(
            Notification.id >= first_id_at(now - PERIOD),
            authority.covers(by, roles=[Role.DISTRICT_OFFICER], area=Notification.area_code),
        )
        .distinct()
        .subquery()
    )
    newest = lateral(
        select(PushDelivery.state)
        .where(
            PushDelivery.account_id == PushDevice.account_id,
            PushDelivery.channel == PushDevice.channel,
            PushDelivery.done_at.is_not(None),
            PushDelivery.state != PushState.SKIPPED,
        )
        .order_by(PushDelivery.id.desc())
        .limit(1)
    )
    person = func.distinct(PushDevice.account_id)
    query = (
        select(
            PushDevice.channel,
            func.count(person),
            func.count(person).filter(newest.c.state == PushState.SENT),
        )
        .join(told, told.c.account_id == PushDevice.account_id)
        .outerjoin(newest, true())
        .group_by(PushDevice.channel)
    )
    return {channel: (people, reached) for channel, people, reached in await session.execute(query)}
