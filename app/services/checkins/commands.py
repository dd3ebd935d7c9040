"""Checking in, checking out, and leaving without a word."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import AppError, KeyReused, SignInRequired, Unavailable
from app.core.geo import CoordType, to_wgs84
from app.models import CodeKind, EndReason, StationStatus, Visit
from app.services import outbox
from app.services.checkins import codes, evidence, queries, rules, tally
from app.services.checkins.desk import CheckinDesk, read_station
from app.services.checkins.errors import Busy, NotInService, StationMoved
from app.services.checkins.events import VisitEnded
from app.services.checkins.evidence import Fence, Fix
from app.services.checkins.writer import NewVisit, StationChangedError, Written
from app.services.stations.facts import StationFacts

_MOST_JUDGEMENTS = 4  # nobody edits one station so often in a moment


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A tap at a station, as the phone recorded it."""

    id: UUID
    station_id: UUID
    captured_at: datetime
    captured_offline: bool
    fix: Fix | None
    code: str | None


def read_fix(lat: float, lon: float, accuracy_m: float, coord_type: CoordType, *, is_mock: bool) -> Fix:
    """Read a phone's fix as WGS-84."""
    return Fix(to_wgs84(lat, lon, coord_type), accuracy_m, coord_type, is_mock)


async def check_in(desk: CheckinDesk, tap: CheckIn, *, by: Actor, now: datetime) -> Written:
    """Write a visit, durably, or find the one that this tap already made.

    The writer commits it together with other people's, so this takes no session of its caller. What memory
    knows of a station may be a moment old; a visit is written only to the version that judged it, so a
    closure counts from its commit.

    Raises:
        TooOld, InTheFuture: the phone's clock lies outside what is taken.
        StationUnknown, NotInService, StationClosed: the station takes nobody.
        StationMoved: another one took its place, and that is not where the person stands.
        CodeNeeded: the fix is too coarse and no right code comes with it.
        KeyReused: the id stands for another check-in.
        Unavailable: it could not be written now; asking again with the same id is safe.
    """
    if by.account_id is None:
        raise SignInRequired
    if by.withholds_position:
        tap = replace(tap, fix=None)
    for number in range(_MOST_JUDGEMENTS):
        try:
            visit = await _judged(desk, tap, by.account_id, now, anew=number > 0)
            with suppress(StationChangedError):
                return await desk.writer.write(visit)
        except Unavailable:
            raise
        except AppError:
            # The rules of today do not unsay what was answered before.
            if (written := await _written_before(desk, tap, by=by, now=now)) is None:
                raise
            return written
    raise Busy(retry_after_s=1)


async def _written_before(desk: CheckinDesk, tap: CheckIn, *, by: Actor, now: datetime) -> Written | None:
    """Return the visit that a tap already made, if it did.

    Raises:
        KeyReused: the id stands for another check-in.
    """
    async with desk.db.reading() as session:
        kept = await queries.visit_or_none(session, tap.id, by=by)
    if kept is None:
        return None
    if kept.captured_at != tap.captured_at or not await _stood_at(desk, kept, tap.station_id, now):
        raise KeyReused from None
    return Written.of(kept)


async def _stood_at(desk: CheckinDesk, kept: Visit, station_id: UUID, now: datetime) -> bool:
    """Tell whether a visit is one to a station, or to the one that took its place."""
    if kept.station_id == station_id:
        return True
    return (await desk.station(station_id, at=now, now=now, anew=True)).merged_into_id == kept.station_id


async def _judged(
    desk: CheckinDesk, tap: CheckIn, account_id: UUID, now: datetime, *, anew: bool
) -> NewVisit:
    """Return the visit that the rules make of a tap, or refuse it; ``anew`` asks the database, not memory."""
    rules.check_captured(tap.captured_at, now)
    at = min(tap.captured_at, now)
    station = await desk.station(tap.station_id, at=at, now=now, anew=anew)
    if station.merged_into_id is not None:
        heir = await desk.station(station.merged_into_id, at=at, now=now, anew=anew)
        station = _at_the_heir(tap.fix, station, heir)
    if station.status is not StationStatus.IN_SERVICE:
        raise NotInService
    due = rules.due_of(at, station.timetable.at(at))
    kind = await _code_kind(desk, tap, at if tap.captured_offline else now)
    grade = evidence.grade_of(tap.fix, kind, fence_of(station), captured_offline=tap.captured_offline)
    fix = tap.fix
    return NewVisit(
        id=tap.id,
        station_id=station.id,
        account_id=account_id,
        area_code=station.area_code,
        captured_at=tap.captured_at,
        received_at=now,
        captured_offline=tap.captured_offline,
        grade=grade,
        code_kind=kind,
        lat=None if fix is None else fix.point.lat,
        lon=None if fix is None else fix.point.lon,
        accuracy_m=None if fix is None else fix.accuracy_m,
        coord_type=None if fix is None else fix.coord_type,
        due_at=due.at,
        due_reason=due.reason,
        station_version=station.version,
    )


