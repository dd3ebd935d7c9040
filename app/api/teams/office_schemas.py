"""What is said of appointments and 双报到."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.api.people import DisplayName, Phone
from app.api.schemas import AreaCodeText, Day, In, Out, PageOut, ShortText, Text
from app.models import AppointmentKind, Category, DualReporting
from app.services.teams.appointments import Appointed, AppointmentDraft
from app.services.teams.reporting import Community

_Name = Annotated[Text, Field(min_length=1, max_length=100)]
_Reason = Annotated[ShortText, Field(min_length=1)]


class AppointIn(In):
    """Whom a body appoints to what, where, both days included; without an account one is made."""

    id: UUID
    kind: AppointmentKind
    phone: Phone
    display_name: DisplayName | None = None
    issuing_body: _Name
    area_code: AreaCodeText
    grid_id: UUID | None = None
    valid_from: Day
    valid_to: Day

    def draft(self) -> AppointmentDraft:
        """Return it as the service takes it."""
        return AppointmentDraft(**self.model_dump(exclude={"id"}))


class RevokeIn(In):
    """Why an appointment ends before its term; its holder is told."""

    reason: _Reason


class AppointmentOut(Out):
    """An appointment; of the person only the name they show."""

    id: UUID
    kind: AppointmentKind
    display_name: str
    issuing_body: str
    area_code: str
    grid_id: UUID | None
    valid_from: date
    valid_to: date
    revoked_at: AwareDatetime | None
    revoked_reason: str

    @classmethod
    def of(cls, appointed: Appointed) -> "AppointmentOut":
        """Return it."""
        row = appointed.appointment
        columns = {name: getattr(row, name) for name in cls.model_fields if name != "display_name"}
        return cls(**columns, display_name=appointed.name)


class AppointmentPage(PageOut):
    """A page of appointments."""

    items: list[AppointmentOut]


class OpenedCategoryOut(Out):
    """A category that one may report in because of an appointment."""

    id: str
    name_zh: str
    name_en: str
    hint_zh: str
    hint_en: str
    icon: str

    @classmethod
    def of(cls, category: Category) -> "OpenedCategoryOut":
        """Return it."""
        return cls.model_validate(category)


class OwnAppointmentOut(Out):
    """One's own appointment, and what it opens while it is in force."""

    id: UUID
    kind: AppointmentKind
    issuing_body: str
    area_code: str
    valid_from: date
    valid_to: date
    revoked_at: AwareDatetime | None
    revoked_reason: str
    is_in_force: bool
    verifies: list[str] | None = Field(
        description="groups of categories whose repairs one may check near by; null: all"
    )
    opens: list[OpenedCategoryOut]


class OwnAppointmentList(Out):
    """One's own appointments, the latest first."""

    items: list[OwnAppointmentOut]


class UnitReportIn(In):
    """A unit serves a community from now on."""

    id: UUID
    organisation_id: UUID
    community_code: AreaCodeText


class SelfReportIn(In):
    """One serves the community where one lives, on behalf of a unit or of oneself."""

    id: UUID
    organisation_id: UUID | None = None
    community_code: AreaCodeText


class ReportingOut(Out):
    """That a unit or a person serves a community."""

    id: UUID
    organisation_id: UUID | None
    community_code: str
    reported_at: AwareDatetime
    ended_at: AwareDatetime | None

    @classmethod
    def of(cls, reporting: DualReporting) -> "ReportingOut":
        """Return it."""
        return cls.model_validate(reporting)


class OwnReportingOut(Out):
    """Where one reports as a person, if anywhere."""

    reporting: ReportingOut | None


class ReportingUnitOut(Out):
    """A unit that serves a community."""

    id: UUID
    organisation_id: UUID
    name: str
    reported_at: AwareDatetime


class CommunityOut(Out):
    """Who reports to a community; people are a number, and fewer than five are none that is said."""

    units: list[ReportingUnitOut]
    people: int | None = Field(description="null: one to four")

    @classmethod
    def of(cls, community: Community) -> "CommunityOut":
        """Return it."""
        units = [
            ReportingUnitOut(
                id=reporting.id,
                organisation_id=unit.id,
                name=unit.name,
                reported_at=reporting.reported_at,
            )
            for reporting, unit in community.units
        ]
        return cls(units=units, people=community.people)
