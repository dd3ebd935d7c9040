"""Staff put a case right: its place, its category, its time."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import Field, StrictBool

from app.api.deps import CaseStaff, Now, OnceDep, SessionDep, allow
from app.api.errors import problems
from app.api.reports.routes import Grids, Rules
from app.api.reports.schemas import CaseRow, CategoryId, PinIn, Reason, Version
from app.api.schemas import AreaCodeText, In, Out
from app.core.actor import Actor, Role
from app.core.errors import EditConflict, NotFound, PositionForeign, PositionSwapped
from app.services import reports
from app.services.reports import placing
from app.services.reports.rule_errors import CaseEnded, PlacedByGrid

router = APIRouter(prefix="/reports", tags=["reports"])

CaseOfficer = Annotated[Actor, Depends(allow(Role.DISTRICT_OFFICER, sysadmin=False))]
_REFUSALS = (NotFound, EditConflict, CaseEnded, reports.ReasonNeeded)


class CorrectionIn(In):
    """Why something is put right, and on which version of the case."""

    reason: Reason
    version: Version

    def read(self) -> placing.Correction:
        """Return it."""
        return placing.Correction(self.reason, self.version)


class PinMoveIn(CorrectionIn):
    """Where the case really is."""

    position: PinIn


class CategoryChangeIn(CorrectionIn):
    """What the case really is about."""

    category_id: CategoryId


class HandToIn(CorrectionIn):
    """Which area answers for a case."""

    area_code: AreaCodeText


class RehomeIn(In):
    """The area whose open cases go to the grids as they are drawn now."""

    area_code: AreaCodeText
    dry_run: StrictBool = False


class RehomedOut(Out):
    """A case that another grid holds now."""

    report_id: UUID
    number: Annotated[int, Field(description="without its prefix")]
    from_area: str
    to_area: str
    is_moved: bool


class RehomingOut(Out):
    """What became of the cases; call again while some are `remaining`."""

    done: list[RehomedOut]
    remaining: int


@router.post(
    "/cases/{report_id:uuid}/pin",
    response_model=CaseRow,
    responses=problems(*_REFUSALS, PositionSwapped, PositionForeign),
)
async def move_pin(
    report_id: UUID,
    given: PinMoveIn,
    *,
    by: CaseStaff,
    grids: Grids,
    rules: Rules,
    session: SessionDep,
    now: Now,
    once: OnceDep,
) -> Response:
    """Put a case elsewhere: who answers there has it from now on; it is routed again, with a step."""

    async def work() -> CaseRow:
        report = await placing.move_pin(
            session, report_id, given.position.read(), given.read(), grids=grids, rules=rules, by=by, now=now
        )
        return CaseRow.of(report)

    return await once(work)


@router.post(
    "/cases/{report_id:uuid}/category",
    response_model=CaseRow,
    responses=problems(*_REFUSALS, reports.CategoryUnknown),
)
async def change_category(
    report_id: UUID,
    given: CategoryChangeIn,
    *,
    by: CaseStaff,
    rules: Rules,
    session: SessionDep,
    now: Now,
    once: OnceDep,
) -> Response:
    """Say what a case really is about: due times are counted anew, the first promise stays beside them."""

    async def work() -> CaseRow:
        report = await placing.change_category(
            session, report_id, given.category_id, given.read(), rules=rules, by=by, now=now
        )
        return CaseRow.of(report)

    return await once(work)


@router.post(
    "/cases/{report_id:uuid}/hand-to",
    response_model=CaseRow,
    responses=problems(*_REFUSALS, PlacedByGrid),
)
async def hand_to(
    report_id: UUID,
    given: HandToIn,
    *,
    by: CaseOfficer,
    rules: Rules,
    session: SessionDep,
    now: Now,
    once: OnceDep,
) -> Response:
    """Say which of one's areas answers for a case that no grid has placed, as one that came to the county."""

    async def work() -> CaseRow:
        report = await placing.hand_to(
            session, report_id, given.area_code, given.read(), rules=rules, by=by, now=now
        )
        return CaseRow.of(report)

    return await once(work)


@router.post("/cases/{report_id:uuid}/note-delay", status_code=204, responses=problems(*_REFUSALS))
async def note_delay(
    report_id: UUID, given: CorrectionIn, *, by: CaseStaff, session: SessionDep, now: Now
) -> None:
    """Keep why a case waits (the server was away); its due times stay as they are."""
    await placing.note_delay(session, report_id, given.read(), by=by, now=now)


@router.post("/grids/rehome", responses=problems(NotFound))
async def rehome(
    given: RehomeIn, *, by: CaseOfficer, grids: Grids, rules: Rules, session: SessionDep, now: Now
) -> RehomingOut:
    """Give an area's open cases, whose grids were redrawn, to the grids of now; 500 a call."""
    done = await placing.rehome(
        session, given.area_code, grids=grids, rules=rules, by=by, now=now, dry_run=given.dry_run
    )
    return RehomingOut.model_validate(done)
