"""What must hold of an activity before anybody comes, and meal peaks: pure rules."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from app.core.clock import SHANGHAI, local_day
from app.models import ActivityKind

# 志愿服务条例 art. 17: accident insurance before what may be dangerous; which kinds these are is ours.
DANGEROUS = frozenset({ActivityKind.TRAFFIC, ActivityKind.NIGHT_PATROL, ActivityKind.RELIEF})
# When riders earn most: nothing that is offered to them on their way ends in these hours (domain: J7, 11).
PEAKS = ((time(11), time(13, 30)), (time(17), time(20)))
LONGEST_SHIFT = timedelta(hours=16)


def past_peak(at: datetime) -> datetime:
    """Return an instant, or, when it lies in a meal peak, the end of that peak."""
    local = at.astimezone(SHANGHAI)
    for begins, ends in PEAKS:
        if begins <= local.time() < ends:
            return datetime.combine(local.date(), ends, SHANGHAI).astimezone(at.tzinfo)
    return at


def week_of(at: datetime) -> tuple[datetime, datetime]:
    """Return the week in China, from Monday to just before the next, in which an instant lies."""
    day = local_day(at)
    monday = datetime.combine(day - timedelta(days=day.weekday()), time(), SHANGHAI)
    return monday, monday + timedelta(days=7)


def is_insured(
    insured_from: date | None, insured_to: date | None, spans: Iterable[tuple[datetime, datetime]]
) -> bool:
    """Tell whether insurance covers each of some spans of time, by the days in China."""
    if insured_from is None or insured_to is None:
        return False
    return all(insured_from <= local_day(begins) and local_day(ends) <= insured_to for begins, ends in spans)
