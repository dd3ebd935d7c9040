"""What is said of organisations, teams and members."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictBool

from app.api.people import CreditCode, DisplayName, Phone, Version
from app.api.schemas import AreaCodeText, Day, In, Instant, LongText, Out, PageOut, PastDay, ShortText, Text
from app.models import (
    MemberState,
    OrganisationKind,
    OrganisationLiaison,
    TeamInvitation,
    TeamKind,
    TeamMember,
    VolunteerOrganisation,
    VolunteerTeam,
)
from app.services import teams
from app.services.teams.membership import Named

_Name = Annotated[Text, Field(min_length=1, max_length=100)]
_OfficePhone = Annotated[Text, Field(max_length=40, pattern=r"^[0-9+\-() ]*$")]
_Reason = Annotated[ShortText, Field(min_length=1)]


class OrganisationFields(In):
    """What staff say of a body; its responsible person and number stand on certificates."""

    name: _Name
    kind: OrganisationKind
    area_code: AreaCodeText
    responsible: Annotated[Text, Field(min_length=1, max_length=40)]
    phone: _OfficePhone
    parent_id: UUID | None = None
    credit_code: CreditCode | None = None

    def draft(self) -> teams.OrganisationDraft:
        """Return it as the service takes it."""
        return teams.OrganisationDraft(
            self.name,
            self.kind,
            self.area_code,
            self.responsible,
            self.phone,
            self.parent_id,
            self.credit_code,
        )


class OrganisationIn(OrganisationFields):
    """A new organisation; ``id`` is made by the client and kept for every retry."""

    id: UUID


class OrganisationEdit(OrganisationFields):
    """An organisation as it is to be, and the version that was before the editor's eyes."""

    version: Version


class VersionIn(In):
    """The version that was before the editor's eyes."""

    version: Version


class OrganisationOut(Out):
    """A body that answers for teams."""

    id: UUID
    name: str
    kind: OrganisationKind
    area_code: str
    responsible: str
    phone: str
    parent_id: UUID | None
    credit_code: str | None
    ended_at: AwareDatetime | None
    version: int

    @classmethod
    def of(cls, organisation: VolunteerOrganisation) -> "OrganisationOut":
        """Return it."""
        return cls.model_validate(organisation)


class OrganisationPage(PageOut):
    """A page of organisations."""

    items: list[OrganisationOut]


class LiaisonIn(In):
    """Who is to speak for an organisation: the owner of a number, both days included."""

    phone: Phone
    valid_from: Day | None = Field(default=None, description="today when left out")
    valid_to: Day | None = None
    display_name: DisplayName | None = None


class LiaisonOut(Out):
    """Who speaks for an organisation."""

    id: UUID
    display_name: str
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, liaison: OrganisationLiaison, name: str) -> "LiaisonOut":
        """Return it."""
        return cls(id=liaison.id, display_name=name, valid_from=liaison.valid_from, valid_to=liaison.valid_to)


class LiaisonList(Out):
    """Who speaks for an organisation, now or from a day on."""

    items: list[LiaisonOut]


class TeamFields(In):
    """What who runs a team says of it."""

    organisation_id: UUID
    name: _Name
    kind: TeamKind
    area_code: AreaCodeText
    about: LongText = ""
    takes_requests: StrictBool = True
    founded_on: PastDay

    def draft(self) -> teams.TeamDraft:
        """Return it as the service takes it."""
        return teams.TeamDraft(**{name: getattr(self, name) for name in TeamFields.model_fields})


class TeamIn(TeamFields):
    """A new team; ``id`` is made by the client and kept for every retry."""

    id: UUID


class TeamEdit(TeamFields):
    """A team as it is to be, and the version that was before the editor's eyes."""

    version: Version


