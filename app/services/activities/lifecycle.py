"""The states of activities and sign-ups, as two tables: what is not in them cannot happen."""

from collections.abc import Mapping
from enum import StrEnum

from app.models import ActivityState, SignUpState
from app.services.activities.errors import IllegalMove

_A, _S = ActivityState, SignUpState


class ActivityMove(StrEnum):
    """What can be done to an activity as a whole."""

    SUBMIT = "submit"  # where the area wants to approve
    PUBLISH = "publish"
    SEND_BACK = "send_back"
    CANCEL = "cancel"


ACTIVITY: Mapping[ActivityMove, Mapping[ActivityState, ActivityState]] = {
    ActivityMove.SUBMIT: {_A.DRAFT: _A.SUBMITTED},
    ActivityMove.PUBLISH: {_A.DRAFT: _A.PUBLISHED, _A.SUBMITTED: _A.PUBLISHED},
    ActivityMove.SEND_BACK: {_A.SUBMITTED: _A.DRAFT},
    ActivityMove.CANCEL: {
        _A.DRAFT: _A.CANCELLED,
        _A.SUBMITTED: _A.CANCELLED,
        _A.PUBLISHED: _A.CANCELLED,
    },
}


class SignUpMove(StrEnum):
    """What can become of a sign-up."""

    ACCEPT = "accept"
    QUEUE = "queue"  # accepted when all places were taken
    REFUSE = "refuse"
    OFFER = "offer"
    CONFIRM = "confirm"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"
    HAND_OVER = "hand_over"
    CANCEL = "cancel"
    MARK_ABSENT = "mark_absent"
    STRIKE = "strike"  # the mark of absence was wrong


SIGN_UP: Mapping[SignUpMove, Mapping[SignUpState, SignUpState]] = {
    SignUpMove.ACCEPT: {_S.ASKED: _S.BOOKED},
    SignUpMove.QUEUE: {_S.ASKED: _S.WAITING},
    # Who has a place is refused only when the shift, as it was changed, does not suit them.
    SignUpMove.REFUSE: {_S.ASKED: _S.REFUSED, _S.BOOKED: _S.REFUSED},
    SignUpMove.OFFER: {_S.WAITING: _S.OFFERED},
    SignUpMove.CONFIRM: {_S.OFFERED: _S.BOOKED},
    SignUpMove.LAPSE: {_S.ASKED: _S.LAPSED, _S.WAITING: _S.LAPSED, _S.OFFERED: _S.LAPSED},
    SignUpMove.WITHDRAW: dict.fromkeys((_S.ASKED, _S.BOOKED, _S.WAITING, _S.OFFERED), _S.WITHDRAWN),
    SignUpMove.HAND_OVER: {_S.BOOKED: _S.COVERED},
    SignUpMove.CANCEL: dict.fromkeys((_S.ASKED, _S.BOOKED, _S.WAITING, _S.OFFERED), _S.CANCELLED),
    SignUpMove.MARK_ABSENT: {_S.BOOKED: _S.NO_SHOW},
    SignUpMove.STRIKE: {_S.NO_SHOW: _S.BOOKED},
}
# States in which a sign-up holds one of the places.
HOLDS = frozenset({_S.BOOKED, _S.OFFERED, _S.NO_SHOW})
# States in which a shift has yet to come for somebody.
LIVE = frozenset({_S.ASKED, _S.BOOKED, _S.WAITING, _S.OFFERED})


def activity_after(state: ActivityState, move: ActivityMove) -> ActivityState:
    """Return an activity's state after a move.

    Raises:
        IllegalMove: the table has no such line.
    """
    try:
        return ACTIVITY[move][state]
    except KeyError:
        raise IllegalMove(state=state.value) from None


def sign_up_after(state: SignUpState, move: SignUpMove) -> SignUpState:
    """Return a sign-up's state after a move.

    Raises:
        IllegalMove: the table has no such line.
    """
    try:
        return SIGN_UP[move][state]
    except KeyError:
        raise IllegalMove(state=state.value) from None


def taken_by(was: SignUpState, is_now: SignUpState) -> int:
    """Return how many more places are taken after a sign-up's move: one, none, or one less."""
    return (is_now in HOLDS) - (was in HOLDS)
