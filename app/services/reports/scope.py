"""Who may see and move which case, and in which capacity. A sysadmin sees no case."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Text,
    and_,
    exists,
    false,
    literal,
    literal_column,
    or_,
    select,
)

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.models import Category, Report, ReportFollower, StepActor
from app.services import authority
from app.services.teams.fields import VERIFIES

# Who works on an area's cases; district officers see them too and decide what communities cannot.
# Written as the partial index is, or the planner does not know it again.
HAS_NEIGHBOURS: ColumnElement[bool] = Report.neighbour_codes != literal_column("'[]'::jsonb")
DESK = (Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody about to move a case: in a capacity, under a name that the timeline keeps."""

    capacity: StepActor
    account_id: UUID | None
    name: str


SYSTEM = Acting(StepActor.SYSTEM, None, "")
REPORTER = Acting(StepActor.REPORTER, None, "")  # named to nobody


def of_cases(by: Actor) -> Actor:
    """Return the caller without what running the system grants."""
    return replace(by, grants=tuple(grant for grant in by.grants if grant.role is not Role.SYSADMIN))


def on_desk(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the cases that the caller works on as staff of an area.

    A confidential case is its case worker's and one supervisor's alone.
    """
    in_area = authority.covers(of_cases(by), roles=DESK, area=Report.area_code, lies_in=authority.at_level)
    return and_(in_area, or_(Report.is_confidential.is_(False), _is_named(by)))


def confidential(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the confidential cases that the caller is named for.

    Said by itself, for who is named has an index and what is confidential has none.
    """
    return and_(Report.is_confidential, _is_named(by), on_desk(by))


def _is_named(by: Actor) -> ColumnElement[bool]:
    return or_(Report.case_worker_id == by.account_id, Report.supervisor_id == by.account_id)


def across(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the cases that lie across the street from the caller's areas.

    They may be read there and nothing else; a case has one owner. It is asked of one case, or of the few
    that have neighbours at all, which an index of their own finds: it has no place in a desk's own lists.
    """
    codes = authority.reach(of_cases(by), roles=DESK)
    theirs = Report.neighbour_codes.op("?|", return_type=Boolean())(literal(codes, ARRAY(Text)))
    return and_(HAS_NEIGHBOURS, theirs, Report.is_confidential.is_(False))


def to_check(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the cases whose repair the caller may check, if they did not make it."""
    part_time = authority.covers(
        of_cases(by),
        roles=(Role.PART_TIME_GRID_MEMBER,),
        area=Report.area_code,
        lies_in=authority.at_level,
    )
    return or_(on_desk(by), and_(or_(part_time, _in_field(by)), Report.is_confidential.is_(False)))


def _in_field(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the cases about what the caller was appointed to look after."""
    conditions = [
        and_(
            authority.covers(of_cases(by), roles=(role,), area=Report.area_code, lies_in=authority.at_level),
            Report.category_id.in_(select(Category.id).where(Category.group.in_(groups))),
        )
        for role, groups in VERIFIES.items()
        if by.holds(role)
    ]
    return or_(false(), *conditions)


def with_unit(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the cases that lie with a handling unit of the caller; no secret one."""
    return and_(Report.unit_id.in_(by.unit_ids), Report.is_confidential.is_(False))


def followed(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the cases that the caller reported or follows."""
    return exists().where(ReportFollower.report_id == Report.id, ReportFollower.account_id == by.account_id)


def reported(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the cases that the caller reported."""
    return Report.id.in_(
        select(ReportFollower.report_id).where(
            ReportFollower.account_id == by.account_id, ReportFollower.is_reporter
        )
    )


def check_desk(by: Actor, area_code: str) -> None:
    """Return when an area is the caller's desk or a part of it.

    Raises:
        NotFound: it is not theirs.
    """
    if not authority.may(of_cases(by), roles=DESK, area_code=area_code):
        raise NotFound


def desk_capacity(by: Actor, area_code: str) -> StepActor:
    """Return whether the caller acts on an area's case as its staff or as the district's officer."""
    is_staff = authority.may(of_cases(by), roles=(Role.COMMUNITY_STAFF,), area_code=area_code)
    return StepActor.STAFF if is_staff else StepActor.OFFICER


def party_capacity(by: Actor, report: Report) -> StepActor | None:
    """Return in which capacity the caller moves a case: as its desk, as its unit, or in none."""
    if authority.may(of_cases(by), roles=DESK, area_code=report.area_code):
        return desk_capacity(by, report.area_code)
    return StepActor.UNIT if report.unit_id in by.unit_ids else None


def checker_capacity(by: Actor, area_code: str) -> StepActor:
    """Return in which capacity the caller checks an area's case: as its desk, or as a grid member."""
    if authority.may(of_cases(by), roles=DESK, area_code=area_code):
        return desk_capacity(by, area_code)
    return StepActor.VERIFIER
