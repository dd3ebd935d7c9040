"""Who is on duty at an instant, and where a roster has gaps or overlaps: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from app.core.clock import SHANGHAI, local_day
from app.models import DutyRank, DutyShift

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be on duty in an area: on the days of their grants, both ends included."""

    id: UUID
    name: str
    terms: tuple[tuple[date, date | None], ...]

    def serves(self, at: datetime) -> bool:
        """Tell whether they hold a role over the area at an instant."""
        day = local_day(at)
        return any(first <= day and (last is None or day <= last) for first, last in self.terms)


People = Mapping[UUID, Person]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time, its end not included, with those of a rank who are on duty all through it."""

    rank: DutyRank
    starts_at: datetime
    ends_at: datetime
    people: tuple[Person, ...]


def on_duty(shifts: Iterable[DutyShift], people: People, at: datetime) -> dict[DutyRank, tuple[Person, ...]]:
    """Return who answers for one area at an instant, by rank.

    Who has lost their role is left out, and so is whom a deputy stands in for, even when the deputy
    cannot: nobody is called who is known to be away.
    """
    running = [shift for shift in shifts if shift.starts_at <= at < shift.ends_at]
    deputies: dict[UUID, list[UUID]] = {}
    for shift in running:
        if shift.in_place_of_id is not None:
            deputies.setdefault(shift.in_place_of_id, []).append(shift.account_id)
    found: dict[DutyRank, dict[UUID, Person]] = {rank: {} for rank in DutyRank}
    for shift in running:
        if shift.rank is None:
            continue
        for account_id in deputies.get(shift.account_id, [shift.account_id]):
            person = people.get(account_id)
            if person is not None and person.serves(at):
                found[shift.rank][account_id] = person
    return {rank: tuple(there.values()) for rank, there in found.items()}


def stretches(
    shifts: Sequence[DutyShift], people: People, *, since: datetime, until: datetime
) -> list[Stretch]:
    """Return who is on duty from an instant until another, without a hole, rank by rank in order of time."""
    edges = {since, until, *_midnights(since, until)}
    edges |= {edge for shift in shifts for edge in (shift.starts_at, shift.ends_at) if since < edge < until}
    found: dict[DutyRank, list[Stretch]] = {rank: [] for rank in DutyRank}
    for start, end in pairwise(sorted(edges)):
        there = on_duty(shifts, people, start)
        for rank, line in found.items():
            now = tuple(sorted(there[rank], key=lambda person: person.id))
            if line and line[-1].people == now:
                line[-1] = Stretch(rank, line[-1].starts_at, end, now)
            else:
                line.append(Stretch(rank, start, end, now))
    return [stretch for line in found.values() for stretch in line]


def _midnights(since: datetime, until: datetime) -> Iterable[datetime]:
    """Return the midnights in China between two instants: grants begin and end there."""
    at = datetime.combine(local_day(since) + _DAY, datetime.min.time(), SHANGHAI)
    while at < until:
        yield at.astimezone(since.tzinfo)
        at += _DAY


def gaps(line: Iterable[Stretch]) -> list[Stretch]:
    """Return when nobody is on duty."""
    return [stretch for stretch in line if not stretch.people]


def overlaps(line: Iterable[Stretch]) -> list[Stretch]:
    """Return when more than one person of a rank is on duty: all of them are called."""
    return [stretch for stretch in line if len(stretch.people) > 1]
