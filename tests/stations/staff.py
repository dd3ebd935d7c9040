"""What tests of the staff's writing share."""

from datetime import UTC, datetime

from sqlalchemy import select

from app.models import OutboxEvent
from tests.factories.stations import COMMUNITY

NOW = datetime(2026, 6, 3, 4, 0, tzinfo=UTC)  # a Wednesday noon
URL = "/v1/stations"


def station_in(**given):
    return {
        "name": "金泉路暖蜂驿站",
        "kind": "warm_station",
        "area_code": COMMUNITY,
        "address": "金泉路 1 号",
        "position": {"lat": 39.7443, "lon": 98.5093, "coord_type": "gcj02"},
        "opening_hours": "Mo-Fr 08:30-18:00",
        **given,
    }


async def events(session, name):
    return (await session.scalars(select(OutboxEvent).where(OutboxEvent.name == name))).all()
