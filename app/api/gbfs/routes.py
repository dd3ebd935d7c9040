"""The feed's files; each process makes each at most once in its time to live, from memory."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from app.api.deps import Now, RuntimeDep
from app.api.errors import problems
from app.api.etag import tagged
from app.api.gbfs.files import FeedFiles
from app.core.errors import NotFound, Unavailable
from app.runtime import Runtime
from app.services.stations import gbfs
from app.services.stations.facts import StationFacts
from app.services.stations.gbfs import Inside

router = APIRouter(prefix="/gbfs/v3", tags=["gbfs"])

Data = dict[str, Any]


def _files(request: Request) -> FeedFiles:
    state = request.app.state
    if not hasattr(state, "gbfs"):
        state.gbfs = FeedFiles()
    files: FeedFiles = state.gbfs
    return files


@router.get("/{name}.json", response_class=Response, responses=problems(NotFound, Unavailable))
async def read_feed(
    name: Annotated[str, Path(max_length=40, description=f"gbfs, {', '.join(gbfs.FEEDS)}")],
    request: Request,
    runtime: RuntimeDep,
    now: Now,
    files: Annotated[FeedFiles, Depends(_files)],
) -> Response:
    """Return a file of the open feed (GBFS 3.0); start at ``/gbfs/v3/gbfs.json``."""
    make = _MAKERS.get(name)
    if make is None:
        raise NotFound
    file = await files.get(name, now=now, make=lambda: make(runtime, now))
    answer = tagged(request, file.body, tag=file.tag, cache_control=f"public, max-age={file.ttl_s}")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _stations(runtime: Runtime, now: datetime) -> list[tuple[StationFacts, Inside]]:
    table = runtime.realtime.board.table(now)
    found = []
    for row in table:
        facts = table.facts[row]
        if gbfs.is_listed(facts):
            count = table.count_of(facts.id)
            found.append((facts, Inside() if count is None else Inside(count.inside, count.observed_at)))
    return found


async def _discovery(runtime: Runtime, _: datetime) -> Data:
    return gbfs.discovery(runtime.settings.public_url)


async def _system(runtime: Runtime, _: datetime) -> Data:
    settings = runtime.settings
    return gbfs.system_information(settings.public_url, settings.feed_contact_email)


async def _information(runtime: Runtime, now: datetime) -> Data:
    stations = [facts for facts, _ in _stations(runtime, now)]
    return await asyncio.to_thread(gbfs.station_information, stations)


async def _status(runtime: Runtime, now: datetime) -> Data:
    return await asyncio.to_thread(gbfs.station_status, _stations(runtime, now), now)


async def _regions(runtime: Runtime, now: datetime) -> Data:
    codes = {gbfs.region_of(facts) for facts, _ in _stations(runtime, now)}
    async with runtime.db.reading() as session:
        return gbfs.system_regions(codes, await gbfs.region_names(session, codes))


async def _alerts(runtime: Runtime, now: datetime) -> Data:
    stations = [facts for facts, _ in _stations(runtime, now)]
    async with runtime.db.reading() as session:
        closures = await gbfs.closures_ahead(session, now=now)
    return gbfs.system_alerts(stations, closures)


_MAKERS: dict[str, Callable[[Runtime, datetime], Awaitable[Data]]] = {
    "gbfs": _discovery,
    "system_information": _system,
    "station_information": _information,
    "station_status": _status,
    "system_regions": _regions,
    "system_alerts": _alerts,
}
