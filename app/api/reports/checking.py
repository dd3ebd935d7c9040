"""Checking repairs on the spot, and the end of a case at the desk."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from app.api.deps import CaseStaff, CaseVerifier, Now, OnceDep, ReadDep, SessionDep
from app.api.errors import problems
from app.api.reports.handling import MOVE_REFUSALS, PROOF_REFUSALS
from app.api.reports.handling_schemas import HandledRow, PhotoIds
from app.api.reports.schemas import CaseRow, DecisionIn, DeviceIn, PinIn, Reason, Version, VersionInTheStreet
from app.api.schemas import In, Out
from app.core.errors import PositionForeign, PositionSwapped
from app.models import Outcome
from app.services import reports
from app.services.reports import checking, closing, handling_errors
from app.services.reports.checking import Finding, Fix, ToCheck
from app.services.reports.closing import Ending

router = APIRouter(prefix="/reports", tags=["reports"])

_POSITION = (PositionSwapped, PositionForeign)
_JUDGED = (
    *MOVE_REFUSALS,
    *PROOF_REFUSALS,
    *_POSITION,
    handling_errors.AnotherPerson,
    handling_errors.TooFar,
)


class NearIn(In):
    """Where the checker is; in a body, because addresses are logged."""

    position: PinIn


class ToCheckOut(Out):
    """A repair to check, and how far away it is."""

    case: HandledRow
    distance_m: int

    @classmethod
    def of(cls, each: ToCheck) -> "ToCheckOut":
        """Return it."""
        return cls(case=HandledRow.of(each.report), distance_m=round(each.distance_m))


class ToCheckListOut(Out):
    """Repairs to check, nearest first."""

    items: list[ToCheckOut]


class FindingIn(In):
    """What a checker saw. Staff may leave ``position`` out, a grid member has to be on the spot."""

    version: VersionInTheStreet = None
    text: Reason = ""
    photo_ids: PhotoIds
    position: DeviceIn | None = Field(default=None, description="used for the distance, not kept")

    def read(self) -> Finding:
        """Return it."""
        fix = None if self.position is None else Fix(self.position.in_china(), self.position.is_mock)
        return Finding(self.version, self.text, self.photo_ids, fix)


class EndingIn(In):
    """How a case ends; the text is what its reporter is told."""

    version: Version
    outcome: Outcome
    reason: Reason

    def read(self) -> Ending:
        """Return it."""
        return Ending(self.version, self.outcome, self.reason)


@router.post("/checking/nearby", responses=problems(*_POSITION))
async def list_to_check(given: NearIn, by: CaseVerifier, session: ReadDep) -> ToCheckListOut:
    """List repairs within a kilometre that wait for somebody else to look, nearest first."""
    found = await checking.near(session, given.position.in_china(), by=by)
    return ToCheckListOut(items=[ToCheckOut.of(each) for each in found])


@router.post("/checking/{report_id:uuid}/confirm", response_model=HandledRow, responses=problems(*_JUDGED))
async def confirm(
    report_id: UUID, given: FindingIn, *, by: CaseVerifier, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Say that a repair holds, with a photo; not for whoever made it."""

    async def work() -> HandledRow:
        return HandledRow.of(await checking.confirm(session, report_id, given.read(), by=by, now=now))

    return await once(work)


@router.post("/checking/{report_id:uuid}/fail", response_model=HandledRow, responses=problems(*_JUDGED))
async def fail(
    report_id: UUID, given: FindingIn, *, by: CaseVerifier, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Send a repair back that does not hold, with a reason and a photo."""

    async def work() -> HandledRow:
        return HandledRow.of(await checking.fail(session, report_id, given.read(), by=by, now=now))

    return await once(work)


@router.post(
    "/cases/{report_id:uuid}/close",
    response_model=CaseRow,
    responses=problems(
        *MOVE_REFUSALS,
        reports.ReasonNeeded,
        handling_errors.NotChecked,
        handling_errors.AnotherPerson,
    ),
)
async def close(
    report_id: UUID, given: EndingIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Close a case with its outcome; its reporter is asked once. Fixed is only what was checked."""

    async def work() -> CaseRow:
        return CaseRow.of(await closing.close(session, report_id, given.read(), by=by, now=now))

    return await once(work)


@router.post(
    "/cases/{report_id:uuid}/reopen",
    response_model=CaseRow,
    responses=problems(*MOVE_REFUSALS, reports.ReasonNeeded, handling_errors.ReopenTooLate),
)
async def reopen(
    report_id: UUID, given: DecisionIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Bring a closed case back to life, within seven days."""

    async def work() -> CaseRow:
        return CaseRow.of(await closing.reopen_at_desk(session, report_id, given.read(), by=by, now=now))

    return await once(work)
