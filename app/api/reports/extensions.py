"""More time: asked for by the unit or a clerk, decided by another; suspensions; what is three times late."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import Field, StrictBool

from app.api.deps import CaseStaff, Now, OnceDep, ReadDep, SessionDep, allow
from app.api.errors import problems
from app.api.reports.schemas import CaseRow, DecisionIn, Reason
from app.api.schemas import Cursor, In, Instant, Limit, Out, PageOut
from app.core.actor import Actor, Role
from app.core.errors import BadCursor, EditConflict, KeyReused, NotFound
from app.models import ReportExtension
from app.services import reports
from app.services.reports import extensions
from app.services.reports.rule_errors import (
    ExtensionDecided,
    ExtensionInvalid,
    ExtensionOver,
    ExtensionTooLate,
    ExtensionUsed,
    OwnRequest,
    ReviewInvalid,
)

router = APIRouter(prefix="/reports/cases", tags=["reports"])

_MOVES = (NotFound, EditConflict, reports.IllegalMove, reports.MoveNotYours, reports.ReasonNeeded)
Working = Annotated[
    Actor,
    Depends(allow(Role.HANDLING_UNIT, Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER, sysadmin=False)),
]


class ExtensionIn(In):
    """A wish for more time; ``id`` is made by the client and kept for every retry."""

    id: UUID
    until: Instant
    reason: Reason


class ExtensionAnswerIn(In):
    """The decision on a wish; a refusal says why."""

    grant: StrictBool
    answer: Reason = ""


class ExtensionOut(Out):
    """A wish for more time, and what became of it."""

    id: UUID
    until: datetime
    reason: str
    asked_at: datetime
    asked_name: str
    is_granted: Annotated[bool | None, Field(description="null while nobody has decided")]
    decided_at: datetime | None
    decided_name: str
    answer: str

    @classmethod
    def of(cls, extension: ReportExtension) -> "ExtensionOut":
        """Return it."""
        return cls.model_validate(extension)


class ExtensionList(Out):
    """The wishes of a case, oldest first."""

    items: list[ExtensionOut]


class SuspensionIn(DecisionIn):
    """Until when a case waits, and why."""

    review_at: Instant


class LateRow(Out):
    """A case that took more than three times as long as promised."""

    case: CaseRow
    late_since: datetime


class LatePage(PageOut):
    """One page of such cases, worst first."""

    items: list[LateRow]


@router.get("/late", responses=problems(BadCursor))
async def list_late(
    by: CaseStaff, session: ReadDep, now: Now, cursor: Cursor = None, limit: Limit = 50
) -> LatePage:
    """List the open cases that have taken more than three times as long as promised, worst first."""
    page = await extensions.late_threefold(session, by=by, cursor=cursor, limit=limit, now=now)
    items = [LateRow(case=CaseRow.of(late.report), late_since=late.late_since) for late in page.items]
    return LatePage(items=items, next_cursor=page.next_cursor)


@router.get("/{report_id:uuid}/extensions", responses=problems(NotFound))
async def list_extensions(report_id: UUID, by: Working, session: ReadDep) -> ExtensionList:
    """See who asked for more time, and what was decided."""
    found = await extensions.extensions_of(session, report_id, by=by)
    return ExtensionList(items=[ExtensionOut.of(each) for each in found])


@router.post(
    "/{report_id:uuid}/extensions",
    status_code=201,
    response_model=ExtensionOut,
    responses=problems(
        NotFound,
        reports.IllegalMove,
        reports.ReasonNeeded,
        ExtensionTooLate,
        ExtensionUsed,
        ExtensionInvalid,
        KeyReused,
    ),
)
async def ask_for_extension(
    report_id: UUID, given: ExtensionIn, *, by: Working, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Ask for more time, before the time is over; granted once, by somebody else."""
    new = extensions.NewExtension(given.id, given.until.astimezone(UTC), given.reason)

    async def work() -> ExtensionOut:
        return ExtensionOut.of(await extensions.ask(session, report_id, new, by=by, now=now))

    return await once(work, status=201)


@router.post(
    "/{report_id:uuid}/extensions/{extension_id:uuid}/decision",
    response_model=ExtensionOut,
    responses=problems(
        NotFound, OwnRequest, ExtensionDecided, ExtensionOver, reports.IllegalMove, reports.ReasonNeeded
    ),
)
async def decide_extension(
    report_id: UUID,
    extension_id: UUID,
    given: ExtensionAnswerIn,
    *,
    by: CaseStaff,
    session: SessionDep,
    now: Now,
    once: OnceDep,
) -> Response:
    """Grant or refuse more time; who asked does not decide."""

    async def work() -> ExtensionOut:
        decided = await extensions.decide(
            session, report_id, extension_id, grant=given.grant, answer=given.answer, by=by, now=now
        )
        return ExtensionOut.of(decided)

    return await once(work)


@router.post("/{report_id:uuid}/suspend", response_model=CaseRow, responses=problems(*_MOVES, ReviewInvalid))
async def suspend(
    report_id: UUID, given: SuspensionIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Let a case wait for a season or for building works; it stays open and counted."""
    review_at = given.review_at.astimezone(UTC)

    async def work() -> CaseRow:
        return CaseRow.of(
            await extensions.suspend(session, report_id, review_at, given.read(), by=by, now=now)
        )

    return await once(work)


@router.post("/{report_id:uuid}/resume", response_model=CaseRow, responses=problems(*_MOVES))
async def resume(
    report_id: UUID, given: DecisionIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Let a suspended case go on; its due times move by as long as it waited."""

    async def work() -> CaseRow:
        return CaseRow.of(await extensions.resume(session, report_id, given.read(), by=by, now=now))

    return await once(work)
