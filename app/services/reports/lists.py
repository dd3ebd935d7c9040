"""Pages of the largest table, for a desk of any size: read from as many indexes as it has parts, then merged.

See performance.md §4 for what PostgreSQL does otherwise.
"""

from collections.abc import Callable, Sequence
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
_PAST_DIGITS = ":"  # in ASCII's order, which is that of codes


def in_area(digits: int, code: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Return the WHERE condition of an area's rows, as the index of its level is written."""
    return authority.on_level(Report.area_code, digits, code)


def in_queue(digits: int, code: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Return the WHERE condition of an area's open rows, as the queues are written.

    Towns and communities have none of their own: of their county's the rows of another area are passed over
    in the index. An equality on their code would have the planner gather what ever was there besides.
    """
    if digits <= _COUNTY:
        return in_area(digits, code)
    county = code[:_COUNTY] if isinstance(code, str) else func.left(code, literal_column(str(_COUNTY)))
    past = code + _PAST_DIGITS if isinstance(code, str) else code.concat(literal_column(f"'{_PAST_DIGITS}'"))
    return and_(in_area(_COUNTY, county), Report.area_code >= code, Report.area_code < past)


@dataclass(frozen=True, slots=True)
class Ordering:
    """An order that indexes have: its columns, the last one unique, all up or all down.

    ``lies_in`` asks for the rows of an area of so many digits as those indexes are written.
    """

    columns: tuple[ColumnElement[Any], ...]
    is_descending: bool
    lies_in: Callable[[int, str | ColumnElement[str]], ColumnElement[bool]]

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
    (Report.urgency_rank.expression, Report.queue_at.expression, Report.id.expression),
    is_descending=False,
    lies_in=in_queue,
)
NEWEST = Ordering((Report.submitted_at.expression, Report.id.expression), is_descending=True, lies_in=in_area)


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
    inside = ordering.lies_in(digits, literal_column("area.code", Text).collate("C"))
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
