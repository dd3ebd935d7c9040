"""Exporting stations batch by batch; between two batches nothing is held, however slow the reader."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum

from app.core.actor import Actor
from app.core.db import Database
from app.core.geo import CoordType, Point
from app.models import Station
from app.services.stations.exchange import queries, writing
from app.services.stations.exchange.writing import to_csv, to_features, to_xlsx, values_of


class ExportFormat(StrEnum):
    """What an export may be."""

    XLSX = "xlsx"
    CSV = "csv"
    GEOJSON = "geojson"


async def exported_lines(
    db: Database, kind: ExportFormat, *, by: Actor, area_code: str | None, coord_type: CoordType | None
) -> AsyncIterator[str]:
    """Yield CSV or GeoJSON of the stations in the caller's scope, piece by piece.

    Args:
        db: where each batch gets a short transaction of its own.
        kind: CSV or GeoJSON.
        by: whose stations.
        area_code: only those in this division.
        coord_type: the datum of the positions; as they were given when not said.
    """
    pieces = (
        _csv(db, by, area_code, coord_type)
        if kind is ExportFormat.CSV
        else _features(db, by, area_code, coord_type)
    )
    async for piece in pieces:
        yield piece


async def exported_workbook(
    db: Database, *, by: Actor, area_code: str | None, coord_type: CoordType | None
) -> bytes:
    """Return a workbook of the stations in the caller's scope."""
    rows = []
    async for stations in _batches(db, by, area_code):
        rows += [values_of(station, coord_type) for station in stations]
    return await asyncio.to_thread(to_xlsx, rows)


def template() -> bytes:
    """Return an empty form with the headings and how to fill it in."""
    return to_xlsx([])


async def _csv(
    db: Database, by: Actor, area_code: str | None, coord_type: CoordType | None
) -> AsyncIterator[str]:
    yield writing.csv_headings()
    async for stations in _batches(db, by, area_code):
        yield to_csv(values_of(station, coord_type) for station in stations)


async def _features(
    db: Database, by: Actor, area_code: str | None, coord_type: CoordType | None
) -> AsyncIterator[str]:
    yield '{"type": "FeatureCollection", "features": ['
    separator = "\n"
    async for stations in _batches(db, by, area_code):
        pairs = [(Point(station.lat, station.lon), values_of(station, coord_type)) for station in stations]
        yield separator + ",\n".join(to_features(pairs))
        separator = ",\n"
    yield "\n]}\n"


async def _batches(db: Database, by: Actor, area_code: str | None) -> AsyncIterator[Sequence[Station]]:
    after = None
    while True:
        async with db.reading() as session:
            stations = await queries.in_scope(session, by=by, area_code=area_code, after=after)
        if stations:
            yield stations
        if len(stations) < queries.BATCH:
            return
        after = stations[-1].id
