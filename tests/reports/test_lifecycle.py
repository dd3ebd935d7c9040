"""The table of moves: what it allows, what it refuses, and that no state is a trap."""

import pytest

from app.models import ENDED, Move, ReportState, StepActor
from app.services.reports import IllegalMove, MoveNotYours, lifecycle

_S, _A = ReportState, StepActor
# The handbook's table (domain, §3.2): from where to where, and who sets it.
HANDBOOK = {
    _S.SUBMITTED: {
        _S.ACCEPTED: {_A.STAFF, _A.OFFICER, _A.DUTY},
        _S.REJECTED: {_A.STAFF, _A.OFFICER},
        _S.DUPLICATE: {_A.STAFF, _A.OFFICER},
        _S.WITHDRAWN: {_A.REPORTER},
        _S.DISPATCHED: {_A.DUTY},  # an emergency, in one step
    },
    _S.ACCEPTED: {
        _S.DISPATCHED: {_A.STAFF, _A.OFFICER, _A.DUTY},
        _S.REJECTED: {_A.STAFF, _A.OFFICER},
        _S.DUPLICATE: {_A.STAFF, _A.OFFICER},
    },
    _S.DISPATCHED: {
        _S.IN_PROGRESS: {_A.UNIT, _A.CONTRACTOR},
        _S.RETURNED: {_A.UNIT, _A.CONTRACTOR, _A.SYSTEM},
    },
    _S.IN_PROGRESS: {
        _S.RESOLVED: {_A.UNIT, _A.CONTRACTOR},
        _S.RETURNED: {_A.UNIT, _A.CONTRACTOR, _A.SYSTEM},
        _S.SUSPENDED: {_A.STAFF, _A.OFFICER},
    },
    _S.RETURNED: {_S.DISPATCHED: {_A.STAFF, _A.OFFICER, _A.DUTY}},
    _S.SUSPENDED: {_S.IN_PROGRESS: {_A.STAFF, _A.OFFICER, _A.SYSTEM}},
    _S.RESOLVED: {
        _S.CLOSED: {_A.STAFF, _A.OFFICER},
        _S.IN_PROGRESS: {_A.STAFF, _A.OFFICER, _A.VERIFIER},
    },
    _S.CLOSED: {_S.DISPATCHED: {_A.STAFF, _A.OFFICER, _A.REPORTER}},
}
# What docs/decisions/0034 adds, with its reasons; moves that change no state are not drawn.
BESIDES = {
    (_S.ACCEPTED, _S.CLOSED): {_A.STAFF, _A.OFFICER},
    (_S.CLOSED, _S.ACCEPTED): {_A.STAFF, _A.OFFICER, _A.REPORTER},
    (_S.DUPLICATE, _S.SUBMITTED): {_A.STAFF, _A.OFFICER, _A.SYSTEM},
}


def test_states_and_who_moves_them_are_the_handbooks_and_the_decisions():
    drawn: dict[tuple[ReportState, ReportState], set[StepActor]] = {}
    for (state, _), rule in lifecycle.RULES.items():
        for to in {rule.to, rule.or_to or rule.to} - {state}:
            drawn.setdefault((state, to), set()).update(rule.by)

    handbook = {(state, to): by for state, ways in HANDBOOK.items() for to, by in ways.items()}
    assert drawn == {**handbook, **BESIDES}


def test_the_loop_goes_round():
    state = ReportState.SUBMITTED
    for move, actor in (
        (Move.ACCEPT, StepActor.STAFF),
        (Move.DISPATCH, StepActor.STAFF),
        (Move.TAKE_ON, StepActor.UNIT),
        (Move.RESOLVE, StepActor.UNIT),
        (Move.CONFIRM, StepActor.VERIFIER),
        (Move.CLOSE, StepActor.STAFF),
    ):
        state = lifecycle.check(state, move, actor)

    assert state is ReportState.CLOSED


def test_an_emergency_goes_out_in_one_step_by_who_is_on_duty_only():
    assert lifecycle.check(ReportState.SUBMITTED, Move.DISPATCH, StepActor.DUTY) is ReportState.DISPATCHED
    with pytest.raises(MoveNotYours):
        lifecycle.check(ReportState.SUBMITTED, Move.DISPATCH, StepActor.STAFF)


def test_a_refusal_says_what_is_possible():
    with pytest.raises(IllegalMove) as refused:
        lifecycle.check(ReportState.SUBMITTED, Move.RESOLVE, StepActor.STAFF)

    assert refused.value.facts["possible"] == ["accept", "reject", "mark_duplicate", "make_safe"]


@pytest.mark.parametrize("state", [ReportState.REJECTED, ReportState.WITHDRAWN])
def test_what_was_refused_or_withdrawn_stays_so(state: ReportState):
    assert [actor for actor in StepActor if lifecycle.moves_of(state, actor)] == []


def test_whatever_is_open_can_end():
    for state in set(ReportState) - set(ENDED):
        assert _reachable(state) & set(ENDED)


def _reachable(state: ReportState) -> set[ReportState]:
    seen, waiting = set(), [state]
    while waiting:
        here = waiting.pop()
        seen.add(here)
        rules = [rule for (start, _), rule in lifecycle.RULES.items() if start is here]
        onward = {state for rule in rules for state in (rule.to, rule.or_to) if state is not None}
        waiting.extend(onward - seen)
    return seen


def test_a_handler_never_checks_or_closes():
    judging = {Move.CONFIRM, Move.FAIL_CHECK, Move.CLOSE}

    assert not any(
        judging & set(lifecycle.moves_of(state, actor))
        for state in ReportState
        for actor in (StepActor.UNIT, StepActor.CONTRACTOR, StepActor.REPORTER)
    )
