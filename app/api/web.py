"""The faces for browsers: the rider's and the manager's page, plain files served from memory.

No build step and nothing from elsewhere: what lies in ``app/web`` is what a phone runs, and the policy
below lets it run nothing else. ``docs/decisions/0017-web-faces.md`` says why.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.etag import tagged, weak_tag
from app.core.errors import NotFound

FOLDER = Path(__file__).parents[1] / "web"
_MEDIA_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
# What the service worker keeps by another address, or not at all: a tablet without a network has no code.
_PAGES = {
    "index.html",
    "manage.html",
    "report.html",
    "map.html",
    "desk.html",
    "figures.html",
    "broadcast.html",
    "duty.html",
    "duty.js",
    "screen.html",
    "screen.css",
    "screen.js",
    "sw.js",
    "verify.html",
    "verify.js",
    "verify.css",
    "volunteer.html",
    "organise.html",
}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types nuanfeng"
)
# Kept, but asked for before each use: a correction reaches every phone at once.
CACHE_CONTROL = "no-cache"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # A scanned code stands in the address; it must not travel on.
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    media_type: str
    tag: str


def _load(folder: Path) -> dict[str, _File]:
    """Return every file by name."""
    bodies = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    bodies["sw.js"] = _filled_in(bodies)
    return {name: _File(body, _media_type(name), weak_tag(body)) for name, body in bodies.items()}


def _filled_in(bodies: Mapping[str, bytes]) -> bytes:
    """Return the service worker with what it keeps and a digest of it, so that any change makes a new one."""
    version = hashlib.blake2b(b"\0".join(bodies.values()), digest_size=12).hexdigest()
    files = " ".join(f"/web/{name}" for name in sorted(bodies.keys() - _PAGES))
    return bodies["sw.js"].replace(b"__VERSION__", version.encode()).replace(b"__FILES__", files.encode())


def _media_type(name: str) -> str:
    return _MEDIA_TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


_FILES = _load(FOLDER)


@router.api_route("/", methods=["GET", "HEAD"])
@router.api_route("/c/{_station}/{_slot}/{_token}", methods=["GET", "HEAD"])
async def rider(request: Request) -> Response:
    """Show the rider's page; a scanned code's address opens it too, and the page reads the code there."""
    return _answer(request, "index.html")


@router.api_route("/report", methods=["GET", "HEAD"])
async def reporting(request: Request) -> Response:
    """Show the page on which riders report hazards and see what became of them."""
    return _answer(request, "report.html")


@router.api_route("/map", methods=["GET", "HEAD"])
async def hazards(request: Request) -> Response:
    """Show the public map of hazards: what was reported and made public."""
    return _answer(request, "map.html")


@router.api_route("/manage", methods=["GET", "HEAD"])
async def manager(request: Request) -> Response:
    """Show the manager's page."""
    return _answer(request, "manage.html")


@router.api_route("/desk", methods=["GET", "HEAD"])
async def desk(request: Request) -> Response:
    """Show the clerk's desk: hazard reports by what burns, many at once, one by one."""
    return _answer(request, "desk.html")


@router.api_route("/figures", methods=["GET", "HEAD"])
async def figures(request: Request) -> Response:
    """Show an officer's numbers: how messages get through, and what was said to many."""
    return _answer(request, "figures.html")


@router.api_route("/broadcast", methods=["GET", "HEAD"])
async def broadcasting(request: Request) -> Response:
    """Show the page on which officers write to many, and see what became of it."""
    return _answer(request, "broadcast.html")


@router.api_route("/duty", methods=["GET", "HEAD"])
async def duty(request: Request) -> Response:
    """Show what a call's link is about; its secret stands behind the ``#`` and stays there."""
    return _answer(request, "duty.html")


@router.api_route("/verify", methods=["GET", "HEAD"])
async def verifying(request: Request) -> Response:
    """Show whether a certificate holds; its code stands behind the ``#`` and stays there."""
    return _answer(request, "verify.html")


@router.api_route("/volunteer", methods=["GET", "HEAD"])
@router.api_route("/volunteer/c/{_shift}/{_slot}/{_token}", methods=["GET", "HEAD"])
async def volunteering(request: Request) -> Response:
    """Show the volunteers' page; the code that an organiser shows opens it too, and the page reads it."""
    return _answer(request, "volunteer.html")


@router.api_route("/organise", methods=["GET", "HEAD"])
async def organising(request: Request) -> Response:
    """Show the page of who runs activities."""
    return _answer(request, "organise.html")


@router.api_route("/screen", methods=["GET", "HEAD"])
async def screen(request: Request) -> Response:
    """Show the page of a station's own tablet; its secret stands behind the ``#`` and stays there."""
    return _answer(request, "screen.html")


@router.api_route("/sw.js", methods=["GET", "HEAD"])
async def service_worker(request: Request) -> Response:
    """Give the service worker, from the root because it looks after every page."""
    return _answer(request, "sw.js")


@router.api_route("/web/{name}", methods=["GET", "HEAD"])
async def file(request: Request, name: str) -> Response:
    """Give one script, style or picture of the pages."""
    return _answer(request, name)


def _answer(request: Request, name: str) -> Response:
    found = _FILES.get(name)
    if found is None:
        raise NotFound
    response = tagged(
        request, found.body, tag=found.tag, media_type=found.media_type, cache_control=CACHE_CONTROL
    )
    response.headers.update(HEADERS)
    return response
