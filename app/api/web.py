"""The faces for browsers: plain files served from memory, the pages with the head they have in common.

No build step and nothing from elsewhere: what lies in ``app/web`` is what a phone runs, and the policy
below lets it run nothing else; pictures may come from the object store that keeps the photos, too.
``docs/decisions/0017-web-faces.md`` says why.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.etag import tagged, weak_tag
from app.api.web_pages import PAGES, written
from app.core.errors import NotFound
from app.core.settings import ObjectsProvider, Settings
from app.runtime import Runtime

FOLDER = Path(__file__).parents[1] / "web"
_MEDIA_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}

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
    """Return every file by name, as it is sent."""
    bodies = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    bodies |= {f"{name}.html": written(name, bodies[f"{name}.html"].decode()).encode() for name in PAGES}
    bodies["sw.js"] = _filled_in(bodies)
    return {name: _File(body, _media_type(name), weak_tag(body)) for name, body in bodies.items()}


def _filled_in(bodies: Mapping[str, bytes]) -> bytes:
    """Return the service worker with what it keeps and a digest of it, so that any change makes a new one."""
    version = hashlib.blake2b(b"\0".join(bodies.values()), digest_size=12).hexdigest()
    files = " ".join(f"/web/{name}" for name in sorted(bodies) if _is_kept(name))
    return bodies["sw.js"].replace(b"__VERSION__", version.encode()).replace(b"__FILES__", files.encode())


def _is_kept(name: str) -> bool:
    """Return whether the worker keeps a file: pages it keeps by their addresses, or not at all."""
    page = PAGES.get(name.partition(".")[0])
    return not name.endswith(".html") and name != "sw.js" and (page is None or page.is_kept)


def _media_type(name: str) -> str:
    return _MEDIA_TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


_FILES = _load(FOLDER)


def _open(name: str, paths: tuple[str, ...]) -> None:
    async def page(request: Request) -> Response:
        return _answer(request, f"{name}.html")

    for path in paths:
        router.add_api_route(path, page, methods=["GET", "HEAD"])


for _name, _page in PAGES.items():
    _open(_name, _page.paths)


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
    runtime: Runtime = request.app.state.runtime
    if origin := pictures_from(runtime.settings):
        policy = POLICY.replace("img-src 'self'", f"img-src 'self' {origin}")
        response.headers["Content-Security-Policy"] = policy
    return response


def pictures_from(settings: Settings) -> str | None:
    """Return the origin of the store that phones fetch photos from, unless this service gives them itself."""
    if settings.objects_provider is not ObjectsProvider.S3:
        return None
    at = urlsplit(settings.s3_endpoint)
    return f"{at.scheme}://{at.netloc}"
