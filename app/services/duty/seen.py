"""What a rider is told of who has seen their emergency: honestly, at once, and whom to call themselves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import DutyAcknowledgement, DutyLadder, DutyRung, LadderState, Report, Rung, Urgency
from app.services.duty import ladder, roster
from app.services.reports import phones

# Where the category names nobody: answers can make an emergency of any category.
_ANYBODY: Sequence[dict[str, Any]] = (
    {"number": "110", "zh": "公安", "en": "Police"},
    {"number": "119", "zh": "消防救援", "en": "Fire and rescue"},
    {"number": "120", "zh": "医疗急救", "en": "Ambulance"},
)


_TO_ANSWER = timedelta(minutes=5)  # as the first rung has before the next one is called


class DutyState(StrEnum):
    """What the duty desk knows of an emergency."""

    CALLING = "calling"  # somebody was called and has not answered yet
    UNANSWERED = "unanswered"  # everybody there is was called, and nobody has answered: call yourself
    NOBODY = "nobody"  # nobody is on duty: call one of the numbers
    SEEN = "seen"
    OVER = "over"


_STATES = {
    LadderState.CALLING: DutyState.CALLING,
    LadderState.NOBODY: DutyState.NOBODY,
    LadderState.ACKNOWLEDGED: DutyState.SEEN,
    LadderState.OVER: DutyState.OVER,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """How the duty desk stands to an emergency, and whom to call whatever it says; names nobody of it."""

    state: DutyState
    seen_at: datetime | None
    phones: Sequence[dict[str, Any]]


async def of_report(session: AsyncSession, report: Report, *, now: datetime) -> Seen | None:
    """Return what a rider is told of a case; nothing when it never was an emergency, or is a secret one.

    Before the first call is made, a moment after the report, it says what is about to happen.
    """
    if report.urgency is not Urgency.EMERGENCY or report.is_confidential:
        return None
    last = await ladder.newest(session, report.id)
    if last is None and not ladder.needs(report):
        return None
    return Seen(
        await _state(session, report, last, now=now),
        await _seen_at(session, last),
        await phones.at(session, report.category_id, area_code=report.area_code) or _ANYBODY,
    )


async def of_reports(session: AsyncSession, ids: Collection[UUID], *, now: datetime) -> dict[UUID, Seen]:
    """Return what riders are told of some cases, of those that are or were emergencies."""
    emergencies = select(Report).where(Report.id.in_(ids), Report.urgency == Urgency.EMERGENCY)
    found = (await session.scalars(emergencies)).all()
    said = {report.id: await of_report(session, report, now=now) for report in found}
    return {report_id: each for report_id, each in said.items() if each is not None}


async def _state(
    session: AsyncSession, report: Report, last: DutyLadder | None, *, now: datetime
) -> DutyState:
    if last is not None:
        is_out = last.state is LadderState.CALLING and await _is_climbed(session, last, now=now)
        return DutyState.UNANSWERED if is_out else _STATES[last.state]
    there = await roster.on_call(session, report.area_code, now=now)
    return DutyState.CALLING if any(there.values()) else DutyState.NOBODY


async def _is_climbed(session: AsyncSession, last: DutyLadder, *, now: datetime) -> bool:
    """Tell whether the last rung was called, and had its time to answer."""
    top = select(DutyRung.reached_at).where(DutyRung.ladder_id == last.id, DutyRung.rung == list(Rung)[-1])
    reached_at = await session.scalar(top)
    return reached_at is not None and now >= reached_at + _TO_ANSWER


async def _seen_at(session: AsyncSession, last: DutyLadder | None) -> datetime | None:
    seen = None if last is None else await session.get(DutyAcknowledgement, last.id)
    return None if seen is None else seen.at
