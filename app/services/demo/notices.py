"""What the demonstration's officers said to many, and the group chat that hears of a district's cases.

One notice is sent, one is for tomorrow, one waits for approval.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.core.ids import new_id
from app.core.urgency import RobotVendor
from app.models import AudienceKind, Broadcast, GroupRobot, Notification, RobotFact, RoleGrant, Station
from app.services import broadcasts
from app.services.accounts.vault import Vault
from app.services.broadcasts import Audience, Draft, sending
from app.services.notifications import WRITTEN

_SENT_AGO = timedelta(hours=20)
_READERS = 3  # one in so many has read it


async def add(session: AsyncSession, *, vault: Vault, now: datetime) -> None:
    """Write the three, by the commands that officers use, and add a group's robot."""
    officer = await _officer(session, "620503")
    session.add(
        GroupRobot(
            area_code="620503",
            vendor=RobotVendor.WECOM,
            name="示例:麦积区值班群",
            target_encrypted=vault.encrypt_shared("shili-robot-620503"),
            is_signed=False,
            facts=sorted(fact.value for fact in RobotFact),
            created_at=now,
            created_by=officer.account_id,
        )
    )
    wholesome = ("示例:驿站备了姜汤", "示例:今天起驿站备有免费姜汤,到站即取。")
    english = ("Example: ginger tea", "Example: the station has free ginger tea from today on.")
    sent = await _submit(session, "620503", wholesome, english, now=now - _SENT_AGO)
    while await sending.go_on(session, now=now - _SENT_AGO):
        pass
    await _read(session, sent.id, now=now)
    await _submit(
        session,
        "620902",
        ("示例:明天发放反光背心", "示例:明天上午到站可领反光背心,数量有限。"),
        ("Example: reflective vests", "Example: vests are handed out at the station tomorrow morning."),
        send_at=now + timedelta(days=1),
        now=now - timedelta(hours=2),
    )
    await _submit(
        session,
        "620802",
        ("示例:寒潮期间延长开放", "示例:寒潮期间全区驿站延长开放至 22:00。"),
        ("Example: open longer", "Example: stations stay open until 22:00 while the cold wave lasts."),
        kind=AudienceKind.AREA,
        now=now,
    )


async def _submit(
    session: AsyncSession,
    area_code: str,
    zh: tuple[str, str],
    en: tuple[str, str],
    *,
    kind: AudienceKind = AudienceKind.STATION,
    send_at: datetime | None = None,
    now: datetime,
) -> Broadcast:
    """Write and submit a notice as a district's officer, to its first station's visitors or to all of it."""
    by, station = await _officer(session, area_code), await _first_station(session, area_code)
    audience = Audience(kind, area_code)
    if kind is AudienceKind.STATION:
        audience = Audience(kind, station.area_code, station_id=station.id)
    draft = Draft(audience, *zh, *en, send_at=send_at)
    written = await broadcasts.write(session, new_id(), draft, by=by, now=now)
    # However few were invented: a whole district is another officer's to approve.
    ask = kind is AudienceKind.AREA
    return await broadcasts.submit(session, written.id, version=written.version, ask=ask, by=by, now=now)


async def _officer(session: AsyncSession, area_code: str) -> Actor:
    query = select(RoleGrant.account_id).where(
        RoleGrant.role == Role.DISTRICT_OFFICER, RoleGrant.area_code == area_code
    )
    return Actor((await session.scalars(query)).one(), (Grant(Role.DISTRICT_OFFICER, (area_code,)),))


async def _first_station(session: AsyncSession, area_code: str) -> Station:
    return (await session.scalars(select(Station).where(Station.code == f"SHILI-{area_code}-001"))).one()


async def _read(session: AsyncSession, text_id: UUID, *, now: datetime) -> None:
    its = (Notification.kind == WRITTEN) & (Notification.subject_id == text_id)
    number = func.row_number().over(order_by=Notification.account_id)
    rows = select(Notification.id, number.label("number")).where(its).subquery()
    readers = select(rows.c.id).where(rows.c.number % _READERS == 0)
    await session.execute(update(Notification).where(Notification.id.in_(readers)).values(read_at=now))
