"""Refusals become problem documents (RFC 9457) with a stable code; rejected input is never echoed."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from app.core.errors import AppError, InvalidInput, TooMany, Unavailable

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_ROUTER_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


class Problem(BaseModel):
    """A refusal: ``code`` is stable and for programs, ``detail`` a sentence for the person."""

    type: str
    title: str
    status: int
    code: str
    detail: str


class FieldProblem(BaseModel):
    """What is wrong with one member of the input."""

    where: list[str | int]
    code: str
    hint: str


class ValidationProblem(Problem):
    """A payload that does not fit: each wrong member is named, its value is not repeated."""

    errors: list[FieldProblem]


class ProblemResponse(JSONResponse):
    """A JSON answer of the problem media type."""

    media_type = MEDIA_TYPE


def problems(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses=`` of a route for the OpenAPI file, grouped by status."""
    by_status: dict[int, list[str]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(f"`{error.code}`: {error.en}")
    return {
        status: {"description": "; ".join(lines), "content": {MEDIA_TYPE: {"schema": _ref("Problem")}}}
        for status, lines in by_status.items()
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> ProblemResponse:
    """Return a problem document."""
    body = {
        "type": f"urn:nuanfeng:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **members,
    }
    return ProblemResponse(body, status_code=status, headers=headers)


def language_of(request: Request) -> str:
    """Return ``en`` when the client prefers English, else ``zh``."""
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"


async def on_app_error(request: Request, error: AppError) -> ProblemResponse:
    """Answer a refusal of the business."""
    headers = {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.facts["retry_after_s"])
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    sentence = error.sentence(language_of(request))
    return problem(error.status, error.code, sentence, headers=headers, **error.facts)


async def on_invalid(request: Request, error: RequestValidationError) -> ProblemResponse:
    """Answer a payload that does not fit its schema."""
    fields = [
        {"where": list(item["loc"]), "code": item["type"], "hint": item["msg"]} for item in error.errors()
    ]
    hint = "; ".join(f"{'.'.join(map(str, f['where']))}: {f['hint']}" for f in fields[:3])
    detail = InvalidInput(hint=hint).sentence(language_of(request))
    return problem(422, InvalidInput.code, detail, errors=fields)


async def on_http(_: Request, error: HTTPException) -> ProblemResponse:
    """Answer what the router or the framework refused."""
    code = _ROUTER_CODES.get(error.status_code, "refused")
    return problem(error.status_code, code, str(error.detail), headers=error.headers)


async def on_database(request: Request, error: Exception) -> ProblemResponse:
    """Answer a database that is away or overloaded: the same request may succeed soon."""
    if isinstance(error, DBAPIError) and not isinstance(error, OperationalError | InterfaceError):
        return await on_crash(request, error)
    log.warning("database unavailable", error=type(error).__name__)
    return problem(
        503, Unavailable.code, Unavailable().sentence(language_of(request)), headers={"Retry-After": "2"}
    )


async def on_crash(request: Request, error: Exception) -> ProblemResponse:
    """Answer a fault of ours without a word about its inside."""
    log.error("unhandled", path=request.scope.get("route") and request.scope["route"].path, exc_info=error)
    return problem(
        500, "internal_error", "服务器出错了" if language_of(request) == "zh" else "Internal error"
    )


def install_error_handlers(app: FastAPI) -> None:
    """Make every refusal of the app a problem document."""
    app.add_exception_handler(AppError, on_app_error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, on_invalid)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, on_http)  # type: ignore[arg-type]
    for away in (DBAPIError, PoolTimeoutError, ConnectionError, TimeoutError):
        app.add_exception_handler(away, on_database)
    app.add_exception_handler(Exception, on_crash)
