"""What riders add to a case: more to see, or that it is still there. Each is work for the case's staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound
from app.core.geo import Point
from app.models import ENDED, Move, PhotoPurpose, PhotoRole, Report, ReportState, ReportUpdate
from app.services import outbox
from app.services.areas import GridMap
from app.services.outbox import Channel
from app.services.reports import closing, lifecycle, proof, queries, scope, submission
from app.services.reports.book import RuleBook
from app.services.reports.events import ReportUpdated
from app.services.reports.handling_errors import NothingSaid
from app.services.reports.proof import Sender
from app.services.reports.scope import REPORTER
from app.services.reports.submission import GivenPosition, NewReport

# What the timeline says; the rider's own words are for staff alone.
STILL_THERE = "上报人反映问题仍然存在"


@dataclass(frozen=True, slots=True)
class Said:
    """What a rider says; ``id`` is made by the phone, once, and names what comes of it."""

    id: UUID
    captured_at: datetime
    text: str = ""
    photo_ids: Sequence[UUID] = ()


async def add(
    session: AsyncSession, report_id: UUID, said: Said, *, by: Actor, now: datetime
) -> ReportUpdate:
    """Add something to a case that one sent or follows; the same id again is the same update.

    Raises:
        NotFound: the caller has no such report.
        NothingSaid: neither text nor photo.
        KeyReused: the id names another update.
    """
    if not said.text.strip() and not said.photo_ids:
        raise NothingSaid
    report = await _root(session, report_id, by)
    return await _keep(session, report, said, is_still_there=False, by=by, now=now)


async def still_there(
    session: AsyncSession,
    report_id: UUID,
    said: Said,
    *,
    grids: GridMap,
    rules: RuleBook,
    by: Actor,
    now: datetime,
) -> Report:
    """Say that the hazard is still there, and return the case that now stands for it.

    A case closed up to seven days ago comes back to life; later a new report is linked to it, under the
    id that the phone made. A case that is open gets an update.

    Raises:
        NotFound: the caller has no such report.
        IllegalMove: it was rejected or withdrawn.
        KeyReused: the id names something else.
        CategoryUnknown, PlaceUnknown: a new report cannot be made any more.
    """
    report = await _root(session, report_id, by)
    if await session.get(Report, said.id) is not None or _is_too_late(report, now):
        return await _again(session, report, said, grids=grids, rules=rules, by=by, now=now)
    if report.state in ENDED and await session.get(ReportUpdate, said.id) is None:
        await closing.reopen(session, report, acting=REPORTER, now=now, reason=STILL_THERE)
    await _keep(session, report, said, is_still_there=True, by=by, now=now)
    return report


def _is_too_late(report: Report, now: datetime) -> bool:
    closed = report.state is ReportState.CLOSED and report.closed_at is not None
    return closed and Move.REOPEN not in lifecycle.possible(report, REPORTER.capacity, now=now)


async def _again(
    session: AsyncSession,
    old: Report,
    said: Said,
    *,
    grids: GridMap,
    rules: RuleBook,
    by: Actor,
    now: datetime,
) -> Report:
    given = GivenPosition(
        Point(old.lat, old.lon), old.given_lat, old.given_lon, old.given_coord_type, old.accuracy_m
    )
    new = NewReport(
        id=said.id,
        category_id=old.category_id,
        position=given,
        is_pin_moved=old.is_pin_moved,
        captured_at=said.captured_at,
        captured_offline=False,
        description=said.text,
        address=old.address,
        answers=old.answers,
        area_code=old.area_code,
    )
    submitted = await submission.submit(session, new, grids=grids, rules=rules, by=by, now=now)
    submitted.report.follows_id = old.id
    sender = Sender(by)
    await proof.attach(
        session,
        submitted.report,
        said.photo_ids,
        purpose=PhotoPurpose.UPDATE,
        role=PhotoRole.BEFORE,
        sender=sender,
        now=now,
    )
    return submitted.report


async def _root(session: AsyncSession, report_id: UUID, by: Actor) -> Report:
    """Return, locked, the case that stands for a report of the caller's: itself, or its parent."""
    report = await queries.get(session, report_id, within=scope.followed(by))
    root_id = report.parent_id or report.id
    query = select(Report).where(Report.id == root_id).with_for_update()
    root = await session.scalar(query.execution_options(populate_existing=True))
    if root is None:
        raise NotFound
    return root


async def _keep(
    session: AsyncSession, report: Report, said: Said, *, is_still_there: bool, by: Actor, now: datetime
) -> ReportUpdate:
    kept = await session.get(ReportUpdate, said.id)
    if kept is not None:
        if (kept.report_id, kept.text, kept.is_still_there) != (report.id, said.text, is_still_there):
            raise KeyReused
        return kept
    mine = await queries.sent_by(session, report.id, by=by)
    kept = ReportUpdate(
        id=said.id,
        report_id=report.id,
        is_still_there=is_still_there,
        is_from_reporter=mine is not None,
        text=said.text,
        at=now,
    )
    session.add(kept)
    await proof.attach(
        session,
        report,
        said.photo_ids,
        purpose=PhotoPurpose.UPDATE,
        role=PhotoRole.UPDATE,
        sender=Sender(by),
        now=now,
    )
    await session.flush()
    event = ReportUpdated(report.id, kept.id, is_still_there)
    outbox.record(session, event, now=now, area_code=report.area_code)
    await outbox.announce(session, Channel.REPORTS, [report.id])
    return kept
