"""The one place that says which areas, stations and handling units a caller covers."""

from collections.abc import Callable, Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, literal_column, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from app.core.actor import Actor, Grant, Role

AreaColumn = InstrumentedAttribute[str] | InstrumentedAttribute[str | None] | ColumnElement[str]
IdColumn = InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]
# How "lies in a division" is asked of an area column.
LiesIn = Callable[[AreaColumn, str], ColumnElement[bool]]

_COMMUNITY = 12


def within(area: AreaColumn, code: str) -> ColumnElement[bool]:
    """Return the WHERE condition of rows that lie in a division, whoever asks."""
    return area.startswith(code, autoescape=True)


def is_within(area_code: str, code: str) -> bool:
    """Tell whether an area is a division or lies in it; the same rule as :func:`within`."""
    return area_code.startswith(code)


def at_level(area: AreaColumn, code: str) -> ColumnElement[bool]:
    """Return :func:`within` as an equality on the code's level, for tables of millions of rows.

    Such a table has an index on ``left(area_code, n)`` for each level that asks; with an equality the
    planner has no wrong choice, with a range of unknown width it has.
    """
    return on_level(area, len(code), code)


def on_level(area: AreaColumn, digits: int, code: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Return :func:`at_level` for a code of so many digits that the database itself looks up."""
    if digits == _COMMUNITY:
        return area == code
    return func.left(area, literal_column(str(digits))) == code


def covers(
    by: Actor,
    *,
    roles: Iterable[Role],
    area: AreaColumn,
    station: InstrumentedAttribute[UUID] | None = None,
    unit: IdColumn | None = None,
    lies_in: LiesIn = within,
) -> ColumnElement[bool]:
    """Return the WHERE condition of what the caller's grants of some roles reach.

    Args:
        by: the caller.
        roles: the roles that count here; sysadmin always counts as whole-country scope.
        area: the row's area code.
        station: the row's station id, where a grant on one station reaches it too.
        unit: the row's handling unit, where a grant on one unit reaches it too.
        lies_in: :func:`within`, or :func:`at_level` for the largest tables.
    """
    wanted = {*roles, Role.SYSADMIN}
    conditions = [
        condition
        for grant in by.grants
        if grant.role in wanted
        for condition in _conditions(grant, area, station, unit, lies_in)
    ]
    return or_(*conditions) if conditions else false()


def _conditions(
    grant: Grant,
    area: AreaColumn,
    station: InstrumentedAttribute[UUID] | None,
    unit: IdColumn | None,
    lies_in: LiesIn,
) -> list[ColumnElement[bool]]:
    if grant.station_id is not None:
        return [] if station is None else [station == grant.station_id]
    if grant.unit_id is not None:
        return [] if unit is None else [unit == grant.unit_id]
    if not grant.area_codes:
        return [true()] if grant.role is Role.SYSADMIN else []
    return [lies_in(area, code) for code in grant.area_codes]


def reach(by: Actor, *, roles: Iterable[Role], inside: str | None = None) -> list[str]:
    """Return the divisions that the caller's grants of some roles cover, none of them inside another.

    Args:
        by: the caller.
        roles: the roles that count.
        inside: only what lies in this division.
    """
    wanted = set(roles)
    codes = {code for grant in by.grants if grant.role in wanted for code in grant.area_codes}
    if inside is not None:
        inner = {code for code in codes if code.startswith(inside)}
        codes = {inside} if any(inside.startswith(code) for code in codes) else inner
    return sorted(code for code in codes if not any(code.startswith(wider) for wider in codes - {code}))


def may(
    by: Actor,
    *,
    roles: Iterable[Role],
    area_code: str,
    station_id: UUID | None = None,
    unit_id: UUID | None = None,
) -> bool:
    """Tell whether the caller's grants of some roles reach a place; the same rule as :func:`covers`."""
    wanted = {*roles, Role.SYSADMIN}
    return any(_reaches(grant, area_code, station_id, unit_id) for grant in by.grants if grant.role in wanted)


def _reaches(grant: Grant, area_code: str, station_id: UUID | None, unit_id: UUID | None) -> bool:
    if grant.station_id is not None:
        return grant.station_id == station_id
    if grant.unit_id is not None:
        return grant.unit_id == unit_id
    if not grant.area_codes:
        return grant.role is Role.SYSADMIN
    return any(area_code.startswith(code) for code in grant.area_codes)
