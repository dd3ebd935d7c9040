"""Teams: who serves, in which team of which organisation, appointed to what, reporting to which community."""

from app.services.teams.commands import TeamDraft, dissolve, edit, found, list_some
from app.services.teams.errors import (
    AlreadyMember,
    AlreadyReporting,
    AppointmentInvalid,
    InvitationUnknown,
    MembershipDecided,
    OrganisationEnded,
    PhoneNotShared,
    TakesNoRequests,
    TeamEnded,
)
from app.services.teams.membership import Named, NewInvitation
from app.services.teams.organisations import NewLiaison, OrganisationDraft
from app.services.teams.queries import (
    account_of_member,
    coordinators_of,
    count_members,
    get_organisation,
    get_team,
    is_member,
    liaisons_of,
    members_of,
    organisations_of_liaison,
    run_by,
    run_team,
    speaks_for,
)

__all__ = [
    "AlreadyMember",
    "AlreadyReporting",
    "AppointmentInvalid",
    "InvitationUnknown",
    "MembershipDecided",
    "Named",
    "NewInvitation",
    "NewLiaison",
    "OrganisationDraft",
    "OrganisationEnded",
    "PhoneNotShared",
    "TakesNoRequests",
    "TeamDraft",
    "TeamEnded",
    "account_of_member",
    "coordinators_of",
    "count_members",
    "dissolve",
    "edit",
    "found",
    "get_organisation",
    "get_team",
    "is_member",
    "liaisons_of",
    "list_some",
    "members_of",
    "organisations_of_liaison",
    "run_by",
    "run_team",
    "speaks_for",
]
