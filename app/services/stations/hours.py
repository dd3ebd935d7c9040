"""Opening hours: OSM syntax in, dated rules from the official calendar compiled in, answers out.

The syntax library's own Chinese holidays are wrong (it knows single days and no make-up workdays), so
a base expression may not name ``PH``. Instead the station's policy and the official calendar become
dated rules at its end, which every reader of the syntax understands. A dated rule replaces a whole
civil day, also the small hours that spill over from the evening before. Therefore each dated rule
spells out these hours: what opened on a day belongs to that day, however late it closes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from opening_hours import OpeningHours, State

from app.core.clock import SHANGHAI
from app.models import DayKind, HolidayPolicy, MakeupPolicy
from app.services.areas.calendar import Calendar
from app.services.stations.errors import HoursCutShort
from app.services.stations.syntax import (
    check_hours,
    crosses_midnight,
    only_after_midnight,
    only_before_midnight,
)

_DAY = timedelta(days=1)
_HORIZON = 400 * _DAY
_MINUTES = 24 * 60
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SATURDAY, _SUNDAY = 5, 6
# No station changes state more often than this between two answers; it only bounds a loop.
_MOST_CHANGES = 2000
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DatedHours:
    """Other hours from one day to another, both included; empty hours mean closed."""

    from_on: date
    to_on: date
    hours: str


@dataclass(frozen=True, slots=True)
class OpenState:
    """Whether a station is open, and until when that holds.

    ``is_open`` is None when the hours themselves say that nobody can know ("by telephone").
    ``changes_at`` is when it closes (open), opens (closed) or becomes known (unknown); None: never.
    ``provisional`` means that the answer lies in a year whose official calendar is not published.
    """

    is_open: bool | None
    changes_at: datetime | None
    provisional: bool


# What holds from one minute of a civil day to another, e.g. (480, 720, "open").
_Span = tuple[int, int, str]
# The expression that rules a day, and the day whose weekday and season it is read for; None: closed.
_Rule = tuple[str, date] | None


def checked(text: str, *, today: date) -> str:
    """Return hours tidied and fit to be stored as a station's base hours.

    Raises:
        HoursInvalid: they are not OSM syntax.
        HoursUnsupported: they say something that readers disagree on.
        HoursCutShort: some rule of the coming year cuts off the night before it.
    """
    tidy = check_hours(text)
    if crosses_midnight(tidy):
        for day in _days(today, today + 366 * _DAY):
            if _text_of(day, tidy, {}) != _write(_plain_day(tidy, day)):
                raise HoursCutShort(day=day.isoformat())
    return tidy


def compile_hours(
    base: str,
    *,
    holiday_policy: HolidayPolicy,
    holiday_hours: str,
    makeup_policy: MakeupPolicy,
    calendar: Calendar,
    exceptions: Sequence[DatedHours],
    first: date,
    last: date,
) -> str:
    """Return the base hours with dated rules for ``first`` to ``last`` appended.

    Args:
        base: the weekly or seasonal hours, already validated by ``syntax.check_hours``.
        holiday_policy: what a public holiday does to them.
        holiday_hours: the hours on a holiday when the policy is ``own_hours``.
        makeup_policy: whether a make-up workday has the hours of its weekday or of a workday.
        calendar: the official calendar.
        exceptions: dated exceptions in the order in which they were entered; the later one wins, and
            each beats the calendar.
        first: the first day that dated rules are made for.
        last: the last one.
    """
    plan = _Plan(base, holiday_policy, holiday_hours, makeup_policy)
    moved = calendar.moved_between(first - _DAY, last)
    near = tuple(each for each in exceptions if each.to_on >= first - _DAY and each.from_on <= last)
    return _compile(plan, moved, near, first, last)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A station's base hours and what it does on the days that the calendar moves."""

    base: str
    holiday_policy: HolidayPolicy
    holiday_hours: str
    makeup_policy: MakeupPolicy

    def on(self, day: date, kind: DayKind) -> _Rule:
        """Return what rules a moved day."""
        if kind is DayKind.HOLIDAY and self.holiday_policy is HolidayPolicy.CLOSED:
            return None
        if kind is DayKind.HOLIDAY and self.holiday_policy is HolidayPolicy.OWN_HOURS:
            return self.holiday_hours, day
        if kind is DayKind.MAKEUP_WORKDAY and self.makeup_policy is MakeupPolicy.AS_WORKDAY:
            return self.base, _nearest_workday(day)
        return self.base, day


