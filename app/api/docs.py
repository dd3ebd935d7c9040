"""The API's own description as a page: Swagger UI, served from here so that a closed network has it too.

The program comes with the package ``fastapi-offline``; FastAPI's own page for it starts it by an inline
script, which the policy below forbids, so the page and the script are ours.
"""

from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.etag import tagged
from app.core.errors import NotFound

router = APIRouter(include_in_schema=False)

# Swagger UI draws its icons from ``data:`` addresses.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = b"""<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nuanfeng API</title>
<link rel="icon" href="/web/bee.svg">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
# Without a validator: Swagger UI would show the API's address to one on the internet.
_START = b"""SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: "none",
});
"""
_TYPES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "start.js": "text/javascript",
}


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Show the API in Swagger UI."""
    return _answer(request, _PAGE, "text/html")


@router.get("/docs/{name}")
async def file(request: Request, name: str) -> Response:
    """Give a script or style of the page."""
    if name not in _TYPES:
        raise NotFound
    return _answer(request, _read(name), _TYPES[name])


@cache
def _read(name: str) -> bytes:
    if name == "start.js":
        return _START
    return files("fastapi_offline").joinpath("static", name).read_bytes()


def _answer(request: Request, body: bytes, media_type: str) -> Response:
    response = tagged(request, body, media_type=media_type, cache_control="no-cache")
    response.headers["Content-Security-Policy"] = POLICY
    return response
