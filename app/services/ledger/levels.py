"""How much of a day counts at once and who decides on the rest; pure.

Eight hours a person and day count at once, from there to twelve the parent organisation decides, beyond it
the district: the rule of Guangdong's platform (i志愿), its answer to hours that are sold.
"""

from dataclasses import dataclass

from app.models import ApprovalLevel, Provenance

AT_ONCE, BY_PARENT = 8 * 60, 12 * 60  # minutes a person and day
_BANDS = ((AT_ONCE, ApprovalLevel.NONE), (BY_PARENT, ApprovalLevel.PARENT))
# Typed in by somebody: another person looks at it, however few minutes it is.
_TYPED = {Provenance.MANUAL, Provenance.IMPORTED}


@dataclass(frozen=True, slots=True)
class Share:
    """Minutes of one recording that need the same approval."""

    minutes: int
    needs: ApprovalLevel


def shares(minutes: int, *, of_day: int, provenance: Provenance) -> list[Share]:
    """Split minutes by who must approve them.

    Args:
        minutes: what is recorded, more than none.
        of_day: what is recorded of this person on this day already, approved or waiting.
        provenance: where the minutes come from; imported ones stand for more than a day and know no limit.
    """
    if provenance is Provenance.IMPORTED:
        return [Share(minutes, ApprovalLevel.SECOND)]
    made = []
    for limit, needs in _BANDS:
        room = min(minutes, max(limit - of_day, 0))
        if room:
            made.append(Share(room, _at_least(needs, provenance)))
        minutes, of_day = minutes - room, of_day + room
    if minutes:
        made.append(Share(minutes, ApprovalLevel.DISTRICT))
    return made


def _at_least(needs: ApprovalLevel, provenance: Provenance) -> ApprovalLevel:
    return ApprovalLevel.SECOND if needs is ApprovalLevel.NONE and provenance in _TYPED else needs
