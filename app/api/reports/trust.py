"""Confidential cases: for the two who are named, for the officers who name them, and for their reporter."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter

from app.api.deps import CaseOfficer, CaseStaff, Now, Person, ReadDep, SessionDep, Worker
from app.api.errors import problems
from app.api.reports.schemas import CaseRow
from app.api.reports.trust_schemas import (
    ConfidentialPage,
    ConsentIn,
    DeskIn,
    DeskOut,
    DesksOut,
    DisclosureIn,
    DisclosureOut,
    DisclosuresOut,
    LeadOut,
    LeadsOut,
    ReadersOut,
    UnnamedOut,
)
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, EditConflict, KeyReused, NotFound
from app.models import ConfidentialDesk, ReportDisclosure
from app.services import reports
from app.services.reports import desk, disclosures, trust, trust_errors

router = APIRouter(prefix="/reports", tags=["reports"])


@router.get("/confidential", responses=problems(BadCursor))
async def list_confidential(
    *, by: CaseStaff, session: SessionDep, now: Now, cursor: Cursor = None, limit: Limit = 20
) -> ConfidentialPage:
    """List the confidential cases one is named for, newest first; they stand in no other list."""
    page = await desk.confidential(session, by=by, cursor=cursor, limit=limit)
    for report in page.items:
        await trust.note_read(session, report, by=by, now=now)
    return ConfidentialPage(items=[CaseRow.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.get("/confidential/unnamed")
async def count_unnamed(by: CaseOfficer, session: ReadDep, now: Now) -> UnnamedOut:
    """Count the open confidential cases of one's areas that lack one of their two people."""
    counts = await trust.unnamed(session, by=by, now=now)
    return UnnamedOut(total=sum(counts.values()), by_category=counts)


@router.get("/confidential/desks")
async def list_confidential_desks(by: CaseOfficer, session: ReadDep) -> DesksOut:
    """List who is named for the confidential cases of one's areas."""
    return DesksOut(desks=[DeskOut.model_validate(each) for each in await trust.desks(session, by=by)])


@router.put(
    "/confidential/desks",
    response_model=DeskOut,
    responses=problems(NotFound, EditConflict, reports.CategoryUnknown, trust_errors.DeskUnfit),
)
async def name_confidential_desk(
    given: DeskIn, by: CaseOfficer, session: SessionDep, now: Now
) -> ConfidentialDesk:
    """Name a case worker and a supervisor; the open cases there become theirs, and the officer sees none."""
    return await trust.name_desk(session, given.read(), by=by, now=now)


@router.post(
    "/cases/{report_id:uuid}/disclosures",
    status_code=201,
    response_model=DisclosureOut,
    responses=problems(NotFound, KeyReused, trust_errors.NotConfidential, trust_errors.RecipientUnfit),
)
async def ask_for_disclosure(
    report_id: UUID, given: DisclosureIn, *, by: CaseStaff, session: SessionDep, now: Now
) -> ReportDisclosure:
    """Ask the reporter whether a confidential case may be shown to one more person."""
    return await disclosures.ask(session, report_id, given.read(), by=by, now=now)


@router.get("/cases/{report_id:uuid}/disclosures", responses=problems(NotFound))
async def list_disclosures(report_id: UUID, by: CaseStaff, session: ReadDep) -> DisclosuresOut:
    """List to whom a case was to be shown, and what the reporter said."""
    return _disclosures(await disclosures.of_case(session, report_id, by=by))


@router.get("/mine/{report_id:uuid}/disclosures", responses=problems(NotFound))
async def list_own_disclosures(report_id: UUID, by: Person, session: ReadDep) -> DisclosuresOut:
    """List to whom one's report was to be shown."""
    return _disclosures(await disclosures.of_own(session, report_id, by=by))


@router.post(
    "/mine/{report_id:uuid}/disclosures/{disclosure_id:uuid}/answer",
    response_model=DisclosureOut,
    responses=problems(NotFound, trust_errors.DisclosureAnswered),
)
async def answer_disclosure(
    report_id: UUID, disclosure_id: UUID, given: ConsentIn, *, by: Person, session: SessionDep, now: Now
) -> ReportDisclosure:
    """Agree that one's report is shown to somebody, refuse, or take the consent back."""
    return await disclosures.answer(
        session, report_id, disclosure_id, is_granted=given.is_granted, by=by, now=now
    )


@router.get("/leads")
async def list_leads(by: Worker, session: SessionDep, now: Now, limit: Limit = 20) -> LeadsOut:
    """List what reporters let one see of their confidential reports, the latest consent first."""
    found = await disclosures.leads(session, by=by, now=now, limit=limit)
    return LeadsOut(leads=[LeadOut.of(each) for each in found])


@router.get("/mine/{report_id:uuid}/readers", responses=problems(NotFound))
async def count_readers(report_id: UUID, by: Person, session: ReadDep) -> ReadersOut:
    """Tell how many people read one's confidential report, and in which capacity."""
    counts = await trust.readers(session, report_id, by=by)
    return ReadersOut(count=counts.total(), by_capacity=dict(counts))


@router.delete(
    "/mine/{report_id:uuid}",
    status_code=204,
    responses=problems(NotFound, trust_errors.NotConfidential),
)
async def wipe_own(report_id: UUID, by: Person, session: SessionDep, now: Now) -> None:
    """Withdraw one's confidential report and delete what it said."""
    await disclosures.wipe(session, report_id, by=by, now=now)


def _disclosures(rows: Sequence[ReportDisclosure]) -> DisclosuresOut:
    return DisclosuresOut(disclosures=[DisclosureOut.model_validate(row) for row in rows])
