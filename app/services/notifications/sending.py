"""Copies that wait: taken up by the worker that has their job, and what became of them.

Taking up counts a try in one short transaction; the vendor is asked outside of any. Who dies in between loses
nothing: another worker gets the job. Who is late finds by the count that another one has taken the copy up
since, and what they learned counts only if nobody did. What is to be tried again is a job of its own, asked
for in the transaction that notes why.
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    Uuid,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.urgency import PushChannel, Urgency
from app.models import (
    Account,
    Language,
    Mailbox,
    Notification,
    NotificationPreference,
    PushDelivery,
    PushDevice,
    PushState,
)
from app.ports import (
    Accepted,
    Appointment,
    DeadTarget,
    NoConsent,
    Parcel,
    PushMessage,
    PushResult,
    Refused,
    RetryLater,
)
from app.services.accounts.vault import Vault
from app.services.notifications import jobs, mailboxes, templates, wordings, written
from app.services.notifications.devices import WITH_DEVICE
from app.services.notifications.order import HEAD_START, ORDER, RINGING, tier_in_emergency
from app.services.notifications.routing import ends_at, is_over
from app.services.notifications.templates import Said, Template
from app.services.notifications.wordings import Book

MOST_TRIES = 6
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
# No try is further ahead: a later one comes from a clock that jumped.
_FURTHEST = timedelta(hours=26)
_OPEN = (PushState.WAITING, PushState.SENT)


# What a link is made of from the rest of an event's key, by how the key begins: nothing is kept of it.
Links = Mapping[str, Callable[[str], str]]


@dataclass(frozen=True, slots=True)
class Taken:
    """A copy in this worker's hands."""

    id: UUID
    notification_id: UUID
    device_id: UUID | None
    tries: int
    channel: PushChannel
    told_at: datetime
    urgency: Urgency
    parcel: Parcel


@dataclass(frozen=True, slots=True)
class _Judged:
    """What became of a copy; ``falls`` says that another way to the person is to be tried."""

    state: PushState
    error: str | None = None
    next_try_at: datetime | None = None
    is_refunded: bool = False
    falls: bool = False


async def waiting(
    session: AsyncSession, ids: Collection[UUID], *, now: datetime
) -> tuple[list[UUID], list[UUID]]:
    """Return which of some copies are due: those that nobody has tried, and those that somebody has."""
    query = select(PushDelivery.id, PushDelivery.tries).where(PushDelivery.id.in_(ids), _due(now))
    found = (await session.execute(query.order_by(PushDelivery.id))).all()
    return [each.id for each in found if not each.tries], [each.id for each in found if each.tries]


def _due(now: datetime) -> ColumnElement[bool]:
    """Tell copies that may be tried; of the others somebody has noted since when they may."""
    is_due = or_(
        PushDelivery.next_try_at <= now + jobs.CLOCKS_APART, PushDelivery.next_try_at > now + _FURTHEST
    )
    return (PushDelivery.state == PushState.WAITING) & is_due


async def take(
    session: AsyncSession,
    ids: Collection[UUID],
    *,
    vault: Vault,
    now: datetime,
    links: Links | None = None,
) -> list[Taken]:
    """Take up those of some copies that are due, and count a try; what cannot be sent is ended here.

    Of ``links`` a text message gets the one by which who has no app at hand says that they have seen it.
    """
    counted = (
        update(PushDelivery)
        .where(PushDelivery.id.in_(ids), _due(now))
        .values(tries=PushDelivery.tries + 1)
        .returning(PushDelivery.id)
        .execution_options(synchronize_session=False)
    )
    mine = (await session.scalars(counted)).all()
    if not mine:
        return []
    query = (
        select(
            PushDelivery,
            Notification,
            PushDevice,
            Account.phone_encrypted,
            Mailbox.address_encrypted,
            NotificationPreference.language,
        )
        .join(Notification, Notification.id == PushDelivery.notification_id)
        .join(Account, Account.id == PushDelivery.account_id)
        .outerjoin(PushDevice, PushDevice.id == PushDelivery.device_id)
        .outerjoin(Mailbox, mailboxes.of_account(PushDelivery.account_id))
        .outerjoin(NotificationPreference, NotificationPreference.account_id == PushDelivery.account_id)
        .where(PushDelivery.id.in_(mine))
        .order_by(PushDelivery.id)
    )
    found = (await session.execute(query)).all()
    rows = [row for _, row, *_ in found]
    gone, book = await written.withdrawn(session, rows), await wordings.book_for(session, rows)
    taken, ended = list[Taken](), list[tuple[PushDelivery, _Judged]]()
    for copy, row, device, phone, mailbox, language in found:
        target = _target(copy, device, mailbox if copy.channel is PushChannel.EMAIL else phone, vault)
        if written.text_id(row) in gone:
            ended.append((copy, _Judged(PushState.SKIPPED, "withdrawn")))
        elif (why := _unsendable(copy, row, target, now=now)) is not None:
            ended.append((copy, why))
        elif target is not None:
            message = _message(copy, row, book, language or Language.ZH, links or {})
            taken.append(_in_hand(copy, row, Parcel(message, target)))
    for copy, judged in ended:
        copy.state, copy.error, copy.done_at = judged.state, judged.error, now
    await session.flush()
    await fall_through(session, {copy.notification_id for copy, judged in ended if judged.falls}, now=now)
    return taken


