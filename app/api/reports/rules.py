"""District officers: who gets which case, and how much time there is."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.api.deps import Now, Officer, OnceDep, ReadDep, SessionDep
from app.api.errors import problems
from app.api.reports.routes import Grids, Rules
from app.api.reports.rules_schemas import (
    LimitEdit,
    LimitIn,
    LimitList,
    LimitOut,
    OfficeHoursIn,
    OfficeHoursOut,
    PeriodOut,
    RevisionList,
    RevisionOut,
    RuleEdit,
    RuleIn,
    RuleOut,
    RulePage,
    TryIn,
    TryOut,
)
from app.api.schemas import AreaCodeText, Cursor, Limit
from app.core.errors import BadCursor, EditConflict, KeyReused, NotFound, PositionForeign, PositionSwapped
from app.services import reports
from app.services.reports import limiting, limits, ruling
from app.services.reports.rule_errors import HoursInvalid, LimitTaken, RuleInvalid
from app.services.reports.working_time import OfficeHours

router = APIRouter(prefix="/reports", tags=["reports"])

AreaQuery = Annotated[AreaCodeText | None, Query(description="only of this area and what lies in it")]
Version = Annotated[int, Query(ge=1, le=2**31)]


@router.get("/rules", responses=problems(BadCursor))
async def list_rules(
    by: Officer,
    session: ReadDep,
    *,
    area: AreaQuery = None,
    failing: Annotated[bool, Query(description="only rules that cannot be applied")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RulePage:
    """List the routing rules in force of one's areas; a failing one says why."""
    page = await ruling.list_rules(session, by=by, area=area, failing=failing, cursor=cursor, limit=limit)
    return RulePage(items=[RuleOut.of(rule) for rule in page.items], next_cursor=page.next_cursor)


@router.post(
    "/rules",
    status_code=201,
    response_model=RuleOut,
    responses=problems(NotFound, RuleInvalid, KeyReused),
)
async def create_rule(
    given: RuleIn, *, by: Officer, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Make a routing rule; it holds for the next report."""

    async def work() -> RuleOut:
        return RuleOut.of(await ruling.create_rule(session, given.id, given.draft(), by=by, now=now))

    return await once(work, status=201)


@router.post(
    "/rules/try",
    responses=problems(
        NotFound, PositionSwapped, PositionForeign, reports.CategoryUnknown, reports.PlaceUnknown
    ),
)
async def try_rules(
    given: TryIn, *, by: Officer, grids: Grids, rules: Rules, session: ReadDep, now: Now
) -> TryOut:
    """Say what would happen to a case: which rule would fire, why the others would not, by when."""
    case = ruling.Imagined(
        point=given.position.read().point,
        category_id=given.category_id,
        answers=given.answers,
        at=given.at or now,
        area_code=given.area_code,
    )
    return TryOut.of(await ruling.imagine(session, case, grids=grids, rules=rules, by=by, now=now))


@router.put("/rules/{rule_id:uuid}", responses=problems(NotFound, RuleInvalid, EditConflict))
async def edit_rule(rule_id: UUID, given: RuleEdit, *, by: Officer, session: SessionDep, now: Now) -> RuleOut:
    """Change a rule; what it was stays under its version."""
    rule = await ruling.edit_rule(session, rule_id, given.draft(), version=given.version, by=by, now=now)
    return RuleOut.of(rule)


@router.delete("/rules/{rule_id:uuid}", status_code=204, responses=problems(NotFound, EditConflict))
async def end_rule(rule_id: UUID, version: Version, by: Officer, session: SessionDep, now: Now) -> None:
    """Take a rule out of force."""
    await ruling.end_rule(session, rule_id, version=version, by=by, now=now)


@router.get("/rules/{rule_id:uuid}/versions", responses=problems(NotFound))
async def list_revisions(rule_id: UUID, by: Officer, session: ReadDep) -> RevisionList:
    """See what a rule was: cases name the version that fired."""
    found = await ruling.revisions(session, rule_id, by=by)
    return RevisionList(items=[RevisionOut.model_validate(each) for each in found])


@router.get("/time-limits")
async def list_limits(by: Officer, session: ReadDep, area: AreaQuery = None) -> LimitList:
    """List the time limits of one's areas, and the shipped ones that hold where nobody set another."""
    found = await limiting.list_limits(session, by=by, area=area)
    shipped = [LimitOut.of(each) for each in limits.DEFAULTS]
    return LimitList(items=[LimitOut.of(each) for each in found], shipped=shipped)


@router.post(
    "/time-limits",
    status_code=201,
    response_model=LimitOut,
    responses=problems(NotFound, RuleInvalid, LimitTaken, KeyReused),
)
async def create_limit(
    given: LimitIn, *, by: Officer, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Set a limit; promises already made stay as they are."""

    async def work() -> LimitOut:
        return LimitOut.of(await limiting.create_limit(session, given.id, given.draft(), by=by, now=now))

    return await once(work, status=201)


@router.put("/time-limits/{limit_id:uuid}", responses=problems(NotFound, EditConflict))
async def edit_limit(
    limit_id: UUID, given: LimitEdit, *, by: Officer, session: SessionDep, now: Now
) -> LimitOut:
    """Give more or less time from now on."""
    rule = await limiting.edit_limit(
        session, limit_id, given.amount, given.unit, version=given.version, by=by, now=now
    )
    return LimitOut.of(rule)


@router.delete("/time-limits/{limit_id:uuid}", status_code=204, responses=problems(NotFound, EditConflict))
async def end_limit(limit_id: UUID, version: Version, by: Officer, session: SessionDep, now: Now) -> None:
    """Take a limit back: the wider area's, or the shipped one, holds again."""
    await limiting.end_limit(session, limit_id, version=version, by=by, now=now)


@router.get("/office-hours/{area_code}", responses=problems(NotFound))
async def see_office_hours(
    area_code: AreaCodeText, by: Officer, rules: Rules, session: ReadDep
) -> OfficeHoursOut:
    """See when the offices of an area work: as it said itself, or as holds there otherwise."""
    own = await limiting.office_hours(session, area_code, by=by)
    hours = rules.terms.hours_of(area_code)
    return _hours_out(area_code, hours, 0 if own is None else own.version)


@router.put("/office-hours/{area_code}", responses=problems(NotFound, HoursInvalid, EditConflict))
async def set_office_hours(
    area_code: AreaCodeText, given: OfficeHoursIn, *, by: Officer, session: SessionDep, now: Now
) -> OfficeHoursOut:
    """Set when the offices of an area work on a working day."""
    periods = [{"from": each.starts, "to": each.ends} for each in given.periods]
    hours = await limiting.set_office_hours(
        session, area_code, periods, version=given.version, by=by, now=now
    )
    return OfficeHoursOut(area_code=area_code, periods=_as_given(given), version=hours.version)


def _as_given(given: OfficeHoursIn) -> Sequence[PeriodOut]:
    return [PeriodOut(starts=each.starts, ends=each.ends) for each in given.periods]


def _hours_out(area_code: str, hours: OfficeHours, version: int) -> OfficeHoursOut:
    periods = [
        PeriodOut(starts=starts.isoformat("minutes"), ends=ends.isoformat("minutes"))
        for starts, ends in hours.periods
    ]
    return OfficeHoursOut(area_code=area_code, periods=periods, version=version)
