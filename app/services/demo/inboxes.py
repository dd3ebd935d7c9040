"""What the demonstration's people were told, and invented phones that hear of it."""

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.urgency import PushChannel
from app.models import Account, PushDevice, Report, ReportFollower, ReportState
from app.services import notifications
from app.services.notifications import About
from app.services.reports import numbers

_TOLD = 20


async def fill(session: AsyncSession, *, now: datetime) -> None:
    """Give everybody who may sign in a phone, and tell riders of their last closed reports."""
    await _add_phones(session, now=now)
    closed = (
        select(Report, ReportFollower.account_id)
        .join(ReportFollower, ReportFollower.report_id == Report.id)
        .where(Report.state == ReportState.CLOSED, ReportFollower.is_reporter)
        .order_by(Report.closed_at.desc(), Report.id)
        .limit(_TOLD)
    )
    for report, account_id in reversed((await session.execute(closed)).all()):
        if report.outcome is None:
            continue
        await notifications.tell(
            session,
            kind="report.closed_rate",
            to=[account_id],
            key=f"closed:{report.id}",
            params={"number": numbers.write(report.number), "outcome": report.outcome.value},
            subject=About("report", report.id),
            area_code=report.area_code,
            collapse_key=f"report:{report.id}",
            now=now,
        )


async def _add_phones(session: AsyncSession, *, now: datetime) -> None:
    accounts = select(Account.id).where(Account.phone_hash.is_not(None)).order_by(Account.id)
    for number, account_id in enumerate(await session.scalars(accounts), start=1):
        token = f"invented-phone-{number:02}"
        session.add(
            PushDevice(
                account_id=account_id,
                session_id=new_id(),
                channel=PushChannel.JPUSH,
                token=token,
                token_hash=hashlib.sha256(f"{PushChannel.JPUSH}\n{token}".encode()).digest(),
                registered_at=now,
                seen_at=now,
            )
        )
    await session.flush()
