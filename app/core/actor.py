"""Who is calling, and what was granted to them."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person may be to the system; anybody signed in is a worker."""

    WORKER = "worker"
    STATION_MANAGER = "station_manager"
    COMMUNITY_STAFF = "community_staff"
    DISTRICT_OFFICER = "district_officer"
    PRIVACY_OFFICER = "privacy_officer"
    SYSADMIN = "sysadmin"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in force now, over areas (significant code prefixes) or over one station.

    ``area_codes`` holds the granted code and, after a change of divisions, its successors.
    A grant with neither covers everything (sysadmin only).
    """

    role: Role
    area_codes: tuple[str, ...] = ()
    station_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of one request: an account with its grants, or nobody.

    Who is banned keeps the rights to their own data and holds no grants; a route that takes emergencies
    asks for a ``Person`` and looks at ``is_banned``. ``session_id`` is the sign-in that the caller's token
    belongs to.
    """

    account_id: UUID | None
    grants: tuple[Grant, ...] = field(default=())
    is_banned: bool = False
    session_id: UUID | None = None

    @property
    def is_anonymous(self) -> bool:
        """Tell whether nobody has signed in."""
        return self.account_id is None

    def holds(self, *roles: Role) -> bool:
        """Tell whether any of the roles is granted, wherever its scope lies."""
        return any(grant.role in roles for grant in self.grants)


ANONYMOUS = Actor(account_id=None)
