"""Photos of the invented stations: a few drawings, shown by many.

Every station of the gridded district and every fifth elsewhere has one of its door and one of its room; what
is broken in that district has one, too. The rooms of the community whose clerk may be tried out wait to be
looked at: somebody is to be seen there.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Role
from app.core.geo import Point
from app.models import AmenityState, PhotoPurpose, RoleGrant, Station, StationAmenity
from app.services.demo import prints, rooms
from app.services.demo.pictures import Copies
from app.services.demo.prints import Print
from app.services.photos import PhotoDesk

ONE_IN = 5  # of the stations of other districts
_TAKEN_AFTER, _APPROVED_AFTER = timedelta(days=2), timedelta(days=3)


async def fill(
    session: AsyncSession,
    desk: PhotoDesk,
    own: Sequence[Station],
    others: Sequence[Station],
    *,
    tried_out: str,
    dice: random.Random,
) -> int:
    """Give photos to invented stations and return how many.

    Args:
        session: the transaction that holds all of it.
        desk: keeps the pictures.
        own: the stations of the gridded district.
        others: those of the others.
        tried_out: the code of the community whose clerk has something to look at.
        dice: draws the ids.
    """
    officer = select(RoleGrant.account_id).where(RoleGrant.role == Role.DISTRICT_OFFICER).limit(1)
    approver = await session.scalar(officer)
    shown = [*own, *others[::ONE_IN]]
    fronts = {kind: rooms.front(kind) for kind in sorted({each.kind for each in shown})}
    empty, used, fault = rooms.room(with_somebody=False), rooms.room(with_somebody=True), rooms.fault()
    made = []
    for station in shown:
        waits = station.area_code == tried_out
        made.append(_print(station, fronts[station.kind], approver, dice))
        made.append(_print(station, used if waits else empty, None if waits else approver, dice))
    for station, row in await _broken(session, own):
        made.append(each := _print(station, fault, approver, dice, purpose=PhotoPurpose.AMENITY))
        row.photo_id = each.id
    await prints.keep(session, desk, made)
    return len(made)


async def _broken(
    session: AsyncSession, stations: Iterable[Station]
) -> Iterator[tuple[Station, StationAmenity]]:
    by_id = {each.id: each for each in stations}
    query = select(StationAmenity).where(
        StationAmenity.station_id.in_(by_id), StationAmenity.state == AmenityState.BROKEN
    )
    rows = await session.scalars(query.order_by(StationAmenity.station_id, StationAmenity.amenity))
    return ((by_id[row.station_id], row) for row in rows)


def _print(
    station: Station,
    copies: Copies,
    approver: UUID | None,
    dice: random.Random,
    *,
    purpose: PhotoPurpose = PhotoPurpose.STATION,
) -> Print:
    taken_at = station.created_at + _TAKEN_AFTER
    return Print(
        prints.new_id(dice),
        station.id,
        purpose,
        copies,
        taken_at,
        Point(station.lat, station.lon),
        approved_at=None if approver is None else station.created_at + _APPROVED_AFTER,
        approved_by=approver,
    )
