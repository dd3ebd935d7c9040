"""Taking a partner's request in, through the same door as a rider's report."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.geo import CoordType
from app.core.ids import new_id
from app.models import Open311Key, Open311Request, Report
from app.services import authority, reports
from app.services.areas import GridMap
from app.services.open311 import addresses, catalogue
from app.services.open311.errors import OutsideJurisdiction
from app.services.reports import NOWHERE, GivenPosition, NewReport, RuleBook

# A form that comes again within this time is a retry: the standard has no id of the client's.
_RETRIES = timedelta(days=1)
# A request that names an address alone: nobody makes a point up, the desk sets the pin.
_NO_POINT = GivenPosition(NOWHERE, NOWHERE.lat, NOWHERE.lon, CoordType.WGS84, None)


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request as a partner's system sent it; ``form`` is all of it, as it came, to know a retry by."""

    service_code: str
    position: GivenPosition | None  # none where only an address was told
    address: str
    address_id: str | None
    description: str
    media_urls: list[str]
    area_code: str | None
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    form: Sequence[tuple[str, str]] = ()


async def send(
    session: AsyncSession, new: NewRequest, *, key: Open311Key, grids: GridMap, rules: RuleBook, now: datetime
) -> tuple[Report, bool]:
    """Take a request in and tell whether it is new; the same form within a day is the same request.

    Raises:
        ServiceUnknown, ArgumentWrong, AddressUnknown, OutsideJurisdiction: see there.
        PlaceUnknown, AnswersInvalid: as for a rider's report.
    """
    category = await catalogue.definition(session, new.service_code)
    digest = hashlib.sha256(repr([str(key.id), *sorted(new.form)]).encode()).digest()
    # Two retries at once wait for each other.
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest[:8], "big", signed=True))))
    if kept := await _kept(session, key, digest, now=now):
        return kept, False
    area_code = new.area_code or key.area_code
    if new.position is None:
        area_code = await _named(session, new, key)
    report = NewReport(
        id=new_id(),
        category_id=category.id,
        position=new.position or _NO_POINT,
        is_pin_moved=False,
        captured_at=now,
        captured_offline=False,
        description=new.description,
        address=new.address,
        answers=catalogue.answers(category, new.attributes),
        area_code=area_code,
    )
    by = Actor(key.partner_id)
    taken = await reports.submit(session, report, grids=grids, rules=rules, by=by, now=now, for_many=True)
    if not authority.is_within(taken.report.area_code, key.area_code):
        raise OutsideJurisdiction
    session.add(
        Open311Request(
            report_id=report.id, key_id=key.id, digest=digest, media_urls=new.media_urls, received_at=now
        )
    )
    await session.flush()
    return taken.report, True


async def _named(session: AsyncSession, new: NewRequest, key: Open311Key) -> str:
    """Return the division that a request's address names, inside the key's area."""
    inside = key.area_code
    if new.area_code is not None and not authority.is_within(key.area_code, new.area_code):
        inside = new.area_code
    if not authority.is_within(inside, key.area_code):
        raise OutsideJurisdiction
    if new.address_id is not None:
        return await addresses.by_id(session, new.address_id, inside=inside)
    return await addresses.by_words(session, new.address, inside=inside)


async def _kept(session: AsyncSession, key: Open311Key, digest: bytes, *, now: datetime) -> Report | None:
    query = (
        select(Report)
        .join(Open311Request, Open311Request.report_id == Report.id)
        .where(
            Open311Request.key_id == key.id,
            Open311Request.digest == digest,
            Open311Request.received_at > now - _RETRIES,
        )
    )
    return await session.scalar(query.limit(1))
