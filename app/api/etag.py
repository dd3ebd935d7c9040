"""Conditional reads: a weak ETag on an answer, and 304 when the client already has it."""

import hashlib

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

REVALIDATE = "private, no-cache"  # keep it, but ask before each use: openings change by the minute


def weak_tag(*parts: object) -> str:
    """Return a weak ETag over whatever determines an answer: its bytes, or a row's id and version."""
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else str(part).encode())
        digest.update(b"\0")
    return f'W/"{digest.hexdigest()}"'


def has_it(request: Request, tag: str) -> bool:
    """Tell whether the client's ``If-None-Match`` names this answer (weak comparison, RFC 9110 13.1.2)."""
    given = request.headers.get("if-none-match")
    if given is None:
        return False
    opaque = tag.removeprefix("W/")
    return given.strip() == "*" or any(
        candidate.strip().removeprefix("W/") == opaque for candidate in given.split(",")
    )


def tagged(
    request: Request,
    body: bytes | BaseModel,
    *,
    tag: str | None = None,
    media_type: str = "application/json",
    cache_control: str = REVALIDATE,
) -> Response:
    """Return a body with its ETag, or 304 without it when the client has the same one.

    Args:
        request: the request that asks.
        body: the answer, as bytes or as a model to be written as JSON.
        tag: an ETag already known, as from :func:`weak_tag` over a version; by default over the bytes.
        media_type: what the bytes are.
        cache_control: who may keep the answer, and for how long.
    """
    content = body if isinstance(body, bytes) else body.__pydantic_serializer__.to_json(body)
    tag = tag or weak_tag(content)
    headers = {"ETag": tag, "Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    if has_it(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def not_modified(request: Request, tag: str, *, cache_control: str = REVALIDATE) -> Response | None:
    """Return 304 when the client has the answer, so that it need not be made at all."""
    if not has_it(request, tag):
        return None
    return Response(status_code=304, headers={"ETag": tag, "Cache-Control": cache_control})
