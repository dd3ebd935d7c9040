"""Staff put a case right: where it is, what it is about, and, when grids were redrawn, whose it is."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.geo import Point
from app.models import ENDED, Category, Grid, Move, PlacedBy, Report, ReportState, ReportStep, StepActor
from app.services import areas, authority, categories
from app.services.accounts import editors
from app.services.areas import GridMap
from app.services.reports import (
    cells,
    deadlines,
    moves,
    places,
    routing,
    scope,
    secrecy,
    succession,
    triage,
    trust,
)
from app.services.reports.book import RuleBook
from app.services.reports.doubts import Flag
from app.services.reports.errors import CategoryUnknown, ReasonNeeded
from app.services.reports.places import Place
from app.services.reports.rule_errors import CaseEnded, PlacedByGrid
from app.services.reports.scope import Acting
from app.services.reports.submission import GivenPosition

_MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Correction:
    """Why staff put something right, and on which version of the case."""

    reason: str
    version: int


async def move_pin(
    session: AsyncSession,
    report_id: UUID,
    to: GivenPosition,
    correction: Correction,
    *,
    grids: GridMap,
    rules: RuleBook,
    by: Actor,
    now: datetime,
) -> Report:
    """Put a case elsewhere; who answers there has it from now on, and it is routed again.

    Raises:
        NotFound, EditConflict: see there.
        CaseEnded, ReasonNeeded: see there.
    """
    async with _correcting(session, report_id, correction, by=by, now=now) as (report, acting):
        lat, lon = (None, None) if cells.lies_nowhere(report) else (report.lat, report.lon)
        before = {**_where(report), "lat": lat, "lon": lon}
        report.lat, report.lon, report.h3 = to.point.lat, to.point.lon, cells.cell_of(to.point)
        report.given_lat, report.given_lon, report.given_coord_type = to.lat, to.lon, to.coord_type
        report.accuracy_m, report.is_pin_moved = to.accuracy_m, True
        found = await places.locate(session, to.point, grids, declared=report.area_code)
        if found is not None:
            await _put(session, report, found, now=now)
        report.placed_by = PlacedBy.MOVED
        report.flags = [each for each in report.flags if each != Flag.PIN_MISSING]
        await _noted(
            session,
            report,
            Move.MOVE_PIN,
            before,
            acting=acting,
            reason=correction.reason,
            rules=rules,
            now=now,
        )
        return report


async def change_category(
    session: AsyncSession,
    report_id: UUID,
    category_id: str,
    correction: Correction,
    *,
    rules: RuleBook,
    by: Actor,
    now: datetime,
) -> Report:
    """Say what a case really is about; its promise is counted anew, the first one stays beside it.

    What turns out to be confidential is taken from everybody who had it: see :mod:`.secrecy`.

    Raises:
        NotFound, EditConflict: see there.
        CaseEnded, ReasonNeeded, CategoryUnknown: see there.
    """
    async with _correcting(session, report_id, correction, by=by, now=now) as (report, acting):
        category = await categories.find(session, category_id)
        if category is None or not category.is_active:
            raise CategoryUnknown
        before = {
            "category_id": report.category_id,
            "urgency": report.urgency.value,
            "is_confidential": report.is_confidential,
            "due_at": None if report.due_at is None else report.due_at.isoformat(),
        }
        report.category_id, report.category_version = category.id, category.version
        report.urgency, to = category.urgency, report.state
        await deadlines.revise(session, report, terms=rules.terms, now=now)
        if category.is_confidential and not report.is_confidential:
            to = await secrecy.hide(session, report, by=by, now=now)
        await _noted(
            session,
            report,
            Move.CHANGE_CATEGORY,
            before,
            to=to,
            acting=acting,
            reason=correction.reason,
            rules=rules,
            now=now,
        )
        return report


async def hand_to(
    session: AsyncSession,
    report_id: UUID,
    area_code: str,
    correction: Correction,
    *,
    rules: RuleBook,
    by: Actor,
    now: datetime,
) -> Report:
    """Let an officer say which area of theirs answers for a case that no grid has placed.

    Such a case came to the county of the nearest station, or to what the app said; no community knows of it.

    Raises:
        NotFound, EditConflict: see there; the area is not the officer's.
        CaseEnded, ReasonNeeded: see there.
        PlacedByGrid: a grid says who answers: move the pin, or draw the grid anew.
    """
    officer_of = partial(authority.may, scope.of_cases(by), roles=(Role.DISTRICT_OFFICER,))
    async with _correcting(session, report_id, correction, by=by, now=now) as (report, acting):
        if not officer_of(area_code=report.area_code) or not officer_of(area_code=area_code):
            raise NotFound
        if not await areas.exists(session, area_code):
            raise NotFound
        if report.grid_id is not None:
            raise PlacedByGrid
        before = _where(report)
        await _put(session, report, Place(area_code, None, [], PlacedBy.MOVED), now=now)
        await _noted(
            session,
            report,
            Move.REHOME,
            before,
            acting=acting,
            reason=correction.reason,
            rules=rules,
            now=now,
        )
        return report


@dataclass(frozen=True, slots=True)
class Rehomed:
    """A case that another grid holds now; ``is_moved`` when another community answers for it."""

    report_id: UUID
    number: int
    from_area: str
    to_area: str
    is_moved: bool


@dataclass(frozen=True, slots=True)
class Rehoming:
    """What became of the open cases whose grid is no longer drawn so; ``remaining`` wait for another call."""

    done: list[Rehomed]
    remaining: int


async def rehome(
    session: AsyncSession,
    area_code: str,
    *,
    grids: GridMap,
    rules: RuleBook,
    by: Actor,
    now: datetime,
    dry_run: bool = False,
) -> Rehoming:
    """Give open cases of an area, whose grid was redrawn or ended, to the grid that holds them now.

    Up to 500 at a time; each keeps a step that says from where to where. Where no grid is drawn any more a
    case stays with who has it. Confidential ones go along and are not named.

    Raises:
        NotFound: the area is not the caller's.
    """
    if not authority.may(scope.of_cases(by), roles=(Role.DISTRICT_OFFICER,), area_code=area_code):
        raise NotFound
    drawn = await _drawn_elsewhere(session, area_code, grids)
    some = list(drawn)[:_MOST_AT_ONCE]
    query = select(Report).where(Report.id.in_(some), _is_stale()).order_by(Report.submitted_at, Report.id)
    locked = query.with_for_update(of=Report).execution_options(populate_existing=True)
    acting = Acting(StepActor.OFFICER, by.account_id, await editors.name_of(session, by.account_id))
    done = []
    for report in (await session.scalars(locked)).all():
        place = drawn[report.id]
        if not report.is_confidential:
            done.append(_moved(report, place))
        if not dry_run:
            await _rehome(session, report, place, rules=rules, acting=acting, now=now)
    return Rehoming(done, len(drawn) - len(some))


def _is_stale() -> ColumnElement[bool]:
    """Return the WHERE condition of open cases whose grid is drawn so no more."""
    is_past = exists().where(Grid.id == Report.grid_id, Grid.valid_to.is_not(None))
    return and_(is_past, Report.state.not_in(ENDED))


async def _drawn_elsewhere(session: AsyncSession, area_code: str, grids: GridMap) -> dict[UUID, Place]:
    """Return where an area's stale cases lie by the grids of now, the oldest first."""
    inside = authority.within(Report.area_code.expression, area_code)
    query = select(Report.id, Report.lat, Report.lon).where(_is_stale(), inside)
    rows = await session.execute(query.order_by(Report.submitted_at, Report.id))
    found = (
        (report_id, places.place(Point(lat, lon), grids, otherwise=None)) for report_id, lat, lon in rows
    )
    return {report_id: place for report_id, place in found if place is not None}