def _at_the_heir(fix: Fix | None, old: StationFacts, heir: StationFacts) -> StationFacts:
    """Return the station that took another's place, for who scans the old code that still hangs there.

    Raises:
        StationMoved: the person is not there: the fix says so, or without one the two places.
    """
    here = fix or Fix(old.point, 0.0, CoordType.WGS84)
    if evidence.is_inside(here, fence_of(heir)):
        return heir
    raise StationMoved(moved_to_id=str(heir.id), moved_to_name=heir.name)


def fence_of(station: StationFacts) -> Fence:
    """Return a station's fence."""
    return Fence(station.point, station.geofence_m)


async def _code_kind(desk: CheckinDesk, tap: CheckIn, at: datetime) -> CodeKind | None:
    if tap.code is None:
        return None
    async with desk.db.reading() as session:
        keys = await queries.station_keys(session, tap.station_id)
    return codes.verify(keys.secret, tap.station_id, tap.code, at, keys.printed_ids)


async def check_out(
    session: AsyncSession, visit_id: UUID, *, captured_at: datetime, by: Actor, now: datetime
) -> Visit:
    """End a visit as its person says; saying so twice changes nothing.

    A phone whose clock runs ahead ends it now.
    Where a rule ended it first, the person's earlier instant is the truth and takes its place.

    Raises:
        TooOld, InTheFuture: the phone's clock lies outside what is taken.
        VisitUnknown: the caller has no such visit.
    """
    rules.check_captured(captured_at, now)
    visit = await queries.locked_visit(session, visit_id, by=by)
    ended_at = max(min(captured_at, now), visit.captured_at)
    if visit.ended_at is None or ended_at < visit.ended_at:
        await end(session, visit, ended_at, EndReason.TAP, now=now)
    return visit


async def report_fix(
    session: AsyncSession, visit_id: UUID, fix: Fix, *, captured_at: datetime, by: Actor, now: datetime
) -> Visit:
    """Note where a phone is; the second fix in a row clearly beyond the fence ends the visit.

    The position is judged and forgotten: no track is kept.

    Raises:
        TooOld, InTheFuture: the phone's clock lies outside what is taken.
        VisitUnknown: the caller has no such visit.
    """
    rules.check_captured(captured_at, now)
    visit = await queries.locked_visit(session, visit_id, by=by)
    last_known = visit.outside_since or visit.captured_at
    says_nothing = fix.is_mock or by.withholds_position
    if visit.ended_at is not None or captured_at <= last_known or says_nothing:
        return visit  # it is over, or this fix is an old one sent again, or is not looked at
    fence = fence_of(await read_station(session, visit.station_id, at=now))
    if evidence.is_outside(fix, fence):
        if visit.outside_since is None:
            visit.outside_since = captured_at
        else:
            await end(session, visit, visit.outside_since, EndReason.LEFT, now=now)
    elif fix.accuracy_m <= evidence.COARSEST_M:
        visit.outside_since = None
    return visit


async def end(
    session: AsyncSession, visit: Visit, ended_at: datetime, reason: EndReason, *, now: datetime
) -> None:
    """End a locked visit, or move its end to an earlier instant, and count it."""
    moves = [tally.Move(visit.station_id, ended_at, -1, min(ended_at, now))]
    if visit.ended_at is not None:
        moves.append(tally.Move(visit.station_id, visit.ended_at, 1, None))
    visit.ended_at, visit.end_reason, visit.end_received_at = ended_at, reason, now
    visit.outside_since = None
    await session.flush()
    await tally.move(session, moves)
    outbox.record(session, VisitEnded(visit.id, visit.station_id), now=now, area_code=visit.area_code)
