"""Merging reports of one hazard, and what else happened at a place."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from app.api.deps import CaseStaff, Now, OnceDep, ReadDep, SessionDep
from app.api.errors import problems
from app.api.reports.handling import MOVE_REFUSALS
from app.api.reports.schemas import CaseRow, DecisionIn, Reason, Version
from app.api.schemas import In, Out
from app.core.errors import NotFound
from app.services import reports
from app.services.reports import duplicates
from app.services.reports.duplicates import MOST_CHILDREN, Merger

router = APIRouter(prefix="/reports/cases", tags=["reports"])


class MergerIn(In):
    """Into which case a report goes."""

    version: Version
    parent_id: UUID
    reason: Reason

    def read(self) -> Merger:
        """Return it."""
        return Merger(self.version, self.parent_id, self.reason)


class ChildrenIn(In):
    """Many reports of one hazard."""

    report_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_CHILDREN)]
    reason: Reason


class MergedOut(Out):
    """The case that stands for all; what could not be merged is ``left`` as it was."""

    parent: CaseRow
    merged: list[UUID]
    left: list[UUID]


class RelatedOut(Out):
    """A case's parent and children, and the same trouble within 50 m in the last 30 days."""

    parent: CaseRow | None
    children: list[CaseRow]
    recurrences: list[CaseRow]


@router.post(
    "/{report_id:uuid}/mark-duplicate",
    response_model=CaseRow,
    responses=problems(*MOVE_REFUSALS, reports.ReasonNeeded, reports.ParentInvalid),
)
async def mark_duplicate(
    report_id: UUID, given: MergerIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Merge a report into another case; its rider follows that one from now on."""

    async def work() -> CaseRow:
        return CaseRow.of(await duplicates.mark_duplicate(session, report_id, given.read(), by=by, now=now))

    return await once(work)


@router.post(
    "/{report_id:uuid}/children",
    response_model=MergedOut,
    responses=problems(NotFound, reports.ReasonNeeded, reports.ParentInvalid),
)
async def merge_many(
    report_id: UUID, given: ChildrenIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Merge up to 500 reports into this case at once: one flood is one case."""

    async def work() -> MergedOut:
        done = await duplicates.merge_many(
            session, report_id, given.report_ids, reason=given.reason, by=by, now=now
        )
        return MergedOut(parent=CaseRow.of(done.parent), merged=list(done.merged), left=list(done.left))

    return await once(work)


@router.post("/{report_id:uuid}/revive", response_model=CaseRow, responses=problems(*MOVE_REFUSALS))
async def revive(
    report_id: UUID, given: DecisionIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Undo a merger: the report waits for a decision of its own again."""

    async def work() -> CaseRow:
        return CaseRow.of(await duplicates.revive(session, report_id, given.read(), by=by, now=now))

    return await once(work)


@router.get("/{report_id:uuid}/related", responses=problems(NotFound))
async def see_related(report_id: UUID, by: CaseStaff, session: ReadDep, now: Now) -> RelatedOut:
    """See what a case was merged with, and what recurs at its place."""
    found = await duplicates.related(session, report_id, by=by, now=now)
    return RelatedOut(
        parent=None if found.parent is None else CaseRow.of(found.parent),
        children=[CaseRow.of(each) for each in found.children],
        recurrences=[CaseRow.of(each) for each in found.recurrences],
    )
