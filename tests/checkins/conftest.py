"""A rider, a manager and a station that is open every day from eight to eight."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.models import Station
from tests.clients import ClientFor, TestClock
from tests.factories.accounts import make_account
from tests.factories.stations import make_station

# Friday noon in China.
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@dataclass
class World:
    """One station, its people, and the calls that tests make over and over."""

    station: Station
    account_id: UUID
    rider: AsyncClient
    manager: AsyncClient
    clock: TestClock

    async def tap(
        self, *, rider: AsyncClient | None = None, station: UUID | None = None, **given
    ) -> Response:
        """Check in, now unless told otherwise."""
        assert self.clock.at is not None
        body = {"id": str(uuid4()), "captured_at": self.clock.at.isoformat(), **given}
        where = station or self.station.id
        return await (rider or self.rider).post(f"/v1/stations/{where}/checkins", json=body)

    async def correct(self, kind: str, value: int, **given) -> Response:
        """Tap the counter."""
        assert self.clock.at is not None
        now = self.clock.at.isoformat()
        body = {"id": str(uuid4()), "kind": kind, "value": value, "captured_at": now, **given}
        return await self.manager.post(f"/v1/stations/{self.station.id}/occupancy/corrections", json=body)

    async def inside(self) -> int:
        """Return how many the manager sees inside."""
        return (await self.manager.get(f"/v1/stations/{self.station.id}/occupancy")).json()["inside"]


@pytest.fixture
async def world(session: AsyncSession, client_for: ClientFor, clock: TestClock) -> World:
    clock.at = NOON
    station = await make_station(session, opening_hours="Mo-Su 08:00-20:00")
    rider, manager = await make_account(session), await make_account(session, display_name="王站长")
    await session.commit()
    return World(
        station,
        rider.id,
        client_for(Actor(rider.id)),
        client_for(Actor(manager.id, (Grant(Role.STATION_MANAGER, station_id=station.id),))),
        clock,
    )


@pytest.fixture
async def new_rider(session: AsyncSession, client_for: ClientFor):
    """Make another rider's client."""

    async def make() -> AsyncClient:
        account = await make_account(session)
        await session.commit()
        return client_for(Actor(account.id))

    return make
