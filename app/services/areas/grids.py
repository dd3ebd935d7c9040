"""Grids (网格) in the database: imported by officers, versioned, kept in memory by every process."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.clock import local_day
from app.core.db import Database
from app.core.errors import NotFound
from app.core.pages import Page, decode_cursor, encode_cursor, page_of
from app.models import Grid
from app.services import authority, outbox
from app.services.areas.errors import GridsRefused
from app.services.areas.gridfile import DrawnGrid, GridProblem, GridProblemKind, GridReading
from app.services.areas.gridmap import GridMap, GridShape, overlaps
from app.services.areas.queries import communities
from app.services.areas.tree import COMMUNITY

_SAME_DEG = 1e-8  # a millimetre: the file's own rounding


@dataclass(frozen=True, slots=True)
class GridReport:
    """What a list of grids would change, or has changed."""

    new: int = 0
    redrawn: int = 0
    renamed: int = 0
    unchanged: int = 0
    ended: int = 0
    problems: list[GridProblem] = field(default_factory=list)


async def import_grids(
    session: AsyncSession,
    reading: GridReading,
    *,
    scheme: str,
    by: Actor,
    now: datetime,
    end_missing: bool = False,
    dry_run: bool = False,
) -> GridReport:
    """Draw grids: a new shape makes a new version, valid from today; the old one ends and stays.

    Args:
        session: the transaction.
        reading: the grids as read.
        scheme: which division into grids they belong to (police, civil affairs, …); schemes may overlap.
        by: a district officer of every community in the list, or a sysadmin.
        now: the present instant.
        end_missing: end the grids of the listed communities that the list leaves out.
        dry_run: check and report, write nothing.

    Raises:
        GridsRefused: something is wrong, and ``problems`` names every grid and pair; nothing is written.
    """
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"grids:{scheme}"))))
    current = {grid.code: grid for grid in await session.scalars(_current().where(Grid.scheme == scheme))}
    listed = {grid.code: grid for grid in reading.grids}
    touched = {grid.community_code for grid in reading.grids}
    leaving = {
        code for code, grid in current.items()
        if end_missing and code not in listed and grid.community_code in touched
    }  # fmt: skip
    staying = [grid for code, grid in current.items() if code not in listed and code not in leaving]
    problems = [*reading.problems, *await _community_problems(session, reading.grids, by)]
    problems += await asyncio.to_thread(_overlap_problems, list(listed.values()), staying)
    if problems:
        return _refuse(problems, dry_run=dry_run)
    report = await _draw(
        session, listed, current, leaving, scheme=scheme, today=local_day(now), dry_run=dry_run
    )
    if not dry_run:
        await outbox.announce(session, outbox.Channel.GRIDS)
    return report


def _refuse(problems: list[GridProblem], *, dry_run: bool) -> GridReport:
    if dry_run:
        return GridReport(problems=problems)
    raise GridsRefused(
        count=len(problems),
        problems=[{"kind": each.kind, "grids": list(each.grids), "hint": each.hint} for each in problems],
    )


async def _community_problems(
    session: AsyncSession, grids: Sequence[DrawnGrid], by: Actor
) -> list[GridProblem]:
    known = await communities(session, {grid.community_code for grid in grids})
    return [
        GridProblem(
            GridProblemKind.UNKNOWN_COMMUNITY,
            (grid.code,),
            f"没有社区 {grid.community_code},或不在您的管辖范围",
        )
        for grid in grids
        if grid.community_code not in known
        or not authority.may(by, roles=[Role.DISTRICT_OFFICER], area_code=grid.community_code)
    ]


def _overlap_problems(grids: Sequence[DrawnGrid], staying: Sequence[Grid]) -> list[GridProblem]:
    names = [*(grid.code for grid in grids), *(grid.code for grid in staying)]
    found = overlaps([grid.shape for grid in grids], [shape(grid.polygon) for grid in staying])
    return [
        GridProblem(
            GridProblemKind.OVERLAP,
            (names[each.first], names[each.second]),
            f"两个网格重叠约 {each.area_m2:.0f} 平方米",
        )
        for each in found
    ]


async def _draw(
    session: AsyncSession,
    listed: dict[str, DrawnGrid],
    current: dict[str, Grid],
    leaving: set[str],
    *,
    scheme: str,
    today: date,
    dry_run: bool,
) -> GridReport:
    added = {code for code in listed if code not in current}
    redrawn = {code for code in listed.keys() - added if _is_redrawn(listed[code], current[code])}
    renamed = {code for code in listed.keys() - added - redrawn if listed[code].name != current[code].name}
    if not dry_run:
        for code in redrawn | leaving:
            current[code].valid_to = today
        for code in renamed:
            current[code].name = listed[code].name
        await session.flush()  # one version of a code in force at a time
        session.add_all(_version(listed[code], scheme, today) for code in sorted(added | redrawn))
    unchanged = len(listed) - len(added) - len(redrawn) - len(renamed)
    return GridReport(len(added), len(redrawn), len(renamed), unchanged, len(leaving))


def _is_redrawn(drawn: DrawnGrid, stored: Grid) -> bool:
    return not drawn.shape.normalize().equals_exact(shape(stored.polygon).normalize(), _SAME_DEG)


def _version(drawn: DrawnGrid, scheme: str, today: date) -> Grid:
    return Grid(
        scheme=scheme,
        code=drawn.code,
        name=drawn.name,
        community_code=drawn.community_code,
        polygon=_geojson(drawn.shape),
        valid_from=today,
    )


def _geojson(drawn: BaseGeometry) -> dict[str, Any]:
    geometry = mapping(drawn)
    return {"type": geometry["type"], "coordinates": geometry["coordinates"]}


def _current() -> Select[Grid]:
    return select(Grid).where(Grid.valid_to.is_(None))


async def get_grid(session: AsyncSession, grid_id: UUID) -> Grid:
    """Return one version of a grid, in force or ended.

    Raises:
        NotFound: there is none.
    """
    grid = await session.get(Grid, grid_id)
    if grid is None:
        raise NotFound
    return grid


async def list_grids(
    session: AsyncSession,
    *,
    area: str,
    scheme: str | None,
    on: date | None,
    cursor: str | None,
    limit: int,
) -> Page[Grid]:
    """Return a page of an area's grids in force (on a day, when given), by scheme and code."""
    query = select(Grid).where(Grid.community_code.startswith(area, autoescape=True))
    if on is None:
        query = query.where(Grid.valid_to.is_(None))
    else:
        query = query.where(Grid.valid_from <= on, or_(Grid.valid_to.is_(None), Grid.valid_to > on))
    if scheme is not None:
        query = query.where(Grid.scheme == scheme)
    after = decode_cursor(cursor, size=2) if cursor else None
    by = [Grid.scheme.expression, Grid.code.expression]
    items, more = await page_of(session, query, by=by, after=after, limit=limit)
    return Page(items, encode_cursor([items[-1].scheme, items[-1].code]) if more else None)


