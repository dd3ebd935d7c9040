"""Points are given by what happened, never by hand: reactions to facts, each source once.

Nothing is given for emergencies: who is in danger on the road must not stop for a reward, and calls duty, not
points. Nor for confidential cases: a line on a statement would tie a person to one. Nobody
gives points by hand, and every rule has a limit a day or month.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import SHANGHAI, local_day
from app.core.urgency import Urgency
from app.models import (
    ActivityKind,
    LedgerBook,
    LedgerEntry,
    LedgerSubject,
    Move,
    OutboxEvent,
    Outcome,
    Provenance,
    Report,
    ReportState,
    ReportStep,
    StepActor,
)
from app.models.points import (
    PointsAccountKind,
    PointsRewardedReport,
    PointsRule,
    PointsScheme,
    PointsSource,
    PointsTransfer,
    PointsWallet,
    TransferKind,
)
from app.services.ledger import queries as hours
from app.services.points import books, queries, schemes
from app.services.points.books import Cause
from app.services.points.rules import last_day, next_look, window, worth

_CHECKS = {Move.CONFIRM, Move.FAIL_CHECK}


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did that may be worth points; ``origin`` names it, unless that is a report."""

    account_id: UUID
    area_code: str
    source: PointsSource
    done_on: date
    origin: str | None = None
    report_id: UUID | None = None
    minutes: int = 0
    activity_kind: ActivityKind | None = None
    is_typed: bool = False


async def reward(session: AsyncSession, deed: Deed, *, now: datetime) -> PointsTransfer | None:
    """Give the points that the rules in force have for a deed, within their limit; each deed once.

    Returns:
        What was given; nothing where points are off, no rule speaks of it, or the limit is reached.
    """
    scheme = await schemes.in_force(session, deed.area_code)
    if scheme is None or deed.done_on < scheme.since:
        return None
    about = (scheme.area_code, deed.source, deed.activity_kind, deed.done_on)
    rule = await schemes.rule_for(session, *about)
    if rule is None or (deed.is_typed and not rule.includes_typed):
        return None
    wallet = await books.wallet_of(session, deed.account_id, scheme.area_code)
    return await _give(session, deed, scheme, rule, wallet, now=now)


async def _give(
    session: AsyncSession,
    deed: Deed,
    scheme: PointsScheme,
    rule: PointsRule,
    wallet: PointsWallet,
    *,
    now: datetime,
) -> PointsTransfer | None:
    issued, available = await books.lock(
        session,
        scheme.area_code,
        (PointsAccountKind.ISSUED, None),
        (PointsAccountKind.AVAILABLE, wallet.id),
    )
    if not await _is_first(session, deed):
        return None
    wallets = await books.wallets_of(session, wallet)
    first, last = window(deed.done_on, rule.cap_per)
    room = rule.cap - await queries.earned_in(session, wallets, rule, first, last)
    amount = min(worth(rule.points, rule.per_minutes, deed.minutes), room)
    if amount <= 0:
        return None
    expires_on = last_day(local_day(now), scheme.lasts_months)
    cause = Cause(deed.source, deed.origin, rule.id, None, earned_on=deed.done_on, expires_on=expires_on)
    # A day says less than an instant: nobody finds the case by it.
    at = now if deed.report_id is None else datetime.combine(local_day(now), time.min, SHANGHAI)
    given = await books.move(
        session,
        TransferKind.EARN,
        amount,
        debit=issued,
        credit=available,
        wallet_id=wallet.id,
        now=at,
        cause=cause,
    )
    await books.look_again(session, wallet.id, on=next_look([(expires_on, amount)], local_day(now)))
    return given


async def _is_first(session: AsyncSession, deed: Deed) -> bool:
    if deed.report_id is None:
        return deed.origin is None or await queries.earning_of(session, deed.source, deed.origin) is None
    written = insert(PointsRewardedReport).values(report_id=deed.report_id)
    claimed = written.on_conflict_do_nothing().returning(PointsRewardedReport.report_id)
    return await session.scalar(claimed) is not None


