"""Which groups are told: an area's officers paste the address that the vendor shows, and keep nothing of it.

Of the address only the key is kept, encrypted: where it is sent to is a setting, so that no address which
somebody typed is ever asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.urgency import RobotVendor
from app.models import GroupRobot, HandlingUnit, RobotFact
from app.services import areas, authority
from app.services.accounts.vault import Vault
from app.services.robots.errors import RobotAddressRefused, RobotVendorMissing

_OFFICERS = (Role.DISTRICT_OFFICER,)
_KEYS: Mapping[RobotVendor, str] = {
    RobotVendor.WECOM: r"/cgi-bin/webhook/send\?key=([A-Za-z0-9-]{8,100})",
    RobotVendor.DINGTALK: r"/robot/send\?access_token=([A-Za-z0-9]{8,100})",
    RobotVendor.FEISHU: r"/open-apis/bot/v2/hook/([A-Za-z0-9-]{8,100})",
}
_SECRET = re.compile(r"[!-~]{0,200}")


@dataclass(frozen=True, slots=True)
class NewRobot:
    """A robot as its group's settings show it; for a unit's group the area is the unit's."""

    vendor: RobotVendor
    name: str
    address: str
    secret: str
    facts: Sequence[RobotFact]
    area_code: str
    unit_id: UUID | None = None


async def create(
    session: AsyncSession,
    new: NewRobot,
    *,
    bases: Mapping[RobotVendor, str],
    vault: Vault,
    by: Actor,
    now: datetime,
) -> GroupRobot:
    """Have a group told of an area's cases, or of a unit's.

    Args:
        session: the transaction.
        new: what the officer typed.
        bases: where each vendor's robots are asked.
        vault: encrypts the key and the secret.
        by: who asks.
        now: the present instant.

    Raises:
        NotFound: the area is not the caller's, or the unit is not of the area.
        RobotVendorMissing, RobotAddressRefused: see there.
    """
    await areas.get(session, new.area_code)
    if not authority.may(by, roles=_OFFICERS, area_code=new.area_code):
        raise NotFound
    if new.unit_id is not None:
        unit = await session.get(HandlingUnit, new.unit_id)
        if unit is None or not authority.is_within(unit.area_code, new.area_code):
            raise NotFound
    robot = GroupRobot(
        area_code=new.area_code,
        unit_id=new.unit_id,
        vendor=new.vendor,
        name=new.name,
        target_encrypted=vault.encrypt_shared(_target(new, bases)),
        is_signed=bool(new.secret),
        facts=sorted({fact.value for fact in new.facts}),
        created_at=now,
        created_by=by.account_id,
    )
    session.add(robot)
    await session.flush()
    return robot


def _target(new: NewRobot, bases: Mapping[RobotVendor, str]) -> str:
    if (base := bases.get(new.vendor, "")) == "":
        raise RobotVendorMissing
    found = re.fullmatch(re.escape(base.rstrip("/")) + _KEYS[new.vendor], new.address)
    if found is None or not _SECRET.fullmatch(new.secret):
        raise RobotAddressRefused
    return f"{found[1]} {new.secret}".strip()


def _mine(by: Actor) -> ColumnElement[bool]:
    in_area = authority.covers(by, roles=_OFFICERS, area=GroupRobot.area_code)
    return and_(in_area, GroupRobot.ended_at.is_(None))


async def list_robots(session: AsyncSession, *, by: Actor) -> Sequence[GroupRobot]:
    """Return the robots of the caller's areas, the newest first."""
    query = select(GroupRobot).where(_mine(by)).order_by(GroupRobot.created_at.desc(), GroupRobot.id.desc())
    return (await session.scalars(query)).all()


async def _own(session: AsyncSession, robot_id: UUID, *, by: Actor) -> GroupRobot:
    robot = await session.scalar(select(GroupRobot).where(GroupRobot.id == robot_id, _mine(by)))
    if robot is None:
        raise NotFound
    return robot


async def enable(session: AsyncSession, robot_id: UUID, *, by: Actor) -> GroupRobot:
    """Have a robot speak again that was disabled; what waits goes on.

    Raises:
        NotFound: there is none in the caller's areas.
    """
    robot = await _own(session, robot_id, by=by)
    robot.disabled_at = robot.failing_since = robot.last_error = robot.busy_until = None
    return robot


async def end(session: AsyncSession, robot_id: UUID, *, by: Actor, now: datetime) -> None:
    """Tell a group no more, and forget its key.

    Raises:
        NotFound: there is none in the caller's areas.
    """
    robot = await _own(session, robot_id, by=by)
    robot.ended_at, robot.target_encrypted = now, b""


async def rotate_keys(session: AsyncSession, *, vault: Vault) -> None:
    """Encrypt every key and secret anew, by the first key; they stay what they are."""
    kept = select(GroupRobot).where(GroupRobot.ended_at.is_(None)).with_for_update()
    for robot in await session.scalars(kept):
        robot.target_encrypted = vault.rotate_shared(robot.target_encrypted)
