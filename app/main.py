"""The ASGI application."""

import multiprocessing
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import __version__
from app.api import ROUTERS, health, web
from app.api.errors import install_error_handlers
from app.core.embedded import die_with_parent
from app.core.logs import configure_logs
from app.core.settings import Settings
from app.runtime import Runtime
from app.wiring import build_runtime


def create_app(runtime: Runtime) -> FastAPI:
    """Return the API over a runtime; it closes the runtime's database when it stops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await runtime.db.close()

    app = FastAPI(
        title="Nuanfeng 暖蜂",
        version=__version__,
        summary="Warm stations for riders, couriers and drivers.",
        lifespan=lifespan,
        max_body_size=runtime.settings.max_body_bytes,
        redirect_slashes=False,
    )
    app.state.runtime = runtime
    install_error_handlers(app)
    app.include_router(health.router)
    for router in ROUTERS:
        app.include_router(router, prefix="/v1")
    app.include_router(web.router)
    return app


def from_environment() -> FastAPI:
    """Return the API as the environment's settings say: what a server process imports."""
    if (first := multiprocessing.parent_process()) is not None:
        # One of several: none may hold the port after a kill of the first, not even while starting.
        die_with_parent()
        if os.getppid() != first.pid:
            sys.exit(1)
    settings = Settings()
    configure_logs(settings.log_level)
    return create_app(build_runtime(settings))
