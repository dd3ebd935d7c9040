"""Which alerts hold, and whom they concern."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, bindparam, func, literal, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.actor import Actor, Role
from app.core.clock import local_day
from app.core.errors import NotFound
from app.models import CapTakenBack, RoleGrant, Station, Visit, WeatherAlert, WeatherWatch
from app.services import areas, authority


async def in_force(session: AsyncSession, area_code: str, *, now: datetime) -> Sequence[WeatherAlert]:
    """Return the alerts of a division, of those above and inside it, that hold or will.

    A code that has ended stands for what followed it.
    """
    query = select(WeatherAlert).where(
        _touches(WeatherAlert.area_code, await areas.codes_in_force(session, area_code)),
        WeatherAlert.ended_at.is_(None),
        WeatherAlert.ends_at > now,
    )
    return (await session.scalars(query.order_by(WeatherAlert.ends_at, WeatherAlert.id).limit(200))).all()


async def get(session: AsyncSession, alert_id: UUID) -> WeatherAlert:
    """Return an alert, one that is over too: what an inbox speaks of can always be read.

    Raises:
        NotFound: there is none.
    """
    alert = await session.get(WeatherAlert, alert_id)
    if alert is None:
        raise NotFound
    return alert


async def watched(session: AsyncSession, *, by: Actor) -> Sequence[str]:
    """Return the areas of whose alerts the caller asked to be told."""
    query = select(WeatherWatch.area_code).where(WeatherWatch.account_id == by.account_id)
    return (await session.scalars(query.order_by(WeatherWatch.area_code))).all()


async def with_keys(
    session: AsyncSession, keys: Collection[str], *, also_ended: bool = False
) -> Sequence[WeatherAlert]:
    """Return the alerts that CAP messages brought, held until the commit."""
    query = select(WeatherAlert).where(WeatherAlert.cap_key.in_(keys)).order_by(WeatherAlert.id)
    if not also_ended:
        query = query.where(WeatherAlert.ended_at.is_(None))
    return (await session.scalars(query.with_for_update())).all()


async def taken_back_within(session: AsyncSession, key: str) -> Sequence[str]:
    """Return the divisions within which a message was taken back or replaced before it came."""
    return (await session.scalars(select(CapTakenBack.within_code).where(CapTakenBack.cap_key == key))).all()


async def hold(session: AsyncSession, keys: Collection[str]) -> None:
    """Have others who bring messages that speak of the same ones wait for this transaction."""
    given = (
        func.unnest(bindparam("keys", sorted(keys), ARRAY(Text)))
        .table_valued("key", name="given")
        .render_derived()
    )
    lock = func.pg_advisory_xact_lock(func.hashtextextended(given.c.key, 0))
    await session.execute(select(lock).select_from(given))


async def riders_of(session: AsyncSession, area_code: str) -> Sequence[UUID | None]:
    """Return those with an open visit in a division, and those who asked for it, for one above or inside.

    Stations and wishes keep the code that was in force when they were written: earlier codes count.
    """
    codes = await areas.codes_before(session, area_code)
    inside = select(Visit.account_id).where(
        _lies_in(Visit.area_code, codes), Visit.ended_at.is_(None), Visit.account_id.is_not(None)
    )
    asked = select(WeatherWatch.account_id).where(_touches(WeatherWatch.area_code, codes))
    return (await session.scalars(union(inside, asked))).all()


async def managers_of(session: AsyncSession, area_code: str, *, now: datetime) -> Sequence[UUID]:
    """Return who manages a station in a division today, whatever its code was when it was opened."""
    day = local_day(now)
    codes = await areas.codes_before(session, area_code)
    query = (
        select(RoleGrant.account_id)
        .join(Station, Station.id == RoleGrant.station_id)
        .where(
            RoleGrant.role == Role.STATION_MANAGER,
            _lies_in(Station.area_code, codes),
            RoleGrant.revoked_at.is_(None),
            RoleGrant.valid_from <= day,
            or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= literal(day)),
        )
    )
    return (await session.scalars(query.distinct())).all()


def _lies_in(area: InstrumentedAttribute[str], codes: Collection[str]) -> ColumnElement[bool]:
    return or_(*(authority.within(area, code) for code in codes))


def _touches(area: InstrumentedAttribute[str], codes: Collection[str]) -> ColumnElement[bool]:
    above = {each for code in codes for each in areas.Lineage().above(code)}
    return or_(area.in_(sorted(above)), _lies_in(area, codes))
