"""Robots in group chats, as plain functions."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.urgency import RobotVendor
from app.models import GroupRobot, RobotFact
from app.services.accounts.vault import Vault
from tests.factories.stations import COMMUNITY, make_area

KEY, SECRET = "73febdcb-1b38-4d1b", "SEC-what-nobody-may-read"
MADE_AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


async def make_robot(
    session: AsyncSession, vault: Vault, *, area_code: str = COMMUNITY, secret: str = SECRET, **given
) -> GroupRobot:
    """Make a signed robot of an area's group that is told of everything."""
    await make_area(session, area_code)
    robot = GroupRobot(
        **{
            "id": new_id(),
            "area_code": area_code,
            "vendor": RobotVendor.DINGTALK,
            "name": "值班群",
            "target_encrypted": vault.encrypt_shared(f"{KEY} {secret}".strip()),
            "is_signed": bool(secret),
            "facts": [fact.value for fact in RobotFact],
            "created_at": MADE_AT,
            **given,
        }
    )
    session.add(robot)
    await session.flush()
    return robot