def _moved(report: Report, place: Place) -> Rehomed:
    is_moved = report.area_code != place.area_code
    return Rehomed(report.id, report.number, report.area_code, place.area_code, is_moved)


async def _rehome(
    session: AsyncSession, report: Report, place: Place, *, rules: RuleBook, acting: Acting, now: datetime
) -> None:
    before = _where(report)
    await _put(session, report, place, now=now)
    reason = "网格调整,按新网格归属"
    await _noted(session, report, Move.REHOME, before, acting=acting, reason=reason, rules=rules, now=now)


async def note_delay(
    session: AsyncSession, report_id: UUID, correction: Correction, *, by: Actor, now: datetime
) -> ReportStep:
    """Keep why a case waits (a server that was away, a storm); its due times stay as they are.

    Raises:
        NotFound, EditConflict: see there.
        CaseEnded, ReasonNeeded: see there.
    """
    async with _correcting(session, report_id, correction, by=by, now=now) as (report, acting):
        return await moves.enter(
            session,
            report,
            Move.NOTE_DELAY,
            report.state,
            acting=acting,
            now=now,
            reason=correction.reason,
        )


@asynccontextmanager
async def _correcting(
    session: AsyncSession, report_id: UUID, correction: Correction, *, by: Actor, now: datetime
) -> AsyncIterator[tuple[Report, Acting]]:
    at_desk = triage.at_desk(session, report_id, version=correction.version, by=by, now=now)
    async with at_desk as (report, acting):
        if report.state in ENDED:
            raise CaseEnded
        if not correction.reason.strip():
            raise ReasonNeeded
        yield report, acting


def _where(report: Report) -> dict[str, Any]:
    return {"area_code": report.area_code, "grid_id": None if report.grid_id is None else str(report.grid_id)}


async def _put(session: AsyncSession, report: Report, place: Place, *, now: datetime) -> None:
    is_elsewhere = report.area_code != place.area_code
    report.area_code, report.grid_id = place.area_code, place.grid_id
    report.grid_ids, report.placed_by = place.grid_ids, place.placed_by
    report.neighbour_codes = place.neighbours
    if is_elsewhere:
        await trust.follow(session, report, now=now)


async def _noted(
    session: AsyncSession,
    report: Report,
    move: Move,
    before: Mapping[str, Any],
    *,
    to: ReportState | None = None,
    acting: Acting,
    reason: str,
    rules: RuleBook,
    now: datetime,
) -> None:
    """Route a corrected case again and keep a step that explains the surprise; without ``to`` it stays.

    A unit that does not reach where the case lies now has it no more.
    """
    category = await session.get_one(Category, report.category_id)
    proposed = {"unit_id": report.proposed_unit_id and str(report.proposed_unit_id)}
    routed = await routing.route(session, report, category, routing=rules.routing, now=now)
    details = {
        "before": {**before, "proposed": proposed["unit_id"]},
        "after": {
            **_where(report),
            "category_id": report.category_id,
            "due_at": None if report.due_at is None else report.due_at.isoformat(),
        },
        "routing": routed,
    }
    await moves.enter(
        session,
        report,
        move,
        to or report.state,
        acting=acting,
        now=now,
        reason=reason,
        details=details,
        terms=rules.terms,
    )
    await succession.settle_out_of_reach(session, report, now=now)
