"""What is read of visits, codes and occupancy."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.pages import Page, read_time_cursor, time_cursor
from app.models import (
    Account,
    CorrectionKind,
    Occupancy,
    OccupancyCorrection,
    OccupancyQuarter,
    PrintedCode,
    Station,
    StationClosure,
    Visit,
)
from app.services import authority
from app.services.checkins.errors import StationUnknown, VisitUnknown

_EVER = datetime.min.replace(tzinfo=UTC)

# Who looks after a station's counter.
KEEPERS = (Role.STATION_MANAGER, Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)


@dataclass(frozen=True, slots=True)
class StationKeys:
    """What a station's codes are checked with."""

    secret: bytes
    printed_ids: Collection[UUID]


@dataclass(frozen=True, slots=True)
class Counter:
    """A station's counter as its keepers see it: numbers, and who last counted heads."""

    open_visits: int
    correction: int
    observed_at: datetime | None
    headcount_at: datetime | None
    headcount_by: str | None
    taps_since: int


async def station_keys(session: AsyncSession, station_id: UUID) -> StationKeys:
    """Return a station's secret and the papers that are not revoked.

    Raises:
        StationUnknown: there is no such station.
    """
    secret = await session.scalar(select(Station.code_secret).where(Station.id == station_id))
    if secret is None:
        raise StationUnknown
    papers = select(PrintedCode.id).where(
        PrintedCode.station_id == station_id, PrintedCode.revoked_at.is_(None)
    )
    return StationKeys(secret, frozenset(await session.scalars(papers)))


async def visit_or_none(session: AsyncSession, visit_id: UUID, *, by: Actor) -> Visit | None:
    """Return one visit of the caller, or ``None``."""
    return await session.scalar(_own(visit_id, by))


async def locked_visit(session: AsyncSession, visit_id: UUID, *, by: Actor) -> Visit:
    """Return one visit of the caller and keep others from changing it until the transaction ends.

    Raises:
        VisitUnknown: there is none, or it is somebody else's.
    """
    visit = await session.scalar(_own(visit_id, by).with_for_update(key_share=True))
    if visit is None:
        raise VisitUnknown
    return visit


def _own(visit_id: UUID, by: Actor) -> Select[Visit]:
    return select(Visit).where(Visit.id == visit_id, Visit.account_id == by.account_id)


