"""kill -9 between a free place and the word of it: one is offered it, in the order of coming, told once."""

import asyncio
import signal
import sys
from datetime import timedelta

from sqlalchemy import select

from app.models import Notification, SignUp, SignUpState
from tests.activities.dying import STAGES
from tests.activities.world import NOW, make_world, react, rider
from tests.factories.volunteering import make_activity, make_role, make_shift, make_sign_up


async def offered_and_told(own_runtime, role_id) -> tuple[list[int], list[str]]:
    """Return who in the line has an offer, and what was told to anybody."""
    async with own_runtime.db.reading() as session:
        query = select(SignUp.line_no).where(SignUp.role_id == role_id, SignUp.state == SignUpState.OFFERED)
        told = await session.scalars(select(Notification.kind).order_by(Notification.id))
        return list(await session.scalars(query)), list(told)


async def test_killed_between_promotion_and_telling_nobody_is_lost_or_told_twice(own_runtime, own_url):
    async with own_runtime.db.writing() as session:
        world = await make_world(session)
        activity = await make_activity(session, world.team)
        role = await make_role(
            session, await make_shift(session, activity, NOW + timedelta(days=2)), places=1
        )
        for _ in range(3):
            person = await rider(session)
            await make_sign_up(session, role, person.account_id, state=SignUpState.WAITING)

    seen = []
    for stage in STAGES:
        dying = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.activities.dying", own_url, stage, NOW.isoformat()
        )
        assert await dying.wait() == -signal.SIGKILL
        seen.append(await offered_and_told(own_runtime, role.id))
    # Dead before the commit nothing had happened; after it the offer stands and waits to be told.
    assert seen == [([], []), ([1], []), ([1], [])]
    await react(own_runtime, NOW)
    assert await offered_and_told(own_runtime, role.id) == ([1], ["activity.offered"])
    await react(own_runtime, NOW)
    assert await offered_and_told(own_runtime, role.id) == ([1], ["activity.offered"])
