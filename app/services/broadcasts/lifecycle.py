"""What may be done to a broadcast, and when a second person has to agree: one table, pure."""

from collections.abc import Collection, Mapping

from app.models import BroadcastMove, BroadcastState
from app.services.broadcasts.errors import BroadcastMoved

# To more people than this nobody speaks alone.
MOST_ALONE = 1000

_S, _M = BroadcastState, BroadcastMove
_NOT_CANCELLED = tuple(state for state in _S if state is not _S.CANCELLED)

_MOVES: tuple[tuple[BroadcastMove, Collection[BroadcastState], BroadcastState], ...] = (
    # What is changed was approved by nobody: it begins anew.
    (_M.EDIT, (_S.DRAFT, _S.WAITING, _S.SCHEDULED), _S.DRAFT),
    (_M.ASK, (_S.DRAFT,), _S.WAITING),
    (_M.SCHEDULE, (_S.DRAFT,), _S.SCHEDULED),
    (_M.APPROVE, (_S.WAITING,), _S.SCHEDULED),
    (_M.HAND_BACK, (_S.WAITING,), _S.DRAFT),
    (_M.HOLD, (_S.SCHEDULED,), _S.WAITING),
    (_M.BEGIN, (_S.SCHEDULED,), _S.SENDING),
    (_M.FINISH, (_S.SENDING,), _S.SENT),
    # Also once it is sent: copies may still wait for the morning, and the text is withdrawn.
    (_M.CANCEL, _NOT_CANCELLED, _S.CANCELLED),
)
RULES: Mapping[tuple[BroadcastState, BroadcastMove], BroadcastState] = {
    (state, move): to for move, states, to in _MOVES for state in states
}


def check(state: BroadcastState, move: BroadcastMove) -> BroadcastState:
    """Return the state that a move leads to.

    Raises:
        BroadcastMoved: it cannot be made in this state.
    """
    to = RULES.get((state, move))
    if to is None:
        possible = [each.value for each in BroadcastMove if (state, each) in RULES]
        raise BroadcastMoved(state=state.value, possible=possible)
    return to


def needs_second_person(people: int) -> bool:
    """Tell whether a broadcast to so many people is another officer's to approve."""
    return people > MOST_ALONE
