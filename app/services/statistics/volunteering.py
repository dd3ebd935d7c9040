"""A month of volunteering, rolled up by team or by the divisions below an area; it names no volunteer.

An activity counts where it was held and on the day in China on which its shift began; minutes count by the
day they were served, in the activity's area, or, typed in without one, where the team or the organisation
is at home. Imported minutes are a class of their own and in no other number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Numeric, String, and_, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.clock import local_day
from app.core.errors import NotFound
from app.models import (
    ActivityFeedback,
    ActivityShift,
    Area,
    LedgerBook,
    LedgerDispute,
    LedgerEntry,
    Provenance,
    SignUp,
    SignUpState,
    VolunteerActivity,
    VolunteerTeam,
)
from app.services import authority
from app.services.activities.figures import FEWEST_ANSWERS
from app.services.activities.queries import WAS_PUBLIC
from app.services.authority import AreaColumn, IdColumn
from app.services.ledger import scope
from app.services.statistics.answers import FEWEST_SHOWN

_LEVELS = (2, 4, 6, 9, 12)
Span = tuple[datetime, datetime]


class VolunteersBy(StrEnum):
    """What a row is about."""

    TEAM = "team"
    AREA = "area"  # the divisions one level below


@dataclass(frozen=True, slots=True)
class Disputes:
    """Disputes raised in the month: how many, how many were right, and how many waited past their term."""

    raised: int = 0
    upheld: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class VolunteerRow:
    """A team's, a division's or the whole area's month.

    ``people`` is who served minutes that count, null where they are fewer than five and the reader is not of
    the community, and where the total would give such a row away. ``satisfaction`` is a mean of 1 to 5,
    null when fewer than five answered. ``disputes`` are of organisations and so null for a team. The share
    of typed minutes is ``manual_minutes`` over ``minutes``.
    """

    key: str
    name: str
    area_code: str
    activities: int
    shifts: int
    cancelled: int
    no_shows: int
    answers: int
    satisfaction: float | None
    people: int | None
    minutes: int
    manual_minutes: int
    imported_minutes: int
    by_provenance: Mapping[Provenance, int]
    disputes: Disputes | None


@dataclass(frozen=True, slots=True)
class VolunteerMonth:
    """A month of an area as a whole and row by row, in the order of codes."""

    total: VolunteerRow
    rows: Sequence[VolunteerRow]


@dataclass(frozen=True, slots=True)
class _Wanted:
    area_code: str
    span: Span

    @property
    def days(self) -> ColumnElement[bool]:
        last = self.span[1] - timedelta(days=1)
        return LedgerEntry.served_on.between(local_day(self.span[0]), local_day(last))


async def volunteer_month(
    session: AsyncSession, area_code: str, span: Span, *, rows_by: VolunteersBy, by: Actor, now: datetime
) -> VolunteerMonth:
    """Return a month of an area of the caller's.

    Raises:
        NotFound: the area is not theirs.
    """
    if not authority.may(scope.desk_only(by), roles=scope.DESK, area_code=area_code):
        raise NotFound
    wanted = _Wanted(area_code, span)
    whole = await _rows(session, wanted, None, now=now)
    rows = await _rows(session, wanted, rows_by, now=now)
    names = await _names(session, rows, rows_by)
    shown = [
        _row(key, *names.get(key, ("(未分队)", area_code)), rows[key], rows_by=rows_by, by=by)
        for key in sorted(rows)
    ]
    of_area = (await session.scalar(select(Area.name).where(Area.code == area_code))) or area_code
    total = _row(area_code, of_area, area_code, whole.get("", {}), rows_by=VolunteersBy.AREA, by=by)
    return VolunteerMonth(total, _without_what_gives_away(shown, by=by))


def _without_what_gives_away(rows: Sequence[VolunteerRow], *, by: Actor) -> Sequence[VolunteerRow]:
    """Cover a second number of people where one alone is covered, or the total would give that one away."""
    others = [row for row in rows if row.people and not _owns(by, row.area_code)]
    if sum(row.people is None for row in rows) != 1 or not others:
        return rows
    least = min(others, key=lambda row: (row.people or 0, row.key))
    return [replace(row, people=None) if row is least else row for row in rows]


def _owns(by: Actor, area_code: str) -> bool:
    return authority.may(by, roles=(Role.COMMUNITY_STAFF,), area_code=area_code)


def _row(
    key: str, name: str, area_code: str, found: Mapping[str, Any], *, rows_by: VolunteersBy, by: Actor
) -> VolunteerRow:
    minutes = {each: int(found[each]) for each in Provenance if found.get(each)}
    people, answers = found.get("people", 0), found.get("answers", 0)
    imported = minutes.get(Provenance.IMPORTED, 0)
    is_own = _owns(by, area_code)
    mean = found.get("mean")
    return VolunteerRow(
        key=key,
        name=name,
        area_code=area_code,
        activities=found.get("activities", 0),
        shifts=found.get("shifts", 0),
        cancelled=found.get("cancelled", 0),
        no_shows=found.get("no_shows", 0),
        answers=answers,
        satisfaction=float(mean) if mean is not None and answers >= FEWEST_ANSWERS else None,
        people=people if is_own or people == 0 or people >= FEWEST_SHOWN else None,
        minutes=sum(minutes.values()) - imported,
        manual_minutes=minutes.get(Provenance.MANUAL, 0),
        imported_minutes=imported,
        by_provenance=minutes,
        disputes=None if rows_by is VolunteersBy.TEAM else found.get("disputes", Disputes()),
    )


async def _rows(
    session: AsyncSession, wanted: _Wanted, rows_by: VolunteersBy | None, *, now: datetime
) -> dict[str, dict[str, Any]]:
    """Return what is counted, by the key of its row; with ``None`` all in one row."""
    found: dict[str, dict[str, Any]] = {}
    for query in (_held(wanted, rows_by), _served(wanted, rows_by)):
        for row in (await session.execute(query)).mappings():
            found.setdefault(row["key"], {}).update(row)
    if rows_by is not VolunteersBy.TEAM:
        for key, *counts in await session.execute(_disputed(wanted, rows_by, now=now)):
            found.setdefault(key, {})["disputes"] = Disputes(*counts)
    return found


def _key(
    wanted: _Wanted, rows_by: VolunteersBy | None, area: AreaColumn, team: IdColumn | ColumnElement[str]
) -> ColumnElement[str]:
    """Return what rows are grouped by, as text."""
    if rows_by is None:
        return literal("")
    if rows_by is VolunteersBy.TEAM:
        return func.coalesce(cast(team, String), "")
    below = next((each for each in _LEVELS if each > len(wanted.area_code)), _LEVELS[-1])
    return func.left(area, below)


def _held(wanted: _Wanted, rows_by: VolunteersBy | None) -> Any:
    key = _key(wanted, rows_by, VolunteerActivity.area_code, VolunteerActivity.team_id).label("key")
    off = ActivityShift.cancelled_at.is_not(None)
    return (
        select(
            key,
            func.count(VolunteerActivity.id.distinct()).label("activities"),
            func.count(ActivityShift.id.distinct()).label("shifts"),
            func.count(ActivityShift.id.distinct()).filter(off).label("cancelled"),
            func.count(SignUp.id).filter(SignUp.state == SignUpState.NO_SHOW).label("no_shows"),
            func.count(ActivityFeedback.sign_up_id).label("answers"),
            cast(func.avg(ActivityFeedback.score), Numeric(3, 2)).label("mean"),
        )
        .select_from(VolunteerActivity)
        .join(ActivityShift, ActivityShift.activity_id == VolunteerActivity.id)
        .outerjoin(SignUp, SignUp.shift_id == ActivityShift.id)
        .outerjoin(ActivityFeedback, ActivityFeedback.sign_up_id == SignUp.id)
        .where(
            authority.within(VolunteerActivity.area_code, wanted.area_code),
            WAS_PUBLIC,
            ActivityShift.starts_at >= wanted.span[0],
            ActivityShift.starts_at < wanted.span[1],
        )
        .group_by(key)
    )


def _served(wanted: _Wanted, rows_by: VolunteersBy | None) -> Any:
    """Select minutes by where they come from: of each person first, because who served is counted."""
    area = func.coalesce(VolunteerActivity.area_code, VolunteerTeam.area_code, LedgerBook.area_code)
    key = _key(wanted, rows_by, area, VolunteerTeam.id).label("key")
    sums = [
        func.coalesce(func.sum(LedgerEntry.counted).filter(LedgerEntry.provenance == each), 0).label(each)
        for each in Provenance
    ]
    here = LedgerEntry.provenance != Provenance.IMPORTED
    person = (
        select(
            key,
            LedgerEntry.subject_id,
            func.coalesce(func.sum(LedgerEntry.counted).filter(here), 0).label("here"),
            *sums,
        )
        .join(LedgerBook, LedgerBook.id == LedgerEntry.book_id)
        .outerjoin(SignUp, SignUp.id == LedgerEntry.source_id)
        .outerjoin(VolunteerActivity, VolunteerActivity.id == SignUp.activity_id)
        # Typed in for a team's member, an entry says which team.
        .outerjoin(
            VolunteerTeam,
            VolunteerTeam.id == func.coalesce(VolunteerActivity.team_id, LedgerEntry.source_id),
        )
        .where(wanted.days, authority.within(area, wanted.area_code))
        .group_by(key, LedgerEntry.subject_id)
        .subquery()
    )
    return select(
        person.c.key,
        func.count().filter(person.c.here > 0).label("people"),
        *(func.sum(person.c[each]).label(each) for each in Provenance),
    ).group_by(person.c.key)


def _disputed(wanted: _Wanted, rows_by: VolunteersBy | None, *, now: datetime) -> Any:
    key = _key(wanted, rows_by, LedgerBook.area_code, literal("")).label("key")
    late = func.coalesce(LedgerDispute.answered_at, now) > LedgerDispute.due_at
    return (
        select(
            key,
            func.count(),
            func.count().filter(LedgerDispute.is_upheld.is_(True)),
            func.count().filter(late),
        )
        .join(LedgerBook, LedgerBook.id == LedgerDispute.book_id)
        .where(
            authority.within(LedgerBook.area_code, wanted.area_code),
            and_(LedgerDispute.raised_at >= wanted.span[0], LedgerDispute.raised_at < wanted.span[1]),
        )
        .group_by(key)
    )


async def _names(
    session: AsyncSession, keys: Mapping[str, object], rows_by: VolunteersBy
) -> dict[str, tuple[str, str]]:
    if rows_by is VolunteersBy.AREA:
        areas = await session.execute(select(Area.code, Area.name).where(Area.code.in_(keys)))
        return {code: (name, code) for code, name in areas}
    query = select(VolunteerTeam.id, VolunteerTeam.name, VolunteerTeam.area_code)
    teams = await session.execute(query.where(cast(VolunteerTeam.id, String).in_(keys)))
    return {str(team_id): (name, area_code) for team_id, name, area_code in teams}


HEADINGS = (
    "编号", "名称", "行政区划代码", "活动数", "场次", "取消场次", "服务人数", "服务时长(分钟)",
    "现场码(分钟)", "定位(分钟)", "组织者登记(分钟)", "人工补录(分钟)", "补录占比", "历史导入(分钟)",
    "缺席人次", "满意度(1–5)", "评价人次", "异议件数", "异议成立", "异议超期",
)  # fmt: skip
_EVIDENCED = (Provenance.CODE, Provenance.GEOFENCE, Provenance.ORGANISER_LIST)


def lines_of(month: VolunteerMonth) -> list[tuple[Any, ...]]:
    """Return a line for each row under :data:`HEADINGS`, the whole area last; what is not shown is empty."""
    return [_line(row) for row in (*month.rows, month.total)]


def _line(row: VolunteerRow) -> tuple[Any, ...]:
    share = f"{row.manual_minutes}/{row.minutes}"
    disputes = row.disputes
    return (
        row.key, row.name, row.area_code, row.activities, row.shifts, row.cancelled,
        "" if row.people is None else row.people, row.minutes,
        *(row.by_provenance.get(each, 0) for each in _EVIDENCED), row.manual_minutes, share,
        row.imported_minutes, row.no_shows, "" if row.satisfaction is None else row.satisfaction, row.answers,
        *(("", "", "") if disputes is None else (disputes.raised, disputes.upheld, disputes.late)),
    )  # fmt: skip
