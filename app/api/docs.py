"""The API's own description as a page."""

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

# The page's program comes from a public CDN; nothing else on this server allows foreign scripts.
_CDN = "https://cdn.jsdelivr.net"
_POLICY = (
    f"default-src 'self'; script-src 'unsafe-inline' {_CDN}; style-src 'unsafe-inline' {_CDN}; "
    f"img-src data: {_CDN} https://fastapi.tiangolo.com; frame-ancestors 'none'"
)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Show the API in Swagger UI."""
    page = get_swagger_ui_html(openapi_url="/openapi.json", title=request.app.title)
    page.headers["Content-Security-Policy"] = _POLICY
    return page
