"""An invented neighbour that speaks Open311, switched off: an example of how one is set up."""

import random
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import HandlingUnit, Open311Endpoint, Open311Format, UnitKind
from app.services.demo.places import District
from app.services.open311.contact import ANY

_SERVICES = {"road_damage": "pothole", ANY: "other"}


async def add_neighbour(
    session: AsyncSession, district: District, dice: random.Random, *, now: datetime
) -> None:
    """Add a unit of a district that is another city's endpoint; nothing goes there."""
    unit = HandlingUnit(
        id=UUID(bytes=dice.randbytes(16), version=4),
        name="示例:邻市城市运行平台",
        kind=UnitKind.OPEN311,
        area_code=district.code,
        phone=f"{district.landline}-0000000",
        changed_at=now,
    )
    session.add(unit)
    await session.flush()
    session.add(
        Open311Endpoint(
            unit_id=unit.id,
            url="https://open311.example.com/v2/",
            fmt=Open311Format.JSON,
            jurisdiction_id="city.example.com",
            services={
                "road_damage": {"code": "pothole", "attributes": {}},
                ANY: {"code": "other", "attributes": {}},
            },
            statuses={"已办结待回访": "done"},
            has_updates=True,
            is_enabled=False,
            changed_at=now,
        )
    )
