"""The ASGI application."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.api import ROUTERS
from app.api.errors import install_error_handlers
from app.runtime import Runtime


def create_app(runtime: Runtime) -> FastAPI:
    """Return the API over a runtime; it closes the runtime's database when it stops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await runtime.db.close()

    app = FastAPI(
        title="Nuanfeng 暖蜂",
        version="0.1.0",
        summary="Warm stations for riders, couriers and drivers.",
        lifespan=lifespan,
        max_body_size=runtime.settings.max_body_bytes,
        redirect_slashes=False,
    )
    app.state.runtime = runtime
    install_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router, prefix="/v1")
    return app