def _in_hand(copy: PushDelivery, row: Notification, parcel: Parcel) -> Taken:
    return Taken(
        id=copy.id,
        notification_id=row.id,
        device_id=copy.device_id,
        tries=copy.tries,
        channel=copy.channel,
        told_at=row.created_at,
        urgency=row.urgency,
        parcel=parcel,
    )


def _target(copy: PushDelivery, device: PushDevice | None, own: bytes | None, vault: Vault) -> str | None:
    """Return where a copy goes; nowhere once the device is gone or somebody else's.

    ``own`` is the person's number or mailbox, as it is kept.
    """
    if copy.channel not in WITH_DEVICE:
        return None if own is None else vault.decrypt_phone(own)
    return device.token if device is not None and device.account_id == copy.account_id else None


def _unsendable(
    copy: PushDelivery, row: Notification, target: str | None, *, now: datetime
) -> _Judged | None:
    if row.read_at is not None:
        return _Judged(PushState.SKIPPED, "read")
    if is_over(row, now=now):
        return _Judged(PushState.SKIPPED, "expired")
    if target is None:
        return _Judged(PushState.FAILED, "no_target", falls=True)
    if copy.tries > MOST_TRIES:
        return _Judged(PushState.HELD, copy.error or "senders_died", falls=True)
    return None


def _message(
    copy: PushDelivery, row: Notification, book: Book, language: Language, links: Links
) -> PushMessage:
    """Return what leaves us: a neutral sentence and the row's id, of its parameters at most two instants."""
    template, wording = book.words(row.kind, row.template_version, language)
    said = templates.pushed(wording, language=language, covers=copy.covers)
    return PushMessage(
        id=row.id,
        kind=row.kind,
        title=said.title,
        body=said.body,
        urgency=row.urgency,
        expires_at=ends_at(row),
        collapse_key=_collapse_key(row, is_gathered=copy.covers > 1),
        appointment=_appointment(row, template, said) if copy.channel is PushChannel.EMAIL else None,
        link=link_of(copy, row, links),
    )


def _appointment(row: Notification, template: Template, said: Said) -> Appointment | None:
    if template.span is None:
        return None
    starts_at, ends_at = (datetime.fromisoformat(row.params[name]) for name in template.span)
    return Appointment(starts_at, ends_at, said.body, is_off=template.is_off)


def link_of(copy: PushDelivery, row: Notification, links: Links) -> str:
    """Return the link that a copy carries; only text messages do."""
    begins, _, rest = row.event_key.partition(":")
    return links[begins](rest) if copy.channel is PushChannel.SMS and begins in links else ""


def _collapse_key(row: Notification, *, is_gathered: bool) -> str | None:
    """Return what makes a newer copy take an older one's place; it names no case and no person."""
    key = "gathered" if is_gathered else row.collapse_key
    return None if key is None else hashlib.sha256(f"{row.account_id}:{key}".encode()).hexdigest()[:32]


async def settle(
    session: AsyncSession, results: Sequence[tuple[Taken, PushResult]], *, now: datetime
) -> None:
    """Note what became of copies, forget dead targets at once, and try again or the next way what failed."""
    await _note_sent(session, [(taken, got) for taken, got in results if isinstance(got, Accepted)], now=now)
    failed = [(taken, got) for taken, got in results if not isinstance(got, Accepted)]
    # What a vendor's absence stopped goes together again; what failed by itself has a time of its own.
    together = pause(1)
    falling, hurrying = set[UUID](), dict[int, set[UUID]]()
    again: dict[datetime, list[tuple[UUID, PushChannel, Urgency]]] = defaultdict(list)
    for taken, result in failed:
        judged = _judge(taken, result, together, now=now)
        is_mine = await _note_failed(session, taken, judged, now=now)
        await _note_target(session, taken, result)
        if judged.falls:
            falling.add(taken.notification_id)
            continue
        if is_mine and judged.next_try_at is not None:
            again[judged.next_try_at].append((taken.id, taken.channel, taken.urgency))
        if taken.urgency is Urgency.EMERGENCY:
            hurrying.setdefault(tier_in_emergency(taken.channel), set()).add(taken.notification_id)
    for at, copies in again.items():
        jobs.ask_to_send(session, copies, sizes={copies[0][1]: len(failed)}, after=at - now)
    await fall_through(session, falling, now=now)
    for tier, ids in hurrying.items():
        await fall_through(session, ids, now=now, from_tier=tier)


