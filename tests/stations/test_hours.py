"""Opening hours against a direct oracle of the policies, and the edges that riders meet."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.clock import SHANGHAI
from app.models import DayKind, HolidayPolicy, MakeupPolicy
from app.services.areas.calendar import EMPTY
from app.services.stations.errors import HoursCutShort, HoursInvalid, HoursUnsupported
from app.services.stations.hours import DatedHours, Schedule, checked, compile_hours
from app.services.stations.timetable import Closed, OwnTimetable
from tests.stations.reference.plans import official_calendar

TODAY = date(2026, 11, 22)
OFFICIAL = official_calendar()
WEEK = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def local(*given):
    return datetime(*given, tzinfo=SHANGHAI)


def schedule(
    base, *, holidays=HolidayPolicy.CLOSED, own="", makeup=MakeupPolicy.AS_WORKDAY, exceptions=(), **given
):
    calendar = given.get("calendar", OFFICIAL)
    compiled = compile_hours(
        base,
        holiday_policy=holidays,
        holiday_hours=own,
        makeup_policy=makeup,
        calendar=calendar,
        exceptions=exceptions,
        first=given.get("first", date(2025, 1, 1)),
        last=given.get("last", date(2026, 12, 31)),
    )
    return Schedule(compiled, calendar.official_years)


# --- the edges of the handbook ---


def test_a_night_belongs_to_the_day_it_began():
    hours = schedule("Mo-Su 22:00-06:00", holidays=HolidayPolicy.SAME)
    assert hours.at(local(2026, 6, 3, 5, 59)).is_open
    assert not hours.at(local(2026, 6, 3, 6, 0)).is_open
    assert hours.at(local(2026, 6, 2, 23, 0)).changes_at == local(2026, 6, 3, 6, 0)


def test_the_last_night_before_a_holiday_goes_on_and_the_holidays_own_does_not_begin():
    hours = schedule("Mo-Su 22:00-06:00")
    assert hours.at(local(2026, 10, 1, 5, 59)).is_open
    assert not hours.at(local(2026, 10, 1, 22, 30)).is_open
    assert not hours.at(local(2026, 10, 8, 3, 0)).is_open
    assert hours.at(local(2026, 10, 8, 22, 0)).is_open


@pytest.mark.parametrize(
    ("makeup", "open_at_ten"), [(MakeupPolicy.AS_WORKDAY, True), (MakeupPolicy.AS_WEEKEND, False)]
)
def test_a_make_up_saturday_follows_the_stations_choice(makeup, open_at_ten):
    hours = schedule("Mo-Fr 08:30-18:00", makeup=makeup)
    assert hours.at(local(2026, 10, 10, 10, 0)).is_open is open_at_ten
    assert hours.at(local(2025, 10, 11, 15, 0)).is_open is open_at_ten


def test_a_make_up_day_has_its_nearest_weekdays_hours():
    hours = schedule("Mo 07:00-09:00; Fr 15:00-17:00; Sa 11:00-12:00")
    assert hours.at(local(2026, 10, 10, 16, 0)).is_open  # Saturday as its Friday
    assert not hours.at(local(2026, 10, 10, 11, 30)).is_open
    assert hours.at(local(2026, 9, 20, 8, 0)).is_open  # Sunday as its Monday


def test_the_eve_of_a_long_holiday_tells_the_day_of_return():
    hours = schedule("Mo-Fr 08:30-18:00")
    assert hours.at(local(2025, 9, 30, 18, 30)).changes_at == local(2025, 10, 9, 8, 30)
    assert not hours.at(local(2026, 2, 23, 12, 0)).is_open


def test_holidays_with_hours_of_their_own():
    hours = schedule("Mo-Fr 08:30-18:00", holidays=HolidayPolicy.OWN_HOURS, own="10:00-16:00")
    assert hours.at(local(2026, 10, 3, 12, 0)).changes_at == local(2026, 10, 3, 16, 0)
    assert not hours.at(local(2026, 10, 2, 9, 0)).is_open


def test_exceptions_beat_the_calendar_and_the_later_entry_beats_the_earlier():
    first = DatedHours(date(2026, 10, 1), date(2026, 10, 7), "06:00-08:00")
    second = DatedHours(date(2026, 10, 2), date(2026, 10, 2), "")
    third = DatedHours(date(2026, 10, 3), date(2026, 10, 3), "22:00-26:00")
    hours = schedule("Mo-Fr 08:30-18:00", exceptions=(first, second, third))
    assert hours.at(local(2026, 10, 1, 7, 0)).is_open
    assert not hours.at(local(2026, 10, 2, 7, 0)).is_open
    assert not hours.at(local(2026, 10, 3, 7, 0)).is_open
    assert hours.at(local(2026, 10, 4, 1, 59)).changes_at == local(2026, 10, 4, 2, 0)
    swapped = schedule("Mo-Fr 08:30-18:00", exceptions=(second, first))
    assert swapped.at(local(2026, 10, 2, 7, 0)).is_open


def test_round_the_clock_never_closes():
    hours = schedule("24/7", holidays=HolidayPolicy.SAME, makeup=MakeupPolicy.AS_WEEKEND)
    state = hours.at(local(2026, 10, 1, 3, 0))
    assert (state.is_open, state.changes_at) == (True, None)


def test_months_change_the_hours():
    hours = schedule("Nov-Mar 07:00-23:00; Apr-Oct 06:00-24:00", holidays=HolidayPolicy.SAME)
    assert hours.at(local(2026, 3, 31, 6, 30)).changes_at == local(2026, 3, 31, 7, 0)
    assert hours.at(local(2026, 4, 1, 6, 30)).is_open


def test_unknown_hours_are_unknown_until_known():
    hours = schedule('Mo-Su 00:00-24:00 unknown "电话", Mo-Su 08:00-18:00', holidays=HolidayPolicy.SAME)
    state = hours.at(local(2026, 6, 3, 7, 0))
    assert (state.is_open, state.changes_at) == (None, local(2026, 6, 3, 8, 0))
    assert hours.at(local(2026, 6, 3, 9, 0)).changes_at == local(2026, 6, 3, 18, 0)


def test_a_closed_place_opens_when_it_is_open_not_when_it_is_unknown():
    hours = schedule('Mo-Fr 08:00-18:00; Sa unknown "看门卫"', holidays=HolidayPolicy.SAME)
    assert hours.at(local(2026, 6, 5, 19, 0)).changes_at == local(2026, 6, 8, 8, 0)


def test_answers_that_reach_into_an_unpublished_year_say_so():
    hours = schedule("Mo-Fr 08:30-18:00")
    assert not hours.at(local(2026, 12, 31, 17, 0)).provisional
    assert hours.at(local(2026, 12, 31, 18, 0)).provisional
    assert hours.at(local(2027, 1, 4, 9, 0)).provisional
    assert schedule("Mo-Fr 08:30-18:00", calendar=EMPTY).at(local(2026, 6, 3, 9, 0)).provisional


def test_a_kept_answer_is_given_up_in_time():
    hours = schedule("Mo-Fr 08:30-18:00")
    fresh = schedule("Mo-Fr 08:30-18:00")
    at = local(2026, 12, 30, 0, 0)
    for _ in range(5 * 24 * 4):
        assert hours.at(at) == fresh.look(at)
        at += timedelta(minutes=15)
    assert hours.at(local(2026, 6, 3, 9, 0)).is_open  # and asked out of order


# --- what may be entered ---


@pytest.mark.parametrize(
    "text",
    [
        "24/7",
        "Mo-Su 22:00-06:00",
        "Mo-Fr 22:00-06:00, Sa 10:00-12:00",
        'Sa unknown "电话"',
        "off",
        "10:00-26:00",
    ],
)
def test_what_is_accepted_is_kept_as_written(text):
    assert checked(text, today=TODAY) == text


def test_full_width_punctuation_is_tidied_but_not_in_comments():
    assert checked(' Mo-Fr 08：30–18：00；Sa open "先打电话：找门卫" ', today=TODAY) == (
        'Mo-Fr 08:30-18:00;Sa open "先打电话：找门卫"'
    )


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("周一至周五 8点", 1),
        ("8-18", 1),
        ("25:00", 1),
        ("Mo-Fr 08:00-18:00; Xx 09:00-12:00", 20),
        ("", 1),
        ("x" * 501, 1),
    ],
)
def test_what_is_no_syntax_is_refused_at_its_place(text, position):
    with pytest.raises(HoursInvalid) as refused:
        checked(text, today=TODAY)
    assert refused.value.facts["position"] == position


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mo-Fr 08:00-18:00; PH off", "PH"),
        ("SH 08:00-18:00", "SH"),
        ("easter off", "easter"),
        ("sunrise-sunset", "sunrise"),
        ("Mo-Fr 08:00+", ":00+"),
        ('Mo-Fr 08:00-18:00 || unknown "电话"', "||"),
        ('Sa "电话预约"', '"电话预约"'),
        ('Mo-Fr 08:00-18:00 "x"', '"x"'),
        ("Mo 20:00-47:30", "47:30"),
    ],
)
def test_what_readers_disagree_on_is_refused(text, found):
    with pytest.raises(HoursUnsupported) as refused:
        checked(text, today=TODAY)
    assert refused.value.facts["found"] == found


@pytest.mark.parametrize("text", ["Mo-Fr 22:00-06:00; Sa 10:00-12:00", "Mo-Th 22:00-06:00; Fr-Su off"])
def test_a_rule_that_cuts_a_night_short_is_refused(text):
    with pytest.raises(HoursCutShort):
        checked(text, today=TODAY)


# --- closures and shelter on top ---


def test_closures_and_shelter_over_the_hours():
    hours = schedule("Mo-Fr 08:30-18:00", holidays=HolidayPolicy.SAME, makeup=MakeupPolicy.AS_WEEKEND)
    noon = local(2026, 6, 3, 12, 0)
    overlapping = [
        Closed(noon, local(2026, 6, 3, 14, 0)),
        Closed(local(2026, 6, 3, 13, 0), local(2026, 6, 3, 19, 0)),
    ]
    state = OwnTimetable(hours, overlapping).at(noon)
    assert (state.is_open, state.changes_at) == (False, local(2026, 6, 4, 8, 30))
    before = OwnTimetable(hours, overlapping).at(local(2026, 6, 3, 9, 0))
    assert (before.is_open, before.changes_at) == (True, noon)
    for_good = OwnTimetable(hours, [Closed(noon, None)]).at(noon)
    assert (for_good.is_open, for_good.changes_at) == (False, None)
    shelter = OwnTimetable(hours, [], shelter_until=local(2026, 6, 3, 9, 0))
    joined = shelter.at(local(2026, 6, 3, 2, 0))  # the shelter ends while the hours are open
    assert (joined.is_open, joined.changes_at) == (True, local(2026, 6, 3, 18, 0))
    both = OwnTimetable(
        hours, [Closed(noon, local(2026, 6, 3, 13, 0))], shelter_until=local(2026, 6, 4, 0, 0)
    )
    assert not both.at(noon).is_open


def test_a_closure_that_ends_in_an_unpublished_year_is_provisional():
    hours = schedule("Mo-Fr 08:30-18:00")
    closed = OwnTimetable(hours, [Closed(local(2026, 12, 1), local(2027, 1, 4, 9, 0))])
    assert closed.at(local(2026, 12, 2)).provisional


# --- a direct oracle: the policies written down as plainly as can be ---


@dataclass
class Plan:
    week: dict[int, list[tuple[int, int]]]
    holidays: HolidayPolicy
    own: list[tuple[int, int]]
    makeup: MakeupPolicy
    exceptions: list[tuple[date, date, list[tuple[int, int]]]] = field(default_factory=list)

    def opens_on(self, day):
        for first, last, ranges in reversed(self.exceptions):
            if first <= day <= last:
                return ranges
        kind = OFFICIAL.days.get(day)
        if kind is DayKind.HOLIDAY and self.holidays is HolidayPolicy.CLOSED:
            return []
        if kind is DayKind.HOLIDAY and self.holidays is HolidayPolicy.OWN_HOURS:
            return self.own
        if kind is DayKind.MAKEUP_WORKDAY and self.makeup is MakeupPolicy.AS_WORKDAY:
            return self.week.get(4 if day.weekday() == 5 else 0, [])
        return self.week.get(day.weekday(), [])

    def is_open(self, at):
        midnight = at.replace(hour=0, minute=0)
        minute = (at - midnight).seconds // 60
        today = self.opens_on(at.date())
        yesterday = self.opens_on(at.date() - timedelta(days=1))
        return any(a <= minute < b for a, b in today) or any(a <= minute + 1440 < b for a, b in yesterday)

    def changes_at(self, at, within_days=14):
        edges = {
            datetime.combine(day, datetime.min.time(), SHANGHAI) + timedelta(minutes=edge)
            for day in (at.date() + timedelta(days=n) for n in range(-1, within_days))
            for ranges in [self.opens_on(day)]
            for pair in ranges
            for edge in pair
        }
        return next(
            (edge for edge in sorted(edges) if edge > at and self.is_open(edge) != self.is_open(at)), None
        )


def write(ranges):
    return ",".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in ranges)


def some_ranges(chance):
    begin = chance.randrange(0, 1380, 15)
    end = begin + chance.randrange(15, min(720, 2040 - begin), 15)
    ranges = [(begin, end)]
    if end < 1200:
        later = chance.randrange(end + 15, 1320, 15)
        ranges.append((later, later + chance.randrange(15, 720, 15)))
    return [(a, min(b, a + 1440)) for a, b in ranges]


@pytest.mark.parametrize("seed", range(40))
def test_the_policies_hold_at_random_minutes(seed):
    chance = random.Random(seed)
    week = {day: some_ranges(chance) for day in range(7) if chance.random() < 0.8}
    exceptions = []
    for _ in range(chance.randrange(4)):
        first = date(2025, 1, 5) + timedelta(days=chance.randrange(700))
        ranges = some_ranges(chance) if chance.random() < 0.7 else []
        exceptions.append((first, first + timedelta(days=chance.randrange(12)), ranges))
    plan = Plan(
        week,
        chance.choice(list(HolidayPolicy)),
        some_ranges(chance),
        chance.choice(list(MakeupPolicy)),
        exceptions,
    )
    base = ", ".join(f"{WEEK[day]} {write(ranges)}" for day, ranges in week.items()) or "off"
    hours = schedule(
        checked(base, today=TODAY),
        holidays=plan.holidays,
        own=write(plan.own),
        makeup=plan.makeup,
        exceptions=tuple(DatedHours(first, last, write(ranges)) for first, last, ranges in exceptions),
    )
    moved = sorted(day for day in OFFICIAL.days if day.year in (2025, 2026))
    for n in range(150):
        day = chance.choice(moved) if n % 2 else date(2025, 1, 2) + timedelta(days=chance.randrange(720))
        at = datetime.combine(day, datetime.min.time(), SHANGHAI) + timedelta(
            minutes=chance.randrange(-300, 1800)
        )
        if not 2025 <= at.year <= 2026:
            continue
        state = hours.look(at)
        assert state.is_open == plan.is_open(at), f"{at} {hours.compiled}"
        expected = plan.changes_at(at)
        if expected is not None and expected < local(2026, 12, 31):
            assert state.changes_at == expected.astimezone(UTC), f"{at} {hours.compiled}"


def test_hours_that_never_end_are_known_without_searching_for_their_end():
    """An office writes 24 hours like this; the library looks for the end till the year 10000."""
    for number in range(300):  # each a second's search before
        every_day = Schedule("Mo-Su 00:00-24:00")
        assert (
            every_day.look(datetime(2026, 11, 22, tzinfo=UTC) + timedelta(minutes=number)).changes_at is None
        )
