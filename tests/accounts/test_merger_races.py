"""Two accounts of one person merge while others do, too."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models import (
    Account,
    Occupancy,
    RoleGrant,
    Visit,
)
from app.services import mergers
from tests.accounts.conftest import NUMBER, Phone
from tests.accounts.test_api_mergers import OTHER, both_in, check_in, merge, noon
from tests.factories.stations import make_station

__all__ = ["noon"]


@pytest.fixture
async def own_pair(own_phone):
    """Two phones of one person, signed in, on a database with real commits."""
    second = Phone(type(own_phone.client)(transport=own_phone.client._transport, base_url="http://test"),
                   own_phone.runtime)  # fmt: skip
    yield own_phone, second
    await second.client.aclose()


async def test_two_mergers_at_once_leave_one_account(own_pair, clock):
    """Each phone wants to be the one that stays; whoever is first wins."""
    first, second = own_pair
    ids = await both_in(first, second, clock)
    own, other = await first.code(), await first.code(OTHER)

    answers = await asyncio.gather(
        merge(first, own, other), merge(second, other, own, NUMBER), merge(first, own, other)
    )

    assert [answer.status_code for answer in answers].count(200) == 1
    assert {answer.status_code for answer in answers} <= {200, 401, 403, 409}
    async with first.runtime.db.reading() as session:
        statuses = (await session.scalars(select(Account.status).where(Account.id.in_(ids)))).all()
        assert sorted(statuses) == ["active", "deleted"]


async def test_check_ins_of_both_phones_during_the_merger_leave_one_open_visit(own_pair, clock):
    first, second = own_pair
    async with first.runtime.db.writing() as session:
        stations = [(await make_station(session)).id for _ in range(2)]
    survivor, absorbed = await both_in(first, second, clock)
    await check_in(first, stations[0], clock.at)
    await check_in(second, stations[1], clock.at + timedelta(seconds=1))
    own, other = await first.code(), await first.code(OTHER)

    taps = [
        check_in(phone, station, clock.at + timedelta(seconds=2 + n))
        for n, (phone, station) in enumerate(
            [(first, stations[1]), (second, stations[0]), (first, stations[0]), (second, stations[1])]
        )
    ]
    answers = await asyncio.gather(*taps, merge(first, own, other))

    assert {answer.status_code for answer in answers} <= {200, 201, 401, 409, 503}
    if answers[-1].status_code != 200:
        assert (await merge(first, own, other)).status_code == 200
    async with first.runtime.db.writing() as session:
        await mergers.adopt_late(session, now=clock.at)
    async with first.runtime.db.reading() as session:
        open_visits = select(Visit.account_id).where(Visit.ended_at.is_(None))
        assert (await session.scalars(open_visits)).all() == [survivor]
        left = select(func.count()).select_from(Visit).where(Visit.account_id == absorbed)
        assert await session.scalar(left) == 0
        counted = await session.scalar(select(func.sum(Occupancy.open_visits)))
        assert counted == 1
        assert (await session.scalars(select(RoleGrant))).all() == []