async def grid_shapes(session: AsyncSession, area_codes: Collection[str]) -> dict[str, list[BaseGeometry]]:
    """Return the grids in force of divisions of any level; those without any are left out."""
    found: dict[str, list[BaseGeometry]] = {}
    exact = [code for code in area_codes if len(code) == COMMUNITY]
    for row in await session.scalars(_current().where(Grid.community_code.in_(exact))):
        found.setdefault(row.community_code, []).append(shape(row.polygon))
    for code in set(area_codes) - set(exact):
        inside = Grid.community_code.startswith(code, autoescape=True)
        if rows := (await session.scalars(_current().where(inside))).all():
            found[code] = [shape(row.polygon) for row in rows]
    return found


async def load_grid_map(session: AsyncSession) -> GridMap:
    """Return the map of all grids in force."""
    rows = (await session.scalars(_current())).all()
    return await asyncio.to_thread(_map_of, rows)


def _map_of(rows: Sequence[Grid]) -> GridMap:
    return GridMap(
        GridShape(row.id, row.scheme, row.code, row.name, row.community_code, shape(row.polygon))
        for row in rows
    )


class LiveGrids:
    """The process's map of grids: loaded when first asked for, replaced when PostgreSQL tells of a change.

    ``refresh`` and ``catch_up`` are callbacks for the listener's channel ``GRIDS``.
    """

    def __init__(self, db: Database) -> None:
        """Take the database; nothing is read yet."""
        self._db = db
        self._map: GridMap | None = None
        self._stamp: tuple[Any, ...] = ()
        self._loading = asyncio.Lock()

    async def current(self) -> GridMap:
        """Return the newest map that this process knows."""
        return self._map or await self._load()

    async def refresh(self, _ids: frozenset[UUID] | None = None) -> None:
        """Read the grids anew, if anybody here has asked for them at all."""
        if self._map is not None:
            await self._load()

    async def catch_up(self) -> None:
        """Read the grids anew if any has been drawn or ended since."""
        if self._map is None:
            return
        async with self._db.reading() as session:
            stamp = await _stamp(session)
        if stamp != self._stamp:
            await self._load()

    async def _load(self) -> GridMap:
        async with self._loading, self._db.reading() as session:
            # The stamp first: what changes in between is seen again by the next look.
            self._stamp = await _stamp(session)
            self._map = await load_grid_map(session)
            return self._map


async def _stamp(session: AsyncSession) -> tuple[Any, ...]:
    row = await session.execute(
        select(func.count(), func.count(Grid.valid_to), func.sum(func.hashtext(Grid.name)))
    )
    return tuple(row.one())
