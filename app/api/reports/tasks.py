"""Co-handling: staff give several units a task each, units do them."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.api.deps import CaseHandler, CaseStaff, Now, OnceDep, ReadDep, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.reports.handling import PROOF_REFUSALS
from app.api.reports.handling_schemas import (
    HandledRow,
    NamedTaskOut,
    OwnTaskOut,
    ProofIn,
    TaskAgainIn,
    TaskIn,
    TaskOut,
    TaskPage,
    TasksOut,
    TaskVersionIn,
    WordIn,
    photos_out,
)
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, EditConflict, NotFound
from app.models import TaskState
from app.services import reports
from app.services.reports import handling_errors, tasks

router = APIRouter(prefix="/reports", tags=["reports"])

_REFUSALS = (NotFound, EditConflict, reports.IllegalMove, handling_errors.TaskUnfit)


@router.post(
    "/cases/{report_id:uuid}/tasks",
    status_code=201,
    response_model=TaskOut,
    responses=problems(NotFound, reports.IllegalMove, handling_errors.UnitUnfit),
)
async def add_task(
    report_id: UUID, given: TaskIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Give one more unit a task of a case in hand; the case is resolved when all tasks are done."""

    async def work() -> TaskOut:
        return TaskOut.of(await tasks.add(session, report_id, given.read(), by=by, now=now))

    return await once(work, status=201)


@router.get("/cases/{report_id:uuid}/tasks", responses=problems(NotFound))
async def list_case_tasks(report_id: UUID, by: CaseStaff, session: ReadDep) -> TasksOut:
    """List the tasks of a case of one's desk, oldest first, with their units."""
    found = await tasks.of_case(session, report_id, by=by)
    return TasksOut(items=[NamedTaskOut.of_unit(each) for each in found])


@router.post(
    "/cases/{report_id:uuid}/tasks/{task_id:uuid}/give",
    response_model=TaskOut,
    responses=problems(*_REFUSALS, handling_errors.UnitUnfit),
)
async def give_task(
    report_id: UUID,
    task_id: UUID,
    given: TaskAgainIn,
    *,
    by: CaseStaff,
    session: SessionDep,
    now: Now,
    once: OnceDep,
) -> Response:
    """Give an unfinished task to another unit."""

    async def work() -> TaskOut:
        new, version = given.read(), given.version
        return TaskOut.of(
            await tasks.give_to(session, report_id, task_id, new, version=version, by=by, now=now)
        )

    return await once(work)


@router.post(
    "/cases/{report_id:uuid}/tasks/{task_id:uuid}/drop",
    response_model=TaskOut,
    responses=problems(*_REFUSALS),
)
async def drop_task(
    report_id: UUID,
    task_id: UUID,
    given: TaskVersionIn,
    *,
    by: CaseStaff,
    session: SessionDep,
    now: Now,
    once: OnceDep,
) -> Response:
    """Do without an unfinished task."""

    async def work() -> TaskOut:
        return TaskOut.of(
            await tasks.drop(session, report_id, task_id, version=given.version, by=by, now=now)
        )

    return await once(work)


@router.get("/tasks", responses=problems(BadCursor))
async def list_tasks(
    *,
    by: CaseHandler,
    session: ReadDep,
    state: TaskState | None = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> TaskPage:
    """List the tasks of one's unit, what is owed first at the top."""
    page = await tasks.own_tasks(session, state=state, by=by, cursor=cursor, limit=limit)
    return TaskPage(items=[TaskOut.of(task) for task in page.items], next_cursor=page.next_cursor)


@router.get("/tasks/{task_id:uuid}", responses=problems(NotFound))
async def see_task(
    task_id: UUID, by: CaseHandler, session: ReadDep, runtime: RuntimeDep, now: Now
) -> OwnTaskOut:
    """See a task of one's unit with the public facts of its case."""
    own = await tasks.own_task(session, task_id, by=by)
    shown = await photos_out(runtime.photos, own.photos, now=now)
    return OwnTaskOut(task=TaskOut.of(own.task), case=HandledRow.of(own.report), photos=shown)


@router.post("/tasks/{task_id:uuid}/take", response_model=TaskOut, responses=problems(*_REFUSALS))
async def take_task(
    task_id: UUID, given: WordIn, *, by: CaseHandler, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Begin with a task."""

    async def work() -> TaskOut:
        return TaskOut.of(await tasks.take(session, task_id, given.read(), by=by, now=now))

    return await once(work)


@router.post(
    "/tasks/{task_id:uuid}/finish",
    response_model=TaskOut,
    responses=problems(*_REFUSALS, *PROOF_REFUSALS),
)
async def finish_task(
    task_id: UUID, given: ProofIn, *, by: CaseHandler, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Say that a task is done, with a text and a photo taken after."""

    async def work() -> TaskOut:
        return TaskOut.of(await tasks.finish(session, task_id, given.read(), by=by, now=now))

    return await once(work)


@router.post(
    "/tasks/{task_id:uuid}/return",
    response_model=TaskOut,
    responses=problems(*_REFUSALS, reports.ReasonNeeded),
)
async def return_task(
    task_id: UUID, given: WordIn, *, by: CaseHandler, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Return a task to staff, with a reason."""

    async def work() -> TaskOut:
        return TaskOut.of(await tasks.send_back(session, task_id, given.read(), by=by, now=now))

    return await once(work)
