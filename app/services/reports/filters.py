"""Which cases a clerk wants to see: a filter, as one WHERE condition over the caller's desk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Text,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.actor import Actor
from app.models import ENDED, Report, ReportState, Urgency
from app.models.reports import CHARACTERS
from app.services import authority
from app.services.reports import numbers, scope
from app.services.reports.cells import NOWHERE, cell_of
from app.services.reports.doubts import Flag

OPEN = tuple(state for state in ReportState if state not in ENDED)


def _said(state: ReportState) -> ColumnElement[str]:
    return literal_column(f"'{state.value}'")


def _unseen(state: ReportState) -> ColumnElement[ReportState]:
    return unseen(state, Report.state.expression)


def unseen(value: Any, like: ColumnElement[Any]) -> ScalarSelect[Any]:
    """Return a value that the planner cannot look at: a plan for any value is no worse than one for this.

    It would plan anew each time otherwise, which takes longer than the reading, for an estimate that changes
    nothing: there is one index to read from one place on.
    """
    return select(literal(value, like.type)).scalar_subquery()


# Written as the partial indexes are, or the planner does not know them again.
IS_OPEN = Report.state.not_in([_said(state) for state in ENDED])
IS_LISTED = Report.is_confidential.is_(False)
_CHARACTERS = literal_column(CHARACTERS, ARRAY(Text))


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What to show of one's desk; everything open, unless told otherwise.

    ``area_code`` narrows the desk, it never widens it; ``text`` is a number (``NF100001``) or a part of the
    description or the address; ``is_mine`` means assigned to the caller, ``is_pin_missing`` that only an
    address says where it is.
    """

    area_code: str | None = None
    states: tuple[ReportState, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    category_ids: tuple[str, ...] = ()
    unit_id: UUID | None = None
    is_overdue: bool | None = None
    is_mine: bool = False
    is_pin_missing: bool = False
    text: str = ""


def matching(wanted: CaseFilter, *, by: Actor, now: datetime) -> ColumnElement[bool]:
    """Return the WHERE condition of the cases of the caller's desk that a filter wants.

    Confidential cases stand in no list, not even in their case worker's: see the confidential desk.
    """
    states = Report.state.in_(wanted.states) if wanted.states else IS_OPEN
    inside = true() if wanted.area_code is None else authority.at_level(Report.area_code, wanted.area_code)
    return and_(scope.on_desk(by), inside, IS_LISTED, states, *_conditions(wanted, by=by, now=now))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a filter wants of a desk, in pieces that exclude each other: in each area, by each condition.

    With an equality on area and state the planner has one index to read from its beginning, where one
    condition for everything leaves it many rows to read and to sort.
    """

    codes: Sequence[str]
    conditions: Sequence[ColumnElement[bool]]


def parts(wanted: CaseFilter, *, by: Actor, now: datetime, by_state: bool = True) -> Parts:
    """Return the pieces of :func:`matching`; not ``by_state`` for filters of open cases only.

    Those have partial indexes, in which what is open is one piece; an open state names them as well.
    """
    codes = authority.reach(scope.of_cases(by), roles=scope.DESK, inside=wanted.area_code)
    rest = and_(IS_LISTED, *_conditions(wanted, by=by, now=now))
    named = wanted.states or (OPEN if by_state else ())
    # A state that it sees and knows for frequent it looks for among the newest of all states, where for days
    # there may be none. The index of words asks to see that a state is open.
    write = _unseen if by_state and not wanted.text else _said
    states = [Report.state == write(state) for state in dict.fromkeys(named)] or [true()]
    if not named:
        # Beside a state that implies it the planner takes it for rare, and sorts what an index has in order.
        rest = and_(IS_OPEN, rest)
    return Parts(codes, [and_(state, rest) for state in states])


def is_open(wanted: CaseFilter) -> bool:
    """Tell whether a filter wants open cases only."""
    return not set(wanted.states) & set(ENDED)


def _conditions(wanted: CaseFilter, *, by: Actor, now: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.urgencies:
        yield Report.urgency.in_(wanted.urgencies)
    if wanted.category_ids:
        yield Report.category_id.in_(wanted.category_ids)
    if wanted.unit_id is not None:
        yield Report.unit_id == wanted.unit_id
    if wanted.is_overdue is not None:
        overdue = and_(IS_OPEN, Report.next_due_at < now)
        yield overdue if wanted.is_overdue else or_(Report.next_due_at.is_(None), ~overdue)
    if wanted.is_mine:
        yield Report.assigned_to == by.account_id
    if wanted.is_pin_missing:
        yield and_(Report.h3 == cell_of(NOWHERE), Report.flags.contains([Flag.PIN_MISSING.value]))
    yield _mentions(wanted.text.strip(), is_open=is_open(wanted))


def _mentions(text: str, *, is_open: bool) -> ColumnElement[bool]:
    """Return the WHERE condition of what says something; of what is open an index knows the characters."""
    if not text:
        return true()
    if (number := numbers.read(text)) is not None:
        return Report.number == number
    columns = (Report.description, Report.address)
    says = or_(*(column.icontains(text, autoescape=True) for column in columns))
    if not is_open:
        return says
    characters = func.string_to_array(func.lower(text), None, type_=ARRAY(Text))
    return and_(_CHARACTERS.contains(characters), says)
