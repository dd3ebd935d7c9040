"""What other cities say of our cases: asked every five minutes, many cases at once, mapped to our moves.

Their word moves a case only as far as a unit without a photo could: taken on, or sent back. That it is over
there is noted and told to the desk, which resolves the case with a photo in the unit's name, or sends it on;
and then somebody else checks it, as always.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from cryptography.fernet import InvalidToken
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import ANONYMOUS
from app.core.db import Database
from app.models import (
    HandlingUnit,
    Move,
    Open311Endpoint,
    Open311Note,
    Open311Sending,
    Report,
    ReportTask,
    SendingState,
    StepActor,
)
from app.ports import OutsideError
from app.services import outbox
from app.services.couriers import Courier
from app.services.open311 import answers, contact, lying, telling
from app.services.open311.answers import Row
from app.services.open311.contact import Contact
from app.services.open311.leaving import ASK_EVERY, HELD
from app.services.outbox import Channel
from app.services.reports import handling, lifecycle
from app.services.reports.handling import Handler, Word
from app.services.reports.masking import masked
from app.services.reports.proof import Sender
from app.services.reports.scope import Acting

_AT_ONCE = 50
_OVERLAP = timedelta(hours=1)  # an update may be written down later than it happened; ids tell repetitions
_LONGEST_BACK = timedelta(days=30)
_MOST_UPDATES = 1000
_LONGEST = 2000
_SHORT = 200


class Meaning(StrEnum):
    """What another city's word means for a case of ours."""

    RECEIVED = "received"  # it is known there, nothing more
    WORKING = "working"
    DONE = "done"  # they say that it is over; closed never implies fixed
    REFUSED = "refused"  # it is not theirs


# The standard's two words, and mySociety's.
_MEANINGS: Mapping[str, Meaning] = {
    **dict.fromkeys(("OPEN", "FOR_TRIAGE", "INVESTIGATING"), Meaning.RECEIVED),
    **dict.fromkeys(("ACTION_SCHEDULED", "IN_PROGRESS", "PLANNED", "REOPEN"), Meaning.WORKING),
    **dict.fromkeys(("CLOSED", "FIXED"), Meaning.DONE),
    **dict.fromkeys(
        ("CANCELLED", "DUPLICATE", "INTERNAL_REFERRAL", "NO_FURTHER_ACTION", "NOT_COUNCILS_RESPONSIBILITY"),
        Meaning.REFUSED,
    ),
}


def meaning_of(words: Sequence[str], statuses: Mapping[str, str]) -> Meaning | None:
    """Return what the first word that is known means; an endpoint's own list comes before the usual."""
    own = {word.upper(): Meaning(meaning) for word, meaning in statuses.items()}
    known = ({**_MEANINGS, **own}.get(word.strip().upper()) for word in words)
    return next((each for each in known if each is not None), None)


@dataclass(frozen=True, slots=True)
class _Round:
    unit_id: UUID
    contact: Contact
    statuses: Mapping[str, str]
    sendings: Mapping[str, UUID]  # all that lie there, by their number
    asked: Sequence[str]  # whose turn it is
    updates_since: datetime | None


@dataclass(frozen=True, slots=True)
class _Said:
    """What they say of one case."""

    update_id: str
    words: Sequence[str]
    text: str
    at: datetime
    is_state: bool  # where it stands, not one thing that happened


@dataclass(frozen=True, slots=True)
class _Heard:
    """What they say, by their numbers, and up to when that is all."""

    said: Sequence[tuple[str, _Said]]
    until: datetime


async def ask_next(db: Database, courier: Courier) -> bool:
    """Ask the endpoint that was asked longest ago how our cases go, and say whether one was due."""
    now = courier.clock()
    async with db.writing() as session:
        due = await _claim(session, courier, now=now)
    if due is None:
        return False
    heard, error = _Heard((), now), None
    try:
        heard = await _ask(courier, due, now=now)
    except OutsideError as trouble:
        error = str(trouble)
    for remote_id, word in heard.said:
        if remote_id in due.sendings:
            async with db.writing() as session:
                await _apply(session, due, due.sendings[remote_id], word, now=courier.clock())
    async with db.writing() as session:
        await _close(session, due, error=error, until=heard.until, now=courier.clock())
    return True


