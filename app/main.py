"""The ASGI application."""

import multiprocessing
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.datastructures import State
from starlette.types import ASGIApp, Receive, Scope, Send

from app import __version__
from app.api import ROUTERS, dev, docs, health, metrics, web
from app.api.checkins.front import CheckInFront
from app.api.errors import install_error_handlers
from app.api.gbfs.routes import router as gbfs
from app.api.middleware import wrap
from app.api.middleware.access_log import AccessLog
from app.api.open311.routes import router as open311
from app.api.open311.wire import as_errors
from app.api.openapi import describe
from app.api.stations.nearby_front import NearbyFront
from app.core.embedded import die_with_parent
from app.core.logs import configure_logs
from app.core.settings import Settings
from app.runtime import Runtime
from app.wiring import build_runtime, working


class Api(FastAPI):
    """FastAPI inside the house's own middleware, which so covers its error answers as well."""

    def __init__(self, runtime: Runtime, **options: Any) -> None:
        """Build the app over a runtime."""
        super().__init__(**options)
        self.access_log: AccessLog | None = None
        self.take(runtime)

    def take(self, runtime: Runtime) -> None:
        """Answer over this runtime from now on; tests share one app, for its routes take long to build."""
        self.state = State({"runtime": runtime})  # with it goes what was kept beside the one before
        self.access_log = AccessLog() if runtime.settings.access_log else None
        overrides = self.dependency_overrides
        taps = CheckInFront(super().__call__, runtime=runtime, overrides=overrides)
        front = partial(NearbyFront, board=runtime.realtime.board, overrides=overrides)
        self.stack = wrap(taps, runtime.settings, access_log=self.access_log, router=self.router, front=front)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await self.stack(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(super().openapi())
        return self.openapi_schema


def create_app(runtime: Runtime) -> Api:
    """Return the API over a runtime; it starts the runtime and stops it."""
    settings = runtime.settings

    @asynccontextmanager
    async def lifespan(app: Api) -> AsyncGenerator[None]:
        await runtime.start()
        async with working(settings) if settings.run_worker else nullcontext():
            yield
        await runtime.stop()
        if app.access_log is not None:
            app.access_log.flush()

    app = Api(
        runtime,
        title="Nuanfeng 暖蜂",
        version=__version__,
        summary="Warm stations for riders, couriers and drivers.",
        lifespan=lifespan,
        max_body_size=settings.max_body_bytes,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        docs_url=None,
        redoc_url=None,
        # Its spans hold queries, and with them positions; see app/api/middleware/traces.py.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    install_error_handlers(app, dialects={"/open311/": as_errors})
    for router in (health.router, metrics.router, docs.router):
        app.include_router(router)
    for router in ROUTERS:
        app.include_router(router, prefix="/v1")
    app.include_router(gbfs)
    app.include_router(open311)
    app.include_router(dev.router)
    app.include_router(web.router)
    return app


def _operation_id(route: APIRoute) -> str:
    """Name an operation after its function: client code made from the document then reads well."""
    return route.name


def from_environment() -> ASGIApp:
    """Return the API as the environment's settings say: what a server process imports.

    Its stack, for the server to call directly: through the API's own call it is a coroutine more a request.
    """
    if (first := multiprocessing.parent_process()) is not None:
        # One of several: none may hold the port after a kill of the first, not even while starting.
        die_with_parent()
        if os.getppid() != first.pid:
            sys.exit(1)
    settings = Settings()
    configure_logs(settings.log_level)
    return create_app(build_runtime(settings)).stack
