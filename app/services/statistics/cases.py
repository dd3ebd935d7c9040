"""The cases behind a figure: numbers and what anybody may know of them; who looked is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.clock import local_day
from app.models import CaseDisclosure, DisclosureKind, Report, ReportState, Urgency
from app.services import authority
from app.services.accounts.readlog import office_of
from app.services.reports import numbers, scope
from app.services.reports.filters import IS_LISTED
from app.services.statistics.answers import FEWEST_SHOWN
from app.services.statistics.tallies import month_of

MOST_SHOWN = 1000
# What ended so before anything was done is in no figure of what was due, either.
_NOT_OWED = (ReportState.REJECTED, ReportState.DUPLICATE, ReportState.WITHDRAWN)
_TOWN = 9


@dataclass(frozen=True, slots=True)
class CasesOf:
    """Which cases: submitted in an area's month, or due in it by the limit in force or by the first one."""

    area_code: str
    month: date
    is_due: bool = False
    is_due_originally: bool = False
    category_id: str | None = None


@dataclass(frozen=True, slots=True)
class MaskedCase:
    """What anybody may know of a case: no text, no place narrower than a town, no hour."""

    number: str
    category_id: str
    urgency: Urgency
    state: ReportState
    town_code: str
    submitted_on: date
    is_late: bool | None


async def cases_of(
    session: AsyncSession, wanted: CasesOf, *, by: Actor, now: datetime
) -> Sequence[MaskedCase]:
    """Return up to a thousand masked cases, none where fewer than five would tell who; keeps who asked.

    Raises:
        NotFound: the area is not the caller's.
    """
    scope.check_desk(by, wanted.area_code)
    query = (
        select(Report)
        .where(authority.at_level(Report.area_code, wanted.area_code), IS_LISTED, _in_month(wanted, now))
        .order_by(Report.number)
        .limit(MOST_SHOWN)
    )
    found = (await session.scalars(query)).all()
    if len(found) < FEWEST_SHOWN and not authority.may(
        scope.of_cases(by), roles=(Role.COMMUNITY_STAFF,), area_code=wanted.area_code
    ):
        found = []
    session.add(
        CaseDisclosure(
            account_id=by.account_id,
            area_code=office_of(by),
            kind=DisclosureKind.DRILL_DOWN,
            filter={
                "area_code": wanted.area_code,
                "month": f"{wanted.month:%Y-%m}",
                "is_due": wanted.is_due,
                "is_due_originally": wanted.is_due_originally,
                "category_id": wanted.category_id,
            },
            begun_at=now,
            rows=len(found),
        )
    )
    return [_masked(case, wanted, now) for case in found]


def _in_month(wanted: CasesOf, now: datetime) -> ColumnElement[bool]:
    since, until = month_of(wanted.month)
    limit = Report.original_due_at if wanted.is_due_originally else Report.due_at
    is_owed = wanted.is_due or wanted.is_due_originally
    at = (limit if is_owed else Report.submitted_at).expression
    conditions = [at >= since, at < min(until, now)]
    if is_owed:
        conditions.append(Report.state.not_in(_NOT_OWED) | Report.resolved_at.is_not(None))
    if wanted.category_id is not None:
        conditions.append(Report.category_id == wanted.category_id)
    return and_(*conditions)


def _masked(case: Report, wanted: CasesOf, now: datetime) -> MaskedCase:
    limit = case.original_due_at if wanted.is_due_originally else case.due_at
    done_at = min((at for at in (case.resolved_at, case.closed_at) if at is not None), default=now)
    return MaskedCase(
        number=numbers.write(case.number),
        category_id=case.category_id,
        urgency=case.urgency,
        state=case.state,
        town_code=case.area_code[:_TOWN],
        submitted_on=local_day(case.submitted_at),
        is_late=None if limit is None else done_at > limit,
    )
