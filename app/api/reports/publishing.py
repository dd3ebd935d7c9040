"""Staff decide what everybody may see of a case; officers, whether accepting it is enough."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field, StrictBool

from app.api.deps import CaseOfficer, CaseStaff, Now, OnceDep, ReadDep, SessionDep
from app.api.errors import problems
from app.api.reports.schemas import CaseRow, CategoryId, DecisionIn, VersionOfOne
from app.api.schemas import AreaCodeText, In, LongText, Out
from app.core.errors import EditConflict, NotFound
from app.models import PublicationRule
from app.services import reports
from app.services.reports import publication_rules, publishing
from app.services.reports.errors import NotPublishable
from app.services.reports.rule_errors import RuleInvalid

router = APIRouter(prefix="/reports", tags=["reports"])


class PublishIn(DecisionIn):
    """What the public is to read, and on which version of the case that was decided."""

    text: LongText | None = Field(
        default=None,
        description="in the place of the reporter's words; empty: none at all; left out: those words, "
        "numbers of people covered",
    )


class PublicationRuleIn(In):
    """Whether cases become public when they are accepted, without the reporter's words."""

    area_code: AreaCodeText
    category_id: CategoryId | None = Field(default=None, description="left out: all without a rule")
    is_automatic: StrictBool
    version: VersionOfOne = None

    def read(self) -> publication_rules.PublicationDraft:
        """Return the draft."""
        return publication_rules.PublicationDraft(**self.model_dump())


class PublicationRuleOut(Out):
    """A rule of an area."""

    id: UUID
    area_code: str
    category_id: str | None
    is_automatic: bool
    version: int
    changed_at: datetime


class PublicationRulesOut(Out):
    """The rules of one's areas; where none is, every case is decided by hand."""

    rules: list[PublicationRuleOut]


@router.post(
    "/cases/{report_id:uuid}/publish",
    response_model=CaseRow,
    responses=problems(NotFound, EditConflict, NotPublishable),
)
async def publish(
    report_id: UUID, given: PublishIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Let everybody see a case on the map and by Open311; its photos as far as each was approved."""

    async def work() -> CaseRow:
        report = await publishing.publish(session, report_id, given.read(), text=given.text, by=by, now=now)
        return CaseRow.of(report)

    return await once(work)


@router.post(
    "/cases/{report_id:uuid}/unpublish",
    response_model=CaseRow,
    responses=problems(NotFound, EditConflict, reports.ReasonNeeded),
)
async def unpublish(
    report_id: UUID, given: DecisionIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Take a case from the map and from Open311 at once, for a reason."""

    async def work() -> CaseRow:
        return CaseRow.of(await publishing.unpublish(session, report_id, given.read(), by=by, now=now))

    return await once(work)


@router.get("/publication-rules")
async def list_publication_rules(by: CaseOfficer, session: ReadDep) -> PublicationRulesOut:
    """List where cases become public when they are accepted."""
    found = await publication_rules.list_rules(session, by=by)
    return PublicationRulesOut(rules=[PublicationRuleOut.model_validate(each) for each in found])


@router.put(
    "/publication-rules",
    response_model=PublicationRuleOut,
    responses=problems(NotFound, RuleInvalid, EditConflict),
)
async def set_publication_rule(
    given: PublicationRuleIn, by: CaseOfficer, session: SessionDep, now: Now
) -> PublicationRule:
    """Say whether an area's cases, of one category or all, become public when they are accepted."""
    return await publication_rules.set_rule(session, given.read(), by=by, now=now)
