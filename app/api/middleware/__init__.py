"""What happens to every request, whatever it asks: it is named, counted, limited and packed.

Plain ASGI throughout. Starlette's ``BaseHTTPMiddleware`` would run each request in a task group of its
own, which halves the rate of the whole service and breaks context variables.
"""

from collections.abc import Callable

from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Router
from starlette.types import ASGIApp

from app.api.middleware.access_log import AccessLog
from app.api.middleware.bodies import Bodies
from app.api.middleware.compress import Compress
from app.api.middleware.floods import FloodLimit
from app.api.middleware.methods import Methods
from app.api.middleware.observe import Observe
from app.api.middleware.traces import Trace
from app.api.middleware.tus import Tus
from app.core.settings import Settings

_TUS_ASKS = (
    "Photo-Pass",
    "Tus-Resumable",
    "Upload-Checksum",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "X-HTTP-Method-Override",
)
_TUS_SAYS = ("Location", "Tus-Resumable", "Upload-Expires", "Upload-Length", "Upload-Offset")


def wrap(
    app: ASGIApp,
    settings: Settings,
    *,
    access_log: AccessLog | None,
    router: Router,
    front: Callable[[ASGIApp], ASGIApp],
) -> ASGIApp:
    """Return the app inside the whole stack; the first to see a request is the last one here.

    The ``front`` answers what needs neither a body nor a method's translation.
    """
    app = Methods(Bodies(app, seconds=settings.body_seconds), router=router)
    app = Tus(app)
    app = Compress(front(app))
    if settings.cors_origins:
        app = CORSMiddleware(
            app,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", *_TUS_ASKS],
            expose_headers=["ETag", "Idempotency-Replayed", "Retry-After", "X-Request-ID", *_TUS_SAYS],
            max_age=3600,
        )
    app = FloodLimit(app, per_minute=settings.requests_per_minute)
    if settings.trace:
        app = Trace(app)
    return Observe(app, access_log=access_log, is_https=settings.public_url.startswith("https://"))
