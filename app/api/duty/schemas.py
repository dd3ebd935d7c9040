"""What is said of rosters."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from app.api.schemas import AreaCodeText, In, Instant, Out
from app.models import DutyRank, DutyShift, Rung
from app.services.duty import watch
from app.services.duty.roster import Roster, ShiftDraft
from app.services.duty.watch import People, Person, Stretch

_Version = Annotated[int, Field(ge=1, le=2**31, strict=True)]


class ShiftFields(In):
    """Who is on duty from when until when: in a rank, or in the place of somebody who is away."""

    account_id: UUID
    starts_at: Instant
    ends_at: Instant = Field(description="the first instant at which the turn is over")
    rank: DutyRank | None = Field(default=None, description="null for a deputy")
    in_place_of_id: UUID | None = Field(
        default=None, description="who is away: while this lasts, the deputy is called instead"
    )

    @model_validator(mode="after")
    def _rank_or_deputy(self) -> "ShiftFields":
        if (self.rank is None) == (self.in_place_of_id is None):
            raise ValueError("give a rank, or whose deputy it is")
        return self

    def draft(self, area_code: str) -> ShiftDraft:
        """Return it as the service takes it."""
        return ShiftDraft(
            area_code,
            self.account_id,
            self.starts_at.astimezone(UTC),
            self.ends_at.astimezone(UTC),
            self.rank,
            self.in_place_of_id,
        )


class ShiftIn(ShiftFields):
    """A new turn; ``id`` is made by the client and kept for every retry."""

    id: UUID


class ShiftEdit(ShiftFields):
    """A turn as it is to be, and the version that was before the editor's eyes."""

    area_code: AreaCodeText
    version: _Version


class CancelIn(In):
    """Which version of a turn is called off."""

    version: _Version


class PersonOut(Out):
    """Somebody of the office."""

    id: UUID
    name: str


class ShiftOut(Out):
    """A turn on duty; ``name`` is null when the person holds no role over the area any more."""

    id: UUID
    area_code: str
    account_id: UUID
    name: str | None
    rank: DutyRank | None
    in_place_of_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    version: int
    cancelled_at: datetime | None

    @classmethod
    def of(cls, shift: DutyShift, people: People) -> "ShiftOut":
        """Return it."""
        person = people.get(shift.account_id)
        columns = {key: getattr(shift, key) for key in cls.model_fields if key != "name"}
        return cls(**columns, name=None if person is None else person.name)


class OwnShiftOut(Out):
    """One of the caller's own turns."""

    id: UUID
    area_code: str
    rank: DutyRank | None
    starts_at: datetime
    ends_at: datetime


class OwnShiftsOut(Out):
    """The caller's turns that are not over."""

    shifts: list[OwnShiftOut]


class StretchOut(Out):
    """A stretch of time of a rank, its end not included, and who is on duty all through it."""

    rank: DutyRank
    starts_at: datetime
    ends_at: datetime
    people: list[PersonOut]

    @classmethod
    def of(cls, stretch: Stretch) -> "StretchOut":
        """Return it."""
        return cls(
            rank=stretch.rank,
            starts_at=stretch.starts_at,
            ends_at=stretch.ends_at,
            people=people_out(stretch.people),
        )


class RungOut(Out):
    """One rung of the ladder, and whom it would call at this minute."""

    rung: Rung
    after_s: int = Field(description="so long after the report it is called, or at once when nobody is below")
    people: list[PersonOut]


class RosterOut(Out):
    """An area's roster for the next seven days.

    ``is_anybody_on_duty`` false means: an emergency at this minute would call nobody.
    """

    area_code: str
    since: datetime
    until: datetime
    now: list[RungOut]
    is_anybody_on_duty: bool
    shifts: list[ShiftOut]
    on_duty: list[StretchOut]
    gaps: list[StretchOut]
    overlaps: list[StretchOut]

    @classmethod
    def of(cls, found: Roster) -> "RosterOut":
        """Return it."""
        rungs = [
            RungOut(rung=rung, after_s=int(found.waits[rung].total_seconds()), people=people_out(people))
            for rung, people in found.now.items()
        ]
        return cls(
            area_code=found.area_code,
            since=found.since,
            until=found.until,
            now=rungs,
            is_anybody_on_duty=any(found.now.values()),
            shifts=[ShiftOut.of(shift, found.people) for shift in found.shifts],
            on_duty=[StretchOut.of(each) for each in found.line if each.people],
            gaps=[StretchOut.of(each) for each in watch.gaps(found.line)],
            overlaps=[StretchOut.of(each) for each in watch.overlaps(found.line)],
        )


class PeopleOut(Out):
    """Who may be put on a roster."""

    people: list[PersonOut]


def people_out(people: "tuple[Person, ...] | list[Person]") -> list[PersonOut]:
    """Return people by id and name."""
    return [PersonOut(id=person.id, name=person.name) for person in people]
