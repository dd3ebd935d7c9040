"""Independent verification (核查): somebody else than the repairer looks, on the spot, with a photo."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import InvalidInput
from app.core.geo import Point
from app.core.geodesy import geodesic_m
from app.models import Move, PhotoRole, Report, ReportState, StepActor
from app.services.accounts import editors
from app.services.reports import lifecycle, moves, proof, queries, scope, succession
from app.services.reports.cells import point_of
from app.services.reports.handling_errors import AnotherPerson, TooFar
from app.services.reports.proof import Sender
from app.services.reports.scope import Acting

NEAR_M = 300
AROUND_M = 1000  # as far as a grid member walks for it
_MOST = 50
_MOST_LOOKED_AT = 500
_M_PER_DEGREE = 111_000.0


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the checker's device is; used for the distance, never kept."""

    point: Point
    is_mock: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What somebody saw who checked a repair."""

    version: int | None
    text: str
    photo_ids: Sequence[UUID]
    fix: Fix | None


@dataclass(frozen=True, slots=True)
class ToCheck:
    """A case that waits to be checked, and how far away it is."""

    report: Report
    distance_m: float


async def near(session: AsyncSession, here: Point, *, by: Actor) -> list[ToCheck]:
    """Return up to 50 repairs within a kilometre that the caller may check, nearest first."""
    d_lat = AROUND_M / _M_PER_DEGREE
    squeeze = cos(radians(here.lat))
    d_lon = d_lat / squeeze
    # In order within a metre: of more than are looked at, the nearest are.
    north, east = Report.lat - here.lat, (Report.lon - here.lon) * squeeze
    about = north * north + east * east
    query = (
        select(Report)
        .where(
            scope.to_check(by),
            Report.state == ReportState.RESOLVED,
            Report.checked_at.is_(None),
            Report.resolved_by.is_distinct_from(by.account_id),
            Report.lat.between(here.lat - d_lat, here.lat + d_lat),
            Report.lon.between(here.lon - d_lon, here.lon + d_lon),
        )
        .order_by(about, Report.id)
        .limit(_MOST_LOOKED_AT)
    )
    if by.unit_ids:
        query = query.where(or_(Report.unit_id.is_(None), Report.unit_id.not_in(by.unit_ids)))
    rows = await session.scalars(query)
    found = [ToCheck(report, geodesic_m(here, Point(report.lat, report.lon))) for report in rows]
    inside = [each for each in found if each.distance_m <= AROUND_M]
    return sorted(inside, key=lambda each: (each.distance_m, each.report.id))[:_MOST]


async def confirm(
    session: AsyncSession, report_id: UUID, finding: Finding, *, by: Actor, now: datetime
) -> Report:
    """Say that a repair holds.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours: see there.
        AnotherPerson: the caller, or their unit, made the repair.
        TooFar, InvalidInput: a grid member has to be on the spot.
        PhotoNeeded, PhotoNotNew, NotReady: the photo proves nothing.
    """
    report = await _judge(session, report_id, Move.CONFIRM, finding, by=by, now=now)
    report.checked_at = now
    return report


async def fail(
    session: AsyncSession, report_id: UUID, finding: Finding, *, by: Actor, now: datetime
) -> Report:
    """Send a repair back that does not hold, with a reason.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours, ReasonNeeded: see there.
        AnotherPerson, TooFar, InvalidInput, PhotoNeeded, PhotoNotNew, NotReady: as :func:`confirm`.
    """
    report = await _judge(session, report_id, Move.FAIL_CHECK, finding, by=by, now=now)
    report.checked_at = None
    await succession.settle_out_of_reach(session, report, now=now)
    return report


async def _judge(
    session: AsyncSession, report_id: UUID, move: Move, finding: Finding, *, by: Actor, now: datetime
) -> Report:
    report = await queries.get_to_move(session, report_id, within=scope.to_check(by))
    capacity = scope.checker_capacity(by, report.area_code)
    with lifecycle.saying(report, capacity, now=now):
        await editors.check_version(session, report, finding.version)
        lifecycle.check_case(report, move, capacity, now=now)
        if report.resolved_by == by.account_id or report.unit_id in by.unit_ids:
            judging = (Move.CONFIRM, Move.FAIL_CHECK)
            raise AnotherPerson(possible=lifecycle.but(report, capacity, *judging, now=now))
        details = _evidence(report, finding, capacity)
        await proof.attach_proof(
            session, report, finding.photo_ids, role=PhotoRole.VERIFICATION, sender=Sender(by), now=now
        )
        acting = Acting(capacity, by.account_id, await editors.name_of(session, by.account_id))
        await moves.make(session, report, move, acting=acting, now=now, reason=finding.text, details=details)
    return report


def _evidence(report: Report, finding: Finding, capacity: StepActor) -> dict[str, Any]:
    """Return what the timeline keeps of a check; staff may check by what they see from elsewhere."""
    details: dict[str, Any] = {"photo_ids": [str(each) for each in finding.photo_ids]}
    if finding.fix is None:
        if capacity is StepActor.VERIFIER:
            raise InvalidInput(hint="position")
        return details
    here = point_of(report)
    if here is None:
        # Nobody can be near what has no pin: staff check it, or set the pin first.
        if capacity is StepActor.VERIFIER:
            raise InvalidInput(hint="pin")
        return {**details, "is_mock": finding.fix.is_mock}
    away = round(geodesic_m(finding.fix.point, here))
    if capacity is StepActor.VERIFIER and away > NEAR_M:
        raise TooFar(distance_m=away, most_m=NEAR_M)
    return {**details, "distance_m": away, "is_mock": finding.fix.is_mock}