class TeamOut(Out):
    """A team as everybody may see it: how many belong to it, never who."""

    id: UUID
    organisation_id: UUID
    name: str
    kind: TeamKind
    area_code: str
    about: str
    takes_requests: bool
    founded_on: date
    ended_at: AwareDatetime | None
    members: int
    version: int

    @classmethod
    def of(cls, team: VolunteerTeam, members: int) -> "TeamOut":
        """Return it."""
        columns = {name: getattr(team, name) for name in cls.model_fields if name != "members"}
        return cls(**columns, members=members)


class TeamPage(PageOut):
    """A page of teams."""

    items: list[TeamOut]


class JoinRequestIn(In):
    """A wish to belong to a team; whether it may see one's number is one's own to say, now and later."""

    id: UUID
    shares_phone: StrictBool = False


class JoinIn(JoinRequestIn):
    """Coming in by a code that a coordinator gave."""

    code: Annotated[Text, Field(min_length=6, max_length=40)]


class MembershipOut(Out):
    """One's own membership, or the request for it."""

    id: UUID
    team_id: UUID
    state: MemberState
    is_coordinator: bool
    shares_phone: bool
    asked_at: AwareDatetime
    joined_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    reason: str

    @classmethod
    def of(cls, member: TeamMember) -> "MembershipOut":
        """Return it."""
        return cls.model_validate(member)


class OwnMembershipOut(MembershipOut):
    """One's own membership with the team's name."""

    team_name: str

    @classmethod
    def in_team(cls, member: TeamMember, team: VolunteerTeam) -> "OwnMembershipOut":
        """Return it."""
        return cls(**MembershipOut.of(member).model_dump(), team_name=team.name)


class MembershipList(Out):
    """One's own memberships and requests, the latest first."""

    items: list[OwnMembershipOut]


class MemberOut(Out):
    """A member as who runs the team sees them: a name, and whether a number may be asked for."""

    id: UUID
    display_name: str
    state: MemberState
    is_coordinator: bool
    shares_phone: bool
    asked_at: AwareDatetime
    joined_at: AwareDatetime | None

    @classmethod
    def of(cls, named: Named) -> "MemberOut":
        """Return it."""
        member = named.member
        return cls(
            id=member.id,
            display_name=named.name,
            state=member.state,
            is_coordinator=member.is_coordinator,
            shares_phone=member.shares_phone,
            asked_at=member.asked_at,
            joined_at=member.joined_at,
        )


class MemberPage(PageOut):
    """A page of who belongs to a team or asks to."""

    items: list[MemberOut]


class DecideIn(In):
    """Whether somebody who asked is let in; a refusal says why."""

    lets_in: StrictBool
    reason: ShortText = ""


class RemoveIn(In):
    """Why somebody's time in a team ends; they are told."""

    reason: _Reason


class CoordinatorIn(In):
    """Whether a member coordinates the team."""

    is_coordinator: StrictBool


class SharesPhoneIn(In):
    """Whether who runs the team may see one's number."""

    shares_phone: StrictBool


class MemberPhoneOut(Out):
    """The number of a member who shares it."""

    phone: str


class InvitationIn(In):
    """How many may come in by a code, and until when (60 days at most)."""

    id: UUID
    most_uses: Annotated[int, Field(ge=1, le=1000, strict=True)] = 1
    expires_at: Instant


class InvitationOut(Out):
    """An invitation; its code was shown once."""

    id: UUID
    most_uses: int
    uses: int
    made_at: AwareDatetime
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None

    @classmethod
    def of(cls, invitation: TeamInvitation) -> "InvitationOut":
        """Return it."""
        return cls.model_validate(invitation)


class NewInvitationOut(InvitationOut):
    """A new invitation with its code, which is not shown again."""

    code: str

    @classmethod
    def with_code(cls, invitation: TeamInvitation, code: str) -> "NewInvitationOut":
        """Return it."""
        return cls(**InvitationOut.of(invitation).model_dump(), code=code)


class InvitationList(Out):
    """A team's invitations, the latest first."""

    items: list[InvitationOut]
