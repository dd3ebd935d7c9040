"""The other ways to answer, each as an ASGI factory for uvicorn; see ``bench/nearby.py``."""

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Query
from pydantic import BaseModel
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.middleware import wrap
from app.api.stations.nearby import NearbyQuery
from app.api.stations.nearby_front import NearbyFront
from app.core.settings import Settings
from app.main import create_app
from app.models import Station, StationKind
from app.wiring import build_runtime

PATH = "/v1/stations/nearby"


def _body() -> bytes:
    return Path(os.environ["BENCH_BODY"]).read_bytes()


def l0() -> ASGIApp:
    """A bare ASGI app with constant bytes: what the server itself costs."""
    body = _body()
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")],
    }
    end = {"type": "http.response.body", "body": body}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send(start)
            await send(end)
        else:
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})

    return app


def l1() -> ASGIApp:
    """A FastAPI route with the same validated parameters and constant bytes: what the framework costs."""
    app, body = FastAPI(), _body()

    @app.get(PATH)
    async def nearby(query: Annotated[NearbyQuery, Query()]) -> Response:  # noqa: ARG001
        return Response(body, media_type="application/json")

    return app


def l1_flat() -> ASGIApp:
    """The same with five plain parameters instead of a query model."""
    app, body = FastAPI(), _body()

    @app.get(PATH)
    async def nearby(
        lat: Annotated[float, Query(ge=-90, le=90)],  # noqa: ARG001
        lon: Annotated[float, Query(ge=-180, le=180)],  # noqa: ARG001
        coord_type: Annotated[str, Query(pattern="^(wgs84|gcj02|bd09)$")],  # noqa: ARG001
        limit: Annotated[int, Query(ge=1, le=50)] = 10,  # noqa: ARG001
        open: Annotated[str, Query(pattern="^(now|any)$")] = "now",  # noqa: A002, ARG001
    ) -> Response:
        return Response(body, media_type="application/json")

    return app


class Row(BaseModel):
    """A station as the textbook answers it: without hours, occupancy or amenities."""

    id: UUID
    name: str
    kind: StationKind
    address: str
    floor_text: str
    indoor_note: str
    seats: int | None
    lat: float
    lon: float
    distance_m: float


class Rows(BaseModel):
    """The textbook's answer."""

    now: datetime
    stations: list[Row]


_HERE = "ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography"
_DISTANCE = text(f"ST_Distance(geog, {_HERE}) AS distance")
_NEARNESS = text(f"geog <-> {_HERE}")


def p1() -> ASGIApp:
    """The textbook: FastAPI, SQLAlchemy, PostGIS's nearest-neighbour search, a response model."""
    engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=32, max_overflow=0)
    sessions = async_sessionmaker(engine, class_=AsyncSession)
    app = FastAPI()

    @app.get(PATH)
    async def nearby(query: Annotated[NearbyQuery, Query()]) -> Rows:
        statement = select(Station, _DISTANCE).order_by(_NEARNESS).limit(query.limit)
        async with sessions() as session:
            found = (await session.execute(statement, {"lon": query.lon, "lat": query.lat})).all()
        rows = [
            Row(
                id=station.id,
                name=station.name,
                kind=station.kind,
                address=station.address,
                floor_text=station.floor_text,
                indoor_note=station.indoor_note,
                seats=station.seats,
                lat=station.lat,
                lon=station.lon,
                distance_m=distance,
            )
            for station, distance in found
        ]
        return Rows(now=datetime.now(UTC), stations=rows)

    return app


def ours_bare() -> ASGIApp:
    """Ours without request id, headers, metrics, limits and compression."""
    runtime = build_runtime(Settings())
    api = create_app(runtime)
    front = NearbyFront(partial(FastAPI.__call__, api), board=runtime.realtime.board, overrides={})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await front(scope, receive, send)

    return app


def ours_route() -> ASGIApp:
    """Ours without the front: every request goes through FastAPI's route."""
    runtime = build_runtime(Settings())
    api = create_app(runtime)
    inner = partial(FastAPI.__call__, api)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)

    return wrap(app, runtime.settings, access_log=None, router=api.router, front=lambda inside: inside)
