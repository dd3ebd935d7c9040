"""Points: an area's scheme and rules, one's own balance and statement, figures without names."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.deps import Now, Officer, Person, ReadDep, SessionDep
from app.api.errors import problems
from app.api.points.schemas import (
    BalanceOut,
    BalancesOut,
    FiguresOut,
    RuleEndIn,
    RuleIn,
    RuleOut,
    SchemeIn,
    SchemeOut,
    StatementOut,
)
from app.api.schemas import AreaCodeText, Cursor, Day, Limit
from app.core.errors import BadCursor, EditConflict, InvalidInput, KeyReused, NotFound
from app.services import points
from app.services.points import queries, schemes

router = APIRouter(prefix="/points", tags=["points"])

_LONGEST_LOOK = timedelta(days=400)


@router.get("/me")
async def see_own_points(by: Person, session: ReadDep) -> BalancesOut:
    """See what one has, by scheme, and what of it expires first."""
    found = await queries.balances(session, by=by)
    return BalancesOut(balances=[BalanceOut.of(each) for each in found])


@router.get("/me/statement", responses=problems(BadCursor))
async def list_own_points(
    *,
    by: Person,
    session: ReadDep,
    scheme: AreaCodeText | None = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> StatementOut:
    """List what moved one's points, the newest first."""
    page = await queries.statement(session, scheme_code=scheme, cursor=cursor, limit=limit, by=by)
    return StatementOut.of(page)


@router.get("/schemes/{area_code}", responses=problems(NotFound))
async def see_scheme(area_code: AreaCodeText, session: ReadDep) -> SchemeOut:
    """See whether a place has points, which area says so, and what they are given for."""
    scheme = await schemes.deciding(session, area_code)
    if scheme is None:
        raise NotFound
    return SchemeOut.of(scheme, list(await schemes.rules_of(session, scheme.area_code)))


@router.put("/schemes/{area_code}", responses=problems(NotFound, EditConflict))
async def put_scheme(
    area_code: AreaCodeText, given: SchemeIn, *, by: Officer, session: SessionDep, now: Now
) -> SchemeOut:
    """Switch an area's points on or off: it holds for all below it that say nothing of their own."""
    scheme = await schemes.put(session, area_code, given.read(), version=given.version, by=by, now=now)
    return SchemeOut.of(scheme, list(await schemes.rules_of(session, area_code)))


@router.post(
    "/schemes/{area_code}/rules",
    response_model=RuleOut,
    status_code=201,
    responses=problems(NotFound, points.PointsOff, points.RuleInPast, points.RuleOverlaps, KeyReused),
)
async def add_points_rule(
    area_code: AreaCodeText, given: RuleIn, *, by: Officer, session: SessionDep, now: Now
) -> object:
    """Add a rule, or a new version of one, from a day on."""
    return await schemes.add_rule(session, area_code, given.id, given.read(), by=by, now=now)


@router.post(
    "/rules/{rule_id:uuid}/end", response_model=RuleOut, responses=problems(NotFound, points.RuleInPast)
)
async def end_points_rule(
    rule_id: UUID, given: RuleEndIn, *, by: Officer, session: SessionDep, now: Now
) -> object:
    """Let a rule end with a day."""
    return await schemes.end_rule(session, rule_id, on=given.valid_to, by=by, now=now)


@router.get("/schemes/{area_code}/figures", responses=problems(NotFound, InvalidInput))
async def see_points_figures(
    area_code: AreaCodeText,
    since: Day,
    until: Annotated[Day, Query(description="included; at most 400 days after `since`")],
    *,
    by: Officer,
    session: ReadDep,
) -> FiguresOut:
    """See what a scheme's points did: sums, nobody's name, no order of people."""
    if not timedelta() <= until - since <= _LONGEST_LOOK:
        raise InvalidInput(hint="until")
    await schemes.check_area(session, area_code, by=by)
    found = await queries.figures(session, area_code, since=since, until=until)
    return FiguresOut.of(found, since=since, until=until)
