"""When a copy may go out, by which way, and how fast a vendor is asked: pure rules."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.core.clock import SHANGHAI
from app.core.urgency import PushChannel, Urgency
from app.jobs.pacing import Breaker, Pace
from app.services.notifications.order import Way, tiers_of, ways_from
from app.services.notifications.sending import pause
from app.services.notifications.timing import Say, digest_at, may_go_at

NIGHT = {"quiet_from": 22 * 60, "quiet_to": 7 * 60}
NOON_BREAK = {"quiet_from": 12 * 60, "quiet_to": 13 * 60 + 30}


def at(day: int, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("say", "now", "expected"),
    [
        ({}, at(20, "23:00"), at(20, "23:00")),
        (NIGHT, at(20, "21:59"), at(20, "21:59")),
        (NIGHT, at(20, "22:00"), at(21, "07:00")),
        (NIGHT, at(21, "06:59"), at(21, "07:00")),
        (NIGHT, at(21, "07:00"), at(21, "07:00")),
        (NOON_BREAK, at(20, "12:00"), at(20, "13:30")),
        (NOON_BREAK, at(20, "13:30"), at(20, "13:30")),
        ({"quiet_from": 60, "quiet_to": 60}, at(20, "01:00"), at(20, "01:00")),
        ({"riding_until": at(20, "19:00")}, at(20, "18:00"), at(20, "19:00")),
        ({"riding_until": at(20, "23:00"), **NIGHT}, at(20, "18:00"), at(21, "07:00")),
        ({"topics": {"reports": "off"}}, at(20, "08:30"), None),
        ({"topics": {"places": "off"}}, at(20, "08:30"), at(20, "08:30")),
    ],
)
def test_when_a_copy_may_go_out(say, now, expected):
    asked = {"now": now.astimezone(UTC)}
    assert may_go_at(Say(**say), "reports", Urgency.NORMAL, **asked) == expected
    assert may_go_at(Say(**say), "reports", Urgency.EMERGENCY, **asked) == now


@pytest.mark.parametrize(
    ("mode", "told_at", "expected"),
    [
        ("digest", at(20, "08:29"), at(20, "08:30")),
        ("digest", at(20, "08:30"), at(21, "08:30")),
        ("hourly", at(20, "18:00"), at(20, "19:00")),
        ("hourly", at(20, "23:59"), at(21, "00:00")),
        ("off", at(20, "08:30"), None),
    ],
)
def test_which_digest_speaks_for_it_and_that_nothing_urgent_waits(mode, told_at, expected):
    say, asked = Say(topics={"reports": mode}), {"told_at": told_at.astimezone(UTC)}

    assert digest_at(say, "reports", Urgency.NORMAL, **asked) == expected
    assert digest_at(say, "reports", Urgency.URGENT, **asked) is None
    assert digest_at(say, "places", Urgency.NORMAL, **asked) is None


def test_each_phone_is_reached_once_by_the_best_channel_it_has():
    phone, tablet = uuid4(), uuid4()
    ways = [
        Way(PushChannel.FCM, uuid4(), phone),
        Way(PushChannel.GETUI, uuid4(), phone),
        Way(PushChannel.WEB_PUSH, uuid4(), tablet),
        Way(PushChannel.SMS),
    ]
    everything = set(PushChannel)

    tier, chosen = ways_from(0, tiers_of(Urgency.NORMAL), ways, available=everything)
    assert (tier, [way.channel for way in chosen]) == (1, [PushChannel.GETUI, PushChannel.WEB_PUSH])
    assert ways_from(tier + 1, tiers_of(Urgency.NORMAL), ways, available=everything) == (3, [])
    tier, chosen = ways_from(1, tiers_of(Urgency.EMERGENCY), ways, available=everything)
    assert [way.channel for way in chosen] == [PushChannel.SMS]
    tier, chosen = ways_from(0, tiers_of(Urgency.NORMAL), ways, available={PushChannel.FCM})
    assert [way.channel for way in chosen] == [PushChannel.FCM]
    assert ways_from(0, tiers_of(Urgency.NORMAL), ways, available={PushChannel.SMS})[1] == []


class Ticks:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_vendor_gets_no_more_than_it_bears():
    ticks = Ticks()
    pace = Pace(10, 100, ticks)

    assert pace.allowance() == 10
    pace.spend(10)
    assert pace.allowance() == 0
    assert pace.wait_s() == pytest.approx(0.1)
    ticks.now = 0.35
    assert pace.allowance() == 3
    ticks.now = 1000
    assert pace.allowance() == 10
    assert Pace(5000, 500, ticks).allowance() == 500


def test_a_vendor_that_is_down_is_left_alone_longer_and_longer_and_tried_by_one():
    ticks = Ticks()
    breaker = Breaker(ticks)
    rests = []
    for _ in range(2):
        breaker.note(is_down=True)
        assert not breaker.is_open
    for _ in range(9):
        breaker.note(is_down=True)
        assert breaker.is_open
        start = ticks.now
        while breaker.is_open:
            ticks.now += 1
        rests.append(ticks.now - start)
        assert breaker.is_trying
    assert rests == [5, 10, 20, 40, 80, 160, 300, 300, 300]

    breaker.note(is_down=False)
    assert not breaker.is_open
    assert not breaker.is_trying


def test_pauses_double_up_to_a_quarter_of_an_hour_and_spread():
    spread = {pause(1) for _ in range(20)}

    assert len(spread) > 1
    assert all(timedelta(seconds=2.5) <= each <= timedelta(seconds=5) for each in spread)
    assert timedelta(minutes=7) < pause(60) <= timedelta(minutes=15)
