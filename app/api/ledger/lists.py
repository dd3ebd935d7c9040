"""A second person decides on an imported list as a whole."""

from uuid import UUID

from fastapi import APIRouter

from app.api.deps import Now, ReadDep, SessionDep, Worker
from app.api.errors import problems
from app.api.ledger.list_schemas import DecidedOut, WaitingListOut, WaitingListsOut
from app.api.ledger.schemas import ReasonIn
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, NotFound
from app.services import ledger

router = APIRouter(prefix="/ledger", tags=["ledger"])

_LIST = "/books/{book_id:uuid}/lists/{list_id:uuid}"
_REFUSALS = (NotFound, ledger.NothingToDecide, ledger.SecondPersonNeeded, ledger.OwnHours)


@router.get("/lists", responses=problems(BadCursor))
async def list_waiting_lists(
    by: Worker, session: ReadDep, now: Now, *, cursor: Cursor = None, limit: Limit = 20
) -> WaitingListsOut:
    """List the imported lists that wait in one's books and those below; their lines: a book's entries."""
    page = await ledger.waiting_lists(session, by=by, now=now, cursor=cursor, limit=limit)
    items = [WaitingListOut.model_validate(each) for each in page.items]
    return WaitingListsOut(items=items, next_cursor=page.next_cursor)


@router.post(f"{_LIST}/approve", responses=problems(*_REFUSALS))
async def approve_list(
    book_id: UUID, list_id: UUID, given: ReasonIn, *, by: Worker, session: SessionDep, now: Now
) -> DecidedOut:
    """Approve all that waits of an imported list: each line counts from now on, in its own class."""
    found = await ledger.decide_list(
        session, book_id, list_id, approve=True, reason=given.read(), by=by, now=now
    )
    return DecidedOut.model_validate(found)


@router.post(f"{_LIST}/refuse", responses=problems(*_REFUSALS, ledger.ReasonNeeded))
async def refuse_list(
    book_id: UUID, list_id: UUID, given: ReasonIn, *, by: Worker, session: SessionDep, now: Now
) -> DecidedOut:
    """Refuse all that waits of an imported list, with a reason that each volunteer reads."""
    found = await ledger.decide_list(
        session, book_id, list_id, approve=False, reason=given.read(), by=by, now=now
    )
    return DecidedOut.model_validate(found)
