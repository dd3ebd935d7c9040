"""Confidential cases: one case worker and one supervisor, and nobody else without the reporter's word.

The district's officers name the two and thereby see nothing: of cases without a case worker they get a
number. Whoever reads a case is kept, and its reporter is told how many did and in which capacity.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.clock import SHANGHAI, local_day
from app.core.errors import NotFound
from app.core.ids import new_id
from app.models import Area, ConfidentialDesk, Report, ReportRead
from app.services import areas, authority, categories
from app.services.accounts import actor_of, editors
from app.services.reports import presence, queries, scope
from app.services.reports.errors import CategoryUnknown
from app.services.reports.filters import IS_OPEN
from app.services.reports.trust_errors import DeskUnfit

CASE_WORKER, SUPERVISOR, RECIPIENT = "case_worker", "supervisor", "recipient"
_OFFICERS = (Role.DISTRICT_OFFICER,)


def outside(at: datetime) -> datetime:
    """Return an instant rounded to its day in China: what others than the desk learn of it."""
    return datetime.combine(local_day(at), time(), tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True)
class DeskDraft:
    """Whom to trust with an area's confidential cases, of one category or of all."""

    area_code: str
    category_id: str | None
    case_worker_id: UUID
    supervisor_id: UUID
    version: int | None = None


async def assign(session: AsyncSession, report: Report) -> bool:
    """Give a confidential case to the two who are named for its place; tell whether anybody is."""
    if not report.is_confidential:
        return False
    around = (await areas.load_lineage(session)).above(report.area_code)
    query = select(ConfidentialDesk).where(
        ConfidentialDesk.area_code.in_(around),
        or_(ConfidentialDesk.category_id.is_(None), ConfidentialDesk.category_id == report.category_id),
    )
    # The narrowest first, its own word before that of a division it followed; a category's before all.
    desk = min(
        (await session.scalars(query)).all(),
        key=lambda each: (around.index(each.area_code), each.category_id is None),
        default=None,
    )
    if desk is None:
        return False
    report.case_worker_id, report.supervisor_id = desk.case_worker_id, desk.supervisor_id
    return True


async def follow(session: AsyncSession, report: Report, *, now: datetime) -> None:
    """Give a confidential case that lies in another area now to the two who are named there.

    Where nobody is named, whoever of its two is staff there keeps it; who is not would never see it again.
    """
    if not report.is_confidential or await assign(session, report):
        return
    for place in ("case_worker_id", "supervisor_id"):
        account_id = getattr(report, place)
        if account_id is not None and not await _is_staff(session, account_id, report.area_code, now=now):
            setattr(report, place, None)


async def name_desk(session: AsyncSession, draft: DeskDraft, *, by: Actor, now: datetime) -> ConfidentialDesk:
    """Name the two people of an area's confidential cases; the open ones there are theirs from now on.

    Raises:
        NotFound: there is no such area, or it is not the officer's.
        CategoryUnknown: there is no such confidential category.
        DeskUnfit: the two are one person, or not both staff of the area.
        EditConflict: somebody changed it meanwhile.
    """
    _check_officer(by, draft.area_code)
    if await session.get(Area, draft.area_code) is None:
        raise NotFound
    if draft.category_id is not None:
        category = await categories.find(session, draft.category_id)
        if category is None or not category.is_confidential:
            raise CategoryUnknown
    await _check_people(session, draft, now=now)
    desk = await _kept(session, draft)
    desk.case_worker_id, desk.supervisor_id = draft.case_worker_id, draft.supervisor_id
    desk.changed_at, desk.changed_by = now, by.account_id
    await session.flush()
    open_there = (IS_OPEN, Report.is_confidential, authority.within(Report.area_code, draft.area_code))
    for report in (await session.scalars(select(Report).where(*open_there).with_for_update())).all():
        await assign(session, report)
    return desk


