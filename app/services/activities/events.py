"""Facts about activities and sign-ups, in the past tense: ids and codes alone."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class ActivityMoved(Event):
    """An activity was submitted, published, sent back or called off."""

    name: ClassVar[str] = "activity.moved"
    activity_id: UUID
    state: str
    was: str


@dataclass(frozen=True, slots=True)
class ShiftCancelled(Event):
    """A shift was called off; who had signed up is told."""

    name: ClassVar[str] = "activity.shift_cancelled"
    shift_id: UUID
    activity_id: UUID


@dataclass(frozen=True, slots=True)
class ShiftChanged(Event):
    """Another time, place, risk or condition was set for a shift; who had signed up is told."""

    name: ClassVar[str] = "activity.shift_changed"
    shift_id: UUID
    activity_id: UUID


@dataclass(frozen=True, slots=True)
class SignUpMoved(Event):
    """A sign-up came to a state; ``by_themselves`` when it was the person's own act."""

    name: ClassVar[str] = "activity.sign_up_moved"
    sign_up_id: UUID
    shift_id: UUID
    state: str
    by_themselves: bool


@dataclass(frozen=True, slots=True)
class CoverAsked(Event):
    """Somebody with a place cannot come and asks for another to take it."""

    name: ClassVar[str] = "activity.cover_asked"
    sign_up_id: UUID
    shift_id: UUID


@dataclass(frozen=True, slots=True)
class ShiftSoon(Event):
    """A shift that somebody has a place in begins within a day."""

    name: ClassVar[str] = "activity.shift_soon"
    sign_up_id: UUID
    shift_id: UUID


@dataclass(frozen=True, slots=True)
class AbsenceObjected(Event):
    """Somebody objects to having been marked absent."""

    name: ClassVar[str] = "activity.absence_objected"
    sign_up_id: UUID
    shift_id: UUID


@dataclass(frozen=True, slots=True)
class AbsenceAnswered(Event):
    """An objection was answered."""

    name: ClassVar[str] = "activity.absence_answered"
    sign_up_id: UUID
    shift_id: UUID
    is_struck: bool
