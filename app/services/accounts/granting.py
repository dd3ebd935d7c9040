"""Who may give which role, and over what: pure rules, and their form as a WHERE condition."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, func, or_

from app.core.actor import Actor, Role
from app.models import HandlingUnit, RoleGrant, Station
from app.services import authority

# Each role, and who may give and take it inside their own area. Sysadmins give all of them.
GIVEN_BY: Mapping[Role, tuple[Role, ...]] = {
    Role.STATION_MANAGER: (Role.DISTRICT_OFFICER, Role.COMMUNITY_STAFF),
    Role.PART_TIME_GRID_MEMBER: (Role.DISTRICT_OFFICER, Role.COMMUNITY_STAFF),
    Role.FOOD_SAFETY_SUPERVISOR: (Role.DISTRICT_OFFICER, Role.COMMUNITY_STAFF),
    Role.CIVILITY_DEMONSTRATOR: (Role.DISTRICT_OFFICER, Role.COMMUNITY_STAFF),
    Role.ROAD_SAFETY_SUPERVISOR: (Role.DISTRICT_OFFICER, Role.COMMUNITY_STAFF),
    Role.HANDLING_UNIT: (Role.DISTRICT_OFFICER, Role.COMMUNITY_STAFF),
    Role.COMMUNITY_STAFF: (Role.DISTRICT_OFFICER,),
    Role.DISTRICT_OFFICER: (),
    Role.PRIVACY_OFFICER: (),  # who watches the readers is not chosen by them
    Role.SYSADMIN: (),
}
# The digits of an area code that a role may be granted for; a station manager is granted stations, who
# handles cases the unit they work for.
LEVELS: Mapping[Role, tuple[int, ...]] = {
    Role.PART_TIME_GRID_MEMBER: (12,),
    Role.FOOD_SAFETY_SUPERVISOR: (6, 9, 12),
    Role.CIVILITY_DEMONSTRATOR: (6, 9, 12),
    Role.ROAD_SAFETY_SUPERVISOR: (6, 9, 12),
    Role.COMMUNITY_STAFF: (9, 12),
    Role.DISTRICT_OFFICER: (2, 4, 6, 9),
    Role.PRIVACY_OFFICER: (2, 4, 6),
}
# Where a grant lies, in a select outer-joined with what it names.
PLACE = func.coalesce(RoleGrant.area_code, Station.area_code, HandlingUnit.area_code)


def may_give(by: Actor, role: Role, *, area_code: str | None) -> bool:
    """Tell whether the caller may give or take a role over a place, ``None`` being everywhere."""
    if area_code is None:
        return by.holds(Role.SYSADMIN)
    return authority.may(by, roles=GIVEN_BY[role], area_code=area_code)


def within_reach(by: Actor) -> ColumnElement[bool]:
    """Return :func:`may_give` as the condition of a select over grants outer-joined with what they name."""
    if by.holds(Role.SYSADMIN):
        return RoleGrant.id.is_not(None)
    return or_(
        *(
            and_(RoleGrant.role == role, authority.covers(by, roles=givers, area=PLACE))
            for role, givers in GIVEN_BY.items()
            if givers
        )
    )


def needs(role: Role) -> str:
    """Return what a role is granted over, for who gave it another scope; Chinese, then English."""
    match role:
        case Role.STATION_MANAGER:
            return "这个角色按站点授予,请只指定站点;this role is given over a station, and only that"
        case Role.HANDLING_UNIT:
            return "这个角色按处置单位授予,请只指定单位;this role is given over a unit, and only that"
        case Role.SYSADMIN:
            return "系统管理员不限地区、站点和单位;a sysadmin is given over everything: name no scope"
        case _:
            digits = "、".join(map(str, LEVELS.get(role, ())))
            english = digits.replace("、", ", ")
            return (
                f"这个角色按区划授予,请只指定 {digits} 位的区划代码;"
                f"this role is given over a division: name its code of {english} digits, and only that"
            )


def fits(role: Role, *, area_code: str | None, has_station: bool, has_unit: bool) -> bool:
    """Tell whether a role is granted over this sort of scope, and over no other beside it."""
    given = (area_code is not None, has_station, has_unit)
    match role:
        case Role.STATION_MANAGER:
            return given == (False, True, False)
        case Role.HANDLING_UNIT:
            return given == (False, False, True)
        case Role.SYSADMIN:
            return not any(given)
        case _:
            return given == (True, False, False) and len(area_code or "") in LEVELS.get(role, ())
