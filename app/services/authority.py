"""The one place that says which areas and stations a caller covers."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from app.core.actor import Actor, Grant, Role

AreaColumn = InstrumentedAttribute[str] | InstrumentedAttribute[str | None] | ColumnElement[str]


def covers(
    by: Actor,
    *,
    roles: Iterable[Role],
    area: AreaColumn,
    station: InstrumentedAttribute[UUID] | None = None,
) -> ColumnElement[bool]:
    """Return the WHERE condition of what the caller's grants of some roles reach.

    Args:
        by: the caller.
        roles: the roles that count here; sysadmin always counts as whole-country scope.
        area: the row's area code.
        station: the row's station id, where a grant on one station reaches it too.
    """
    wanted = {*roles, Role.SYSADMIN}
    conditions = [
        condition
        for grant in by.grants
        if grant.role in wanted
        for condition in _conditions(grant, area, station)
    ]
    return or_(*conditions) if conditions else false()


def _conditions(
    grant: Grant, area: AreaColumn, station: InstrumentedAttribute[UUID] | None
) -> list[ColumnElement[bool]]:
    if grant.station_id is not None:
        return [] if station is None else [station == grant.station_id]
    if not grant.area_codes:
        return [true()] if grant.role is Role.SYSADMIN else []
    return [area.startswith(code, autoescape=True) for code in grant.area_codes]


def may(by: Actor, *, roles: Iterable[Role], area_code: str, station_id: UUID | None = None) -> bool:
    """Tell whether the caller's grants of some roles reach a place; the same rule as :func:`covers`."""
    wanted = {*roles, Role.SYSADMIN}
    return any(_reaches(grant, area_code, station_id) for grant in by.grants if grant.role in wanted)


def _reaches(grant: Grant, area_code: str, station_id: UUID | None) -> bool:
    if grant.station_id is not None:
        return grant.station_id == station_id
    if not grant.area_codes:
        return grant.role is Role.SYSADMIN
    return any(area_code.startswith(code) for code in grant.area_codes)


def within(area: InstrumentedAttribute[str], code: str) -> ColumnElement[bool]:
    """Return the WHERE condition of rows that lie in a division, whoever asks."""
    return area.startswith(code, autoescape=True)
