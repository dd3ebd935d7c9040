"""The hub: everybody who listens hears, in order; who does not read is let go."""

import asyncio
from uuid import uuid4

from app.realtime.hub import Hub, area_topic, station_topic


async def test_listeners_hear_their_topics_in_order_and_nothing_else() -> None:
    hub: Hub[int] = Hub()
    station = station_topic(uuid4())
    with hub.subscribe(station, area_topic("620902")) as heard, hub.subscribe(area_topic("6209")) as other:
        hub.publish(station, 1)
        hub.publish(area_topic("620902"), 2)
        hub.publish(area_topic("620802"), 3)

        assert await heard.next(patience_s=1) == [1, 2]
        assert await other.next(patience_s=0.01) == []
        assert hub.listeners == 2
    assert hub.listeners == 0


async def test_a_slow_listener_is_let_go_and_does_not_hold_the_others_up() -> None:
    hub: Hub[int] = Hub()
    with hub.subscribe("t", most_waiting=2) as slow, hub.subscribe("t") as quick:
        for number in range(3):
            hub.publish("t", number)

        assert slow.is_over
        assert [event async for event in slow] == []
        assert await quick.next(patience_s=1) == [0, 1, 2]


async def test_closing_ends_streams_that_wait() -> None:
    hub: Hub[int] = Hub()

    async def read() -> list[int]:
        with hub.subscribe("t") as subscription:
            return [event async for event in subscription]

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    hub.publish("t", 7)
    await asyncio.sleep(0.01)
    hub.close()

    assert await asyncio.wait_for(reading, 1) == [7]
    assert hub.listeners == 0
