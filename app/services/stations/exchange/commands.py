"""Importing a station list: all of it, or on request what is right of it, in one transaction."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.geo import Point, to_wgs84
from app.services.stations import lists, placing
from app.services.stations.exchange import keys, queries
from app.services.stations.exchange.planning import Known, Plan, plan
from app.services.stations.exchange.report import CellProblem, ImportReport, RowAction, RowReport
from app.services.stations.exchange.rows import PLACE, hints_on, missing_for_new, read_row
from app.services.stations.exchange.tables import Row, Table
from app.services.stations.placing import Neighbour
from app.services.stations.queries import by_code_to_change

Values = dict[str, Any]
# Rows decided before the process may serve somebody else.
_TURN = 50
# Stations written together.
_AT_ONCE = 500


async def import_stations(
    session: AsyncSession,
    table: Table,
    *,
    by: Actor,
    now: datetime,
    dry_run: bool,
    skip_bad: bool = False,
    confirm_far: bool = False,
    on_row: Callable[[], object] = lambda: None,
) -> ImportReport:
    """Bring stations to what a table says of them, by their codes, or by community and name without any.

    A column that the table lacks changes nothing; an empty cell empties its field.

    Args:
        session: the one transaction of the whole import.
        table: the file as it was read.
        by: whose areas the stations must lie in.
        now: the present instant.
        dry_run: only say what would be done.
        skip_bad: write the good rows although others are bad; else one bad row keeps all out.
        confirm_far: the office has looked at the places that lie far from the rest of their division.
        on_row: called after each written row, for a progress bar.

    Returns:
        What was found and done, row by row in the file's order.
    """
    read = [_read(table, row) for row in table.rows]
    if "code" not in table.columns:
        await keys.give(session, read)
    _refuse_repeats(read)
    good = [values for values, report in read if not report.problems]
    if not dry_run:  # whoever edits one of them from here on comes after the list
        await by_code_to_change(session, {values["code"] for values in good}, by=by)
    known = await _known(session, good, confirm_far=confirm_far)
    lacking = missing_for_new(table)
    plans = []
    for values, report in read:
        plans.append(_plan(values, report, known, lacking, by=by, now=now))
        if len(plans) % _TURN == 0:
            await asyncio.sleep(0)
    is_all_right = not any(each.report.problems for each in plans)
    is_written = not dry_run and (is_all_right or skip_bad)
    if is_written:
        await _write(session, plans, by=by, now=now, on_row=on_row)
    reports = [each.report for each in plans]
    return ImportReport(table.sheet, table.ignored, reports, is_written)


async def _write(
    session: AsyncSession, plans: list[Plan], *, by: Actor, now: datetime, on_row: Callable[[], object]
) -> None:
    for action, write in ((RowAction.CREATE, lists.create_all), (RowAction.UPDATE, lists.keep_all)):
        drafts = [each.draft for each in plans if each.draft and each.report.action is action]
        for start in range(0, len(drafts), _AT_ONCE):
            some = drafts[start : start + _AT_ONCE]
            await write(session, some, by=by, now=now)
            for _ in some:
                on_row()
    for each in plans:
        if each.draft is None or each.report.action is RowAction.UNCHANGED:
            on_row()


def _read(table: Table, row: Row) -> tuple[Values, RowReport]:
    values, problems = read_row(table, row)
    code, name = str(values.get("code", "")), str(values.get("name", ""))
    return values, RowReport(row.number, code, name, problems=problems, hints=hints_on(table, row))


def _refuse_repeats(read: list[tuple[Values, RowReport]]) -> None:
    seen = Counter(values["code"] for values, _ in read if "code" in values)
    for values, report in read:
        if seen[values.get("code")] > 1:
            report.problems.append(CellProblem("编号", "同一编号在表中出现多次", "每个站点只留一行"))


async def _known(session: AsyncSession, read: list[Values], *, confirm_far: bool) -> Known:
    stations = await queries.by_code(session, {values["code"] for values in read})
    areas = {values["area_code"] for values in read if "area_code" in values}
    areas |= {each.area_code for each in stations.values()}
    names = {values["name"] for values in read if "name" in values}
    around = None
    if not confirm_far:
        around = (await placing.surroundings(session, areas)).with_rows(_neighbours(read))
    return Known(
        stations=stations,
        areas=frozenset(await queries.areas_in_force(session, areas)),
        places=await queries.places_by_name(session, names),
        surroundings=around,
    )


def _place_of(values: Values) -> Point:
    return to_wgs84(values["lat"], values["lon"], values["coord_type"])


def _neighbours(read: list[Values]) -> list[Neighbour]:
    return [
        Neighbour(values["code"], values["area_code"], _place_of(values))
        for values in read
        if values.keys() >= {"area_code", *PLACE}
    ]


def _plan(
    values: Values, report: RowReport, known: Known, lacking: list[CellProblem], *, by: Actor, now: datetime
) -> Plan:
    if not report.problems and values["code"] not in known.stations:
        report.problems += lacking
    if report.problems:
        return Plan(report)
    return plan(values, report, known, by=by, today=local_day(now))
