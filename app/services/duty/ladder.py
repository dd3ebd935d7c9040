"""The ladder of calls about an emergency: the first on duty at once, the backup, the district.

It is climbed by reactions to what happened to the case and by a job, on any number of workers: each holds
the ladder's row while it looks, and writes what it found to be due with the rows that say so.
"""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import local_day
from app.core.ids import new_id
from app.core.trouble import Trouble, trouble_of
from app.models import (
    ENDED,
    AcknowledgedBy,
    DutyAcknowledgement,
    DutyCall,
    DutyLadder,
    DutyRung,
    LadderState,
    Move,
    Report,
    ReportState,
    ReportStep,
    Rung,
    StepActor,
    Urgency,
)
from app.services import outbox
from app.services.duty import roster, telling, waits
from app.services.duty.events import DutyAcknowledged, DutyRungReached, NobodyOnDuty
from app.services.duty.roster import OnCall
from app.services.duty.waits import Waits
from app.services.outbox import Channel

log = structlog.get_logger(__name__)

# So often it is looked whether somebody else has come on duty meanwhile.
LOOK_AGAIN = timedelta(minutes=1)
_MISSED_WITHIN = timedelta(days=1)
_BATCH = 200
# Whoever of these moved the case has seen it.
_AWAKE = (StepActor.STAFF, StepActor.OFFICER, StepActor.DUTY, StepActor.UNIT, StepActor.CONTRACTOR)
_CORRECTIONS = (Move.MOVE_PIN, Move.CHANGE_CATEGORY, Move.REHOME, Move.NOTE_DELAY, Move.REVIVE, Move.REOPEN)


def needs(report: Report) -> bool:
    """Tell whether a case is an emergency that still endangers somebody; secret ones are not called about."""
    return (
        report.urgency is Urgency.EMERGENCY
        and not report.is_confidential
        and report.made_safe_at is None
        and report.state not in (*ENDED, ReportState.RESOLVED)
    )


async def begin(
    session: AsyncSession, report_id: UUID, *, since: datetime, again: bool = False, now: datetime
) -> DutyLadder | None:
    """Begin to call about an emergency, and climb as far as is due; what runs already goes on.

    Args:
        session: the transaction.
        report_id: the case.
        since: the instant at which it became an emergency: the minutes count from there.
        again: call anew even if somebody had acknowledged it before that instant.
        now: the present instant.

    Returns:
        The ladder; nothing when the case is no emergency, or another worker has just begun.
    """
    report = await session.get(Report, report_id, populate_existing=True)
    if report is None or not needs(report):
        return None
    last = await newest(session, report_id, lock=True)
    if last is not None and not _is_past(last, since, again=again):
        await climb(session, last, now=now)
        return last
    values = {
        "id": new_id(),
        "report_id": report_id,
        "round": 1 if last is None else last.round + 1,
        "state": LadderState.CALLING,
        "started_at": since,
        "next_at": now,
    }
    statement = insert(DutyLadder).values(values).on_conflict_do_nothing().returning(DutyLadder.id)
    ladder_id = await session.scalar(statement)
    if ladder_id is None:
        return None
    ladder = await session.get_one(DutyLadder, ladder_id)
    await climb(session, ladder, now=now)
    return ladder


def _is_past(ladder: DutyLadder, since: datetime, *, again: bool) -> bool:
    """Tell whether a ladder is about an emergency before the one that began at an instant."""
    if ladder.state is LadderState.OVER:
        return ladder.started_at < since
    return again and ladder.state is LadderState.ACKNOWLEDGED and ladder.started_at < since


async def newest(session: AsyncSession, report_id: UUID, *, lock: bool = False) -> DutyLadder | None:
    """Return the last ladder of a case."""
    query = select(DutyLadder).where(DutyLadder.report_id == report_id)
    query = query.order_by(DutyLadder.round.desc()).limit(1)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(query)


async def go_on(session: AsyncSession, report_id: UUID, *, now: datetime) -> None:
    """Bring a case's ladder in line with what has just happened to the case."""
    last = await newest(session, report_id, lock=True)
    if last is not None:
        await climb(session, last, now=now)


async def climb(session: AsyncSession, ladder: DutyLadder, *, now: datetime) -> None:
    """Climb a locked ladder as far as is due, and call whoever is on duty on the rungs it has reached.

    Who comes on duty on a reached rung later is called then. Doing it twice changes nothing.
    """
    if ladder.next_at is None:
        return
    report = await session.get_one(Report, ladder.report_id, populate_existing=True)
    if await _end(session, ladder, report, now=now):
        return
    climbing = await _Climbing.of(session, ladder, report, now=now)
    for rung in Rung:
        if rung not in climbing.reached and not climbing.reach(rung):
            break
        await climbing.call(rung)
    ladder.state = LadderState.CALLING if climbing.called else LadderState.NOBODY
    if ladder.state is LadderState.NOBODY and climbing.is_new:
        event = NobodyOnDuty(report.id, ladder.id)
        outbox.record(session, event, now=now, area_code=report.area_code)
        await telling.nobody(session, ladder, report, now=now)
    coming = [due for rung in Rung if rung not in climbing.reached and (due := climbing.due_at(rung)) > now]
    ladder.next_at = min([*coming, now + LOOK_AGAIN])
    await session.flush()


