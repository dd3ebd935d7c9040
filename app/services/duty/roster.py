"""Rosters: staff and officers say who is on duty; gaps and overlaps are named, never filled by guesses."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import KeyReused, NotFound
from app.models import DutyRank, DutyShift, Rung
from app.services import areas, authority
from app.services.duty import queries, telling, waits, watch
from app.services.duty.errors import PersonUnfit, ShiftInvalid, ShiftOver
from app.services.duty.waits import Waits
from app.services.duty.watch import People, Person, Stretch
from app.services.reports.scope import DESK

AHEAD = timedelta(days=7)
LONGEST_TURN, LONGEST_DEPUTY = timedelta(days=31), timedelta(days=366)
_COUNTY = 6
_DISTRICTS = (_COUNTY, 4)  # digits; the second where the first are a filler of the list


OnCall = Mapping[Rung, tuple[Person, ...]]


@dataclass(frozen=True, slots=True)
class ShiftDraft:
    """A turn as staff want it: a rank, or whose deputy it is."""

    area_code: str
    account_id: UUID
    starts_at: datetime
    ends_at: datetime
    rank: DutyRank | None = None
    in_place_of_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """An area's roster for the next seven days.

    ``now`` says whom an emergency would call, rung by rung, and ``waits`` after how long.
    """

    area_code: str
    since: datetime
    until: datetime
    now: OnCall
    waits: Waits
    shifts: Sequence[DutyShift]
    people: People
    line: Sequence[Stretch]


async def see(session: AsyncSession, area_code: str, *, by: Actor, now: datetime) -> Roster:
    """Return an area's own roster of the next seven days, and who is on duty at this minute.

    Raises:
        NotFound: the area is not the caller's desk.
    """
    await _check_area(session, area_code, by=by)
    until = now + AHEAD
    shifts = await queries.shifts_of(session, [area_code], since=now, until=until)
    people = await queries.people_of(session, area_code)
    line = watch.stretches(shifts, people, since=now, until=until)
    there = await on_call(session, area_code, now=now)
    after = await waits.in_area(session, area_code, on=local_day(now))
    return Roster(area_code, now, until, there, after, shifts, people, line)


async def candidates(session: AsyncSession, area_code: str, *, by: Actor, now: datetime) -> list[Person]:
    """Return who may be put on an area's roster today, by name.

    Raises:
        NotFound: the area is not the caller's desk.
    """
    await _check_area(session, area_code, by=by)
    return [person for person in (await queries.people_of(session, area_code)).values() if person.serves(now)]


async def put(
    session: AsyncSession, shift_id: UUID, draft: ShiftDraft, *, by: Actor, now: datetime
) -> DutyShift:
    """Put somebody on a roster; the same id and content again is the same turn.

    Raises:
        NotFound: the area is not the caller's desk.
        KeyReused: the id is another turn's.
        ShiftInvalid, PersonUnfit: see there.
    """
    await _check_area(session, draft.area_code, by=by)
    await locks.alone(session, shift_id)
    kept = await session.get(DutyShift, shift_id)
    if kept is not None:
        if _draft_of(kept) != draft:
            raise KeyReused
        return kept
    await _check(session, draft, now=now)
    shift = DutyShift(id=shift_id, **asdict(draft), version=1, changed_at=now, changed_by=by.account_id)
    session.add(shift)
    await session.flush()
    await telling.rostered(session, shift, now=now)
    return shift


async def edit(
    session: AsyncSession, shift_id: UUID, draft: ShiftDraft, *, version: int, by: Actor, now: datetime
) -> DutyShift:
    """Change a turn that is not over; what was called in it stays as it was.

    Raises:
        NotFound, EditConflict: see there.
        ShiftOver, ShiftInvalid, PersonUnfit: see there.
    """
    shift = await _open_to_change(session, shift_id, version=version, by=by, now=now)
    await _check_area(session, draft.area_code, by=by)
    await _check(session, draft, now=now)
    if draft.account_id != shift.account_id:
        await telling.off_roster(session, shift, now=now)
    for key, value in asdict(draft).items():
        setattr(shift, key, value)
    _touch(shift, by=by, now=now)
    await telling.rostered(session, shift, now=now)
    return shift


async def cancel(
    session: AsyncSession, shift_id: UUID, *, version: int, by: Actor, now: datetime
) -> DutyShift:
    """Call a turn off from now on.

    Raises:
        NotFound, EditConflict: see there.
        ShiftOver: see there.
    """
    shift = await _open_to_change(session, shift_id, version=version, by=by, now=now)
    shift.cancelled_at = now
    _touch(shift, by=by, now=now)
    await telling.off_roster(session, shift, now=now)
    return shift


async def stand_in_for_one(
    session: AsyncSession,
    absorbed_id: UUID,
    survivor_id: UUID,
    *,
    now: datetime,  # noqa: ARG001 - it does not matter when
) -> None:
    """See to it, before two accounts of one person merge, that deputies stand in for the one that stays.

    Who was the deputy of their own other account stands in for nobody.
    """
    both = (absorbed_id, survivor_id)
    own = DutyShift.account_id.in_(both) & DutyShift.in_place_of_id.in_(both)
    await session.execute(delete(DutyShift).where(own))
    theirs = update(DutyShift).where(DutyShift.in_place_of_id == absorbed_id)
    await session.execute(theirs.values(in_place_of_id=survivor_id))


async def on_call(session: AsyncSession, area_code: str, *, now: datetime) -> OnCall:
    """Return who answers an emergency in an area at an instant, rung by rung.

    The first two rungs are the area's own; a community without anybody of a rank at that minute is
    answered for by its town. The last rung is everybody on duty in the district, or in the prefecture
    where there are no districts (嘉峪关, 东莞).
    """
    above = (await areas.load_lineage(session)).above(area_code)
    own = [code for code in above if len(code) > _COUNTY] or list(above[:1])
    offices = set(above) - await areas.fillers(session, above)
    ranked = ([code for code in above if len(code) == digits and code in offices] for digits in _DISTRICTS)
    district = next(filter(None, ranked), list(above[:1]))
    at = await queries.shifts_of(session, {*own, *district}, since=now, until=now + timedelta(microseconds=1))
    by_area = {code: list(group) for code, group in groupby(sorted(at, key=_area), key=_area)}
    there = {code: await _standing(session, code, by_area.get(code, ()), now) for code in {*own, *district}}
    chief = {person.id: person for code in district for rank in DutyRank for person in there[code][rank]}
    return {
        Rung.FIRST: _nearest(there, own, DutyRank.FIRST),
        Rung.BACKUP: _nearest(there, own, DutyRank.BACKUP),
        Rung.DISTRICT: tuple(chief.values()),
    }


def _area(shift: DutyShift) -> str:
    return shift.area_code


async def _standing(
    session: AsyncSession, area_code: str, shifts: Sequence[DutyShift], now: datetime
) -> dict[DutyRank, tuple[Person, ...]]:
    if not shifts:
        return dict.fromkeys(DutyRank, ())
    people = await queries.people_of(session, area_code, only={shift.account_id for shift in shifts})
    return watch.on_duty(shifts, people, now)


def _nearest(
    there: Mapping[str, Mapping[DutyRank, tuple[Person, ...]]], codes: Sequence[str], rank: DutyRank
) -> tuple[Person, ...]:
    return next((there[code][rank] for code in codes if there[code][rank]), ())


async def _check_area(session: AsyncSession, area_code: str, *, by: Actor) -> None:
    if not authority.may(by, roles=DESK, area_code=area_code) or not await areas.exists(session, area_code):
        raise NotFound


async def _check(session: AsyncSession, draft: ShiftDraft, *, now: datetime) -> None:
    longest = LONGEST_TURN if draft.in_place_of_id is None else LONGEST_DEPUTY
    lasts = draft.ends_at - draft.starts_at
    if not timedelta() < lasts <= longest or draft.ends_at <= now:
        raise ShiftInvalid
    if draft.account_id == draft.in_place_of_id:
        raise PersonUnfit
    both = {draft.account_id, draft.in_place_of_id or draft.account_id}
    people = await queries.people_of(session, draft.area_code, only=both)
    person = people.get(draft.account_id)
    # Who is away may have no role on the day, but a deputy for somebody from elsewhere would never be called.
    if both - people.keys() or person is None or not person.serves(max(draft.starts_at, now)):
        raise PersonUnfit


async def _open_to_change(
    session: AsyncSession, shift_id: UUID, *, version: int, by: Actor, now: datetime
) -> DutyShift:
    shift = await queries.to_change(session, shift_id, version=version, by=by)
    if shift.cancelled_at is not None or shift.ends_at <= now:
        raise ShiftOver
    return shift


def _touch(shift: DutyShift, *, by: Actor, now: datetime) -> None:
    shift.version += 1
    shift.changed_at, shift.changed_by = now, by.account_id


def _draft_of(shift: DutyShift) -> ShiftDraft:
    return ShiftDraft(
        shift.area_code,
        shift.account_id,
        shift.starts_at,
        shift.ends_at,
        shift.rank,
        shift.in_place_of_id,
    )