def _followed() -> ColumnElement[bool]:
    """Return the WHERE condition of what lies there, beside its report."""
    return (
        (Open311Sending.state == SendingState.DELIVERED)
        & (Report.id == Open311Sending.report_id)
        & lying.lies_there()
    )


async def _claim(session: AsyncSession, courier: Courier, *, now: datetime) -> _Round | None:
    free = or_(Open311Endpoint.busy_until.is_(None), Open311Endpoint.busy_until <= now)
    is_due = Open311Sending.next_try_at <= now
    waits = exists().where(Open311Sending.unit_id == Open311Endpoint.unit_id, is_due, _followed())
    query = select(Open311Endpoint).where(Open311Endpoint.is_enabled, free, waits)
    query = query.order_by(Open311Endpoint.busy_until.asc().nulls_first()).limit(1)
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    while (endpoint := await session.scalar(query)) is not None:
        endpoint.busy_until = now + HELD
        try:
            line = contact.contact_of(endpoint, courier.vault)
        except InvalidToken:
            # Kept under a key of ours that is gone: the next one is asked instead.
            endpoint.failing_since, endpoint.last_error = endpoint.failing_since or now, "unreadable api_key"
            await session.flush()
        else:
            return await _round(session, endpoint, line, now=now)
    return None


async def _round(session: AsyncSession, endpoint: Open311Endpoint, line: Contact, *, now: datetime) -> _Round:
    followed = select(Open311Sending).join(Report, Report.id == Open311Sending.report_id)
    followed = followed.where(Open311Sending.unit_id == endpoint.unit_id, _followed())
    rows = (await session.scalars(followed.order_by(Open311Sending.next_try_at))).all()
    asked = [row for row in rows if row.next_try_at <= now][:_AT_ONCE]
    for row in asked:
        row.next_try_at = now + ASK_EVERY
    since = endpoint.updates_until or min(row.created_at for row in rows)
    return _Round(
        endpoint.unit_id,
        line,
        endpoint.statuses,
        {row.remote_id or "": row.id for row in rows},
        [row.remote_id or "" for row in asked],
        max(since - _OVERLAP, now - _LONGEST_BACK) if endpoint.has_updates else None,
    )


async def _ask(courier: Courier, due: _Round, *, now: datetime) -> _Heard:
    updates: list[Row] = []
    if due.updates_since is not None:
        updates = await contact.updates_of(courier.web, due.contact, start=due.updates_since, end=now)
    happened = [(row.get("service_request_id", ""), _update(row, now)) for row in updates]
    happened.sort(key=lambda each: each[1].at)
    # Who answers so many may hold back the rest.
    until = now if len(happened) < _MOST_UPDATES else happened[-1][1].at
    states = await contact.requests_of(courier.web, due.contact, due.asked)
    stand = [(row.get("service_request_id", ""), _state(row, now)) for row in states]
    return _Heard([*happened, *stand], until)


def _update(row: Row, now: datetime) -> _Said:
    at = answers.instant(row.get("updated_datetime", "")) or now
    words = [row.get("external_status_code", ""), row.get("status", "")]
    known = row.get("update_id") or f"{row.get('updated_datetime', '')}|{words}"
    return _Said(known[:_SHORT], words, row.get("description", ""), min(at, now), is_state=False)


def _state(row: Row, now: datetime) -> _Said:
    at = answers.instant(row.get("updated_datetime", "")) or now
    notes = row.get("status_notes", "")
    known = f"{row.get('service_request_id', '')}|{row.get('status', '')}|{notes}"
    return _Said(known, [notes, row.get("status", "")], notes, min(at, now), is_state=True)


