"""Divisions and grids: public facts, no sign-in."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.api.areas.schemas import AreaDetailOut, AreaPageOut
from app.api.deps import ReadDep
from app.api.errors import problems
from app.api.schemas import AreaCodeText, Cursor, Limit, Text
from app.core.errors import BadCursor, NotFound
from app.services import areas

router = APIRouter(prefix="/areas", tags=["areas"])

AnyCode = Annotated[
    str, Path(pattern=r"^[0-9]{2,12}$", description="significant digits, or filled with zeros")
]
Scheme = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="whose codes: `mca`, …")]


@router.get("", responses=problems(BadCursor))
async def list_areas(
    session: ReadDep,
    *,
    parent: Annotated[AreaCodeText | None, Query()] = None,
    level: Annotated[int | None, Query(ge=1, le=5)] = None,
    q: Annotated[Text | None, Query(min_length=1, max_length=40)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AreaPageOut:
    """List divisions in force: the provinces, or what answers to `parent`.

    With `level` or `q` the answer reaches any depth below `parent`.
    """
    page = await areas.search(session, parent=parent, level=level, text=q, cursor=cursor, limit=limit)
    return AreaPageOut.model_validate(page)


@router.get("/{code}", responses=problems(NotFound))
async def get_area(session: ReadDep, code: AnyCode) -> AreaDetailOut:
    """Return a division, in force or ended, with its authorities, successors and other codes."""
    return AreaDetailOut.of(await areas.detail(session, await areas.get(session, code)))


@router.get("/aliases/{scheme}/{code}", responses=problems(NotFound))
async def get_area_by_alias(session: ReadDep, scheme: Scheme, code: AnyCode) -> AreaDetailOut:
    """Return the division that another authority knows by a code, e.g. the civil-affairs ministry's."""
    return AreaDetailOut.of(await areas.detail(session, await areas.by_alias(session, scheme, code)))
