"""What others reported near by: "is it this one?" before a second report of the same hole."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from app.core.geo import Point
from app.core.geodesy import geodesic_m
from app.models import ENDED, Category, Photo, Report, ReportFollower, ReportState
from app.services import categories
from app.services.reports import pictures
from app.services.reports.cells import NOWHERE, cells_around

NEAR_M = 50
CLOSED_FOR = timedelta(days=30)
_MOST_READ, MOST_SHOWN = 200, 10
ANYTHING = "unknown"  # the category of who cannot tell


# All sixty columns would take a sixth of the search. Asking a candidate for another one raises.
_READ = load_only(
    Report.number,
    Report.state,
    Report.category_id,
    Report.urgency,
    Report.is_confidential,
    Report.is_trust_low,
    Report.lat,
    Report.lon,
    Report.description,
    Report.submitted_at,
    Report.made_safe_at,
    raiseload=True,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report near by that may be the same hazard; ``photo`` only if staff let everybody see it."""

    report: Report
    distance_m: float
    followers: int
    photo: Photo | None


async def candidates(
    session: AsyncSession, point: Point, *, category_id: str | None, now: datetime
) -> list[Candidate]:
    """Return open reports, and those closed in the last 30 days, of a category's group within 50 m.

    The nearest first; none of a confidential category, ever, and none at a point that nobody knows.
    """
    alike = await _alike(session, category_id)
    if point == NOWHERE or (alike is not None and not alike):
        return []
    # One parameter however many cells: the statement stays the same, and prepared.
    cells = any_(literal(cells_around(point, NEAR_M), ARRAY(BigInteger)))
    query = select(Report).where(Report.h3 == cells, is_shown(now)).order_by(Report.submitted_at.desc())
    if alike is not None:
        query = query.where(Report.category_id.in_(alike))
    reports = (await session.scalars(query.options(_READ).limit(_MOST_READ))).all()
    near = sorted(
        (
            (metres, report)
            for report in reports
            if (metres := geodesic_m(point, Point(report.lat, report.lon))) <= NEAR_M
        ),
        key=lambda each: (each[0], each[1].number),
    )[:MOST_SHOWN]
    return await _with_company(session, near)


async def _alike(session: AsyncSession, category_id: str | None) -> Collection[str] | None:
    if category_id is None or category_id == ANYTHING:
        return None
    category: Category | None = await categories.find(session, category_id)
    if category is None or category.is_confidential:
        return ()
    return await categories.alike(session, category_id)


def is_shown(now: datetime) -> ColumnElement[bool]:
    """Return the WHERE condition of reports that other riders may see as the same hazard."""
    is_open = Report.state.not_in(ENDED)
    is_fresh = (Report.state == ReportState.CLOSED) & (Report.closed_at >= now - CLOSED_FOR)
    return Report.is_confidential.is_(False) & or_(is_open, is_fresh)


async def _with_company(session: AsyncSession, near: Sequence[tuple[float, Report]]) -> list[Candidate]:
    ids = [report.id for _, report in near]
    counts = await follower_counts(session, ids)
    shown = await pictures.public_photos(session, ids)
    return [
        Candidate(
            report, round(metres, 1), counts.get(report.id, 0), next(iter(shown.get(report.id, [])), None)
        )
        for metres, report in near
    ]


async def follower_counts(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many riders each report has, its reporter included."""
    query = (
        select(ReportFollower.report_id, func.count())
        .where(ReportFollower.report_id.in_(ids))
        .group_by(ReportFollower.report_id)
    )
    return {report_id: count for report_id, count in await session.execute(query)}  # noqa: C416 - rows
