"""What organisers read before they change an activity, and what they write when it is published."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from app.api.activities.schemas import MOST_SHIFTS, ActivityDetailOut, DescribedIn, Reason, RoleIn
from app.api.people import Version
from app.api.schemas import In, Instant
from app.services.activities import ActivityChange, RoleChange, RoleDraft, ShiftChange, ShiftDraft


class RunActivityOut(ActivityDetailOut):
    """An activity as who runs it sees it: with all that an edit of it writes again."""

    policy_number: str | None


class RoleChangeIn(RoleIn):
    """A role as it is to be; without ``id`` a new one."""

    id: UUID | None = None

    def change(self) -> RoleChange:
        """Return it as the service takes it."""
        return RoleChange(self.id, RoleDraft(**self.model_dump(exclude={"id"})))


class ShiftChangeIn(In):
    """A shift that has yet to begin as it is to be; without ``id`` a new one. Roles not named stay."""

    id: UUID | None = None
    starts_at: Instant
    ends_at: Instant
    break_minutes: Annotated[int, Field(ge=0, le=600, strict=True)] = 0
    roles: Annotated[list[RoleChangeIn], Field(max_length=20)]

    @model_validator(mode="after")
    def _has_roles(self) -> "ShiftChangeIn":
        if self.id is None and (not self.roles or any(role.id is not None for role in self.roles)):
            raise ValueError("a new shift has new roles")
        return self

    def change(self) -> ShiftChange:
        """Return it as the service takes it."""
        draft = ShiftDraft(self.starts_at, self.ends_at, (), self.break_minutes)
        return ShiftChange(self.id, draft, [role.change() for role in self.roles])


class ActivityChangeIn(DescribedIn):
    """A published activity as it is to be, why, and the version that was before the editor's eyes.

    Shifts that are not named stay as they are; a shift is called off by a request of its own.
    """

    version: Version
    reason: Reason
    shifts: Annotated[list[ShiftChangeIn], Field(max_length=MOST_SHIFTS)] = Field(default_factory=list)

    def change(self) -> ActivityChange:
        """Return it as the service takes it.

        Raises:
            PositionSwapped, PositionForeign: see there.
        """
        shifts = [shift.change() for shift in self.shifts]
        return ActivityChange(**self.described(), reason=self.reason, shifts=shifts)