async def _note_failed(session: AsyncSession, taken: Taken, judged: _Judged, *, now: datetime) -> bool:
    """Note why a copy did not go, unless somebody has taken it up since; return whether nobody has."""
    noted = (
        update(PushDelivery)
        .where(PushDelivery.id == taken.id, PushDelivery.tries == taken.tries)
        .where(PushDelivery.state == PushState.WAITING)
        .values(_columns(judged, now=now))
        .returning(PushDelivery.id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(noted) is not None


async def _note_sent(session: AsyncSession, sent: Sequence[tuple[Taken, Accepted]], *, now: datetime) -> None:
    """Note what a vendor took, all at once, whoever holds the copies by now; WeChat's consents count down."""
    if not sent:
        return
    given = (
        func.unnest(
            bindparam("ids", [taken.id for taken, _ in sent], ARRAY(Uuid)),
            bindparam("names", [result.provider_id for _, result in sent], ARRAY(Text)),
        )
        .table_valued("id", "name", name="given")
        .render_derived()
    )
    await session.execute(
        update(PushDelivery)
        .where(PushDelivery.id == given.c.id, PushDelivery.state.in_((PushState.WAITING, PushState.SKIPPED)))
        .values(state=PushState.SENT, provider_id=given.c.name, error=None, done_at=now)
        .execution_options(synchronize_session=False)
    )
    devices = [taken.device_id for taken, _ in sent if taken.device_id is not None]
    await session.execute(
        update(PushDevice)
        .where(PushDevice.id.in_(devices), PushDevice.credits > 0)
        .values(credits=PushDevice.credits - 1)
        .execution_options(synchronize_session=False)
    )


def _columns(judged: _Judged, *, now: datetime) -> dict[str, Any]:
    if judged.next_try_at is None:
        return {"state": judged.state, "error": judged.error, "done_at": now}
    again: dict[str, Any] = {"error": judged.error, "next_try_at": judged.next_try_at}
    return again | ({"tries": PushDelivery.tries - 1} if judged.is_refunded else {})


def _judge(
    taken: Taken,
    result: DeadTarget | NoConsent | Refused | RetryLater,
    together: timedelta,
    *,
    now: datetime,
) -> _Judged:
    match result:
        case DeadTarget():
            return _Judged(PushState.FAILED, "dead_target", falls=True)
        case NoConsent():
            return _Judged(PushState.FAILED, "no_consent", falls=True)
        case Refused(reason):
            return _Judged(PushState.FAILED, f"refused {reason}", falls=True)
        case RetryLater(reason, after, is_vendor_down):
            if taken.tries >= MOST_TRIES and not is_vendor_down:
                return _Judged(PushState.HELD, reason, falls=True)
            rest = together if is_vendor_down else pause(taken.tries)
            at = now + max(after or timedelta(), rest)
            # A vendor that is away uses up nobody's tries.
            return _Judged(PushState.WAITING, reason, next_try_at=at, is_refunded=is_vendor_down)


def pause(tries: int) -> timedelta:
    """Return how long to wait after so many tries: from 5 s, doubling to 15 min, by chance a half less."""
    longest = min(_FIRST_PAUSE * (1 << min(max(tries - 1, 0), 20)), _LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads a crowd, guards nothing


async def _note_target(session: AsyncSession, taken: Taken, result: PushResult) -> None:
    """Forget a dead device, unless it has another token by now, and consents that are used up."""
    if taken.device_id is None:
        return
    device = (PushDevice.id == taken.device_id) & (PushDevice.token == taken.parcel.target)
    if isinstance(result, DeadTarget):
        await session.execute(delete(PushDevice).where(device))
    elif isinstance(result, NoConsent):
        await session.execute(update(PushDevice).where(device).values(credits=0))


async def fall_through(
    session: AsyncSession, ids: Collection[UUID], *, now: datetime, from_tier: int | None = None
) -> None:
    """Have the next tier tried for notifications of which no copy is sent or waits; emergencies do not wait.

    Their rows are locked first: of two copies that fail at once, the second to be noted sees the first.
    ``from_tier`` is for emergencies that hurry on, unless they have gone beyond this tier already.
    """
    if not ids:
        return
    await session.execute(
        select(Notification.id).where(Notification.id.in_(ids)).order_by(Notification.id).with_for_update()
    )
    open_copy = exists().where(PushDelivery.notification_id == Notification.id, PushDelivery.state.in_(_OPEN))
    # The next tier of an emergency may stand ready already, for later.
    is_idle = or_(Notification.push_at.is_(None), Notification.urgency == Urgency.EMERGENCY)
    which: list[ColumnElement[bool]] = [Notification.id.in_(ids), is_idle]
    which.append(~open_copy if from_tier is None else Notification.push_tier <= from_tier + 1)
    for urgency, tiers in {**ORDER, Urgency.EMERGENCY: RINGING}.items():
        await session.execute(
            update(Notification)
            .where(*which, Notification.urgency == urgency, Notification.push_tier < len(tiers))
            .values(push_at=now - HEAD_START[urgency])
            .execution_options(synchronize_session=False)
        )
    jobs.ask_to_route(session)
