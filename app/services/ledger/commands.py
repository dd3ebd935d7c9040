"""Writing hours: recorded, approved or refused, voided, corrected. Each is an entry of its own."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import KeyReused, NotFound
from app.models import (
    ApprovalLevel,
    EntryKind,
    EvidenceGrade,
    LedgerBook,
    LedgerEntry,
    LedgerSubject,
    Provenance,
)
from app.services import outbox, teams
from app.services.ledger import books, people, queries, scope
from app.services.ledger.appending import about, append, said_about
from app.services.ledger.errors import (
    AlreadyVoided,
    HoursImpossible,
    LevelTooHigh,
    NothingToDecide,
    OwnHours,
    ReasonNeeded,
    SecondPersonNeeded,
)
from app.services.ledger.events import HoursDecided, HoursRecorded, HoursVoided
from app.services.ledger.levels import shares

_EARLY = timedelta(minutes=15)  # as much as counts before a shift (domain J7)
_LATE = timedelta(hours=16)  # as long as a shift may last: nobody comes later than that


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Minutes of service; ``recording_id`` is made by whoever sends them, once.

    ``served_on`` is the day in China on which it began: a night counts for the evening (domain J7).
    """

    recording_id: UUID
    served_on: date
    starts_at: datetime | None
    ends_at: datetime | None
    minutes: int
    activity: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHours(Served):
    """Minutes that somebody served, and where they come from."""

    subject_id: UUID
    provenance: Provenance
    grade: EvidenceGrade | None = None
    source_id: UUID | None = None


async def type_in(
    session: AsyncSession, book_id: UUID, hours: NewHours, *, by: Actor, now: datetime
) -> list[LedgerEntry]:
    """Record hours by hand: they wait for a second person and stay marked for ever.

    Raises:
        NotFound: the book is not the caller's.
        VolunteerUnknown, OwnHours, ReasonNeeded, HoursImpossible, KeyReused: see there.
    """
    await books.get_kept(session, book_id, by=by, now=now)
    _check_typed(hours)
    return await record(session, book_id, hours, by=by, now=now)


async def type_in_for_member(
    session: AsyncSession, team_id: UUID, member_id: UUID, served: Served, *, by: Actor, now: datetime
) -> list[LedgerEntry]:
    """Record hours of a member of a team that the caller runs by hand, in its organisation's book.

    A coordinator may; somebody who speaks for the organisation, or its area's staff, is the second person.

    Raises:
        NotFound: the team is not the caller's to run, or the member is not one of it.
        OwnHours, ReasonNeeded, HoursImpossible, KeyReused: see there.
    """
    team = await teams.run_team(session, team_id, by=scope.desk_only(by), now=now)
    account_id = await teams.account_of_member(session, team_id, member_id)
    _check_typed(served)
    organisation = await teams.get_organisation(session, team.organisation_id)
    book = await books.of_organisation(session, organisation, now=now)
    subject = await people.of_account(session, account_id, now=now)
    hours = NewHours(**asdict(served), subject_id=subject.id, provenance=Provenance.MANUAL, source_id=team.id)
    return await record(session, book.id, hours, by=by, now=now)


async def record(
    session: AsyncSession, book_id: UUID, hours: NewHours, *, by: Actor | None, now: datetime
) -> list[LedgerEntry]:
    """Record hours in a book; the same recording again is the same entries.

    What exceeds eight hours a person and day waits, in entries of its own.

    Raises:
        VolunteerUnknown: there is no such volunteer.
        OwnHours: they are the caller's own.
        HoursImpossible: not on a day to come, not longer than they lasted.
        KeyReused: the recording's id stands for other hours.
    """
    subject, all_of_them = await people.lock(session, hours.subject_id)
    _check_not_own(subject, by)
    if kept := await queries.recording(session, hours.recording_id):
        if not _says_the_same(kept, book_id, hours):
            raise KeyReused
        return kept
    _check_possible(hours, now)
    of_day = await queries.minutes_of_day(session, all_of_them, hours.served_on)
    said = [
        {
            **_columns(hours),
            "kind": EntryKind.RECORD,
            "part": number,
            "minutes": share.minutes,
            "needs": share.needs,
            "counted": share.minutes if share.needs is ApprovalLevel.NONE else 0,
        }
        for number, share in enumerate(shares(hours.minutes, of_day=of_day, provenance=hours.provenance))
    ]
    entries = await append(session, book_id, said, by=by, now=now)
    pending = sum(each.minutes for each in entries if each.needs is not ApprovalLevel.NONE)
    outbox.record(session, HoursRecorded(book_id, subject.id, hours.recording_id, pending), now=now)
    return entries


async def decide(
    session: AsyncSession, entry_id: UUID, *, approve: bool, reason: str, by: Actor, now: datetime
) -> LedgerEntry:
    """Approve minutes that wait, which then count, or refuse them with a reason.

    Raises:
        NotFound: the entry is in no book that is the caller's or stands below theirs.
        NothingToDecide: it does not wait, or no longer.
        OwnHours, SecondPersonNeeded, LevelTooHigh: somebody else has to.
        ReasonNeeded: a refusal says why.
    """
    reach = await scope.reach(session, by=by, now=now)
    entry, subject = await _locked(session, entry_id, reach.overseen())
    if entry.kind is not EntryKind.RECORD or entry.needs is ApprovalLevel.NONE:
        raise NothingToDecide
    if await said_about(session, entry.id):
        raise NothingToDecide
    _check_not_own(subject, by)
    if entry.entered_by == by.account_id:
        raise SecondPersonNeeded
    book = await session.get_one(LedgerBook, entry.book_id)
    if not reach.may_approve(entry.needs, book, await books.parent_of(session, book)):
        raise LevelTooHigh(needs=entry.needs.value)
    if not approve and not reason:
        raise ReasonNeeded
    kind, counted = (EntryKind.APPROVAL, entry.minutes) if approve else (EntryKind.REFUSAL, 0)
    said = about(entry, kind, counted=counted, reason=reason or None)
    [decision] = await append(session, entry.book_id, [said], by=by, now=now)
    outbox.record(session, HoursDecided(entry.id, approve), now=now, area_code=book.area_code)
    return decision


