"""The words of the table: who asks, what they get, and a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.core.actor import Role


class Who(StrEnum):
    """The callers each route is tried by."""

    ANONYMOUS = "anonymous"
    WORKER = "worker"
    OTHER_WORKER = "another worker"
    MANAGER = "station manager"
    OTHER_MANAGER = "another station's manager"
    STAFF = "community staff"
    OTHER_STAFF = "another community's staff"
    OFFICER = "district officer"
    OTHER_OFFICER = "another district's officer"
    PRIVACY = "privacy officer"
    OTHER_PRIVACY = "another district's privacy officer"
    UNIT = "handling unit"
    OTHER_UNIT = "another handling unit"
    GRID_MEMBER = "part-time grid member"
    OTHER_GRID_MEMBER = "another community's part-time grid member"
    SYSADMIN = "sysadmin"


class Sees(StrEnum):
    """What a caller gets."""

    IT = "it"  # served
    NOTHING = "nothing"  # served, but without the thing that the row ``shows``
    SIGN_IN = "sign_in_required"
    NO_ROLE = "role_missing"
    NOT_FOUND = "not_found"


Expected = Mapping[Who, Sees | str]  # a string: the code of a refusal of the feature's own
Ids = Mapping[str, str]

_INSIDE = {
    Role.STATION_MANAGER: Who.MANAGER,
    Role.COMMUNITY_STAFF: Who.STAFF,
    Role.DISTRICT_OFFICER: Who.OFFICER,
    Role.PRIVACY_OFFICER: Who.PRIVACY,
    Role.HANDLING_UNIT: Who.UNIT,
    Role.PART_TIME_GRID_MEMBER: Who.GRID_MEMBER,
}
_OUTSIDE = {
    Role.STATION_MANAGER: Who.OTHER_MANAGER,
    Role.COMMUNITY_STAFF: Who.OTHER_STAFF,
    Role.DISTRICT_OFFICER: Who.OTHER_OFFICER,
    Role.PRIVACY_OFFICER: Who.OTHER_PRIVACY,
    Role.HANDLING_UNIT: Who.OTHER_UNIT,
    Role.PART_TIME_GRID_MEMBER: Who.OTHER_GRID_MEMBER,
}
# No callers of their own: what an appointment opens is tried with appointments (tests/teams).
_APPOINTED = {Role.FOOD_SAFETY_SUPERVISOR, Role.CIVILITY_DEMONSTRATOR, Role.ROAD_SAFETY_SUPERVISOR}

ANYONE: Expected = dict.fromkeys(Who, Sees.IT)
SIGNED_IN: Expected = {**ANYONE, Who.ANONYMOUS: Sees.SIGN_IN}


def own(*, others: Sees | str = Sees.NOT_FOUND) -> Expected:
    """Expect that a thing is its worker's alone, whatever role anybody else has."""
    return {**dict.fromkeys(Who, others), Who.ANONYMOUS: Sees.SIGN_IN, Who.WORKER: Sees.IT}


def for_roles(*roles: Role, outside: Sees | str = Sees.NOT_FOUND, sysadmin: Sees | str = Sees.IT) -> Expected:
    """Expect that sysadmins (unless told otherwise) and holders of some roles are served in their scope."""
    expected: dict[Who, Sees | str] = {
        **dict.fromkeys(Who, Sees.NO_ROLE),
        Who.ANONYMOUS: Sees.SIGN_IN,
        Who.SYSADMIN: sysadmin,
    }
    for role in roles:
        if role not in _APPOINTED:
            expected[_INSIDE[role]] = Sees.IT
            expected[_OUTSIDE[role]] = outside
    return expected


STATION_STAFF = (Role.STATION_MANAGER, Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)
CASE_STAFF = for_roles(Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER, sysadmin=Sees.NO_ROLE)
CASE_HANDLERS = for_roles(Role.HANDLING_UNIT, sysadmin=Sees.NO_ROLE)
AREA_STAFF = (Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)


@dataclass(frozen=True)
class Row:
    """One route and what each caller gets of it."""

    method: str
    path: str
    expected: Expected
    json: Any = None
    query: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    shows: str | None = None
    streams: bool = False

    def body(self, ids: Ids) -> Any:
        return self.json(ids) if isinstance(self.json, Callable) else self.json