async def _apply(session: AsyncSession, due: _Round, sending_id: UUID, said: _Said, *, now: datetime) -> None:
    """Note what they say and, where it means something new, move the case; what is no longer theirs stays."""
    # Cases are locked before what belongs to them.
    sending = await session.get_one(Open311Sending, sending_id)
    report = await session.get_one(Report, sending.report_id, with_for_update=True)
    if not await lying.lies(session, report, sending):
        return
    await session.refresh(sending, with_for_update=True)
    is_new = await _keep(session, due, sending, said, now=now)
    if said.is_state:
        stands = (said.words[1][:_SHORT], said.text[:_LONGEST])
        is_new = (sending.remote_status, sending.remote_notes) != stands
        sending.remote_status, sending.remote_notes = stands
    meaning = meaning_of(said.words, due.statuses)
    if is_new and meaning is not None:
        await _move(session, report, sending, meaning, said, now=now)
        await outbox.announce(session, Channel.REPORTS, [report.id])


async def _keep(
    session: AsyncSession, due: _Round, sending: Open311Sending, said: _Said, *, now: datetime
) -> bool:
    """Keep a word for the desk, once; a state without words is none."""
    if said.is_state and not said.text:
        return False
    values = {
        "id": uuid5(due.unit_id, said.update_id),
        "sending_id": sending.id,
        "report_id": sending.report_id,
        "status": said.words[-1][:_SHORT],
        "text": said.text[:_LONGEST],
        "at": said.at,
        "received_at": now,
    }
    kept = insert(Open311Note).values(values).on_conflict_do_nothing().returning(Open311Note.id)
    return await session.scalar(kept) is not None


async def _move(
    session: AsyncSession,
    report: Report,
    sending: Open311Sending,
    meaning: Meaning,
    said: _Said,
    *,
    now: datetime,
) -> None:
    if meaning is not Meaning.DONE:
        sending.remote_closed_at = None
    reason = masked(f"对接方退回 {' '.join(filter(None, (said.words[-1], said.text)))}"[:_LONGEST])
    task = await lying.task_of(session, sending)
    if task is not None:
        is_back = await _move_task(session, report, task, meaning, reason, now=now)
    else:
        unit = await session.get_one(HandlingUnit, sending.unit_id)
        is_back = await _move_case(session, report, unit, meaning, reason, now=now)
    if meaning in {Meaning.DONE, Meaning.REFUSED} and not is_back and sending.remote_closed_at is None:
        sending.remote_closed_at = now
        await telling.said_done(session, sending, report, now=now)


async def _move_case(
    session: AsyncSession, report: Report, unit: HandlingUnit, meaning: Meaning, reason: str, *, now: datetime
) -> bool:
    """Take a whole case on, or back, in their name; tell whether it came back."""
    acting = Acting(StepActor.UNIT, None, unit.name)
    handler = Handler(Report.unit_id == unit.id, acting, Sender(ANONYMOUS), None)
    possible = lifecycle.possible(report, StepActor.UNIT, now=now)
    if meaning is Meaning.REFUSED and Move.RETURN in possible:
        await handling.send_back(session, report.id, Word(text=reason), handler=handler, now=now)
        return True
    if meaning in {Meaning.WORKING, Meaning.DONE} and Move.TAKE_ON in possible:
        await handling.take_on(session, report.id, Word(), handler=handler, now=now)
    return False


async def _move_task(
    session: AsyncSession, report: Report, task: ReportTask, meaning: Meaning, reason: str, *, now: datetime
) -> bool:
    """Take a task on, or back, in their name; tell whether it came back."""
    if meaning is Meaning.REFUSED:
        await lying.send_back(session, report, task, reason, now=now)
        return True
    if meaning in {Meaning.WORKING, Meaning.DONE}:
        await lying.take(session, report, task, now=now)
    return False


async def _close(
    session: AsyncSession, due: _Round, *, error: str | None, until: datetime, now: datetime
) -> None:
    endpoint = await session.get(Open311Endpoint, due.unit_id, with_for_update=True)
    if endpoint is None:
        return
    endpoint.busy_until, endpoint.last_error = now, error
    if error is not None:
        endpoint.failing_since = endpoint.failing_since or now
        return
    endpoint.failing_since = None
    if due.updates_since is not None:
        endpoint.updates_until = until
