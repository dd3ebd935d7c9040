"""Riders after they reported: add something, say that it is still there, say whether one is satisfied."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, StrictBool
from starlette.responses import Response

from app.api.deps import Now, OnceDep, Person, SessionDep
from app.api.errors import problems
from app.api.reports.handling_schemas import PhotoIds
from app.api.reports.routes import Grids, Rules
from app.api.reports.schemas import ReportOut, SatisfactionOut
from app.api.schemas import In, Instant, LongText, Out
from app.core.errors import InvalidInput, KeyReused, NotFound
from app.services import reports
from app.services.photos import PhotoInUse, PhotoUnknown
from app.services.reports import closing, handling_errors, updates
from app.services.reports.closing import Verdict
from app.services.reports.updates import Said

router = APIRouter(prefix="/reports/mine", tags=["reports"])

_PHOTOS = (PhotoUnknown, PhotoInUse, InvalidInput)


class SaidIn(In):
    """What a rider says; ``id`` is made by the phone, once, and kept for every retry."""

    id: UUID
    text: LongText = ""
    photo_ids: PhotoIds = Field(default_factory=list)
    captured_at: Instant

    def read(self) -> Said:
        """Return it."""
        return Said(self.id, self.captured_at.astimezone(UTC), self.text, self.photo_ids)


class UpdateOut(Out):
    """What a rider added to a case."""

    id: UUID
    report_id: UUID
    is_still_there: bool
    text: str
    at: datetime
    is_handled: bool


class StillThereOut(Out):
    """The case that now stands for the hazard: the old one, alive again, or a new one linked to it."""

    report: ReportOut
    is_new: bool


class VerdictIn(In):
    """Whether the reporter is satisfied."""

    is_satisfied: StrictBool
    text: LongText = ""

    def read(self) -> Verdict:
        """Return it."""
        return Verdict(self.is_satisfied, self.text)


@router.post(
    "/{report_id:uuid}/updates",
    status_code=201,
    response_model=UpdateOut,
    responses=problems(NotFound, handling_errors.NothingSaid, KeyReused, *_PHOTOS),
)
async def add_update(
    report_id: UUID, given: SaidIn, *, by: Person, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Add text or photos to a report that one sent or follows; its staff will look at it."""

    async def work() -> UpdateOut:
        return UpdateOut.model_validate(await updates.add(session, report_id, given.read(), by=by, now=now))

    return await once(work, status=201)


@router.post(
    "/{report_id:uuid}/still-there",
    response_model=StillThereOut,
    responses=problems(
        NotFound,
        reports.IllegalMove,
        KeyReused,
        reports.CategoryNotOpened,
        reports.CategoryUnknown,
        reports.PlaceUnknown,
        *_PHOTOS,
    ),
)
async def still_there(
    report_id: UUID,
    given: SaidIn,
    *,
    by: Person,
    grids: Grids,
    rules: Rules,
    session: SessionDep,
    now: Now,
    once: OnceDep,
) -> Response:
    """Say that it is still there: closed up to seven days ago it is reopened, later newly reported."""

    async def work() -> StillThereOut:
        report = await updates.still_there(
            session, report_id, given.read(), grids=grids, rules=rules, by=by, now=now
        )
        return StillThereOut(report=ReportOut.of(report), is_new=report.id == given.id)

    return await once(work)


@router.post(
    "/{report_id:uuid}/satisfaction",
    response_model=SatisfactionOut,
    responses=problems(
        NotFound,
        handling_errors.SatisfactionNotAsked,
        handling_errors.SatisfactionGiven,
        handling_errors.SatisfactionOver,
    ),
)
async def answer_satisfaction(
    report_id: UUID, given: VerdictIn, *, by: Person, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Say, once and within 72 hours of the closing, whether one is satisfied."""

    async def work() -> SatisfactionOut:
        asked = await closing.answer(session, report_id, given.read(), by=by, now=now)
        return SatisfactionOut.model_validate(asked)

    return await once(work)
