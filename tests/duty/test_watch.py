"""Who is on duty, to the minute: handovers, midnights, deputies, roles that end."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

from app.models import DutyRank, DutyShift
from app.services.duty.watch import Person, gaps, on_duty, overlaps, stretches

MIDNIGHT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # 2026-11-21 00:00 in China
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ALWAYS = ((date(2020, 1, 1), None),)
A, B, C = (Person(uuid4(), name, ALWAYS) for name in "甲乙丙")
PEOPLE = {person.id: person for person in (A, B, C)}


def shift(person: Person, since: datetime, until: datetime, rank=DutyRank.FIRST, instead_of=None):
    return DutyShift(
        id=uuid4(),
        account_id=person.id,
        rank=None if instead_of else rank,
        in_place_of_id=instead_of and instead_of.id,
        starts_at=since,
        ends_at=until,
    )


def first(shifts, at, people=PEOPLE) -> list[UUID]:
    return [person.name for person in on_duty(shifts, people, at)[DutyRank.FIRST]]


def test_a_handover_leaves_nobody_twice_and_no_minute_out():
    shifts = [shift(A, MIDNIGHT - 8 * HOUR, MIDNIGHT), shift(B, MIDNIGHT, MIDNIGHT + 8 * HOUR)]
    tick = timedelta(microseconds=1)

    assert first(shifts, MIDNIGHT - 8 * HOUR - tick) == []
    assert first(shifts, MIDNIGHT - 8 * HOUR) == first(shifts, MIDNIGHT - tick) == ["甲"]
    assert first(shifts, MIDNIGHT) == first(shifts, MIDNIGHT + 8 * HOUR - tick) == ["乙"]
    assert first(shifts, MIDNIGHT + 8 * HOUR) == []


def test_a_deputy_is_called_instead_while_it_lasts_and_only_in_that_persons_turns():
    shifts = [
        shift(A, MIDNIGHT, MIDNIGHT + 8 * HOUR),
        shift(B, MIDNIGHT, MIDNIGHT + 8 * HOUR, DutyRank.BACKUP),
        shift(C, MIDNIGHT + HOUR, MIDNIGHT + 24 * HOUR, instead_of=A),
    ]

    assert first(shifts, MIDNIGHT + HOUR - MINUTE) == ["甲"]
    assert first(shifts, MIDNIGHT + HOUR) == ["丙"]
    assert [each.name for each in on_duty(shifts, PEOPLE, MIDNIGHT + HOUR)[DutyRank.BACKUP]] == ["乙"]
    assert first(shifts, MIDNIGHT + 9 * HOUR) == []
    # A deputy who may not act leaves a gap: who is away is not called all the same.
    assert first(shifts, MIDNIGHT + HOUR, {A.id: A, B.id: B}) == []


def test_a_role_that_ends_at_midnight_ends_the_turn_there():
    leaving = Person(A.id, "甲", ((date(2020, 1, 1), date(2026, 11, 20)),))
    shifts = [shift(A, MIDNIGHT - 8 * HOUR, MIDNIGHT + 8 * HOUR)]

    line = stretches(shifts, {A.id: leaving}, since=MIDNIGHT - 4 * HOUR, until=MIDNIGHT + 4 * HOUR)

    assert [(each.starts_at, each.ends_at) for each in gaps(line) if each.rank is DutyRank.FIRST] == [
        (MIDNIGHT, MIDNIGHT + 4 * HOUR)
    ]


def test_gaps_and_overlaps_are_named_to_the_minute():
    since, until = MIDNIGHT, MIDNIGHT + 24 * HOUR
    shifts = [
        shift(A, since - HOUR, since + 8 * HOUR),
        shift(B, since + 7 * HOUR, since + 16 * HOUR),
        shift(C, since + 16 * HOUR + MINUTE, until + HOUR),
    ]

    line = [
        each for each in stretches(shifts, PEOPLE, since=since, until=until) if each.rank is DutyRank.FIRST
    ]

    assert [(each.starts_at, each.ends_at) for each in gaps(line)] == [
        (since + 16 * HOUR, since + 16 * HOUR + MINUTE)
    ]
    [both] = overlaps(line)
    assert (both.starts_at, both.ends_at) == (since + 7 * HOUR, since + 8 * HOUR)
    assert {each.name for each in both.people} == {"甲", "乙"}
    # The line has no hole and no step back.
    assert line[0].starts_at == since
    assert line[-1].ends_at == until
    assert all(one.ends_at == other.starts_at for one, other in pairwise(line))
