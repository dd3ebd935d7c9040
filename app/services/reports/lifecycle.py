"""What may be done to a case, when and by whom: one table, pure.

The states and their order are those of the closed loop (collect, discover, dispatch, co-handle, feed
back). A move that is not in the table is refused with the moves that are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.models import Move, ReportState, StepActor
from app.services.reports.errors import IllegalMove, MoveNotYours

# A closed case that is not fixed comes back to life this long; later a new report is linked to it.
REOPEN_WITHIN = timedelta(days=7)

_S, _M, _A = ReportState, Move, StepActor
_STAFF = frozenset({_A.STAFF, _A.OFFICER})
_DISPATCHERS = _STAFF | {_A.DUTY}
_HANDLERS = frozenset({_A.UNIT, _A.CONTRACTOR})


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a move leads, and who may make it."""

    to: ReportState
    by: frozenset[StepActor]


def _from(*states: ReportState) -> Collection[ReportState]:
    return states


_MOVES: tuple[tuple[Move, Collection[ReportState], ReportState, frozenset[StepActor]], ...] = (
    (_M.ACCEPT, _from(_S.SUBMITTED), _S.ACCEPTED, _DISPATCHERS),
    (_M.REJECT, _from(_S.SUBMITTED, _S.ACCEPTED), _S.REJECTED, _STAFF),
    (_M.MARK_DUPLICATE, _from(_S.SUBMITTED, _S.ACCEPTED), _S.DUPLICATE, _STAFF),
    (_M.WITHDRAW, _from(_S.SUBMITTED), _S.WITHDRAWN, frozenset({_A.REPORTER})),
    # Who is on duty at night sends an emergency on in one step.
    (_M.DISPATCH, _from(_S.SUBMITTED), _S.DISPATCHED, frozenset({_A.DUTY})),
    (_M.DISPATCH, _from(_S.ACCEPTED, _S.RETURNED), _S.DISPATCHED, _DISPATCHERS),
    (_M.TAKE_ON, _from(_S.DISPATCHED), _S.IN_PROGRESS, _HANDLERS),
    (_M.RETURN, _from(_S.DISPATCHED, _S.IN_PROGRESS), _S.RETURNED, _HANDLERS),
    (_M.SUSPEND, _from(_S.IN_PROGRESS), _S.SUSPENDED, _STAFF),
    (_M.RESUME, _from(_S.SUSPENDED), _S.IN_PROGRESS, _STAFF | {_A.SYSTEM}),
    (_M.RESOLVE, _from(_S.IN_PROGRESS), _S.RESOLVED, _HANDLERS),
    (_M.CONFIRM, _from(_S.RESOLVED), _S.RESOLVED, _STAFF | {_A.VERIFIER}),
    (_M.FAIL_CHECK, _from(_S.RESOLVED), _S.IN_PROGRESS, _STAFF | {_A.VERIFIER}),
    # Without a repair only what needed none is closed: nothing found, explained, or somebody else's.
    (_M.CLOSE, _from(_S.RESOLVED, _S.ACCEPTED), _S.CLOSED, _STAFF),
    (_M.REOPEN, _from(_S.CLOSED), _S.DISPATCHED, _STAFF | {_A.REPORTER}),
    (_M.REVIVE, _from(_S.DUPLICATE), _S.SUBMITTED, _STAFF | {_A.SYSTEM}),
)

RULES: Mapping[tuple[ReportState, Move], Rule] = {
    (state, move): Rule(to, by) for move, states, to, by in _MOVES for state in states
}


def moves_of(state: ReportState, actor: StepActor) -> tuple[Move, ...]:
    """Return what somebody acting in a capacity may do in a state, in the order of :class:`Move`."""
    return tuple(move for move in Move if (rule := RULES.get((state, move))) and actor in rule.by)


def check(state: ReportState, move: Move, actor: StepActor) -> ReportState:
    """Return the state that a move leads to.

    Raises:
        IllegalMove: nobody can make this move in this state.
        MoveNotYours: others can, the caller's capacity cannot.
    """
    rule = RULES.get((state, move))
    possible = [each.value for each in moves_of(state, actor)]
    if rule is None:
        raise IllegalMove(state=state.value, move=move.value, possible=possible)
    if actor not in rule.by:
        raise MoveNotYours(state=state.value, move=move.value, possible=possible)
    return rule.to
