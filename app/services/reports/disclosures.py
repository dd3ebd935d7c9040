"""Showing a confidential case to one more person: asked for, granted by its reporter, kept; and its wiping.

What a recipient gets is a lead: what, about where, on which day. No number, no time, no step and nothing
of the reporter is in it, so that it tells nobody through which channel it came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound, SignInRequired
from app.core.geo import CoordType
from app.models import (
    ENDED,
    Account,
    AccountStatus,
    Move,
    Photo,
    Report,
    ReportDisclosure,
    ReportExtension,
    ReportNote,
    ReportPhoto,
    ReportQuestion,
    ReportSatisfaction,
    ReportState,
    ReportStep,
    ReportUpdate,
)
from app.services import outbox, photos
from app.services.reports import cells, moves, queries, scope, trust
from app.services.reports.events import DisclosureAnswered as ReporterDecided
from app.services.reports.events import DisclosureAsked, ReportWiped
from app.services.reports.scope import REPORTER
from app.services.reports.trust_errors import DisclosureAnswered, NotConfidential, RecipientUnfit


@dataclass(frozen=True, slots=True)
class NewDisclosure:
    """Whom to show a case to, as the reporter reads it, and what for."""

    id: UUID
    recipient_id: UUID
    recipient: str
    purpose: str


async def ask(
    session: AsyncSession, report_id: UUID, new: NewDisclosure, *, by: Actor, now: datetime
) -> ReportDisclosure:
    """Ask the reporter whether a case may be shown to somebody; the same id again is the same question.

    Raises:
        NotFound: the case is not on the caller's desk.
        NotConfidential: it is an ordinary one.
        RecipientUnfit: there is no such person, or it is the reporter.
        KeyReused: the id stands for another question.
    """
    if by.account_id is None:
        raise SignInRequired
    report = await queries.get_to_move(session, report_id, within=scope.on_desk(by))
    if not report.is_confidential:
        raise NotConfidential
    if kept := await session.get(ReportDisclosure, new.id):
        given = (report_id, new.recipient_id, new.recipient, new.purpose)
        if given != (kept.report_id, kept.recipient_id, kept.recipient, kept.purpose):
            raise KeyReused
        return kept
    recipient = await session.get(Account, new.recipient_id)
    origin = await queries.origin_of(session, report_id)
    is_reporter = origin is not None and origin.account_id == new.recipient_id
    if recipient is None or recipient.status is not AccountStatus.ACTIVE or is_reporter:
        raise RecipientUnfit
    asked = ReportDisclosure(
        id=new.id,
        report_id=report_id,
        recipient_id=new.recipient_id,
        recipient=new.recipient,
        purpose=new.purpose,
        asked_by=by.account_id,
        asked_at=now,
    )
    session.add(asked)
    outbox.record(session, DisclosureAsked(report_id, asked.id), now=now, area_code=report.area_code)
    await session.flush()
    return asked


async def of_case(session: AsyncSession, report_id: UUID, *, by: Actor) -> Sequence[ReportDisclosure]:
    """Return what was asked about a case, for its case worker and supervisor.

    Raises:
        NotFound: the case is not on the caller's desk.
    """
    await queries.get(session, report_id, within=scope.on_desk(by))
    return await _of(session, report_id)


async def of_own(session: AsyncSession, report_id: UUID, *, by: Actor) -> Sequence[ReportDisclosure]:
    """Return what was asked about the caller's own report.

    Raises:
        NotFound: the caller sent no such report.
    """
    await queries.get(session, report_id, within=scope.reported(by))
    return await _of(session, report_id)


async def _of(session: AsyncSession, report_id: UUID) -> Sequence[ReportDisclosure]:
    query = select(ReportDisclosure).where(ReportDisclosure.report_id == report_id)
    return (await session.scalars(query.order_by(ReportDisclosure.asked_at, ReportDisclosure.id))).all()


async def answer(
    session: AsyncSession,
    report_id: UUID,
    disclosure_id: UUID,
    *,
    is_granted: bool,
    by: Actor,
    now: datetime,
) -> ReportDisclosure:
    """Let a case be shown to somebody, or not; a consent can be taken back, a refusal stands.

    Raises:
        NotFound: the caller sent no such report, or nothing like this was asked.
        DisclosureAnswered: the caller refused before.
    """
    report = await queries.get(session, report_id, within=scope.reported(by))
    query = select(ReportDisclosure).where(
        ReportDisclosure.id == disclosure_id, ReportDisclosure.report_id == report_id
    )
    asked = await session.scalar(query.with_for_update())
    if asked is None:
        raise NotFound
    if asked.is_granted is is_granted:
        return asked
    if asked.is_granted is False:
        raise DisclosureAnswered
    asked.is_granted, asked.answered_at = is_granted, now
    outbox.record(session, ReporterDecided(report_id, asked.id), now=now, area_code=report.area_code)
    return asked


async def leads(session: AsyncSession, *, by: Actor, now: datetime, limit: int) -> Sequence[Report]:
    """Return the cases that their reporters let the caller see, the latest consent first; kept as read."""
    query = (
        select(Report)
        .join(ReportDisclosure, ReportDisclosure.report_id == Report.id)
        .where(ReportDisclosure.recipient_id == by.account_id, ReportDisclosure.is_granted.is_(True))
        .where(Report.state != ReportState.WITHDRAWN)
        .order_by(ReportDisclosure.answered_at.desc(), ReportDisclosure.id)
        .limit(limit)
    )
    found = (await session.scalars(query)).unique().all()
    for report in found:
        await trust.note_read(session, report, by=by, now=now, capacity=trust.RECIPIENT)
    return found


async def wipe(session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime) -> None:
    """Withdraw the caller's confidential report, whatever its state, and delete what it said and where.

    The bare case stays for the count: its category, area and steps without their texts. Its position is
    0, 0, where no report can be. Twice is once.

    Raises:
        NotFound: the caller sent no such report.
        NotConfidential: an ordinary report is withdrawn, its text stays with its case.
    """
    report = await queries.get_to_move(session, report_id, within=scope.reported(by))
    if not report.is_confidential:
        raise NotConfidential
    if report.state not in ENDED:
        await moves.enter(session, report, Move.WITHDRAW, ReportState.WITHDRAWN, acting=REPORTER, now=now)
    _empty(report)
    for table in (ReportNote, ReportQuestion, ReportDisclosure, ReportPhoto):
        await session.execute(delete(table).where(table.report_id == report_id))
    for said in (ReportUpdate, ReportSatisfaction):
        await session.execute(update(said).where(said.report_id == report_id).values(text=""))
    extension = update(ReportExtension).where(ReportExtension.report_id == report_id)
    await session.execute(extension.values(reason="", answer=""))
    await session.execute(
        update(ReportStep).where(ReportStep.report_id == report_id).values(reason="", details={})
    )
    of_this = select(Photo.id).where(Photo.about_id == report_id, Photo.attached_at.is_not(None))
    await photos.release(session, (await session.scalars(of_this)).all(), about_id=report_id)
    if origin := await queries.origin_of(session, report_id):
        origin.device_lat = origin.device_lon = origin.device_accuracy_m = None
        origin.device_coord_type = origin.content_hash = None
    moves.touch(report, REPORTER, now=now)
    outbox.record(session, ReportWiped(report_id), now=now, area_code=report.area_code)


def _empty(report: Report) -> None:
    """Take from a case what it says and where it was; its area stays."""
    report.description = report.address = ""
    report.public_text = report.proposal = report.accuracy_m = report.grid_id = None
    report.answers = {}
    report.lat = report.given_lat = cells.NOWHERE.lat
    report.lon = report.given_lon = cells.NOWHERE.lon
    report.h3 = cells.cell_of(cells.NOWHERE)
    report.given_coord_type = CoordType.WGS84
    report.grid_ids, report.neighbour_codes, report.flags = [], [], []
