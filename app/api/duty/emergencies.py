"""Those on duty: the emergencies they were called about, "seen", accept, make safe, send to a unit."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.responses import Response

from app.api.deps import Now, OnceDep, ReadDep, RuntimeDep, SessionDep, Worker
from app.api.duty.emergency_schemas import (
    EmergenciesOut,
    EmergencyCaseOut,
    EmergencyOut,
    LinkedOut,
    SeenOut,
    SendIn,
    SentOut,
    WordIn,
)
from app.api.errors import problems
from app.api.schemas import Text
from app.core.errors import EditConflict, NotFound
from app.services import reports
from app.services.duty import acknowledging, emergencies
from app.services.duty.errors import AlreadySeen, EmergencyOver, LinkUnknown
from app.services.reports import handling_errors, lies_nowhere, numbers
from app.services.reports.masking import masked

router = APIRouter(prefix="/duty", tags=["duty"])

Token = Annotated[Text, Header(alias="X-Duty-Link", min_length=1, max_length=100)]
_MOVES = (NotFound, EditConflict, reports.IllegalMove, reports.MoveNotYours)


@router.get("/emergencies")
async def list_emergencies(by: Worker, session: ReadDep, now: Now) -> EmergenciesOut:
    """List the emergencies of the last week that one was called about, or that are of one's desk."""
    found = await emergencies.recent(session, by=by, now=now)
    return EmergenciesOut(emergencies=[EmergencyOut.of(each) for each in found])


@router.get("/emergencies/{report_id:uuid}", responses=problems(NotFound))
async def see_emergency(report_id: UUID, by: Worker, session: ReadDep, now: Now) -> EmergencyOut:
    """See an emergency with every rung, every call and who has seen it."""
    return EmergencyOut.of(await emergencies.see(session, report_id, by=by, now=now))


@router.post(
    "/emergencies/{report_id:uuid}/acknowledge", responses=problems(NotFound, AlreadySeen, EmergencyOver)
)
async def acknowledge(report_id: UUID, by: Worker, session: SessionDep, now: Now) -> SeenOut:
    """Say that one has seen it: nobody else is called. The second one is told who was first."""
    return SeenOut.of(await acknowledging.acknowledge(session, report_id, by=by, now=now))


@router.post(
    "/emergencies/{report_id:uuid}/accept", response_model=EmergencyCaseOut, responses=problems(*_MOVES)
)
async def accept_on_duty(
    report_id: UUID, given: WordIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Take an emergency into the area's care, in the capacity of who is on duty."""

    async def work() -> EmergencyCaseOut:
        return EmergencyCaseOut.of(await emergencies.accept(session, report_id, given.read(), by=by, now=now))

    return await once(work)


@router.post(
    "/emergencies/{report_id:uuid}/make-safe", response_model=EmergencyCaseOut, responses=problems(*_MOVES)
)
async def make_safe_on_duty(
    report_id: UUID, given: WordIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Say that it harms nobody any more (a cordon stands, the power is off); the repair may take longer."""

    async def work() -> EmergencyCaseOut:
        return EmergencyCaseOut.of(
            await emergencies.make_safe(session, report_id, given.read(), by=by, now=now)
        )

    return await once(work)


@router.post(
    "/emergencies/{report_id:uuid}/dispatch",
    response_model=SentOut,
    responses=problems(
        *_MOVES, handling_errors.OfficerDecides, handling_errors.UnitNeeded, handling_errors.UnitUnfit
    ),
)
async def dispatch_on_duty(
    report_id: UUID, given: SendIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Send an emergency to a unit in one step, whether it was accepted or not."""

    async def work() -> SentOut:
        sent = await emergencies.send(session, report_id, given.order(), by=by, now=now)
        return SentOut(case=EmergencyCaseOut.of(sent.report), warnings=sent.warnings)

    return await once(work)


@router.get("/link", responses=problems(LinkUnknown))
async def see_link(x_duty_link: Token, session: ReadDep, runtime: RuntimeDep, now: Now) -> LinkedOut:
    """See, by the link of a call, what it is about and where; nobody need sign in at 02:15."""
    opener = runtime.call_links
    report, category, seen_at = await acknowledging.linked(session, x_duty_link, opener=opener, now=now)
    return LinkedOut(
        number=numbers.write(report.number),
        category_id=category.id,
        zh=category.name_zh,
        en=category.name_en,
        state=report.state,
        address=masked(report.address),
        lat=None if lies_nowhere(report) else report.given_lat,
        lon=None if lies_nowhere(report) else report.given_lon,
        coord_type=report.given_coord_type,
        submitted_at=report.submitted_at,
        seen_at=seen_at,
    )


@router.post("/link/acknowledge", responses=problems(LinkUnknown, AlreadySeen, EmergencyOver))
async def acknowledge_by_link(
    x_duty_link: Token, session: SessionDep, runtime: RuntimeDep, now: Now
) -> SeenOut:
    """Say by the link of a call that one has seen it."""
    return SeenOut.of(
        await acknowledging.acknowledge_by_link(session, x_duty_link, opener=runtime.call_links, now=now)
    )
