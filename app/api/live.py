"""What changes at stations, as it happens (server-sent events); no stream holds a database connection."""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
from contextlib import ExitStack
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.deps import Now, RuntimeDep
from app.api.errors import language_of, problem, problems
from app.api.schemas import AreaCodeText
from app.core.errors import NotFound, Unavailable
from app.realtime.hub import Hub, Subscription, area_topic, station_topic
from app.realtime.stream import HEARTBEAT, opening_events
from app.services.stations.errors import StationMoved

router = APIRouter(prefix="/live", tags=["live"])

# Proxies cut a connection that is silent for a minute; phones notice a dead one by the missing beat.
_HEARTBEAT_S = 15.0
_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
LastEventId = Annotated[
    str | None, Header(description="the last event received; only what changed since is sent first")
]


class EventStream(StreamingResponse):
    """Server-sent events, encoded once for all who listen; the framework's own class encodes for each."""

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterable[bytes], status_code: int = 200) -> None:
        """Take the events."""
        super().__init__(content, status_code, headers=_HEADERS)
        # Closed when the listener is gone, even one who never read any.
        self.at_the_end = ExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events until they end or the listener leaves."""
        with self.at_the_end:
            await super().__call__(scope, receive, send)


@router.get(
    "/stations/{station_id}",
    response_class=EventStream,
    responses=problems(NotFound, Unavailable, StationMoved),
)
async def follow_station(
    station_id: UUID, *, request: Request, runtime: RuntimeDep, now: Now, last_event_id: LastEventId = None
) -> Response:
    """Send a station's present state, then every change of it.

    The id of one that moved or was merged leads to its heir; who listened already is told ``moved_to_id``.
    """
    board, hub = runtime.realtime.board, runtime.realtime.hub
    present = board.table(now)
    if (at := present.row_of(station_id)) is None:
        raise NotFound
    if (heir := present.facts[at].merged_into_id) is not None:
        where = request.url_for("follow_station", station_id=heir).path
        return problem(
            StationMoved.status,
            StationMoved.code,
            StationMoved().sentence(language_of(request)),
            headers={"Location": where},
            station_id=str(heir),
        )

    def begin() -> Iterable[bytes]:
        table = board.table(now)
        row = table.row_of(station_id)
        return opening_events(table, [] if row is None else [row], now=now, last_event_id=last_event_id)

    return stream(hub, station_topic(station_id), begin)


@router.get("/areas/{code}", response_class=EventStream, responses=problems(Unavailable))
async def follow_area(
    code: AreaCodeText, runtime: RuntimeDep, now: Now, last_event_id: LastEventId = None
) -> EventStream:
    """Send the present state of all stations inside an area, then every change of any of them."""
    board, hub = runtime.realtime.board, runtime.realtime.hub
    board.table(now)

    def begin() -> Iterable[bytes]:
        table = board.table(now)
        return opening_events(table, table.rows_in(code), now=now, last_event_id=last_event_id)

    return stream(hub, area_topic(code), begin)


def stream(hub: Hub[bytes], topic: str, begin: Callable[[], Iterable[bytes]]) -> EventStream:
    """Return the stream of a topic, begun with what a new listener has to hear first."""

    async def events() -> AsyncGenerator[bytes]:
        # Listening begins before the present is read, so that nothing falls between the two.
        with hub.subscribe(topic) as subscription:
            for event in begin():
                yield event
            async for event in _following(subscription):
                yield event

    return EventStream(events())


async def stream_after(
    hub: Hub[bytes], topic: str, begin: Callable[[], Awaitable[Iterable[bytes]]]
) -> EventStream:
    """Return the stream of a topic whose beginning is fetched first, while it is listened to already."""
    with ExitStack() as stack:
        subscription = stack.enter_context(hub.subscribe(topic))
        opening = await begin()

        async def events() -> AsyncGenerator[bytes]:
            for event in opening:
                yield event
            async for event in _following(subscription):
                yield event

        response = EventStream(events())
        response.at_the_end = stack.pop_all()
        return response


async def _following(subscription: Subscription[bytes]) -> AsyncGenerator[bytes]:
    while not subscription.is_over:
        yield b"".join(await subscription.next(patience_s=_HEARTBEAT_S)) or HEARTBEAT
