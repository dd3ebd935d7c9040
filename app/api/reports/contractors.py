"""Contractors' links: made by staff or the unit, and what whoever holds one does with its case.

The secret travels in a header, and in the fragment of the page's address: neither is in any log.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from starlette.responses import Response

from app.api.deps import CaseParty, Now, OnceDep, ReadDep, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.reports.handling import MOVE_REFUSALS, PROOF_REFUSALS
from app.api.reports.handling_schemas import (
    ContractorCaseOut,
    HandledRow,
    IssuedLinkOut,
    LinkIn,
    LinkOut,
    LinksOut,
    ProofIn,
    WordIn,
)
from app.api.schemas import Text
from app.core.errors import NotFound, TooMany
from app.models import ReportLink
from app.services import reports
from app.services.reports import contractors, handling, handling_errors
from app.services.reports.handling import Handler

router = APIRouter(prefix="/reports", tags=["reports"])

LinkSecret = Annotated[Text, Header(alias="X-Report-Link", min_length=1, max_length=200)]
_MOVES = (handling_errors.LinkUnknown, TooMany, *MOVE_REFUSALS)


async def opened(runtime: RuntimeDep, now: Now, x_report_link: LinkSecret) -> tuple[ReportLink, Handler]:
    """Return who comes by a link to act; counted for itself, so that what is refused counts too."""
    async with runtime.db.writing() as session:
        return await contractors.act(session, x_report_link, vault=runtime.vault, now=now)


Opened = Annotated[tuple[ReportLink, Handler], Depends(opened)]


@router.post(
    "/cases/{report_id:uuid}/links",
    status_code=201,
    responses=problems(NotFound, reports.IllegalMove),
)
async def issue_link(
    report_id: UUID,
    given: LinkIn,
    *,
    by: CaseParty,
    session: SessionDep,
    runtime: RuntimeDep,
    now: Now,
) -> IssuedLinkOut:
    """Let a contractor without an account handle a case for two weeks; the link is shown once."""
    link, secret = await contractors.issue(session, report_id, label=given.label, by=by, now=now)
    address = f"{runtime.settings.public_url.rstrip('/')}/contractor#{secret}"
    return IssuedLinkOut(**LinkOut.model_validate(link).model_dump(), secret=secret, link=address)


@router.get("/cases/{report_id:uuid}/links", responses=problems(NotFound))
async def list_links(report_id: UUID, by: CaseParty, session: ReadDep) -> LinksOut:
    """List the links to a case, without their secrets."""
    found = await contractors.of_case(session, report_id, by=by)
    return LinksOut(links=[LinkOut.model_validate(link) for link in found])


@router.delete(
    "/cases/{report_id:uuid}/links/{link_id:uuid}", response_model=LinkOut, responses=problems(NotFound)
)
async def revoke_link(
    report_id: UUID, link_id: UUID, by: CaseParty, session: SessionDep, now: Now
) -> ReportLink:
    """Take a link back; again is no error."""
    return await contractors.revoke(session, report_id, link_id, by=by, now=now)


@router.get("/contractors/case", responses=problems(handling_errors.LinkUnknown, NotFound))
async def see_case_by_link(
    session: ReadDep, runtime: RuntimeDep, now: Now, x_report_link: LinkSecret
) -> ContractorCaseOut:
    """See the case of a link, with a pass for photos of the repair; nothing in it says who reported."""
    link, handler = await contractors.by_link(session, x_report_link, now=now)
    handled = await handling.case(session, link.report_id, handler=handler, now=now)
    return await ContractorCaseOut.by(handled, link, runtime.photos, now=now)


@router.post("/contractors/case/take-on", response_model=HandledRow, responses=problems(*_MOVES))
async def take_on_by_link(
    given: WordIn, *, by: Opened, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Begin with the case of a link."""
    link, handler = by

    async def work() -> HandledRow:
        word = given.read()
        return HandledRow.of(await handling.take_on(session, link.report_id, word, handler=handler, now=now))

    return await once(work)


@router.post(
    "/contractors/case/return",
    response_model=HandledRow,
    responses=problems(*_MOVES, reports.ReasonNeeded, handling_errors.Designated),
)
async def send_back_by_link(
    given: WordIn, *, by: Opened, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Return the case of a link, with a reason; the link ends with it."""
    link, handler = by

    async def work() -> HandledRow:
        word = given.read()
        return HandledRow.of(
            await handling.send_back(session, link.report_id, word, handler=handler, now=now)
        )

    return await once(work)


@router.post("/contractors/case/make-safe", response_model=HandledRow, responses=problems(*_MOVES))
async def make_safe_by_link(
    given: WordIn, *, by: Opened, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Say that the emergency of a link harms nobody any more."""
    link, handler = by

    async def work() -> HandledRow:
        word = given.read()
        return HandledRow.of(
            await handling.make_safe(session, link.report_id, word, handler=handler, now=now)
        )

    return await once(work)


@router.post(
    "/contractors/case/resolve",
    response_model=HandledRow,
    responses=problems(*_MOVES, *PROOF_REFUSALS, handling_errors.TasksOpen),
)
async def resolve_by_link(
    given: ProofIn, *, by: Opened, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Say that the case of a link is mended, with a text and a photo taken after."""
    link, handler = by

    async def work() -> HandledRow:
        word = given.read()
        return HandledRow.of(await handling.resolve(session, link.report_id, word, handler=handler, now=now))

    return await once(work)
