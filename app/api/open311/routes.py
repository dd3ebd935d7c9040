"""GeoReport v2's calls. They have a specification of their own, so they stand not in the OpenAPI document."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import RedirectResponse, Response

from app.api.deps import Now, ReadDep, RuntimeDep
from app.api.errors import language_of
from app.api.open311 import reading, rows, wire
from app.api.open311.reading import Arguments
from app.api.open311.wire import Format
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.pages import time_cursor
from app.models import PhotoPurpose
from app.runtime import Runtime
from app.services import areas, open311, photos
from app.services.open311 import ArgumentWrong
from app.services.photos import NewPhoto, Viewer
from app.services.reports import pictures

router = APIRouter(prefix="/open311", tags=["open311"], include_in_schema=False)

_MOST_PHOTOS = 9
_MOST_FIELDS = 200
_FORM_BYTES = 40 * 1024 * 1024


async def read_format(fmt: Annotated[str, Path()]) -> Format:
    """Return the format that the path ends with; another one is an unknown resource."""
    try:
        return Format(fmt)
    except ValueError:
        raise NotFound from None


async def read_arguments(request: Request) -> Arguments:
    """Return the query's arguments."""
    return Arguments(request.query_params.multi_items())


FormatDep = Annotated[Format, Depends(read_format)]
ArgumentsDep = Annotated[Arguments, Depends(read_arguments)]


async def read_jurisdiction(arguments: ArgumentsDep, session: ReadDep) -> str | None:
    """Return the area that the call is about; ``None`` is everywhere. An unknown one is unknown."""
    code = arguments.text("jurisdiction_id")
    return None if code is None else (await areas.get(session, code)).code


Jurisdiction = Annotated[str | None, Depends(read_jurisdiction)]


@router.get("/discovery.{fmt}")
async def discover(fmt: FormatDep, runtime: RuntimeDep) -> Response:
    """Say where the endpoint is."""
    return wire.one(fmt, "discovery", rows.discovery(runtime.settings))


@router.get("/v2/services.{fmt}")
async def list_services(fmt: FormatDep, request: Request, _area: Jurisdiction, session: ReadDep) -> Response:
    """List what can be requested."""
    language = language_of(request)
    found = [rows.service(each, language=language) for each in await open311.services(session)]
    return wire.rows(fmt, "services", "service", found)


@router.get("/v2/services/{service_code}.{fmt}")
async def define_service(
    service_code: str, *, fmt: FormatDep, request: Request, _area: Jurisdiction, session: ReadDep
) -> Response:
    """Return a service's extra questions."""
    category = await open311.definition(session, service_code)
    return wire.one(fmt, "service_definition", rows.definition(category, language=language_of(request)))


@router.get("/v2/requests.{fmt}")
async def list_requests(
    *,
    fmt: FormatDep,
    arguments: ArgumentsDep,
    area_code: Jurisdiction,
    runtime: RuntimeDep,
    session: ReadDep,
    now: Now,
) -> Response:
    """List requests, the newest first: of 90 days, at most a thousand; a ``Link`` leads to the next."""
    wanted = reading.read_search(arguments, area_code=area_code, now=now)
    found = await open311.search(session, wanted)
    extensions = _wants_extensions(arguments)
    url = runtime.settings.public_url

    def write() -> Response:
        content = [rows.request(each, public_url=url, extensions=extensions) for each in found]
        return wire.rows(fmt, "service_requests", "request", content)

    response = await asyncio.to_thread(write)
    if len(found) == wanted.page_size:
        last = found[-1].report
        after = time_cursor(last.submitted_at, last.id)
        response.headers["Link"] = _link_to_next(url, f"requests.{fmt.value}", arguments, after=after)
    return response


def _link_to_next(public_url: str, path: str, arguments: Arguments, *, after: str) -> str:
    """Return the header (RFC 8288) that leads behind a page, however deep, with the same arguments."""
    kept = [(name, value) for name, value in arguments.pairs if name not in {"page", "after"}]
    query = urlencode([*kept, ("after", after)])
    return f'<{public_url.rstrip("/")}/open311/v2/{path}?{query}>; rel="next"'


def _wants_extensions(arguments: Arguments) -> bool:
    return (arguments.text("extensions") or "").lower() in {"true", "1"}


@router.get("/v2/requests/{request_id}.{fmt}")
async def read_request(
    request_id: str,
    *,
    fmt: FormatDep,
    arguments: ArgumentsDep,
    area_code: Jurisdiction,
    runtime: RuntimeDep,
    session: ReadDep,
) -> Response:
    """Return one request, as a list of one."""
    shown = await open311.find(session, request_id, area_code=area_code)
    url, extensions = runtime.settings.public_url, _wants_extensions(arguments)
    content = [rows.request(shown, public_url=url, extensions=extensions)]
    return wire.rows(fmt, "service_requests", "request", content)


