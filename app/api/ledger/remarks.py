"""Training, commendation and evaluation beside the hours, and one's own record with all five blocks."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.api.deps import Now, ReadDep, SessionDep, Worker
from app.api.errors import problems
from app.api.ledger.record_schemas import RecordOut, RemarkIn, RemarkOut
from app.core.errors import KeyReused, NotFound
from app.services import ledger
from app.services.ledger import remarks

router = APIRouter(prefix="/ledger", tags=["ledger"])


@router.get("/me/record", responses=problems(ledger.NotRegistered))
async def export_own_record(by: Worker, session: ReadDep, response: Response) -> RecordOut:
    """Take one's own record along: basics, service, training, commendation, evaluation."""
    response.headers["Cache-Control"] = "no-store"
    return RecordOut.of(await remarks.own_record(session, by=by))


@router.post(
    "/books/{book_id:uuid}/remarks",
    status_code=201,
    responses=problems(
        NotFound, KeyReused, ledger.VolunteerUnknown, ledger.OwnHours, ledger.RemarkImpossible
    ),
)
async def add_remark(
    book_id: UUID, given: RemarkIn, *, by: Worker, session: SessionDep, now: Now
) -> RemarkOut:
    """Record that a volunteer was trained, commended or evaluated; they read it, nobody else does."""
    made = await remarks.add(session, book_id, given.id, given.read(), by=by, now=now)
    return RemarkOut.model_validate(made)


@router.post("/remarks/{remark_id:uuid}/withdraw", responses=problems(NotFound))
async def withdraw_remark(remark_id: UUID, by: Worker, session: SessionDep, now: Now) -> RemarkOut:
    """Withdraw what was recorded wrongly; it stays, marked."""
    return RemarkOut.model_validate(await remarks.withdraw(session, remark_id, by=by, now=now))
