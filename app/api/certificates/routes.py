"""Certificates: issue and print one's own, print a unit's, and let anybody check the one they hold."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from app.api.certificates.schemas import (
    BatchIn,
    BatchOut,
    CertificateIn,
    CertificateOut,
    CertificatesOut,
    VerifiedOut,
    verify_url,
)
from app.api.deps import Now, OnceDep, ReadDep, RuntimeDep, SessionDep, Worker
from app.api.errors import problems
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, KeyReused, NotFound
from app.services import certificates, ledger
from app.services.certificates import Sheet, Standing, Status, queries

router = APIRouter(prefix="/certificates", tags=["certificates"])

_NO_STORE = {"Cache-Control": "no-store"}
_SCHEMA = {"schema": {"type": "string", "format": "binary"}}
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"description": "the page", "content": {"application/pdf": _SCHEMA}}
}
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{22}$")]


@router.post(
    "",
    status_code=201,
    response_model=CertificateOut,
    responses=problems(
        NotFound,
        KeyReused,
        ledger.NotRegistered,
        certificates.NameNeeded,
        certificates.NothingToCertify,
        certificates.NameUnprintable,
    ),
)
async def issue_certificate(
    given: CertificateIn,
    *,
    by: Worker,
    session: SessionDep,
    runtime: RuntimeDep,
    now: Now,
    once: OnceDep,
) -> Response:
    """Certify one's own hours in a book: at once, free, as often as one likes."""

    async def work() -> CertificateOut:
        made = await certificates.issue(session, given.id, given.read(), by=by, now=now)
        return CertificateOut.of(made, runtime.settings.public_url)

    return await once(work, status=201)


@router.get("/mine", responses=problems(BadCursor))
async def list_own_certificates(
    *, by: Worker, session: ReadDep, runtime: RuntimeDep, cursor: Cursor = None, limit: Limit = 20
) -> CertificatesOut:
    """List one's certificates: whether each holds, and how often somebody looked at it."""
    page = await queries.own_page(session, by=by, cursor=cursor, limit=limit)
    return CertificatesOut.of(page, runtime.settings.public_url)


@router.get(
    "/{certificate_id:uuid}/pdf",
    response_class=Response,
    responses=_PDF | problems(NotFound, certificates.CertificateVoid, certificates.NameUnprintable),
)
async def print_certificate(
    certificate_id: UUID, *, by: Worker, session: ReadDep, runtime: RuntimeDep
) -> Response:
    """Return one's certificate as a page to print, while it holds."""
    standing = await queries.own(session, certificate_id, by=by)
    if standing.void_since is not None:
        raise certificates.CertificateVoid(since=standing.void_since.isoformat())
    return await _printed([await _sheet(session, standing, runtime)])


@router.post("/batches", status_code=201, response_model=BatchOut, responses=problems(NotFound))
async def issue_certificates(
    given: BatchIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Certify the hours of everybody in a book who lets the organisation, up to a hundred at once.

    Of more the next batch of the same days has the next hundred.
    """

    async def work() -> BatchOut:
        made = await certificates.issue_batch(session, given.id, given.read(), by=by, now=now)
        return BatchOut.of(given.id, made)

    return await once(work, status=201)


@router.get("/batches/{batch_id:uuid}/pdf", response_class=Response, responses=_PDF | problems(NotFound))
async def print_certificates(
    batch_id: UUID, *, by: Worker, session: ReadDep, runtime: RuntimeDep, now: Now
) -> Response:
    """Return the pages of a batch that hold, one a certificate."""
    made = await queries.of_batch(session, batch_id, by=by, now=now)
    sheets = [await _sheet(session, each, runtime) for each in made if each.status is Status.VALID]
    if not sheets:
        raise NotFound
    return await _printed(sheets)


@router.get("/verify/{token}", responses=problems(certificates.CertificateUnknown))
async def verify_certificate(token: Token, session: SessionDep, now: Now, response: Response) -> VerifiedOut:
    """Tell whoever holds a certificate whether it holds. Each look is written down; its holder sees it."""
    response.headers.update(_NO_STORE)
    return VerifiedOut.of(await certificates.look(session, token, now=now))


async def _sheet(session: ReadDep, standing: Standing, runtime: RuntimeDep) -> Sheet:
    certificate = standing.certificate
    served = await queries.drawn_from(session, certificate.id)
    return Sheet(certificate, served, verify_url(runtime.settings.public_url, certificate.token))


async def _printed(sheets: list[Sheet]) -> Response:
    content = await asyncio.to_thread(certificates.render, sheets)
    return Response(content, media_type="application/pdf", headers=_NO_STORE)
