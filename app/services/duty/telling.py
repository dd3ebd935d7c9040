"""What reaches people's inboxes from here: a call, who has it, what the rider is told, a warning near by."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, and_, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    Area,
    Category,
    DutyAcknowledgement,
    DutyCall,
    DutyLadder,
    DutyShift,
    HazardWarning,
    Notification,
    Report,
    ReportFollower,
    Urgency,
)
from app.services import notifications, outbox
from app.services.duty.events import DutyCalled
from app.services.duty.links import CALL_KEY, LIVES
from app.services.notifications import About
from app.services.reports import numbers

_TAKEN = "duty_taken:"


async def call(session: AsyncSession, call: DutyCall, report: Report, *, now: datetime) -> None:
    """Tell somebody on duty of an emergency: what and which number, never who reported it."""
    event = DutyCalled(report.id, call.id, call.rung.value)
    outbox.record(session, event, now=now, area_code=report.area_code)
    await notifications.tell(
        session,
        kind="duty.called",
        to=[call.account_id],
        # Who sends this by SMS makes the call's link from the id in here.
        key=f"{CALL_KEY}:{call.id}",
        now=now,
        params={"number": _number(report), **await _what(session, report)},
        subject=About("emergency", report.id),
        urgency=Urgency.EMERGENCY,
        expires_at=call.called_at + LIVES,
        area_code=report.area_code,
    )


async def taken(
    session: AsyncSession, ladder: DutyLadder, report: Report, seen: DutyAcknowledgement, *, now: datetime
) -> None:
    """Tell the others who were called that somebody has it, and the riders that it was seen."""
    await stop_ringing(session, ladder, now=now)
    called = select(DutyCall.account_id).where(DutyCall.ladder_id == ladder.id)
    others = set(await session.scalars(called)) - {seen.account_id}
    await notifications.tell(
        session,
        kind="duty.taken",
        to=others,
        key=f"{_TAKEN}{ladder.id}",
        now=now,
        params={"number": _number(report), "name": seen.name},
        subject=About("emergency", report.id),
        urgency=Urgency.URGENT,
        area_code=report.area_code,
    )
    await _tell_riders(session, "report.seen_by_duty", ladder, report, now=now)


async def forget_name(session: AsyncSession, account_id: UUID, *, name: str) -> None:
    """Take the name of somebody whose account is gone from what others were told of them."""
    theirs = select(DutyAcknowledgement.ladder_id).where(DutyAcknowledgement.account_id == account_id)
    calls = select(DutyCall.account_id, DutyCall.ladder_id).where(DutyCall.ladder_id.in_(theirs)).subquery()
    told = and_(
        Notification.account_id == calls.c.account_id,
        Notification.event_key == func.concat(_TAKEN, calls.c.ladder_id),
        Notification.kind == "duty.taken",
    )
    forgotten = func.jsonb_set(Notification.params, ["name"], func.to_jsonb(literal(name, Text)))
    await session.execute(update(Notification).where(told).values(params=forgotten))


async def stop_ringing(session: AsyncSession, ladder: DutyLadder, *, now: datetime) -> None:
    """Have nobody called any more by what has not gone out yet."""
    calls = await session.scalars(select(DutyCall.id).where(DutyCall.ladder_id == ladder.id))
    await notifications.recall(session, [f"{CALL_KEY}:{call_id}" for call_id in calls], now=now)


async def nobody(session: AsyncSession, ladder: DutyLadder, report: Report, *, now: datetime) -> None:
    """Tell the riders honestly that nobody is on duty."""
    await _tell_riders(session, "report.nobody_on_duty", ladder, report, now=now)


async def rostered(session: AsyncSession, shift: DutyShift, *, now: datetime) -> None:
    """Tell somebody of their turn, with the appointment for their calendar."""
    await _of_shift(session, "duty.rostered", shift, now=now)


async def off_roster(session: AsyncSession, shift: DutyShift, *, now: datetime) -> None:
    """Tell somebody that a turn of theirs is none any more."""
    await _of_shift(session, "duty.off_roster", shift, now=now)


async def _of_shift(session: AsyncSession, kind: str, shift: DutyShift, *, now: datetime) -> None:
    area = await session.get_one(Area, shift.area_code)
    await notifications.tell(
        session,
        kind=kind,
        to=[shift.account_id],
        key=f"duty_shift:{shift.id}:{shift.version}",
        now=now,
        params={"area": area.name, "starts_at": shift.starts_at, "ends_at": shift.ends_at},
        subject=About("duty_shift", shift.id),
        expires_at=shift.ends_at,
        area_code=shift.area_code,
        collapse_key=f"duty_shift:{shift.id}",
    )


async def _tell_riders(
    session: AsyncSession, kind: str, ladder: DutyLadder, report: Report, *, now: datetime
) -> None:
    followers = select(ReportFollower.account_id).where(ReportFollower.report_id == report.id)
    await notifications.tell(
        session,
        kind=kind,
        to=await session.scalars(followers),
        key=f"{kind}:{ladder.id}",
        now=now,
        params={"number": _number(report)},
        subject=About("report", report.id),
        urgency=Urgency.URGENT,
        area_code=report.area_code,
    )


async def warn(
    session: AsyncSession, warning: HazardWarning, report: Report, to: Iterable[UUID], *, now: datetime
) -> None:
    """Warn those who rest near an emergency, until the warning expires."""
    await notifications.tell(
        session,
        kind="hazard.nearby",
        to=to,
        key=f"warning:{warning.id}",
        now=now,
        params=await _what(session, report),
        subject=About("warning", warning.id),
        urgency=Urgency.URGENT,
        expires_at=warning.expires_at,
        area_code=report.area_code,
    )


async def _what(session: AsyncSession, report: Report) -> dict[str, str]:
    category = await session.get_one(Category, report.category_id)
    return {"category_zh": category.name_zh, "category_en": category.name_en}


def _number(report: Report) -> str:
    return numbers.write(report.number)
