"""Tablets and papers of a station: let in, list, revoke, show, print."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.responses import Response

from app.api.deps import Now, OnceDep, ReadDep, RuntimeDep, SessionDep, StationStaff
from app.api.errors import problems
from app.api.schemas import Text
from app.api.screens.schemas import (
    IssuedScreenOut,
    PrintedCodeOut,
    PrintedCodesOut,
    ScreenIn,
    ScreenOut,
    ScreensOut,
)
from app.core.clock import local_day
from app.core.errors import NotFound, RoleMissing, SignInRequired
from app.models import PrintedCode, Screen
from app.services.checkins import poster, screens
from app.services.checkins.errors import Unprintable

router = APIRouter(tags=["screens"])

_STAFF_PROBLEMS = problems(SignInRequired, RoleMissing, NotFound)
_NO_STORE = {"Cache-Control": "no-store"}
ScreenSecret = Annotated[Text, Header(alias="X-Screen-Secret", min_length=1, max_length=200)]


class PosterFormat(StrEnum):
    """How a printed code is wanted: a page to print, or the code alone."""

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"


_MEDIA_TYPES = {
    PosterFormat.PDF: "application/pdf",
    PosterFormat.PNG: "image/png",
    PosterFormat.SVG: "image/svg+xml",
}


def _file(media_type: str) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"content": {media_type: schema}, "description": "the picture"}}


@router.get(
    "/screens/code.svg",
    response_class=Response,
    responses=_file("image/svg+xml") | problems(NotFound),
)
async def show_rotating_code(
    session: ReadDep, now: Now, runtime: RuntimeDep, x_screen_secret: ScreenSecret
) -> Response:
    """Show the station's rotating code to its tablet.

    ``X-Changes-In`` says after how many seconds to ask again, by the server's clock; the tablet's own
    clock may be wrong. ``X-Station-Id`` names the station.
    """
    shown = await screens.show_code(session, x_screen_secret, now=now)
    svg = poster.qr_svg(runtime.settings.public_url.rstrip("/") + shown.path)
    headers = {"X-Changes-In": f"{shown.changes_in_s:.3f}", "X-Station-Id": str(shown.station_id)}
    return Response(svg, media_type="image/svg+xml", headers=_NO_STORE | headers)


@router.post(
    "/stations/{station_id}/screens",
    status_code=201,
    responses=_STAFF_PROBLEMS,
)
async def issue_screen(
    station_id: UUID,
    given: ScreenIn,
    *,
    by: StationStaff,
    session: SessionDep,
    now: Now,
    runtime: RuntimeDep,
) -> IssuedScreenOut:
    """Let a tablet show the rotating code; its link is told this once."""
    screen, secret = await screens.issue_screen(session, station_id, label=given.label, by=by, now=now)
    return IssuedScreenOut(
        **ScreenOut.model_validate(screen).model_dump(),
        # Behind the # so that no server's log ever holds it.
        link=f"{runtime.settings.public_url.rstrip('/')}/screen#{secret}",
        secret=secret,
    )


@router.get("/stations/{station_id}/screens", response_model=ScreensOut, responses=_STAFF_PROBLEMS)
async def list_screens(station_id: UUID, by: StationStaff, session: ReadDep) -> dict[str, Any]:
    """List a station's tablets."""
    return {"screens": await screens.issued_of(session, Screen, station_id, by=by)}


@router.delete(
    "/stations/{station_id}/screens/{screen_id}", response_model=ScreenOut, responses=_STAFF_PROBLEMS
)
async def revoke_screen(
    station_id: UUID, screen_id: UUID, by: StationStaff, session: SessionDep, now: Now
) -> Screen:
    """Blank a tablet for good."""
    return await screens.revoke(session, Screen, station_id, screen_id, by=by, now=now)


@router.post(
    "/stations/{station_id}/printed-codes",
    status_code=201,
    response_model=PrintedCodeOut,
    responses=_STAFF_PROBLEMS,
)
async def issue_printed_code(
    station_id: UUID, by: StationStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Make a new paper code for a station."""

    async def work() -> PrintedCodeOut:
        printed = await screens.issue_printed(session, station_id, by=by, now=now)
        return PrintedCodeOut.model_validate(printed)

    return await once(work, status=201)


@router.get("/stations/{station_id}/printed-codes", response_model=PrintedCodesOut, responses=_STAFF_PROBLEMS)
async def list_printed_codes(station_id: UUID, by: StationStaff, session: ReadDep) -> dict[str, Any]:
    """List a station's papers."""
    return {"printed_codes": await screens.issued_of(session, PrintedCode, station_id, by=by)}


@router.delete(
    "/stations/{station_id}/printed-codes/{printed_id}",
    response_model=PrintedCodeOut,
    responses=_STAFF_PROBLEMS,
)
async def revoke_printed_code(
    station_id: UUID, printed_id: UUID, by: StationStaff, session: SessionDep, now: Now
) -> PrintedCode:
    """Make a paper worthless, for instance when it was photographed and passed around."""
    return await screens.revoke(session, PrintedCode, station_id, printed_id, by=by, now=now)


@router.get(
    "/stations/{station_id}/printed-codes/{printed_id}.{kind}",
    response_class=Response,
    responses=_file("application/pdf") | _STAFF_PROBLEMS | problems(Unprintable),
)
async def print_code(
    station_id: UUID,
    printed_id: UUID,
    kind: PosterFormat,
    *,
    by: StationStaff,
    session: ReadDep,
    runtime: RuntimeDep,
) -> Response:
    """Return a paper: an A4 page with the station's name (pdf), or the code alone (png, svg)."""
    wanted = await screens.poster_of(session, station_id, printed_id, by=by)
    link = runtime.settings.public_url.rstrip("/") + wanted.path
    if kind is PosterFormat.PDF:
        content = await asyncio.to_thread(
            poster.poster_pdf,
            link=link,
            name=wanted.station.name,
            code=wanted.station.code,
            address=wanted.station.address,
            serial=wanted.printed.id.hex[-8:],
            issued_on=local_day(wanted.printed.issued_at).isoformat(),
        )
    else:
        content = poster.qr_png(link) if kind is PosterFormat.PNG else poster.qr_svg(link)
    return Response(content, media_type=_MEDIA_TYPES[kind], headers=_NO_STORE)