async def reward_recorded(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Give points for the minutes of a recording that count at once."""
    if await schemes.any_on(session):
        for entry in await hours.recording(session, UUID(event.payload["recording_id"])):
            await reward_entry(session, entry.id, now=now)


async def reward_decided(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Give points for minutes that were approved."""
    if event.payload["is_approved"] and await schemes.any_on(session):
        await reward_entry(session, UUID(event.payload["entry_id"]), now=now)


async def reward_entry(session: AsyncSession, entry_id: UUID, *, now: datetime) -> PointsTransfer | None:
    """Give points for a line of the hours' ledger as far as it counts now; return what was given."""
    shown = await hours.one(session, entry_id)
    entry = shown.entry
    subject = await session.get_one(LedgerSubject, entry.subject_id, populate_existing=True)
    # Facts of different areas overtake each other: what counts now decides. Imported hours earn nothing.
    if shown.state != "counted" or entry.provenance is Provenance.IMPORTED or subject.account_id is None:
        return None
    book = await session.get_one(LedgerBook, entry.book_id)
    deed = await _served(session, entry, subject.account_id, book.area_code)
    return await reward(session, deed, now=now)


async def _served(session: AsyncSession, entry: LedgerEntry, account_id: UUID, area_code: str) -> Deed:
    return Deed(
        account_id=account_id,
        area_code=area_code,
        source=PointsSource.HOURS,
        done_on=entry.served_on,
        origin=str(entry.id),
        minutes=entry.minutes,
        activity_kind=await queries.kind_of_activity(session, entry.source_id),
        is_typed=entry.provenance is Provenance.MANUAL,
    )


async def take_back(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Take the points of a voided line back by a transfer of its own, spent or not.

    What was good until a day that is over is gone already, spent or expired, and stays so.
    """
    given = await queries.earning_of(session, PointsSource.HOURS, event.payload["entry_id"])
    if given is None or (given.expires_on is not None and given.expires_on < local_day(now)):
        return
    wallet = await _wallet_now(session, given)
    issued, available = await books.lock(
        session,
        given.scheme_code,
        (PointsAccountKind.ISSUED, None),
        (PointsAccountKind.AVAILABLE, wallet.id),
    )
    if await queries.is_taken_back(session, given.id):
        return
    await books.move(
        session,
        TransferKind.TAKE_BACK,
        given.amount,
        debit=available,
        credit=issued,
        wallet_id=wallet.id,
        now=now,
        cause=Cause(given.source, points_to=given.id),
    )


async def _wallet_now(session: AsyncSession, given: PointsTransfer) -> PointsWallet:
    """Return the wallet in which the person who earned something has their points today."""
    wallet = await session.get_one(PointsWallet, given.wallet_id, populate_existing=True)
    if wallet.is_current or wallet.account_id is None:
        return wallet
    return await books.wallet_of(session, wallet.account_id, wallet.scheme_code)


async def reward_case(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Give points for a report that was right, or for looking whether a repair holds."""
    move = Move(event.payload["move"])
    if move is not Move.CLOSE and move not in _CHECKS:
        return
    if not await schemes.any_on(session):
        return
    report = await session.get_one(Report, UUID(event.payload["report_id"]), populate_existing=True)
    if report.is_confidential or report.urgency is Urgency.EMERGENCY:
        return
    reporter_id = await queries.reporter_of(session, report.id)
    if move is Move.CLOSE:
        await _reward_report(session, report, reporter_id, now=now)
    else:
        await _reward_check(session, report, reporter_id, event.payload["step_id"], now=now)


async def _reward_report(
    session: AsyncSession, report: Report, reporter_id: UUID | None, *, now: datetime
) -> None:
    """Give points to who reported what was there; who reported the same again is thanked, not paid."""
    if reporter_id is None or report.state is not ReportState.CLOSED:
        return
    if report.outcome is Outcome.NOT_FOUND:
        return
    deed = Deed(
        account_id=reporter_id,
        area_code=report.area_code,
        source=PointsSource.REPORT,
        done_on=local_day(now),
        report_id=report.id,
    )
    await reward(session, deed, now=now)


async def _reward_check(
    session: AsyncSession, report: Report, reporter_id: UUID | None, step_id: int, *, now: datetime
) -> None:
    """Give points to a verifier who looked at a neighbour's report; staff do so by office."""
    step = await session.get_one(ReportStep, step_id)
    if step.actor is not StepActor.VERIFIER or step.actor_id is None or step.actor_id == reporter_id:
        return
    deed = Deed(
        account_id=step.actor_id,
        area_code=report.area_code,
        source=PointsSource.CHECK,
        done_on=local_day(step.at),
        origin=str(step.id),
    )
    await reward(session, deed, now=now)