@lru_cache(maxsize=8192)
def _compile(
    plan: _Plan,
    moved: tuple[tuple[date, DayKind], ...],
    exceptions: tuple[DatedHours, ...],
    first: date,
    last: date,
) -> str:
    rules: dict[date, _Rule] = {}
    for day, kind in moved:
        rule = plan.on(day, kind)
        if rule != (plan.base, day):
            rules[day] = rule
    for exception in exceptions:
        for day in _days(max(exception.from_on, first - _DAY), min(exception.to_on, last)):
            rules[day] = (exception.hours, day) if exception.hours else None
    touched = sorted({each for day in rules for each in (day, day + _DAY) if first <= each <= last})
    texts = {day: _text_of(day, plan.base, rules) for day in touched}
    usual = {day: _write(_plain_day(plan.base, day)) for day in touched}
    dated = _dated_rules({day: text for day, text in texts.items() if text != usual[day]})
    return "; ".join([plan.base, *dated])


def _nearest_workday(day: date) -> date:
    """Return the weekday whose hours a make-up workday has: Saturday its Friday's, Sunday its Monday's."""
    return {_SATURDAY: day - _DAY, _SUNDAY: day + _DAY}.get(day.weekday(), day)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + number * _DAY


def _text_of(day: date, base: str, rules: Mapping[date, _Rule]) -> str:
    """Return the hours of a civil day: what spills in from the day before, and its own till midnight."""
    before = rules.get(day - _DAY, (base, day - _DAY))
    today = rules.get(day, (base, day))
    spilled = () if before is None else _spill(*before)
    own = () if today is None else _plain_day(only_before_midnight(today[0]), today[1])
    return _write(_overlay(spilled, own))


def _spill(expression: str, day: date) -> Iterator[_Span]:
    """Yield what an expression's hours of a day reach into the small hours of the next."""
    if not crosses_midnight(expression):
        return
    reached = 0
    for begin, end, word in _plain_day(only_after_midnight(expression), day):
        if begin != reached or end >= _MINUTES - 1:
            return  # what follows is no spill: it stands for hours of the day itself
        reached = end
        yield begin, end, word


@lru_cache(maxsize=65536)
def _plain_day(expression: str, day: date) -> tuple[_Span, ...]:
    """Return what an expression says of a civil day, without its closed parts."""
    start = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the library's clock is the station's
    return tuple(
        (_minute(begin, start), _minute(end, start), _word(state, note))
        for begin, end, state, note in _parse(expression).intervals(start, start + _DAY)
        if state != State.CLOSED
    )


@lru_cache(maxsize=8192)
def _parse(expression: str) -> OpeningHours:
    return OpeningHours(expression)