async def _kept(session: AsyncSession, draft: DeskDraft) -> ConfidentialDesk:
    """Return the desk of a place, locked, with its version counted up; a new one where there is none."""
    query = select(ConfidentialDesk).where(
        ConfidentialDesk.area_code == draft.area_code,
        ConfidentialDesk.category_id.is_not_distinct_from(draft.category_id),
    )
    desk = await session.scalar(query.with_for_update())
    if desk is None:
        desk = ConfidentialDesk(
            id=new_id(), area_code=draft.area_code, category_id=draft.category_id, version=1
        )
        session.add(desk)
        return desk
    if draft.version != desk.version:
        raise await editors.conflict(session, desk.changed_by)
    desk.version += 1
    return desk


async def _check_people(session: AsyncSession, draft: DeskDraft, *, now: datetime) -> None:
    if draft.case_worker_id == draft.supervisor_id:
        raise DeskUnfit
    for each in (draft.case_worker_id, draft.supervisor_id):
        if not await _is_staff(session, each, draft.area_code, now=now):
            raise DeskUnfit


async def _is_staff(session: AsyncSession, account_id: UUID, area_code: str, *, now: datetime) -> bool:
    person = scope.of_cases(await actor_of(session, account_id, now=now))
    return authority.may(person, roles=scope.DESK, area_code=area_code)


def _check_officer(by: Actor, area_code: str) -> None:
    if not authority.may(scope.of_cases(by), roles=_OFFICERS, area_code=area_code):
        raise NotFound


async def desks(session: AsyncSession, *, by: Actor) -> Sequence[ConfidentialDesk]:
    """Return who is named in the officer's areas."""
    mine = authority.covers(scope.of_cases(by), roles=_OFFICERS, area=ConfidentialDesk.area_code)
    order = (ConfidentialDesk.area_code, ConfidentialDesk.category_id.nulls_first())
    return (await session.scalars(select(ConfidentialDesk).where(mine).order_by(*order))).all()


async def is_trusted(session: AsyncSession, *, by: Actor) -> bool:
    """Tell whether the caller is one of the two of an area, or of a case that was given to them before."""
    # Who has left the area's staff since is named to no purpose.
    of_area = select(ConfidentialDesk.id).where(
        authority.covers(scope.of_cases(by), roles=scope.DESK, area=ConfidentialDesk.area_code),
        or_(
            ConfidentialDesk.case_worker_id == by.account_id, ConfidentialDesk.supervisor_id == by.account_id
        ),
    )
    of_case = select(Report.id).where(scope.confidential(by))
    return bool(await session.scalar(select(or_(of_area.exists(), of_case.exists()))))


async def unnamed(session: AsyncSession, *, by: Actor, now: datetime) -> dict[str, int]:
    """Return how many open confidential cases of the officer's areas lack one of their two, by category.

    Who is suspended, deleted or on no desk any more does not count.
    """
    mine = authority.covers(
        scope.of_cases(by), roles=_OFFICERS, area=Report.area_code, lies_in=authority.at_level
    )
    query = (
        select(Report.category_id, func.count())
        .where(mine, IS_OPEN, Report.is_confidential, ~_is_cared_for(now))
        .group_by(Report.category_id)
        .order_by(Report.category_id)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


def _is_cared_for(now: datetime) -> ColumnElement[bool]:
    # A column without a value is on no desk.
    return and_(
        presence.on_a_desk(Report.case_worker_id, now=now), presence.on_a_desk(Report.supervisor_id, now=now)
    )


async def note_read(
    session: AsyncSession, report: Report, *, by: Actor, now: datetime, capacity: str | None = None
) -> None:
    """Keep that somebody read a confidential case; of other cases nothing is kept."""
    if not report.is_confidential or by.account_id is None:
        return
    as_named = SUPERVISOR if report.supervisor_id == by.account_id else CASE_WORKER
    values = {
        "report_id": report.id,
        "reader_id": by.account_id,
        "capacity": capacity or as_named,
        "first_read_at": now,
    }
    await session.execute(insert(ReportRead).values(values).on_conflict_do_nothing())


async def readers(session: AsyncSession, report_id: UUID, *, by: Actor) -> Counter[str]:
    """Return how many people read the caller's confidential report, by capacity; never who.

    Raises:
        NotFound: the caller sent no such report.
    """
    await queries.get(session, report_id, within=scope.reported(by))
    query = select(ReportRead.capacity).where(ReportRead.report_id == report_id)
    return Counter((await session.scalars(query)).all())
