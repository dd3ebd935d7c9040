"""Who is calling, and what was granted to them."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person may be to the system; anybody signed in is a worker."""

    WORKER = "worker"
    STATION_MANAGER = "station_manager"
    PART_TIME_GRID_MEMBER = "part_time_grid_member"
    FOOD_SAFETY_SUPERVISOR = "food_safety_supervisor"
    CIVILITY_DEMONSTRATOR = "civility_demonstrator"
    ROAD_SAFETY_SUPERVISOR = "road_safety_supervisor"
    HANDLING_UNIT = "handling_unit"
    COMMUNITY_STAFF = "community_staff"
    DISTRICT_OFFICER = "district_officer"
    PRIVACY_OFFICER = "privacy_officer"
    SYSADMIN = "sysadmin"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in force now, over areas (significant code prefixes), one station or one handling unit.

    ``area_codes`` holds the granted code and, after a change of divisions, its successors.
    A grant with none of them covers everything (sysadmin only).
    """

    role: Role
    area_codes: tuple[str, ...] = ()
    station_id: UUID | None = None
    unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of one request: an account with its grants, or nobody.

    Who is banned keeps the rights to their own data and holds no grants; a route that takes emergencies
    asks for a ``Person`` and looks at ``is_banned``. ``session_id`` is the sign-in that the caller's token
    belongs to. Who withholds their position took back the consent to be located: a fix is not looked at.
    """

    account_id: UUID | None
    grants: tuple[Grant, ...] = field(default=())
    is_banned: bool = False
    session_id: UUID | None = None
    withholds_position: bool = False

    @property
    def is_anonymous(self) -> bool:
        """Tell whether nobody has signed in."""
        return self.account_id is None

    def holds(self, *roles: Role) -> bool:
        """Tell whether any of the roles is granted, wherever its scope lies."""
        return any(grant.role in roles for grant in self.grants)

    @property
    def unit_ids(self) -> frozenset[UUID]:
        """The handling units that the caller acts for."""
        return frozenset(grant.unit_id for grant in self.grants if grant.unit_id is not None)


ANONYMOUS = Actor(account_id=None)