async def void(
    session: AsyncSession, entry_id: UUID, *, reason: str, by: Actor, now: datetime
) -> LedgerEntry:
    """Take an entry out of the totals by a new one that points to it; the volunteer may dispute that.

    Raises:
        NotFound: the entry is in no book of the caller's.
        AlreadyVoided: it was before, or is no record of minutes.
        OwnHours: they are the caller's own.
        ReasonNeeded: whoever voids says why.
    """
    reach = await scope.reach(session, by=by, now=now)
    entry, subject = await _locked(session, entry_id, reach.kept())
    _check_not_own(subject, by)
    return await _void(session, entry, reason=reason, by=by, now=now)


async def correct(
    session: AsyncSession,
    entry_id: UUID,
    recording_id: UUID,
    *,
    minutes: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> list[LedgerEntry]:
    """Void an entry and record other minutes in its place; the same correction again changes nothing.

    Fewer minutes keep their provenance; more are typed in, so that a second person has to look at them.

    Raises:
        NotFound: the entry is in no book of the caller's.
        AlreadyVoided, OwnHours, ReasonNeeded, HoursImpossible, KeyReused: see there.
    """
    reach = await scope.reach(session, by=by, now=now)
    entry, subject = await _locked(session, entry_id, reach.kept())
    _check_not_own(subject, by)
    hours = _corrected(entry, recording_id, minutes, reason)
    if kept := await queries.recording(session, recording_id):
        if not _says_the_same(kept, entry.book_id, hours):
            raise KeyReused
        return kept
    await _void(session, entry, reason=reason, by=by, now=now)
    return await record(session, entry.book_id, hours, by=by, now=now)


def _corrected(entry: LedgerEntry, recording_id: UUID, minutes: int, reason: str) -> NewHours:
    is_evidenced = minutes <= entry.minutes
    return NewHours(
        recording_id=recording_id,
        subject_id=entry.subject_id,
        served_on=entry.served_on,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        minutes=minutes,
        provenance=entry.provenance if is_evidenced else _typed(entry.provenance),
        activity=entry.activity,
        reason=reason,
        grade=entry.grade if is_evidenced else None,
        source_id=entry.source_id,
    )


def _typed(provenance: Provenance) -> Provenance:
    return Provenance.IMPORTED if provenance is Provenance.IMPORTED else Provenance.MANUAL


async def _void(
    session: AsyncSession, entry: LedgerEntry, *, reason: str, by: Actor, now: datetime
) -> LedgerEntry:
    if not reason:
        raise ReasonNeeded
    since = await said_about(session, entry.id)
    if entry.kind is not EntryKind.RECORD or EntryKind.VOIDING in since:
        raise AlreadyVoided
    counts = entry.counted + sum(each.counted for each in since.values())
    said = about(entry, EntryKind.VOIDING, counted=-counts, reason=reason)
    [voiding] = await append(session, entry.book_id, [said], by=by, now=now)
    outbox.record(session, HoursVoided(entry.id, entry.subject_id), now=now)
    return voiding


async def _locked(
    session: AsyncSession, entry_id: UUID, mine: ColumnElement[bool]
) -> tuple[LedgerEntry, LedgerSubject]:
    """Return an entry in one of some books; its person's hours are locked, nobody else decides now."""
    entry = await queries.entry_in(session, entry_id, mine)
    if entry is None:
        raise NotFound
    subject, _ = await people.lock(session, entry.subject_id)
    return entry, subject


def _check_not_own(subject: LedgerSubject, by: Actor | None) -> None:
    if by is not None and subject.account_id == by.account_id:
        raise OwnHours


def _check_typed(served: Served) -> None:
    """Refuse what has no reason, and a day other than its own: no shift is known to have begun before."""
    if not served.reason:
        raise ReasonNeeded
    if served.starts_at is not None and served.served_on < local_day(served.starts_at):
        raise HoursImpossible


def _check_possible(hours: NewHours, now: datetime) -> None:
    if hours.served_on > local_day(now):
        raise HoursImpossible
    if hours.starts_at is None or hours.ends_at is None:
        return
    lasted = (hours.ends_at - hours.starts_at) // timedelta(minutes=1)
    # All hours of a shift count for the day on which it began: who comes to an evening's shift after midnight
    # served on the day before, and who comes early for a shift after midnight on the day after.
    first, last = local_day(hours.starts_at - _LATE), local_day(hours.starts_at + _EARLY)
    if hours.minutes > lasted or hours.ends_at > now or not first <= hours.served_on <= last:
        raise HoursImpossible


def _columns(hours: NewHours) -> dict[str, Any]:
    return {key: value for key, value in asdict(hours).items() if key != "minutes"}


def _says_the_same(kept: list[LedgerEntry], book_id: UUID, hours: NewHours) -> bool:
    first = kept[0]
    said = replace(
        hours,
        **{key: getattr(first, key) for key in _columns(hours)},
        minutes=sum(each.minutes for each in kept),
    )
    return said == hours and first.book_id == book_id
