"""A shift in the evening with its organiser and its volunteers, for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.geo import CoordType
from app.models import Account, PlaceKind, SignUp
from tests.clients import ClientFor, TestClock
from tests.factories.accounts import make_account
from tests.factories.stations import SUZHOU
from tests.factories.volunteering import (
    make_activity,
    make_member,
    make_organisation,
    make_role,
    make_shift,
    make_sign_up,
    make_team,
)

# 18:30 in China on the last day of a month; the shift ends at 00:40 (domain J7).
EVENING = datetime(2026, 11, 30, 10, 30, tzinfo=UTC)
MINUTES = 370
HERE = {"lat": SUZHOU.lat, "lon": SUZHOU.lon, "coord_type": "wgs84", "accuracy_m": 20.0}


class Evening:
    """Who runs the shift, who has a place in it, and what they tap."""

    def __init__(self, session: AsyncSession, client_for: ClientFor, clock: TestClock) -> None:
        self.session, self.client_for, self.clock = session, client_for, clock

    async def set_up(self, *, break_minutes: int = 0, **given: Any) -> "Evening":
        session = self.session
        organisation = await make_organisation(session)
        self.organisation = organisation
        self.team = await make_team(session, organisation)
        organiser = await make_account(session, display_name="王队长")
        await make_member(session, self.team, organiser.id, is_coordinator=True)
        self.organiser = self.client_for(Actor(organiser.id))
        place = {
            "place_kind": PlaceKind.POINT,
            "lat": SUZHOU.lat,
            "lon": SUZHOU.lon,
            "given_lat": SUZHOU.lat,
            "given_lon": SUZHOU.lon,
            "given_coord_type": CoordType.WGS84,
        }
        self.activity = await make_activity(session, self.team, **{**place, **given})
        self.shift = await make_shift(
            session, self.activity, EVENING, minutes=MINUTES, break_minutes=break_minutes
        )
        self.role = await make_role(session, self.shift, places=100)
        self.path = f"/v1/attendance/shifts/{self.shift.id}"
        await session.commit()
        return self

    async def join(self, name: str = "小蜂") -> "Volunteer":
        account = await make_account(self.session, display_name=name)
        sign_up = await make_sign_up(self.session, self.role, account.id)
        await self.session.commit()
        return Volunteer(self, account, sign_up)

    def at(self, minutes: float) -> datetime:
        """Set the clock to so many minutes after the planned start."""
        self.clock.at = EVENING + timedelta(minutes=minutes)
        return self.clock.at

    async def code(self) -> str:
        shown = await self.organiser.get(f"{self.path}/code")
        assert shown.status_code == 200, shown.text
        return shown.json()["path"]


class Volunteer:
    """Somebody with a place in the shift, and their phone."""

    def __init__(self, evening: Evening, account: Account, sign_up: SignUp) -> None:
        self.evening, self.account, self.sign_up = evening, account, sign_up
        self.client = evening.client_for(Actor(account.id))

    async def tap(self, kind: str, minutes: float, **given: Any) -> Any:
        """Tap so many minutes after the planned start, by code unless told otherwise."""
        at = self.evening.at(minutes)
        proof = {} if "code" in given else {"code": await self.evening.code()}
        body = {"id": str(uuid4()), "kind": kind, "captured_at": at.isoformat(), **proof, **given}
        return await self.client.post(f"{self.evening.path}/taps", json=body)

    async def stay(self, since: float, until: float, **given: Any) -> dict[str, Any]:
        """Sign in and out, and return the attendance."""
        for kind, minutes in (("in", since), ("out", until)):
            response = await self.tap(kind, minutes, **given)
            assert response.status_code == 200, response.text
        return response.json()

    async def hours(self) -> list[tuple[int, str, str]]:
        """Return one's entries: minutes, provenance, grade."""
        items = (await self.client.get("/v1/ledger/me/entries")).json()["items"]
        return [(each["minutes"], each["provenance"], each["grade"]) for each in reversed(items)]
