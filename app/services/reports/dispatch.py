"""Sending a case to the unit that mends it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.models import HandlingUnit, Move, Open311Endpoint, Report, ReportStep, StepActor, UnitKind
from app.services import authority
from app.services.accounts import editors
from app.services.reports import lifecycle, links, moves, presence, queries, scope, triage
from app.services.reports.handling_errors import UnitNeeded, UnitUnfit
from app.services.reports.scope import Acting

_COUNTY = 6


class DispatchWarning(StrEnum):
    """What a clerk should know of a unit that the case was sent to all the same."""

    UNIT_WITHOUT_USER = "unit_without_user"  # nobody can sign in for it: telephone
    UNIT_NOT_CONNECTED = "unit_not_connected"  # another city's system, to which nothing goes at present


@dataclass(frozen=True, slots=True)
class Order:
    """To whom a case goes, on which version of it; without a unit: to the one that was proposed."""

    version: int | None
    unit_id: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Dispatched:
    """A case on its way to a unit, and what to know of that unit."""

    report: Report
    warnings: list[DispatchWarning]


async def dispatch(
    session: AsyncSession, report_id: UUID, order: Order, *, by: Actor, now: datetime
) -> Dispatched:
    """Send a case to a unit; after two returns the district's officer does, and that unit keeps it.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours: see there.
        OfficerDecides: units sent it back twice.
        UnitNeeded, UnitUnfit: no unit was named, or none that can.
    """
    report = await queries.get_to_move(session, report_id, within=scope.on_desk(by))
    return await order_out(session, report, order, acting=await _acting(session, report, by), now=now)


async def order_out(
    session: AsyncSession, report: Report, order: Order, *, acting: Acting, now: datetime
) -> Dispatched:
    """Send a locked case to a unit as who somebody is; refusals say what they can do instead.

    Raises:
        EditConflict, IllegalMove, MoveNotYours, OfficerDecides, UnitNeeded, UnitUnfit: see :func:`dispatch`.
    """
    with lifecycle.saying(report, acting.capacity, now=now):
        await editors.check_version(session, report, order.version)
        lifecycle.check_case(report, Move.DISPATCH, acting.capacity, now=now)
        unit = await unit_for(session, order.unit_id or report.proposed_unit_id, report.area_code)
        await send(session, report, unit, acting=acting, now=now, reason=order.reason)
    return Dispatched(report, await warnings_about(session, unit.id, now=now))


async def send(
    session: AsyncSession, report: Report, unit: HandlingUnit, *, acting: Acting, now: datetime, reason: str
) -> ReportStep:
    """Send a locked case to a unit that fits; links of contractors before are dead."""
    await links.revoke_all(session, report.id, now=now)
    report.is_designated = lifecycle.needs_officer(report)
    report.unit_id = unit.id
    details = {"unit_id": str(unit.id), "unit_name": unit.name}
    return await moves.make(
        session, report, Move.DISPATCH, acting=acting, now=now, reason=reason, details=details
    )


async def unit_for(session: AsyncSession, unit_id: UUID | None, area_code: str) -> HandlingUnit:
    """Return a unit in being that reaches an area or lies in its county.

    Raises:
        UnitNeeded: none is named.
        UnitUnfit: it cannot be this one.
    """
    if unit_id is None:
        raise UnitNeeded
    unit = await session.get(HandlingUnit, unit_id)
    if unit is None or not is_fit(unit, area_code):
        heir = None if unit is None else unit.successor_id
        raise UnitUnfit(successor_id=None if heir is None else str(heir))
    return unit


def is_fit(unit: HandlingUnit, area_code: str) -> bool:
    """Tell whether a unit is in being and reaches an area or lies in its county."""
    return unit.ended_at is None and reaches(unit.area_code, area_code)


def reaches(unit_area: str, area_code: str) -> bool:
    """Tell whether a unit of an area handles cases of another: one inside the other, or of one county."""
    shorter = min(len(unit_area), _COUNTY)
    return unit_area[:shorter] == area_code[:shorter]


async def warnings_about(session: AsyncSession, unit_id: UUID, *, now: datetime) -> list[DispatchWarning]:
    """Return what a clerk should know of a unit."""
    unit = await session.get_one(HandlingUnit, unit_id)
    if unit.kind is UnitKind.OPEN311:
        endpoint = await session.get(Open311Endpoint, unit_id)
        is_connected = endpoint is not None and endpoint.is_enabled
        return [] if is_connected else [DispatchWarning.UNIT_NOT_CONNECTED]
    has_user = presence.in_unit(literal(unit_id), now=now)
    return [] if await session.scalar(select(has_user)) else [DispatchWarning.UNIT_WITHOUT_USER]


async def _acting(session: AsyncSession, report: Report, by: Actor) -> Acting:
    """Return the caller at their desk: as the officer, where it takes one and they are."""
    is_officer = authority.may(by, roles=(Role.DISTRICT_OFFICER,), area_code=report.area_code)
    if lifecycle.needs_officer(report) and is_officer:
        return Acting(StepActor.OFFICER, by.account_id, await editors.name_of(session, by.account_id))
    return await triage.acting_at_desk(session, report, by)
