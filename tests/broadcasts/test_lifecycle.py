"""The table of what may be done to a broadcast: small enough to be read whole."""

import pytest

from app.models import BroadcastMove, BroadcastState
from app.services.broadcasts import BroadcastMoved, lifecycle

S, M = BroadcastState, BroadcastMove


def test_what_leads_where():
    table = {(state.value, move.value): to.value for (state, move), to in lifecycle.RULES.items()}

    assert table == {
        ("draft", "edit"): "draft",
        ("waiting", "edit"): "draft",
        ("scheduled", "edit"): "draft",
        ("draft", "ask"): "waiting",
        ("draft", "schedule"): "scheduled",
        ("waiting", "approve"): "scheduled",
        ("waiting", "hand_back"): "draft",
        ("scheduled", "hold"): "waiting",
        ("scheduled", "begin"): "sending",
        ("sending", "finish"): "sent",
        ("draft", "cancel"): "cancelled",
        ("waiting", "cancel"): "cancelled",
        ("scheduled", "cancel"): "cancelled",
        ("sending", "cancel"): "cancelled",
        ("sent", "cancel"): "cancelled",
    }


def test_what_cannot_be_done_says_what_can():
    with pytest.raises(BroadcastMoved) as caught:
        lifecycle.check(S.SENDING, M.EDIT)

    assert caught.value.facts == {"state": "sending", "possible": ["finish", "cancel"]}
    assert not any(state is S.CANCELLED for state, _ in lifecycle.RULES)


def test_above_a_thousand_people_nobody_speaks_alone():
    assert [lifecycle.needs_second_person(people) for people in (0, 1000, 1001)] == [False, False, True]
