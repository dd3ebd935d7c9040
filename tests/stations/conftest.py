"""An officer of the county that the tests' stations lie in."""

import pytest

from app.core.actor import Role
from tests.factories.stations import make_area, make_staff


@pytest.fixture
async def officer(session, client_for):
    await make_area(session)
    return client_for(await make_staff(session, Role.DISTRICT_OFFICER, "620902", name="李科长"))