class _Climbing:
    """One look at a ladder: what it has reached, whom it has called, who is on duty at this minute."""

    def __init__(
        self,
        session: AsyncSession,
        ladder: DutyLadder,
        report: Report,
        there: OnCall,
        *,
        after: Waits,
        now: datetime,
    ) -> None:
        """Take what is known; nothing has been reached yet."""
        self.reached: set[Rung] = set()
        self.called: set[tuple[Rung, UUID]] = set()
        self.is_new = False
        self._session, self._ladder, self._report = session, ladder, report
        self._there, self._after, self._now = there, after, now

    @classmethod
    async def of(
        cls, session: AsyncSession, ladder: DutyLadder, report: Report, *, now: datetime
    ) -> "_Climbing":
        """Return a look at a locked ladder."""
        there = await roster.on_call(session, report.area_code, now=now)
        code, category_id = report.area_code, report.category_id
        after = await waits.in_area(session, code, category_id=category_id, on=local_day(now))
        self = cls(session, ladder, report, there, after=after, now=now)
        self.reached.update(
            await session.scalars(select(DutyRung.rung).where(DutyRung.ladder_id == ladder.id))
        )
        calls = select(DutyCall.rung, DutyCall.account_id).where(DutyCall.ladder_id == ladder.id)
        self.called.update((rung, account_id) for rung, account_id in await session.execute(calls))
        return self

    def due_at(self, rung: Rung) -> datetime:
        """Return when a rung is reached at the latest."""
        return self._ladder.started_at + self._after[rung]

    def reach(self, rung: Rung) -> bool:
        """Climb to a rung if its time has come or the one below it has nobody; tell whether it is reached."""
        below = list(Rung)[: list(Rung).index(rung)]
        is_void_below = bool(below) and not any(at is below[-1] for at, _ in self.called)
        if self._now < self.due_at(rung) and not is_void_below:
            return False
        people = self._there[rung]
        self._session.add(
            DutyRung(
                ladder_id=self._ladder.id,
                rung=rung,
                due_at=self.due_at(rung),
                reached_at=self._now,
                on_duty=len(people),
            )
        )
        event = DutyRungReached(self._report.id, self._ladder.id, rung.value, len(people))
        outbox.record(self._session, event, now=self._now, area_code=self._report.area_code)
        self.reached.add(rung)
        self.is_new = True
        return True

    async def call(self, rung: Rung) -> None:
        """Call everybody on duty on a rung who was not called on it before."""
        for person in self._there[rung]:
            if (rung, person.id) in self.called:
                continue
            call = DutyCall(
                id=new_id(),
                ladder_id=self._ladder.id,
                rung=rung,
                account_id=person.id,
                called_at=self._now,
            )
            self._session.add(call)
            await self._session.flush()
            await telling.call(self._session, call, self._report, now=self._now)
            self.called.add((rung, person.id))


async def _end(session: AsyncSession, ladder: DutyLadder, report: Report, *, now: datetime) -> bool:
    """End a ladder whose case somebody has in hand, or that is no emergency any more."""
    moved = (
        select(ReportStep)
        .where(
            ReportStep.report_id == report.id,
            ReportStep.at >= ladder.started_at,
            ReportStep.actor.in_(_AWAKE),
            ReportStep.move.not_in(_CORRECTIONS),
        )
        .order_by(ReportStep.id)
        .limit(1)
    )
    if step := await session.scalar(moved):
        seen = DutyAcknowledgement(
            ladder_id=ladder.id,
            at=step.at,
            how=AcknowledgedBy.CASE,
            account_id=step.actor_id,
            name=step.actor_name,
        )
        await note(session, ladder, report, seen, now=now)
        return True
    if needs(report):
        return False
    ladder.state, ladder.next_at, ladder.ended_at = LadderState.OVER, None, now
    await telling.stop_ringing(session, ladder, now=now)
    return True


async def note(
    session: AsyncSession, ladder: DutyLadder, report: Report, seen: DutyAcknowledgement, *, now: datetime
) -> None:
    """Write that somebody has seen the emergency of a locked ladder: nobody else is called."""
    session.add(seen)
    ladder.state, ladder.next_at, ladder.ended_at = LadderState.ACKNOWLEDGED, None, now
    event = DutyAcknowledged(report.id, ladder.id)
    outbox.record(session, event, now=now, area_code=report.area_code)
    await session.flush()
    await telling.taken(session, ladder, report, seen, now=now)
    await outbox.announce(session, Channel.REPORTS, [report.id])


async def climb_due(session: AsyncSession, *, now: datetime) -> int:
    """Climb every ladder whose time has come; one that fails does not keep the others from calling."""
    due = select(DutyLadder).where(DutyLadder.next_at <= now).order_by(DutyLadder.next_at).limit(_BATCH)
    found = (await session.scalars(due.with_for_update(skip_locked=True))).all()
    for each in found:
        await _apart(session, climb(session, each, now=now), about=each.report_id)
    return len(found)


async def begin_missed(session: AsyncSession, *, now: datetime) -> int:
    """Begin what no reaction has begun: an event may be held, or passed over by an older worker."""
    waiting = (
        select(Report.id, Report.submitted_at)
        .where(
            # As its index says it, word for word: with parameters the planner could not use it.
            text("reports.urgency = 'emergency' AND reports.state = 'submitted'"),
            Report.submitted_at > now - _MISSED_WITHIN,
            Report.is_confidential.is_(False),
            ~exists().where(DutyLadder.report_id == Report.id),
        )
        .order_by(Report.submitted_at)
        .limit(_BATCH)
    )
    found = (await session.execute(waiting)).all()
    for report_id, submitted_at in found:
        await _apart(session, begin(session, report_id, since=submitted_at, now=now), about=report_id)
    return len(found)


async def _apart(session: AsyncSession, work: Awaitable[object], *, about: UUID) -> None:
    """Do work that vanishes alone when it fails; it is tried again on the next round."""
    try:
        async with session.begin_nested():
            await work
    except Exception as error:
        if trouble_of(error) is Trouble.AWAY:
            raise
        log.exception("ladder failed", report_id=str(about))