def _minute(at: datetime, start: datetime) -> int:
    return min(int((at - start).total_seconds()) // 60, _MINUTES)


def _word(state: State, note: str) -> str:
    word = "open" if state == State.OPEN else "unknown"
    return f'{word} "{note}"' if note else word


def _overlay(*layers: Iterable[_Span]) -> list[_Span]:
    """Return spans that do not overlap: where they did, open beats unknown, then the earlier layer wins."""
    spans = sorted((span for layer in layers for span in layer), key=lambda span: "unknown" in span[2][:7])
    edges = sorted({edge for begin, end, _ in spans for edge in (begin, end)})
    joined: list[_Span] = []
    for begin, end in pairwise(edges):
        word = next((word for a, b, word in spans if a <= begin and end <= b), None)
        if word is None:
            continue
        if joined and joined[-1][1] == begin and joined[-1][2] == word:
            joined[-1] = (joined[-1][0], end, word)
        else:
            joined.append((begin, end, word))
    return joined


def _write(spans: Iterable[_Span]) -> str:
    """Return a day's hours as rules that take a date before each ``{date}``."""
    by_word: dict[str, list[str]] = {}
    for begin, end, word in spans:
        by_word.setdefault(word, []).append(f"{_clock(begin)}-{_clock(end)}")
    if not by_word:
        return "{date} off"
    parts = (
        f"{{date}} {','.join(ranges)}{'' if word == 'open' else ' ' + word}"
        for word, ranges in by_word.items()
    )
    return ", ".join(parts)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _dated_rules(texts: Mapping[date, str]) -> Iterator[str]:
    """Yield one rule for each run of days that follow each other and have the same hours."""
    days = sorted(texts)
    start = 0
    for index, day in enumerate(days):
        following = days[index + 1] if index + 1 < len(days) else None
        if following != day + _DAY or texts[following] != texts[day]:
            yield texts[day].replace("{date}", _dates(days[start], day))
            start = index + 1


def _dates(first: date, last: date) -> str:
    begin, end = (f"{day.year} {_MONTHS[day.month - 1]} {day.day:02}" for day in (first, last))
    return begin if first == last else f"{begin}-{end}"


class Schedule:
    """A compiled expression that answers questions; stations with the same hours share one."""

    __slots__ = ("_hours", "_known", "_official_years", "compiled")

    def __init__(self, compiled: str, official_years: frozenset[int] | None = None) -> None:
        """Take compiled hours, and the years whose calendar is known; None when no calendar matters."""
        self.compiled = compiled
        self._hours = _parse(compiled)
        self._official_years = official_years
        self._known = (_NEVER, _NEVER, OpenState(None, None, provisional=False))

    def at(self, now: datetime) -> OpenState:
        """Return the state at an instant (aware).

        The last answer is kept for as long as it holds, so asking again costs next to nothing.
        """
        since, until, state = self._known
        if since <= now < until:
            return state
        state = self.look(now)
        new_year = datetime(now.astimezone(SHANGHAI).year + 1, 1, 1, tzinfo=SHANGHAI)
        self._known = (now, min(state.changes_at or new_year, new_year), state)
        return state

    def look(self, at: datetime) -> OpenState:
        """Return the state at an instant without remembering it; for looking ahead."""
        local = at.astimezone(SHANGHAI).replace(tzinfo=None)
        is_open = self._is_open(local)
        change = self._change_after(local, is_open)
        changes_at = None if change is None else change.replace(tzinfo=SHANGHAI).astimezone(UTC)
        return OpenState(is_open, changes_at, self._is_provisional(local, change))

    def _is_open(self, local: datetime) -> bool | None:
        state, _ = self._hours.state(local)
        return None if state == State.UNKNOWN else state == State.OPEN

    def _change_after(self, local: datetime, state: bool | None) -> datetime | None:  # noqa: FBT001
        for _ in range(_MOST_CHANGES):
            change = self._next_change(local)
            if change is None or ends(state, self._is_open(change)):
                return change
            local = change
        return None

    def _next_change(self, local: datetime) -> datetime | None:
        """Return when what holds at an instant ends, or None when that is further away than dated rules are.

        The library's own ``next_change`` searches eight thousand years, a whole second, for the end of
        ``Mo-Su 00:00-24:00``.
        """
        horizon = local + _HORIZON
        _, end, _, _ = next(self._hours.intervals(local, horizon))
        return None if end >= horizon else end

    def _is_provisional(self, *instants: datetime | None) -> bool:
        if self._official_years is None:
            return False
        return not {each.year for each in instants if each is not None} <= self._official_years


def ends(state: bool | None, later: bool | None) -> bool:  # noqa: FBT001
    """Tell whether a later state ends this one: closed ends by opening, not by turning unknown."""
    return later is True if state is False else later is not state
