"""Is the process alive, and may traffic be sent to it?"""

from typing import Literal

from fastapi import APIRouter
from sqlalchemy import text

from app import __version__
from app.api.deps import RuntimeDep
from app.api.errors import problems
from app.api.schemas import Out
from app.core.errors import Unavailable
from app.core.migrate import head_revision

router = APIRouter(tags=["operations"])


class Health(Out):
    """What answers, and in which version."""

    status: Literal["ok"]
    version: str


@router.get("/healthz")
async def healthz() -> Health:
    """Say that the process answers; asks nothing of the database."""
    return Health(status="ok", version=__version__)


@router.get("/readyz", responses=problems(Unavailable))
async def readyz(runtime: RuntimeDep) -> Health:
    """Say whether requests would be served: the database answers and has this code's schema."""
    async with runtime.db.reading() as session:
        at = await session.scalar(text("SELECT version_num FROM alembic_version"))
    if at != head_revision():
        raise Unavailable
    return Health(status="ok", version=__version__)
