"""A phone that sends everything at once: the ceiling of photos that belong to nothing holds."""

import asyncio
from uuid import uuid4

from sqlalchemy import func, select

from app.core.actor import Actor
from app.main import create_app
from app.models import Photo
from app.services.photos.commands import MOST_LOOSE
from tests.clients import ClientFor, TestClock
from tests.factories.accounts import make_account
from tests.factories.photos import jpeg, make_photo


async def test_the_last_loose_photo_is_the_last_whoever_else_comes_at_once(own_runtime):
    async with own_runtime.db.writing() as session:
        account = await make_account(session)
        for _ in range(MOST_LOOSE - 1):
            await make_photo(session, account.id)
    client_for, data = ClientFor(create_app(own_runtime), TestClock()), jpeg((64, 48))
    ids = [uuid4() for _ in range(8)]

    async def send(photo_id):
        kind = {"content-type": "image/jpeg"}
        return await client_for(Actor(account.id)).put(f"/v1/photos/{photo_id}", content=data, headers=kind)

    answers = await asyncio.gather(*map(send, ids))
    await client_for.close()

    assert sorted(each.status_code for each in answers) == [200, *[429] * 7]
    async with own_runtime.db.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Photo)) == MOST_LOOSE
