"""Warning riders within 300 m of an emergency: one warning each, that expires; no false alarm by one tap.

A single report warns nobody: it may be a mistake or a joke, and a street that cries wolf is not heard. Riders
are warned once somebody on duty or of the desk took it up, or once two people saw the same independently.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.geo import Point
from app.core.geodesy import geodesic_m
from app.core.ids import new_id
from app.models import (
    ENDED,
    Account,
    AccountStatus,
    Category,
    DutyAcknowledgement,
    DutyLadder,
    HazardWarning,
    Report,
    ReportFollower,
    ReportState,
    Station,
    Urgency,
    Visit,
    WarningBasis,
)
from app.services import outbox
from app.services.duty import ladder, telling
from app.services.duty.events import RidersWarned
from app.services.reports import lies_nowhere, nearby

NEAR_M = 300
LASTS = timedelta(hours=6)
WITNESSES = 2
_MOST_SHOWN = 20
_METRES_A_DEGREE = 110_000  # of latitude, a little less than anywhere: the box is never too small


@dataclass(frozen=True, slots=True)
class Nearby:
    """A warning with what it is about; where, no closer than some hundred metres."""

    warning: HazardWarning
    category: Category
    place: Point


async def consider(session: AsyncSession, report_id: UUID, *, now: datetime) -> HazardWarning | None:
    """Warn of a case if there is reason to, and return the warning if it is a new one.

    Of what nobody knows where it is nobody can be warned; staff put the pin where it is first.
    """
    report = await session.get(Report, report_id, populate_existing=True)
    if report is None or lies_nowhere(report) or not ladder.needs(report):
        return None
    same = await _same(session, report, now=now)
    basis = await _basis(session, report, same)
    if basis is None or await _is_warned_of(session, same, now=now):
        return None
    values = {
        "id": new_id(),
        "report_id": report.id,
        "basis": basis,
        "warned_at": now,
        "expires_at": now + LASTS,
    }
    statement = insert(HazardWarning).values(values).on_conflict_do_nothing().returning(HazardWarning.id)
    warning_id = await session.scalar(statement)
    if warning_id is None:
        return None
    warning = await session.get_one(HazardWarning, warning_id)
    outbox.record(session, RidersWarned(report.id, warning.id), now=now, area_code=report.area_code)
    inside = await _inside_near(session, Point(report.lat, report.lon))
    await telling.warn(session, warning, report, inside, now=now)
    return warning


async def _same(session: AsyncSession, report: Report, *, now: datetime) -> list[Report]:
    """Return the open emergencies that are probably this one, itself among them."""
    here = Point(report.lat, report.lon)
    found = await nearby.candidates(session, here, category_id=report.category_id, now=now)
    others = [each.report for each in found if each.report.id != report.id and ladder.needs(each.report)]
    return [report, *others]


async def _basis(session: AsyncSession, report: Report, same: Sequence[Report]) -> WarningBasis | None:
    seen = (
        select(DutyAcknowledgement.ladder_id)
        .join(DutyLadder, DutyLadder.id == DutyAcknowledgement.ladder_id)
        .where(DutyLadder.report_id == report.id)
        .limit(1)
    )
    if report.state is not ReportState.SUBMITTED or await session.scalar(seen) is not None:
        return WarningBasis.CONFIRMED
    trusted = [each.id for each in same if not each.is_trust_low]
    witnesses = (
        select(func.count(ReportFollower.account_id.distinct()))
        .join(Account, Account.id == ReportFollower.account_id)
        .where(ReportFollower.report_id.in_(trusted), Account.status == AccountStatus.ACTIVE)
    )
    return WarningBasis.CORROBORATED if (await session.scalar(witnesses) or 0) >= WITNESSES else None


async def _is_warned_of(session: AsyncSession, same: Sequence[Report], *, now: datetime) -> bool:
    query = select(HazardWarning.id).where(
        HazardWarning.report_id.in_([each.id for each in same]), HazardWarning.expires_at > now
    )
    return await session.scalar(query.limit(1)) is not None


async def _inside_near(session: AsyncSession, here: Point) -> list[UUID]:
    """Return who is inside a station near by."""
    where = _box(here, Station.lat.expression, Station.lon.expression)
    found = await session.execute(select(Station.id, Station.lat, Station.lon).where(where))
    near = [station_id for station_id, lat, lon in found if geodesic_m(here, Point(lat, lon)) <= NEAR_M]
    inside = select(Visit.account_id).where(
        Visit.station_id.in_(near), Visit.ended_at.is_(None), Visit.account_id.is_not(None)
    )
    return [account_id for account_id in await session.scalars(inside) if account_id is not None]


async def near(session: AsyncSession, here: Point, *, now: datetime) -> list[Nearby]:
    """Return the warnings in force within 300 m, the nearest first; nothing is kept of the question."""
    query = (
        select(HazardWarning, Report, Category)
        .join(Report, Report.id == HazardWarning.report_id)
        .join(Category, Category.id == Report.category_id)
        .where(HazardWarning.expires_at > now, _endangers())
        .where(_box(here, Report.lat.expression, Report.lon.expression))
    )
    found = [
        (metres, Nearby(warning, category, _rounded(report)))
        for warning, report, category in await session.execute(query)
        if (metres := geodesic_m(here, Point(report.lat, report.lon))) <= NEAR_M
    ]
    found.sort(key=lambda each: (each[0], each[1].warning.id))
    return [each for _, each in found[:_MOST_SHOWN]]


def _endangers() -> ColumnElement[bool]:
    """Return :func:`app.services.duty.ladder.needs` as a WHERE condition."""
    return and_(
        Report.urgency == Urgency.EMERGENCY,
        Report.is_confidential.is_(False),
        Report.made_safe_at.is_(None),
        Report.state.not_in((*ENDED, ReportState.RESOLVED)),
    )


def _rounded(report: Report) -> Point:
    """Return about where a case is: three decimals of a degree, some hundred metres."""
    return Point(round(report.lat, 3), round(report.lon, 3))


def _box(here: Point, lat: ColumnElement[float], lon: ColumnElement[float]) -> ColumnElement[bool]:
    """Return the WHERE condition of positions that may lie within 300 m."""
    high = NEAR_M / _METRES_A_DEGREE
    wide = high / max(math.cos(math.radians(here.lat)), 0.01)
    return and_(lat.between(here.lat - high, here.lat + high), lon.between(here.lon - wide, here.lon + wide))
