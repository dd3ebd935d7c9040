"""Cases leave for other cities' endpoints: one at a time, held for two minutes, never posted blindly again.

Who sends notes first, in a transaction of its own, that the case may have arrived; the requests hold no
connection of ours. Who dies in between leaves a case in ``sending`` that :func:`sweep` takes up: it is looked
for there by its reference before it is posted again. What remains: an endpoint that hides requests from its
own lists, or shows them later than we look, gets such a case twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.fernet import InvalidToken
from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.models import (
    Category,
    Open311Endpoint,
    Open311Sending,
    Photo,
    Report,
    SendingState,
)
from app.services import outbox
from app.services.couriers import Courier, about
from app.services.open311 import contact, lying, shown, telling
from app.services.open311.answers import Kind, Outcome
from app.services.open311.contact import Parcel
from app.services.outbox import Channel

HELD = timedelta(minutes=2)  # longer than all requests of one attempt may take
# After each failure, more or less; with the last one a person has to look.
PAUSES = tuple(timedelta(minutes=each) for each in (2, 5, 15, 60, 180, 360, 720, 1440))
ASK_EVERY = timedelta(minutes=5)
_RESTS = timedelta(hours=6)
DUE = (SendingState.QUEUED, SendingState.SENT, SendingState.ACKNOWLEDGED, SendingState.FAILED)

_S = SendingState
_LEADS_TO = {
    Kind.DELIVERED: _S.DELIVERED,
    Kind.TOKEN: _S.ACKNOWLEDGED,
    Kind.PENDING: _S.ACKNOWLEDGED,
    Kind.UNCLEAR: _S.SENT,
    Kind.LATER: _S.FAILED,
    Kind.NOT_REACHED: _S.FAILED,
    Kind.REFUSED: _S.GAVE_UP,
}


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: UUID
    busy_until: datetime
    parcel: Parcel


async def send_next(db: Database, courier: Courier) -> bool:
    """Bring the case that has waited longest to its endpoint, and say whether there was any."""
    async with db.writing() as session:
        claimed = await _claim(session, courier, now=courier.clock())
    if claimed is None:
        return False
    outcome = await contact.carry(courier.web, claimed.parcel, now=courier.clock())
    async with db.writing() as session:
        await _note(session, claimed, outcome, now=courier.clock())
    return True


async def sweep(session: AsyncSession, *, now: datetime) -> int:
    """Take up what a process held that is gone: it may have arrived, so it is looked for."""
    held = (
        update(Open311Sending)
        .where(Open311Sending.state == _S.SENDING, Open311Sending.busy_until <= now)
        .values(state=_S.SENT, busy_until=None, next_try_at=now)
        .returning(Open311Sending.id)
    )
    return len((await session.scalars(held)).all())


async def rest(session: AsyncSession, *, now: datetime) -> int:
    """Put off asking about what is out of their hands here: it may come back, when a check fails."""
    in_hand = exists().where(Report.id == Open311Sending.report_id, lying.lies_there())
    idle = (
        update(Open311Sending)
        .where(Open311Sending.state == _S.DELIVERED, Open311Sending.next_try_at <= now, ~in_hand)
        .values(next_try_at=now + _RESTS)
        .returning(Open311Sending.id)
    )
    return len((await session.scalars(idle)).all())


async def _claim(session: AsyncSession, courier: Courier, *, now: datetime) -> _Claimed | None:
    query = (
        select(Open311Sending, Open311Endpoint)
        .join(Open311Endpoint, Open311Endpoint.unit_id == Open311Sending.unit_id)
        .where(Open311Sending.state.in_(DUE), Open311Sending.next_try_at <= now)
        .where(Open311Endpoint.is_enabled)
        .order_by(Open311Sending.next_try_at, Open311Sending.id)
        .limit(1)
        .with_for_update(of=Open311Sending, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    while (found := (await session.execute(query)).one_or_none()) is not None:
        sending, endpoint = found
        report = await session.get_one(Report, sending.report_id)
        parcel = await _parcel(session, sending, endpoint, report, courier)
        if parcel is not None:
            sending.first_try_at = sending.first_try_at or now
            sending.busy_until = now + HELD
            if sending.state is not _S.ACKNOWLEDGED:
                sending.state = _S.SENDING
            # A token is asked about by one process at a time, too.
            sending.next_try_at = sending.busy_until
            return _Claimed(sending.id, sending.busy_until, parcel)
        if sending.state is _S.GAVE_UP:
            await telling.gave_up(session, sending, report, now=now)
        await session.flush()
    return None


async def _parcel(
    session: AsyncSession,
    sending: Open311Sending,
    endpoint: Open311Endpoint,
    report: Report,
    courier: Courier,
) -> Parcel | None:
    """Return what is to leave, or note why nothing does."""
    is_theirs = not report.is_confidential and await lying.lies(session, report, sending)
    if sending.token is None and not is_theirs:
        sending.state = _S.CANCELLED
        sending.last_error = None if sending.first_try_at is None else "it may have arrived"
        return None
    service = contact.service_of(endpoint, report.category_id)
    if service is None:
        sending.state, sending.last_error = _S.GAVE_UP, f"no service_code: {report.category_id}"
        return None
    try:
        line, urls = contact.contact_of(endpoint, courier.vault), []
    except InvalidToken:
        # Kept under a key of ours that is gone: it waits for its officer, the others' cases do not.
        sending.state, sending.last_error = _S.FAILED, "unreadable api_key"
        _try_later(sending, now=courier.clock())
        return None
    category = await session.get_one(Category, report.category_id)
    if report.public_at is not None:
        ids = await _approved_photos(session, report.id)
        urls = [contact.media_url(courier.public_url, each) for each in ids]
    task = await lying.task_of(session, sending)
    return contact.parcel(sending, line, service, report, category=category, task=task, media_urls=urls)


async def _approved_photos(session: AsyncSession, report_id: UUID) -> Sequence[UUID]:
    query = select(Photo.id).where(Photo.about_id == report_id, *shown.approved())
    return (await session.scalars(query.order_by(Photo.created_at, Photo.id))).all()


async def _note(session: AsyncSession, claimed: _Claimed, outcome: Outcome, *, now: datetime) -> None:
    sending = await session.get_one(Open311Sending, claimed.id, with_for_update=True)
    arrived = outcome.kind in {Kind.DELIVERED, Kind.TOKEN}
    if sending.busy_until != claimed.busy_until and not (arrived and sending.remote_id is None):
        return  # somebody else took it up meanwhile, and knows more
    sending.state, sending.busy_until = _LEADS_TO[outcome.kind], None
    if outcome.kind is Kind.DELIVERED:
        sending.remote_id, sending.delivered_at, sending.last_error = outcome.said, now, None
        sending.tries, sending.next_try_at = 0, now + ASK_EVERY
    elif outcome.kind is Kind.TOKEN:
        sending.token, sending.last_error = outcome.said, None
        sending.tries, sending.next_try_at = 0, now + about(PAUSES[0])
    else:
        sending.last_error = outcome.said or sending.last_error
        if outcome.kind is Kind.NOT_REACHED and claimed.parcel.tried_at is None:
            sending.first_try_at = None
        _try_later(sending, now=now)
    if sending.state is _S.GAVE_UP:
        report = await session.get_one(Report, sending.report_id)
        await telling.gave_up(session, sending, report, now=now)
    await outbox.announce(session, Channel.REPORTS, [sending.report_id])


def _try_later(sending: Open311Sending, *, now: datetime) -> None:
    sending.tries += 1
    if sending.tries > len(PAUSES):
        sending.state = _S.GAVE_UP
    else:
        sending.next_try_at = now + about(PAUSES[sending.tries - 1])
