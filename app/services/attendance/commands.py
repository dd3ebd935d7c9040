"""Signing in and out of a shift, by code, position or the organiser's list; the end goes to the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import AppError, KeyReused
from app.models import Attendance, CodeKind, EvidenceGrade, Provenance
from app.services import ledger
from app.services.activities import afterwards
from app.services.attendance import queries, rules
from app.services.attendance.codes import ShiftCodes
from app.services.attendance.errors import (
    AlreadySettled,
    EvidenceNeeded,
    ListedLate,
    NotBooked,
    NotNow,
    NotSignedIn,
    TimesImpossible,
)
from app.services.attendance.queries import Booked
from app.services.checkins import codes, evidence
from app.services.checkins.evidence import Fix
from app.services.checkins.rules import check_captured
from app.services.ledger import books, people


class TapKind(StrEnum):
    """Which end of an attendance."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap at a shift, as the phone recorded it."""

    id: UUID
    shift_id: UUID
    kind: TapKind
    captured_at: datetime
    captured_offline: bool
    code: str | None
    fix: Fix | None


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody without a phone, as the organiser saw them come and go."""

    id: UUID
    sign_up_id: UUID
    in_at: datetime
    out_at: datetime


@dataclass(frozen=True, slots=True)
class _Proof:
    at: datetime
    provenance: Provenance
    grade: EvidenceGrade
    is_doubtful: bool


async def tap(
    session: AsyncSession, given: Tap, *, shown: ShiftCodes, by: Actor, now: datetime
) -> Attendance:
    """Sign in or out of a shift; the same tap again, or another for the same end, changes nothing.

    Raises:
        TooOld, InTheFuture: the phone's clock lies outside what is taken.
        NotBooked: the caller has no place in the shift.
        NotNow, EvidenceNeeded, NotSignedIn: see there.
        CodeNeeded: the position is too coarse to say anything.
        KeyReused: the id is another tap's.
    """
    place = await queries.own_place(session, given.shift_id, by=by)
    kept = await queries.locked(session, place.sign_up.id)
    if kept is not None and given.id in {kept.in_id, kept.out_id}:
        if (kept.in_id if given.kind is TapKind.IN else kept.out_id) != given.id:
            raise KeyReused
        return kept
    check_captured(given.captured_at, now)
    if given.kind is TapKind.IN:
        return kept or await _sign_in(session, place, given, shown=shown, by=by, now=now)
    if kept is None or given.captured_at < kept.in_at:
        raise NotSignedIn
    if kept.out_at is None:
        await _sign_out(session, place, kept, given, shown=shown, now=now)
    return kept


async def enter(
    session: AsyncSession, shift_id: UUID, rows: Sequence[Listed], *, by: Actor, now: datetime
) -> list[Attendance | AppError]:
    """Take the organiser's list: each row is judged for itself, and the same row again changes nothing.

    It is taken for a week after the shift; later hours are typed in, and a second person decides. Whoever
    signed in and forgot to sign out is ended by it. Nobody lists themselves.

    Raises:
        NotFound: the shift is not the caller's.
    """
    await queries.run_shift(session, shift_id, by=by, now=now)
    places = await queries.places_of_shift(session, shift_id, only=[row.sign_up_id for row in rows])
    answers: list[Attendance | AppError] = []
    for row in rows:
        try:
            # A row that is refused leaves nothing behind.
            async with session.begin_nested():
                answers.append(await _list(session, places.get(row.sign_up_id), row, by=by, now=now))
        except AppError as refusal:
            answers.append(refusal)
    return answers


async def _sign_in(
    session: AsyncSession, place: Booked, given: Tap, *, shown: ShiftCodes, by: Actor, now: datetime
) -> Attendance:
    proof = _proof(place, given, shown, now)
    if not place.hours.takes_in(proof.at):
        raise NotNow
    new = insert(Attendance).values(
        sign_up_id=place.sign_up.id,
        shift_id=place.shift.id,
        account_id=by.account_id,
        device_id=await queries.device_of(session, by.session_id),
        in_id=given.id,
        in_at=proof.at,
        in_received_at=now,
        in_offline=given.captured_offline,
        in_provenance=proof.provenance,
        in_grade=proof.grade,
        is_doubtful=proof.is_doubtful,
    )
    # Two taps at once: the first one stands.
    await session.execute(new.on_conflict_do_nothing(index_elements=[Attendance.sign_up_id]))
    attendance = await queries.locked(session, place.sign_up.id)
    if attendance is None:
        raise NotBooked
    await afterwards.strike_for_who_came(session, place.sign_up, now=now)
    return attendance


async def _sign_out(
    session: AsyncSession,
    place: Booked,
    attendance: Attendance,
    given: Tap,
    *,
    shown: ShiftCodes,
    now: datetime,
) -> None:
    proof = _proof(place, given, shown, now)
    attendance.out_id, attendance.out_offline = given.id, given.captured_offline
    attendance.out_at, attendance.out_received_at = max(proof.at, attendance.in_at), now
    attendance.out_provenance, attendance.out_grade = proof.provenance, proof.grade
    attendance.is_doubtful = attendance.is_doubtful or proof.is_doubtful
    await _settle(session, place, attendance, by=None, now=now)


def _proof(place: Booked, given: Tap, shown: ShiftCodes, now: datetime) -> _Proof:
    """Return what a tap is worth: the organiser's or the station's rotating code, or a position there."""
    at = min(given.captured_at, now)
    kind = None
    if given.code is not None and _is_shown(place, given.code, shown, at if given.captured_offline else now):
        kind = CodeKind.ROTATING
    if place.fence is None:
        grade = EvidenceGrade.D if kind is None else EvidenceGrade.B
    else:
        grade = evidence.grade_of(given.fix, kind, place.fence, captured_offline=given.captured_offline)
    if grade is EvidenceGrade.D:
        raise EvidenceNeeded
    provenance = Provenance.CODE if kind else Provenance.GEOFENCE
    return _Proof(at, provenance, grade, given.fix is not None and given.fix.is_mock)


def _is_shown(place: Booked, code: str, shown: ShiftCodes, at: datetime) -> bool:
    if shown.is_right(place.shift.id, code, at):
        return True
    station_id, secret = place.activity.station_id, place.station_secret
    if station_id is None or secret is None:
        return False
    return codes.verify(secret, station_id, code, at, ()) is CodeKind.ROTATING


async def _list(
    session: AsyncSession, place: Booked | None, row: Listed, *, by: Actor, now: datetime
) -> Attendance:
    if place is None or place.sign_up.account_id is None:
        raise NotBooked
    if place.sign_up.account_id == by.account_id:
        raise ledger.OwnHours
    kept = await queries.locked(session, place.sign_up.id)
    if kept is not None and kept.out_at is not None:
        if kept.out_id != row.id:
            raise AlreadySettled
        return kept
    if now > place.shift.ends_at + rules.LISTED_FOR:
        raise ListedLate
    in_at = row.in_at if kept is None else kept.in_at
    first, last = place.shift.starts_at - rules.EARLIEST, place.shift.ends_at + rules.EARLIEST
    if not first <= in_at <= row.out_at <= min(now, last):
        raise TimesImpossible
    attendance = kept or Attendance(
        sign_up_id=place.sign_up.id,
        shift_id=place.shift.id,
        account_id=place.sign_up.account_id,
        in_id=row.id,
        in_at=in_at,
        in_received_at=now,
        in_offline=False,
        in_provenance=Provenance.ORGANISER_LIST,
        in_grade=EvidenceGrade.D,
        is_doubtful=False,
    )
    session.add(attendance)
    attendance.out_id, attendance.out_at, attendance.out_received_at = row.id, row.out_at, now
    attendance.out_offline, attendance.entered_by = False, by.account_id
    attendance.out_provenance, attendance.out_grade = Provenance.ORGANISER_LIST, EvidenceGrade.D
    await _settle(session, place, attendance, by=by, now=now)
    await afterwards.strike_for_who_came(session, place.sign_up, now=now)
    return attendance


async def _settle(
    session: AsyncSession, place: Booked, attendance: Attendance, *, by: Actor | None, now: datetime
) -> None:
    """Write what counts of an attendance into the organisation's book, in the same transaction."""
    if attendance.out_at is None or attendance.out_provenance is None or attendance.out_grade is None:
        return
    served = rules.counted(place.hours, attendance.in_at, attendance.out_at)
    attendance.minutes = 0 if served is None else served.minutes
    await session.flush()
    if served is None or attendance.account_id is None:
        return
    subject = await people.of_account(session, attendance.account_id, now=now)
    hours = ledger.NewHours(
        recording_id=place.sign_up.id,
        subject_id=subject.id,
        served_on=place.hours.served_on,
        starts_at=served.starts_at,
        ends_at=served.ends_at,
        minutes=served.minutes,
        provenance=rules.weaker(attendance.in_provenance, attendance.out_provenance),
        activity=place.activity.title,
        grade=rules.weaker_grade(attendance.in_grade, attendance.out_grade),
        source_id=place.sign_up.id,
    )
    book = await books.of_organisation(session, place.organisation, now=now)
    await ledger.record(session, book.id, hours, by=by, now=now)
