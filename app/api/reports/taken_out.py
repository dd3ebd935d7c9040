"""Privacy officers see who took many cases out of the system at once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from app.api.deps import PrivacyOfficer, ReadDep
from app.api.errors import problems
from app.api.schemas import Cursor, Limit, Out, PageOut
from app.core.errors import BadCursor
from app.models import DisclosureKind
from app.services.reports import taken_out
from app.services.reports.taken_out import TakenOut

router = APIRouter(prefix="/reports", tags=["reports"])


class TakenOutOut(Out):
    """An export or drill-down: who, when, by which filter, and how many rows; never what stood there."""

    id: UUID
    account_id: UUID
    name: str
    area_code: str | None
    kind: DisclosureKind
    filter: dict[str, Any]
    begun_at: datetime
    rows: int | None

    @classmethod
    def of(cls, taken: TakenOut) -> "TakenOutOut":
        """Return it."""
        each = taken.disclosure
        return cls(
            id=each.id,
            account_id=each.account_id,
            name=taken.name,
            area_code=each.area_code,
            kind=each.kind,
            filter=each.filter,
            begun_at=each.begun_at,
            rows=each.rows,
        )


class TakenOutPage(PageOut):
    """A page, newest first; ``rows`` is null where the reader went away before the end."""

    items: list[TakenOutOut]


@router.get("/taken-out", responses=problems(BadCursor))
async def list_taken_out(
    by: PrivacyOfficer, session: ReadDep, cursor: Cursor = None, limit: Limit = 50
) -> TakenOutPage:
    """List who of one's area exported cases or looked behind a figure; kept for half a year."""
    page = await taken_out.listed(session, by=by, cursor=cursor, limit=limit)
    return TakenOutPage(items=[TakenOutOut.of(each) for each in page.items], next_cursor=page.next_cursor)