@router.get("/v2/tokens/{token}.{fmt}")
async def read_token(token: str, fmt: FormatDep, _area: Jurisdiction, session: ReadDep) -> Response:
    """Return the request of a token."""
    report = await open311.by_token(session, token)
    return wire.rows(fmt, "service_requests", "request", [rows.token(report, token)])


@router.post("/v2/requests.{fmt}", max_body_size=_FORM_BYTES)
async def send_request(fmt: FormatDep, request: Request, runtime: RuntimeDep, now: Now) -> Response:
    """Take a partner's request in, with pictures when it comes as multipart."""
    arguments, files = await _form_of(request)
    async with runtime.db.reading() as session:
        key = await open311.check_key(session, arguments.text("api_key"))
        area_code = await read_jurisdiction(arguments, session)
    if len(files) > _MOST_PHOTOS:
        raise ArgumentWrong(argument="media")
    digests = [hashlib.sha256(each.data).hexdigest() for each in files]
    good = [each for each in files if reading.is_picture(each.data)]
    new = reading.read_request(arguments, area_code=area_code, files=digests)
    grids, rules = await runtime.grids.current(), await runtime.rules.current()
    by = Actor(key.partner_id)
    # Pictures have connections of their own: they are kept before the request's transaction opens, and
    # go by themselves if it comes to nothing.
    photo_ids = await _keep(runtime, good, by=by, now=now)
    async with runtime.db.writing() as session:
        report, is_new = await open311.send(session, new, key=key, grids=grids, rules=rules, now=now)
        if photo_ids and is_new:
            await pictures.add(session, report, photo_ids, by=by, now=now)
        content = [rows.taken(report, unread=len(files) - len(good))]
    return wire.rows(fmt, "service_requests", "request", content)


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    media_type: str | None


async def _form_of(request: Request) -> tuple[Arguments, list[_File]]:
    async with request.form(max_files=_MOST_PHOTOS + 1, max_fields=_MOST_FIELDS) as form:
        arguments, uploads = reading.read_form(form)
        return arguments, [_File(await each.read(), each.content_type) for each in uploads]


async def _keep(runtime: Runtime, files: Sequence[_File], *, by: Actor, now: datetime) -> list[UUID]:
    kept = []
    for file in files:
        new = NewPhoto(uuid4(), PhotoPurpose.REPORT, len(file.data), declared_type=file.media_type)
        kept.append((await photos.put(runtime.photos, new, file.data, by=by, now=now)).id)
    return kept


@router.get("/v2/servicerequestupdates.{fmt}")
async def list_updates(
    *,
    fmt: FormatDep,
    arguments: ArgumentsDep,
    area_code: Jurisdiction,
    runtime: RuntimeDep,
    session: ReadDep,
    now: Now,
) -> Response:
    """List what happened to requests, the oldest first (mySociety's extension), in pages as requests are."""
    wanted = reading.read_update_search(arguments, area_code=area_code, now=now)
    found = await open311.updates(session, wanted)
    content = [rows.update(step, report) for step, report in found]
    response = wire.rows(fmt, "service_request_updates", "request_update", content)
    if len(found) == wanted.page_size:
        after = reading.update_cursor(found[-1][0])
        path = f"servicerequestupdates.{fmt.value}"
        response.headers["Link"] = _link_to_next(runtime.settings.public_url, path, arguments, after=after)
    return response


@router.post("/v2/servicerequestupdates.{fmt}", max_body_size=_FORM_BYTES)
async def send_update(fmt: FormatDep, request: Request, runtime: RuntimeDep, now: Now) -> Response:
    """Take a partner's word on a request; staff see it as work to be done."""
    arguments, _ = await _form_of(request)
    async with runtime.db.writing() as session:
        key = await open311.check_key(session, arguments.text("api_key"))
        new = reading.read_update(arguments, now=now)
        update_id = await open311.send_update(session, new, key=key, now=now)
    return wire.rows(fmt, "service_request_updates", "request_update", [rows.update_taken(update_id, new.at)])


@router.get("/v2/media/{photo_id:uuid}.jpg")
async def show_media(photo_id: UUID, session: ReadDep, runtime: RuntimeDep, now: Now) -> Response:
    """Lead to an approved picture; the address that it leads to lives for minutes."""
    photo = await open311.photo_of(session, photo_id)
    found = await photos.addresses(runtime.photos, photo, viewer=Viewer.PUBLIC, now=now)
    if found.large is None:
        raise NotFound
    return RedirectResponse(found.large, status_code=302, headers={"Cache-Control": "no-store"})
