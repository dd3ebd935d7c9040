"""What an appointment opens: which repairs its holder may look at, near by, and in whose eyes.

Pure rules; a category that an office opens to some appointments alone says so itself (``opened_to``).
"""

from collections.abc import Collection, Mapping

from app.core.actor import Actor, Role
from app.models import AppointmentKind
from app.services import authority

# An appointment is in force as a role of the same word, with the same term.
ROLE_OF: Mapping[AppointmentKind, Role] = {kind: Role(kind.value) for kind in AppointmentKind}
# The digits of an area that each may be appointed over: a grid member knows one community.
LEVELS: Mapping[AppointmentKind, tuple[int, ...]] = {
    AppointmentKind.PART_TIME_GRID_MEMBER: (12,),
    AppointmentKind.FOOD_SAFETY_SUPERVISOR: (6, 9, 12),
    AppointmentKind.CIVILITY_DEMONSTRATOR: (6, 9, 12),
    AppointmentKind.ROAD_SAFETY_SUPERVISOR: (6, 9, 12),
}
# Groups of categories whose repairs somebody with the appointment may check; grid members check all.
VERIFIES: Mapping[Role, frozenset[str]] = {
    Role.FOOD_SAFETY_SUPERVISOR: frozenset({"food"}),
    Role.CIVILITY_DEMONSTRATOR: frozenset({"garbage", "dirt", "street", "parking", "access"}),
    Role.ROAD_SAFETY_SUPERVISOR: frozenset({"road", "traffic", "cover", "ice", "works", "parking", "water"}),
}


def may_report(by: Actor, opened_to: Collection[str], *, area_code: str) -> bool:
    """Tell whether the caller may report in a category, somewhere; one that is opened to nobody is all's."""
    if not opened_to:
        return True
    return authority.may(by, roles=[Role(kind) for kind in opened_to], area_code=area_code)
