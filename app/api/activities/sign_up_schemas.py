"""What is said of sign-ups after they were made: decisions, cover, absence, what people thought."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictBool

from app.api.activities.schemas import SignUpOut
from app.api.schemas import In, LongText, Out, PageOut, ShortText
from app.models import ActivityShift, NoShow, SignUp, SignUpState, VolunteerActivity
from app.services.activities.concerns import Concern

_Words = Annotated[LongText, Field(min_length=1)]


class SignUpIn(In):
    """A wish for a role of a shift; ``id`` is made by the client and kept for every retry."""

    id: UUID
    role_id: UUID


class TakeOverIn(In):
    """The sign-up that takes a place over; ``id`` is made by the client."""

    id: UUID


class DecideSignUpIn(In):
    """Whether somebody who asked has a place; a refusal says why."""

    accepts: StrictBool
    reason: ShortText = ""


class NoShowIn(In):
    """What who marks somebody absent saw."""

    note: ShortText = ""


class ObjectionIn(In):
    """Why a mark of absence is wrong."""

    text: _Words


class AnswerIn(In):
    """Whether a mark of absence is struck, and why; the volunteer is told."""

    strikes: StrictBool
    text: _Words


class FeedbackIn(In):
    """What one thought of a shift, from 1 to 5."""

    score: Annotated[int, Field(ge=1, le=5, strict=True)]
    text: ShortText = ""


class NoShowOut(Out):
    """A mark of absence and what was said to it."""

    sign_up_id: UUID
    marked_at: AwareDatetime
    note: str
    objection: str | None
    objected_at: AwareDatetime | None
    is_struck: bool | None
    answer: str
    answered_at: AwareDatetime | None

    @classmethod
    def of(cls, absence: NoShow) -> "NoShowOut":
        """Return it."""
        return cls.model_validate(absence)


class OwnNoShowOut(NoShowOut):
    """One's own mark of absence, with who made it."""

    marked_by: str


class OwnSignUpOut(SignUpOut):
    """One's own sign-up with when and where."""

    title: str
    place_text: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime

    @classmethod
    def at(cls, row: SignUp, shift: ActivityShift, activity: VolunteerActivity) -> "OwnSignUpOut":
        """Return it."""
        return cls(
            **SignUpOut.of(row).model_dump(),
            title=activity.title,
            place_text=activity.place_text,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
        )


class OwnSignUpPage(PageOut):
    """A page of one's own sign-ups, the latest made first."""

    items: list[OwnSignUpOut]


class ParticipantOut(Out):
    """Who signed up, as who runs the activity sees them: a name and where it stands."""

    sign_up_id: UUID
    role_id: UUID
    display_name: str
    state: SignUpState
    line_no: int
    signed_up_at: AwareDatetime
    offer_ends_at: AwareDatetime | None
    concern: Concern | None = Field(description="the shift, as it stands, does not suit them")
    absence: NoShowOut | None = Field(
        description="the mark of absence and what was said to it, for the area's staff"
    )

    @classmethod
    def of(cls, row: SignUp, name: str, concern: Concern | None, absence: NoShow | None) -> "ParticipantOut":
        """Return it."""
        return cls(
            sign_up_id=row.id,
            role_id=row.role_id,
            display_name=name,
            state=row.state,
            line_no=row.line_no,
            signed_up_at=row.signed_up_at,
            offer_ends_at=row.offer_ends_at,
            concern=concern,
            absence=None if absence is None else NoShowOut.of(absence),
        )


class ParticipantList(Out):
    """Who signed up for a shift, in the order of coming."""

    items: list[ParticipantOut]
