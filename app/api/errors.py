"""Refusals become problem documents (RFC 9457) with a stable code; rejected input is never echoed."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from app.core.errors import AppError, Conflict, InvalidInput, NotFound, Unavailable
from app.core.trouble import Trouble, trouble_of

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
# What the router and the framework refuse: code, Chinese and English.
_ROUTER = {
    400: ("malformed", "请求格式有误", "The request cannot be read"),
    404: (NotFound.code, NotFound.zh, NotFound.en),
    405: ("method_not_allowed", "不支持这种操作", "This path does not know that method"),
    408: ("body_too_slow", "提交的内容传得太慢", "The body came too slowly"),
    413: ("body_too_large", "提交的内容太大", "The body is too large"),
    415: (
        "unsupported_media_type",
        "不支持这种内容类型",
        "This path takes another content type",
    ),
}
_MEMBER = re.compile(r"[A-Za-z_-]{1,40}")
# Titles of status codes that a protocol made up; this one is tus's.
_UNREGISTERED = {460: "Checksum Mismatch"}
_REFUSED = ("refused", "请求被拒绝", "The request was refused")


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
        "title": _UNREGISTERED.get(status) or HTTPStatus(status).phrase,
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
    if "retry_after_s" in error.facts:
        headers["Retry-After"] = str(error.facts["retry_after_s"])
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    sentence = error.sentence(language_of(request))
    return problem(error.status, error.code, sentence, headers=headers, **error.facts)


async def on_invalid(request: Request, error: RequestValidationError) -> ProblemResponse:
    """Answer a payload that does not fit its schema."""
    fields = [
        {"where": _place(item["loc"]), "code": item["type"], "hint": item["msg"]} for item in error.errors()
    ]
    hint = "; ".join(f"{'.'.join(map(str, f['where']))}: {f['hint']}" for f in fields[:3])
    detail = InvalidInput(hint=hint).sentence(language_of(request))
    return problem(422, InvalidInput.code, detail, errors=fields)


def _place(steps: Sequence[str | int]) -> list[str | int]:
    """Return where an error lies; a member that the client made up may itself be somebody's data."""
    return [step if isinstance(step, int) or _MEMBER.fullmatch(step) else "?" for step in steps]


async def on_http(request: Request, error: HTTPException) -> ProblemResponse:
    """Answer what the router or the framework refused."""
    code, zh, en = _ROUTER.get(error.status_code, _REFUSED)
    return problem(error.status_code, code, en if language_of(request) == "en" else zh, headers=error.headers)


async def on_database(request: Request, error: Exception) -> ProblemResponse:
    """Answer an error of the database, by what it means to the caller."""
    trouble = trouble_of(error)
    if trouble is Trouble.FAULT:
        return await on_crash(request, error)
    language = language_of(request)
    if trouble.may_pass:
        log.warning("database unavailable", error=_kind(error))
        sentence = Unavailable().sentence(language)
        return problem(503, Unavailable.code, sentence, headers={"Retry-After": "2"})
    # The checks in front of the database should have caught it: an operator has to hear of it.
    log.error("database refused a value", route=_route(request), error=_kind(error))
    if trouble is Trouble.CONFLICT:
        return problem(409, Conflict.code, Conflict().sentence(language))
    hint = "a value is out of range" if language == "en" else "有数值超出范围"
    return problem(422, InvalidInput.code, InvalidInput(hint=hint).sentence(language))


def _kind(error: Exception) -> str:
    source = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(source).__name__} {getattr(source, 'sqlstate', None) or ''}".strip()


def _route(request: Request) -> str | None:
    return getattr(request.scope.get("route"), "path", None)


async def on_crash(request: Request, error: Exception) -> ProblemResponse:
    """Answer a fault of ours without a word about its inside."""
    log.error("unhandled", route=_route(request), exc_info=error)
    return problem(
        500, "internal_error", "服务器出错了" if language_of(request) == "zh" else "Internal error"
    )


async def on_failure(request: Request, error: Exception) -> ProblemResponse:
    """Answer whatever was raised as the app's handlers would, for what stands before the app."""
    if isinstance(error, AppError):
        return await on_app_error(request, error)
    return await on_database(request, error)


# Says a problem document in the words of another standard.
Dialect = Callable[[Request, ProblemResponse], Response]


def install_error_handlers(app: FastAPI, *, dialects: Mapping[str, Dialect]) -> None:
    """Make every refusal of the app a problem document; below some paths it is said in another dialect."""

    def add(kind: type[Exception], handler: Callable[[Request, Any], Awaitable[ProblemResponse]]) -> None:
        async def answer(request: Request, error: Exception) -> Response:
            found = await handler(request, error)
            path = request.url.path
            dialect = next((said for below, said in dialects.items() if path.startswith(below)), None)
            return found if dialect is None else dialect(request, found)

        app.add_exception_handler(kind, answer)

    add(AppError, on_app_error)
    add(RequestValidationError, on_invalid)
    add(HTTPException, on_http)
    for below in (DBAPIError, PoolTimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        add(below, on_database)
    add(Exception, on_crash)