async def own_visits(session: AsyncSession, *, by: Actor, cursor: str | None, limit: int) -> Page[Visit]:
    """Return the caller's visits, newest first."""
    key = (Visit.captured_at, Visit.id)
    query = select(Visit).where(Visit.account_id == by.account_id)
    if cursor is not None:
        query = query.where(tuple_(*key) < tuple_(*read_time_cursor(cursor)))
    query = query.order_by(*(column.desc() for column in key)).limit(limit + 1)
    rows = (await session.scalars(query)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    after = None if last is None else time_cursor(last.captured_at, last.id)
    return Page(rows[:limit], after)


async def kept_station(session: AsyncSession, station_id: UUID, *, by: Actor) -> Station:
    """Return a station whose counter the caller looks after.

    Raises:
        NotFound: there is none, or it lies outside the caller's grants.
    """
    scope = authority.covers(by, roles=KEEPERS, area=Station.area_code, station=Station.id)
    station = await session.scalar(select(Station).where(Station.id == station_id, scope))
    if station is None:
        raise NotFound
    return station


async def counter(session: AsyncSession, station_id: UUID) -> Counter:
    """Return a station's counter; a station where nobody was seen yet has an empty one."""
    query = (
        select(Occupancy, Account.display_name)
        .outerjoin(Account, Account.id == Occupancy.headcount_by)
        .where(Occupancy.station_id == station_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return Counter(0, 0, None, None, None, 0)
    occupancy, name = row
    return Counter(
        open_visits=occupancy.open_visits,
        correction=occupancy.correction,
        observed_at=occupancy.observed_at,
        headcount_at=occupancy.headcount_at,
        headcount_by=name,
        taps_since=await taps_after(session, station_id, occupancy.headcount_at or _EVER),
    )


async def quarters(
    session: AsyncSession, station_id: UUID, *, since: datetime, until: datetime, limit: int
) -> Sequence[OccupancyQuarter]:
    """Return a station's quarter hours that start in an interval, oldest first."""
    query = (
        select(OccupancyQuarter)
        .where(
            OccupancyQuarter.station_id == station_id,
            OccupancyQuarter.starts_at >= since,
            OccupancyQuarter.starts_at < until,
        )
        .order_by(OccupancyQuarter.starts_at)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def locked_occupancy(session: AsyncSession, station_id: UUID, *, now: datetime) -> Occupancy:
    """Return a station's counter, made when missing, locked until the transaction ends."""
    missing = insert(Occupancy).values(
        station_id=station_id, open_visits=0, correction=0, peak=0, changed_at=now
    )
    await session.execute(missing.on_conflict_do_nothing())
    locked = select(Occupancy).where(Occupancy.station_id == station_id).with_for_update(key_share=True)
    return (await session.scalars(locked.execution_options(populate_existing=True))).one()


async def correction_or_none(session: AsyncSession, tap_id: UUID) -> OccupancyCorrection | None:
    """Return a tap by its id, whoever made it."""
    return await session.get(OccupancyCorrection, tap_id)


async def add_correction(session: AsyncSession, row: OccupancyCorrection) -> bool:
    """Write a tap; tell whether its id was free."""
    values = {column.key: getattr(row, column.key) for column in OccupancyCorrection.__table__.columns}
    added = insert(OccupancyCorrection).values(values).on_conflict_do_nothing()
    return await session.scalar(added.returning(OccupancyCorrection.id)) is not None


async def locked_visits_of_two(
    session: AsyncSession, absorbed_id: UUID, survivor_id: UUID
) -> Sequence[Visit]:
    """Lock all visits of one account and the open one of another, in the order that every writer takes."""
    query = (
        select(Visit)
        .where(
            or_(
                Visit.account_id == absorbed_id,
                and_(Visit.account_id == survivor_id, Visit.ended_at.is_(None)),
            )
        )
        .order_by(Visit.account_id, Visit.id)
        .with_for_update(key_share=True)
    )
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def next_visit_at(
    session: AsyncSession, account_ids: Collection[UUID], *, after: Visit
) -> datetime | None:
    """Return when the next visit of some accounts began, if there is one after a visit."""
    is_later = tuple_(Visit.captured_at, Visit.id) > tuple_(after.captured_at, after.id)
    query = select(func.min(Visit.captured_at)).where(Visit.account_id.in_(account_ids), is_later)
    return await session.scalar(query)


async def open_at(session: AsyncSession, station_id: UUID, at: datetime) -> int:
    """Count the visits known to have been open at an instant of the last day."""
    inside = select(func.count()).where(
        Visit.station_id == station_id,
        Visit.captured_at <= at,
        or_(
            Visit.ended_at.is_(None),
            and_(Visit.ended_at > at, Visit.captured_at > at - timedelta(days=2)),
        ),
    )
    return await session.scalar(inside) or 0


async def taps_after(session: AsyncSession, station_id: UUID, at: datetime) -> int:
    """Sum the taps of +1 and -1 that were made after an instant."""
    summed = select(func.coalesce(func.sum(OccupancyCorrection.value), 0)).where(
        OccupancyCorrection.station_id == station_id,
        OccupancyCorrection.kind == CorrectionKind.DELTA,
        OccupancyCorrection.captured_at > at,
    )
    return int(await session.scalar(summed) or 0)


async def open_visits_of(session: AsyncSession, station_id: UUID) -> int:
    """Count a station's open visits."""
    counted = select(func.count()).where(Visit.station_id == station_id, Visit.ended_at.is_(None))
    return await session.scalar(counted) or 0


async def area_of(session: AsyncSession, station_id: UUID) -> str | None:
    """Return a station's area code."""
    return await session.scalar(select(Station.area_code).where(Station.id == station_id))


async def closure_or_none(session: AsyncSession, closure_id: UUID) -> StationClosure | None:
    """Return a closure as it stands, or ``None`` when it was called off."""
    return await session.get(StationClosure, closure_id, populate_existing=True)


async def stations_with_visitors(session: AsyncSession) -> Sequence[UUID]:
    """Return the stations with an open visit."""
    return (await session.scalars(select(Visit.station_id).where(Visit.ended_at.is_(None)).distinct())).all()


async def corrected_stations(session: AsyncSession, *, before: datetime) -> Sequence[UUID]:
    """Return the stations whose counter carries a correction that no reset saw, without news since."""
    never_reset = or_(Occupancy.headcount_at.is_(None), Occupancy.headcount_by.is_not(None))
    query = select(Occupancy.station_id).where(
        Occupancy.correction != 0,
        or_(never_reset, Occupancy.observed_at > Occupancy.headcount_at),
        or_(Occupancy.observed_at.is_(None), Occupancy.observed_at < before),
    )
    return (await session.scalars(query)).all()


async def stations_taken_from(session: AsyncSession, *, until: datetime) -> Sequence[UUID]:
    """Return the stations whose counter takes something off, and began anew at no instant since one."""
    query = select(Occupancy.station_id).where(
        Occupancy.correction < 0, or_(Occupancy.headcount_at.is_(None), Occupancy.headcount_at < until)
    )
    return (await session.scalars(query.order_by(Occupancy.station_id))).all()


async def balance_at(session: AsyncSession, station_id: UUID, at: datetime) -> int:
    """Return what a counter said at an instant since it last began anew, be it below zero."""
    query = select(Occupancy.correction).where(Occupancy.station_id == station_id)
    correction = await session.scalar(query) or 0
    inside_then = await open_at(session, station_id, at)
    return inside_then + correction - await taps_after(session, station_id, at)


async def stations_with_news(session: AsyncSession, *, since: datetime) -> Sequence[UUID]:
    """Return the stations where somebody is or was inside since an instant."""
    query = select(Occupancy.station_id).where(
        or_(
            Occupancy.open_visits + Occupancy.correction > 0,
            Occupancy.peak > 0,
            Occupancy.observed_at >= since,
        )
    )
    return (await session.scalars(query)).all()


async def differing_counters(session: AsyncSession) -> Sequence[UUID]:
    """Return the stations whose counter is not the number of their open visits, in one snapshot."""
    counted = (
        select(Visit.station_id, func.count().label("n"))
        .where(Visit.ended_at.is_(None))
        .group_by(Visit.station_id)
        .subquery()
    )
    query = (
        select(func.coalesce(Occupancy.station_id, counted.c.station_id))
        .join_from(Occupancy, counted, Occupancy.station_id == counted.c.station_id, full=True)
        .where(func.coalesce(Occupancy.open_visits, 0) != func.coalesce(counted.c.n, 0))
    )
    return (await session.scalars(query)).all()


async def run_counting(session: AsyncSession, statement: str, *parameters: Any) -> int:
    """Run a set-wise statement with the driver's ``$1`` placeholders and return how many rows it took."""
    result = await (await session.connection()).exec_driver_sql(statement, parameters)
    return int(result.scalar_one())
