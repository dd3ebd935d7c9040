"""One decision on many cases, its progress, and taking it back."""

from uuid import UUID

from fastapi import APIRouter

from app.api.deps import CaseStaff, Now, ReadDep, SessionDep
from app.api.errors import problems
from app.api.reports.desk_schemas import BatchIn, BatchOut
from app.core.errors import InvalidInput, KeyReused, NotFound
from app.services import reports

router = APIRouter(prefix="/reports/batches", tags=["reports"])


@router.post("", status_code=202, responses=problems(KeyReused, InvalidInput))
async def start(given: BatchIn, by: CaseStaff, session: SessionDep, now: Now) -> BatchOut:
    """Decide many cases at once: queued here, worked off in the background, one result for each."""
    if given.move not in reports.BATCH_MOVES:
        raise InvalidInput(hint=f"move: {', '.join(reports.BATCH_MOVES)}")
    seen = {each.report_id: each.version for each in given.cases}
    new = reports.NewBatch(given.id, given.move, seen, given.reason, given.unit_id)
    return BatchOut.of(await reports.start(session, new, by=by, now=now))


@router.get("/{batch_id}", responses=problems(NotFound))
async def progress(batch_id: UUID, by: CaseStaff, session: ReadDep) -> BatchOut:
    """See how far one's batch is, case by case."""
    return BatchOut.of(await reports.progress(session, batch_id, by=by))


@router.post("/{batch_id}/undo", responses=problems(NotFound, reports.UndoTooLate))
async def undo(batch_id: UUID, by: CaseStaff, session: SessionDep, now: Now) -> BatchOut:
    """Take a batch back within ten minutes; cases that somebody has moved on since stay."""
    return BatchOut.of(await reports.undo(session, batch_id, by=by, now=now))
