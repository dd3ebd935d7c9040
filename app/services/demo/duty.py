"""A community's roster round the clock, and how its district's past emergencies were answered."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Role
from app.core.clock import SHANGHAI, local_day
from app.models import (
    Account,
    AcknowledgedBy,
    DutyAcknowledgement,
    DutyCall,
    DutyLadder,
    DutyRank,
    DutyRung,
    DutyShift,
    LadderState,
    Report,
    RoleGrant,
    Rung,
    Urgency,
)
from app.models.base import Base
from app.services import authority
from app.services.duty.waits import SHIPPED

_DAYS_BACK, _DAYS_AHEAD = 7, 7
_MOST_LADDERS = 40
_MORNING, _EVENING, _TURN = time(8, tzinfo=SHANGHAI), time(20, tzinfo=SHANGHAI), timedelta(hours=12)
# How many minutes it took until somebody said "seen"; null: nobody was on duty that night.
_ANSWERS = (1, 2, 2, 3, 4, 6, 8, 11, 17, None)


@dataclass(frozen=True, slots=True)
class Crew:
    """Who answers: a grid member at night, staff by day and as backup, the district's officer last."""

    member: Account
    staff: Account
    officer: Account

    def at(self, rung: Rung) -> Account:
        """Return who stands on a rung at night."""
        return {Rung.FIRST: self.member, Rung.BACKUP: self.staff, Rung.DISTRICT: self.officer}[rung]


async def add(
    session: AsyncSession, community: str, district: str, *, dice: random.Random, now: datetime
) -> None:
    """Add a fortnight of turns, with a gap on the last evening, and the ladders of past emergencies."""
    crew = Crew(
        await _holder(session, Role.PART_TIME_GRID_MEMBER, community),
        await _holder(session, Role.COMMUNITY_STAFF, community),
        await _holder(session, Role.DISTRICT_OFFICER, district),
    )
    session.add_all(_turns(crew, community, district, dice, now))
    emergencies = (
        select(Report)
        .where(
            Report.urgency == Urgency.EMERGENCY,
            Report.decided_at.is_not(None),
            authority.within(Report.area_code.expression, district),
        )
        .order_by(Report.submitted_at.desc(), Report.id)
        .limit(_MOST_LADDERS)
    )
    rows = [row for report in await session.scalars(emergencies) for row in _ladder(report, crew, dice)]
    session.add_all(row for row in rows if isinstance(row, DutyLadder))
    await session.flush()
    session.add_all(rows)
    await session.flush()


async def _holder(session: AsyncSession, role: Role, area_code: str) -> Account:
    query = (
        select(Account)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(RoleGrant.role == role, RoleGrant.area_code == area_code)
    )
    return (await session.scalars(query)).one()


def _id(dice: random.Random) -> UUID:
    return UUID(bytes=dice.randbytes(16), version=4)


def _turns(
    crew: Crew, community: str, district: str, dice: random.Random, now: datetime
) -> Iterator[DutyShift]:
    def turn(
        who: Account, rank: DutyRank, starts_at: datetime, lasts: timedelta = _TURN, area: str = community
    ) -> DutyShift:
        return DutyShift(
            id=_id(dice),
            area_code=area,
            account_id=who.id,
            rank=rank,
            starts_at=starts_at,
            ends_at=starts_at + lasts,
            changed_at=now,
            changed_by=crew.officer.id,
        )

    first_day = local_day(now) - timedelta(days=_DAYS_BACK)
    for number in range(_DAYS_BACK + _DAYS_AHEAD):
        day = first_day + timedelta(days=number)
        morning, evening = datetime.combine(day, _MORNING), datetime.combine(day, _EVENING)
        yield turn(crew.staff, DutyRank.FIRST, morning)
        yield turn(crew.member, DutyRank.BACKUP, morning)
        yield turn(crew.member, DutyRank.FIRST, evening)
        if number < _DAYS_BACK + _DAYS_AHEAD - 1:
            yield turn(crew.staff, DutyRank.BACKUP, evening)
    fortnight = timedelta(days=_DAYS_BACK + _DAYS_AHEAD)
    start = datetime.combine(first_day, _MORNING)
    yield turn(crew.officer, DutyRank.FIRST, start, fortnight, district)


def _ladder(report: Report, crew: Crew, dice: random.Random) -> Iterator[Base]:
    """Return the rows of an emergency's ladder, as it was climbed until somebody answered."""
    minutes = dice.choice(_ANSWERS)
    start, decided_at = report.submitted_at, report.decided_at
    if decided_at is None:
        return
    seen_at = decided_at if minutes is None else start + timedelta(minutes=minutes)
    ladder = DutyLadder(
        id=_id(dice),
        report_id=report.id,
        round=1,
        state=LadderState.ACKNOWLEDGED,
        started_at=start,
        ended_at=seen_at,
    )
    yield ladder
    reached = [rung for rung in Rung if minutes is None or start + SHIPPED[rung] <= seen_at]
    for rung in reached:
        due_at = start + SHIPPED[rung]
        at = start if minutes is None else due_at
        yield DutyRung(
            ladder_id=ladder.id, rung=rung, due_at=due_at, reached_at=at, on_duty=int(minutes is not None)
        )
        if minutes is not None:
            who = crew.at(rung)
            yield DutyCall(id=_id(dice), ladder_id=ladder.id, rung=rung, account_id=who.id, called_at=at)
    answered = crew.staff if minutes is None else crew.at(reached[-1])
    yield DutyAcknowledgement(
        ladder_id=ladder.id,
        at=seen_at,
        how=AcknowledgedBy.CASE if minutes is None else AcknowledgedBy.SIGNED_IN,
        account_id=answered.id,
        name=answered.display_name,
    )
