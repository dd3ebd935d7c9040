"""Pages of the largest table, for a desk of any size: read from as many indexes as it has parts, then merged.

See performance.md §4 for what PostgreSQL does otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    column,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
    values,
)

from app.models import Report
from app.services import authority
from app.services.reports.filters import Parts, unseen

_COUNTY = 6


@dataclass(frozen=True, slots=True)
class Ordering:
    """An order that an index has: its columns, the last one unique, all up or all down."""

    columns: tuple[ColumnElement[Any], ...]
    is_descending: bool

    def by(self, columns: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
        """Return what to order by, given these columns of whatever is ordered."""
        return [column.desc() if self.is_descending else column.asc() for column in columns]

    def after(self, key: tuple[Any, ...] | None) -> ColumnElement[bool]:
        """Return the WHERE condition of what comes after a row, or of everything."""
        if key is None:
            return true()
        here, there = tuple_(*self.columns), tuple_(*map(unseen, key, self.columns))
        return here < there if self.is_descending else here > there


URGENT = Ordering(
    (Report.urgency_rank.expression, Report.queue_at.expression, Report.id.expression), is_descending=False
)
NEWEST = Ordering((Report.submitted_at.expression, Report.id.expression), is_descending=True)


def first_of(parts: Parts, ordering: Ordering, *, after: tuple[Any, ...] | None, limit: int) -> Subquery:
    """Return the first rows of a desk's parts, by ``id`` and the order's columns.

    The areas of one level are looked up in a loop over their codes, the states of each merged in order. How
    many areas and rows there are is written out: PostgreSQL keeps a plan only if it can tell beforehand that
    it is no worse than a new one each time, which takes longer than the reading.
    """
    most = literal_column(str(limit), Integer)
    onward = ordering.after(after)
    levels = {
        digits: [code for code in parts.codes if len(code) == digits]
        for digits in sorted(set(map(len, parts.codes)))
    }
    heads = [
        _first_of_level(digits, codes, [and_(each, onward) for each in parts.conditions], ordering, most)
        for digits, codes in levels.items()
    ]
    merged = union_all(*heads).subquery()
    return select(merged).order_by(*ordering.by(list(merged.c))).limit(most).subquery()


def _first_of_level(
    digits: int,
    codes: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    ordering: Ordering,
    most: ColumnElement[int],
) -> Select[Any]:
    like = Report.area_code.expression
    area = values(column("code", Text), name="area").data([(unseen(code, like),) for code in codes])
    # Named, not bound: SQLAlchemy would list the areas in each branch again.
    inside = in_area(digits, literal_column("area.code", Text).collate("C"))
    branches = [
        select(*ordering.columns)
        .where(inside, condition)
        .order_by(*ordering.by(ordering.columns))
        .limit(most)
        for condition in conditions
    ]
    if len(branches) == 1:
        head = branches[0].lateral("head")
    else:
        union = union_all(*branches)
        order = ordering.by(list(union.selected_columns))
        head = union.order_by(*order).limit(most).lateral("head")
    return select(head).select_from(area.join(head, true()))


def in_area(digits: int, code: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Return the WHERE condition of an area's rows; inside a county its own index is named too."""
    exact = authority.on_level(Report.area_code, digits, code)
    if digits <= _COUNTY:
        return exact
    county = func.left(code, literal_column(str(_COUNTY))) if not isinstance(code, str) else code[:_COUNTY]
    return and_(exact, authority.on_level(Report.area_code, _COUNTY, county))
