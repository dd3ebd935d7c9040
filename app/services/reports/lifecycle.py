"""What may be done to a case, when and by whom: one table, pure.

The states and their order are those of the closed loop (collect, discover, dispatch, co-handle, feed
back). A move that is not in the table is refused with the moves that are.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.errors import AppError
from app.models import Move, Report, ReportState, StepActor, Urgency
from app.services.reports.errors import IllegalMove, MoveNotYours
from app.services.reports.handling_errors import (
    ConfidentialStays,
    Designated,
    NotChecked,
    OfficerDecides,
    ReopenTooLate,
)

# A closed case that is not fixed comes back to life this long; later a new report is linked to it.
REOPEN_WITHIN = timedelta(days=7)
# After as many returns the district says who does it, and that unit cannot return it.
RETURNS_BEFORE_DISTRICT = 2

_S, _M, _A = ReportState, Move, StepActor
_STAFF = frozenset({_A.STAFF, _A.OFFICER})
_DISPATCHERS = _STAFF | {_A.DUTY}
_HANDLERS = frozenset({_A.UNIT, _A.CONTRACTOR})
_MAKE_SAFE = _HANDLERS | _DISPATCHERS

_LIE_WITH_A_UNIT = (_S.DISPATCHED, _S.IN_PROGRESS, _S.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a move leads, and who may make it."""

    to: ReportState
    by: frozenset[StepActor]
    or_to: ReportState | None = None  # where no unit is there to lead it to


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
    # What lies with a unit that is no more comes back by itself, or goes to its successor as it is.
    (_M.RETURN, _from(_S.DISPATCHED, _S.IN_PROGRESS), _S.RETURNED, _HANDLERS | {_A.SYSTEM}),
    *((_M.HAND_OVER, _from(each), each, frozenset({_A.SYSTEM})) for each in _LIE_WITH_A_UNIT),
    (_M.SUSPEND, _from(_S.IN_PROGRESS), _S.SUSPENDED, _STAFF),
    (_M.RESUME, _from(_S.SUSPENDED), _S.IN_PROGRESS, _STAFF | {_A.SYSTEM}),
    # Who stands beside the hole at night has accepted it by what they did.
    (_M.MAKE_SAFE, _from(_S.SUBMITTED, _S.ACCEPTED), _S.ACCEPTED, _DISPATCHERS),
    (_M.MAKE_SAFE, _from(_S.RETURNED), _S.RETURNED, _DISPATCHERS),
    # A cordon may stand before anybody has taken the case on, and before a suspended one goes on.
    (_M.MAKE_SAFE, _from(_S.DISPATCHED), _S.DISPATCHED, _MAKE_SAFE),
    (_M.MAKE_SAFE, _from(_S.IN_PROGRESS), _S.IN_PROGRESS, _MAKE_SAFE),
    (_M.MAKE_SAFE, _from(_S.SUSPENDED), _S.SUSPENDED, _MAKE_SAFE),
    (_M.RESOLVE, _from(_S.IN_PROGRESS), _S.RESOLVED, _HANDLERS),
    (_M.CONFIRM, _from(_S.RESOLVED), _S.RESOLVED, _STAFF | {_A.VERIFIER}),
    (_M.FAIL_CHECK, _from(_S.RESOLVED), _S.IN_PROGRESS, _STAFF | {_A.VERIFIER}),
    # Without a repair only what needed none is closed: nothing found, explained, or somebody else's.
    (_M.CLOSE, _from(_S.RESOLVED, _S.ACCEPTED), _S.CLOSED, _STAFF),
    (_M.REOPEN, _from(_S.CLOSED), _S.DISPATCHED, _STAFF | {_A.REPORTER}),
    (_M.REVIVE, _from(_S.DUPLICATE), _S.SUBMITTED, _STAFF | {_A.SYSTEM}),
)

_OR_TO: Mapping[Move, ReportState] = {_M.REOPEN: _S.ACCEPTED}

RULES: Mapping[tuple[ReportState, Move], Rule] = {
    (state, move): Rule(to, by, _OR_TO.get(move)) for move, states, to, by in _MOVES for state in states
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


def possible(report: Report, actor: StepActor, *, now: datetime) -> list[Move]:
    """Return what somebody acting in a capacity may do to this very case, in the order of :class:`Move`."""
    return [move for move in moves_of(report.state, actor) if _held(report, move, actor, now) is None]


def but(report: Report, actor: StepActor, *moves: Move, now: datetime) -> list[str]:
    """Return what somebody acting in a capacity can do to a case besides what is refused to them alone."""
    return [each.value for each in possible(report, actor, now=now) if each not in moves]


@contextmanager
def saying(report: Report, actor: StepActor | None, *, now: datetime) -> Iterator[None]:
    """Let every refusal within say what somebody acting in a capacity can do to the case instead.

    ``actor`` is ``None`` for who has a part in a case but moves it in no capacity.
    """
    moves = [] if actor is None else [each.value for each in possible(report, actor, now=now)]
    try:
        yield
    except AppError as refusal:
        refusal.facts.setdefault("possible", moves)
        raise


def refused(report: Report, actor: StepActor | None, *, now: datetime) -> IllegalMove:
    """Return the refusal of what is no move of the table but needs a case in another state.

    ``actor`` is ``None`` for who has a part in a case but moves it in no capacity.
    """
    moves = [] if actor is None else [each.value for each in possible(report, actor, now=now)]
    return IllegalMove(state=report.state.value, possible=moves)


def check_case(report: Report, move: Move, actor: StepActor, *, now: datetime) -> Rule:
    """Return the rule by which a move of this very case goes.

    Raises:
        IllegalMove, MoveNotYours: the table has no such move, or the case's own facts speak against it.
        Designated, OfficerDecides, ReopenTooLate: see there.
    """
    facts = {
        "state": report.state.value,
        "move": move.value,
        "possible": [each.value for each in possible(report, actor, now=now)],
    }
    rule = RULES.get((report.state, move))
    if rule is None:
        raise IllegalMove(**facts)
    if actor not in rule.by:
        raise MoveNotYours(**facts)
    if (refusal := _held(report, move, actor, now)) is not None:
        raise refusal(**facts)
    return rule


def _held(report: Report, move: Move, actor: StepActor, now: datetime) -> type[IllegalMove] | None:
    """Return what speaks against a move that the table has."""
    if report.is_confidential and move is _M.DISPATCH:
        return ConfidentialStays
    held: Mapping[Move, tuple[bool, type[IllegalMove]]] = {
        _M.RETURN: (report.is_designated and actor is not _A.SYSTEM, Designated),
        _M.DISPATCH: (needs_officer(report) and actor is not _A.OFFICER, OfficerDecides),
        _M.MAKE_SAFE: (
            report.urgency is not Urgency.EMERGENCY or report.made_safe_at is not None,
            IllegalMove,
        ),
        _M.CONFIRM: (report.checked_at is not None, IllegalMove),
        _M.CLOSE: (report.state is _S.RESOLVED and report.checked_at is None, NotChecked),
        _M.REOPEN: (
            report.closed_at is not None and now > report.closed_at + REOPEN_WITHIN,
            ReopenTooLate,
        ),
    }
    is_held, refusal = held.get(move, (False, IllegalMove))
    return refusal if is_held else None


def needs_officer(report: Report) -> bool:
    """Tell whether units sent the case back so often that the district decides who does it."""
    return report.return_count >= RETURNS_BEFORE_DISTRICT
