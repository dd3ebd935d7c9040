"""The triage board: every move is told to the desks around it, and nothing confidential to anybody."""

import json
from uuid import uuid4

from app.realtime.cases import STALE, CaseFeed, cases_topic
from app.realtime.hub import Hub
from tests.factories.reports import make_report, make_update
from tests.factories.stations import COMMUNITY


async def test_a_move_reaches_the_areas_around_it(runtime, session):
    report = await make_report(session)
    for is_handled in (False, True, False):
        await make_update(session, report, is_handled=is_handled)
    await session.commit()
    hub: Hub[bytes] = Hub()
    feed = CaseFeed(runtime.db, hub)

    with hub.subscribe(cases_topic(COMMUNITY[:6])) as near, hub.subscribe(cases_topic("620921")) as far:
        await feed.hear({report.id})
        (event,) = await near.next(patience_s=0.1)
        assert await far.next(patience_s=0.01) == []

    case = json.loads(event.split(b"data: ")[1])
    assert (case["id"], case["number"], case["state"]) == (str(report.id), f"NF{report.number}", "submitted")
    assert case["waiting_updates"] == 2


async def test_a_confidential_case_is_told_to_nobody(runtime, session):
    report = await make_report(session, is_confidential=True)
    await session.commit()
    hub: Hub[bytes] = Hub()

    with hub.subscribe(cases_topic(COMMUNITY)) as near:
        await CaseFeed(runtime.db, hub).hear({report.id, uuid4()})
        assert await near.next(patience_s=0.01) == []


async def test_when_nobody_knows_which_the_list_is_read_again(runtime):
    hub: Hub[bytes] = Hub()

    with hub.subscribe(cases_topic(COMMUNITY)) as near:
        await CaseFeed(runtime.db, hub).hear(None)
        assert await near.next(patience_s=0.1) == [STALE]
