"""What this process counted, for Prometheus; keep the path inside your network."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from app.core.metrics import REGISTRY

router = APIRouter(tags=["operations"], include_in_schema=False)


@router.get("/metrics")
async def metrics() -> Response:
    """Answer this process's metrics in the text format."""
    return Response(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
