"""From presence to minutes; pure.

Minutes are what overlaps the shift and a quarter of an hour around it (domain J7), rounded down, less the
break in proportion to the part of the shift that somebody was there. Who was there for less than the
activity's least share of the shift has none.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.core.clock import local_day
from app.models import EvidenceGrade, Provenance

AROUND = timedelta(minutes=15)
EARLIEST = timedelta(hours=1)
# How long after a shift its organiser's list is taken. Order 67 wants records "in time" (及时, domain §2.6)
# and names no number of days that we know of: a week is ours.
LISTED_FOR = timedelta(days=7)
_MINUTE = timedelta(minutes=1)
_HUNDRED = 100
# The strongest first; a whole attendance is worth what its weaker end is.
_BY_STRENGTH = (Provenance.CODE, Provenance.GEOFENCE, Provenance.ORGANISER_LIST)


@dataclass(frozen=True, slots=True)
class Hours:
    """A shift as it was planned."""

    starts_at: datetime
    ends_at: datetime
    break_minutes: int
    least_presence_percent: int

    @property
    def served_on(self) -> date:
        """The day in China on which it began: a night counts for its evening."""
        return local_day(self.starts_at)

    def until(self, at: datetime) -> "Hours":
        """Return what was held of it when it was called off at an instant; the break in proportion."""
        ends_at = min(max(at, self.starts_at), self.ends_at)
        rest = -(-self.break_minutes * (ends_at - self.starts_at) // (self.ends_at - self.starts_at))
        return replace(self, ends_at=ends_at, break_minutes=rest)

    def takes_in(self, at: datetime) -> bool:
        """Tell whether somebody may sign in at an instant."""
        return self.starts_at - EARLIEST <= at <= self.ends_at


@dataclass(frozen=True, slots=True)
class Counted:
    """The stretch of a presence that counts, and how many minutes of it."""

    starts_at: datetime
    ends_at: datetime
    minutes: int


def counted(shift: Hours, in_at: datetime, out_at: datetime) -> Counted | None:
    """Return what of a presence counts; nothing when it was too short a part of the shift."""
    lasts = shift.ends_at - shift.starts_at
    of_shift = min(out_at, shift.ends_at) - max(in_at, shift.starts_at)
    if of_shift <= timedelta() or of_shift * _HUNDRED < lasts * shift.least_presence_percent:
        return None
    starts_at, ends_at = max(in_at, shift.starts_at - AROUND), min(out_at, shift.ends_at + AROUND)
    # The break in proportion, rounded against the claim.
    rest = -(-shift.break_minutes * of_shift // lasts)
    minutes = (ends_at - starts_at) // _MINUTE - rest
    return Counted(starts_at, ends_at, minutes) if minutes > 0 else None


def weaker(first: Provenance, second: Provenance) -> Provenance:
    """Return what an attendance with these two ends is evidenced by."""
    return max(first, second, key=_BY_STRENGTH.index)


def weaker_grade(first: EvidenceGrade, second: EvidenceGrade) -> EvidenceGrade:
    """Return the grade of an attendance with these two ends."""
    return max(first, second)
