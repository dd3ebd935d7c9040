"""The catalogue of what can be reported: for everybody to read, for sysadmins to import."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from app.api.categories.schemas import (
    CatalogueIn,
    CatalogueOut,
    CatalogueReportOut,
    CategoryDetailOut,
    CategoryOut,
)
from app.api.deps import Now, ReadDep, SessionDep, allow
from app.api.errors import problems
from app.api.etag import tagged
from app.core.errors import NotFound, RoleMissing, SignInRequired
from app.services import categories

router = APIRouter(prefix="/categories", tags=["categories"])
_CategoryId = Annotated[str, Path(max_length=60, pattern=r"^[a-z0-9_]+$")]


@router.get("", response_model=CatalogueOut, responses={304: {"description": "the client has it"}})
async def list_categories(request: Request, session: ReadDep) -> Response:
    """List what can be reported, for anybody. Show an emergency's phones before any form."""
    found = [CategoryOut.of(category) for category in await categories.list_active(session)]
    return tagged(request, CatalogueOut.of(found))


@router.post("/import", dependencies=[Depends(allow())], responses=problems(SignInRequired, RoleMissing))
async def import_categories(
    given: CatalogueIn,
    *,
    dry_run: Annotated[bool, Query(description="only say what would be done")] = False,
    session: SessionDep,
    now: Now,
) -> CatalogueReportOut:
    """Add and change categories by a list; all or nothing, and each change is a new version.

    What the standard lacks is a local extension: `standard_ref` "local", no code.
    """
    report = await categories.import_categories(session, given.categories, now=now, dry_run=dry_run)
    return CatalogueReportOut.of(report)


@router.get("/{category_id}", responses=problems(NotFound))
async def see_category(category_id: _CategoryId, session: ReadDep) -> CategoryDetailOut:
    """See a category with its place in the standards, in use or not."""
    return CategoryDetailOut.of(await categories.get(session, category_id))
