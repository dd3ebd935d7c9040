"""Photos of a station and of what is broken in it: its staff send them, the area's staff publish them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.pages import Page, page_of, read_time_cursor, time_cursor
from app.models import (
    Amenity,
    OutboxEvent,
    Photo,
    PhotoPurpose,
    PhotoState,
    Station,
    StationAmenity,
    StationStatus,
)
from app.ports import Cover, ObjectStore
from app.services import authority, outbox, photos
from app.services.photos import PhotoInUse, PhotoUnknown, PictureRefused
from app.services.stations import queries
from app.services.stations.errors import TooManyStationPhotos
from app.services.stations.events import StationPhotoWaiting
from app.services.stations.queries import AREA_ROLES

MOST_PHOTOS = 12
# What the phone sent says where it was; the copies say all that anybody needs (domain: PIPL arts. 6, 19).
ORIGINALS_KEPT_FOR = timedelta(days=30)
_PURPOSES = (PhotoPurpose.STATION, PhotoPurpose.AMENITY)
_AT_ONCE = 500
_NAMES = select(Station.id, Station.name)
_WAITS: ColumnElement[bool] = and_(
    Photo.purpose.in_(_PURPOSES),
    Photo.state == PhotoState.READY,
    Photo.attached_at.is_not(None),
    Photo.approved_at.is_(None),
    ~Photo.is_restricted,
)


@dataclass(frozen=True, slots=True)
class StationPhoto:
    """A photo of a station; of what is broken there, if ``amenity`` says so."""

    photo: Photo
    amenity: Amenity | None


@dataclass(frozen=True, slots=True)
class WaitingPhoto:
    """A photo that nobody has looked at yet, with the name of its station."""

    shown: StationPhoto
    station_name: str


async def add(session: AsyncSession, station_id: UUID, photo_id: UUID, *, by: Actor, now: datetime) -> None:
    """Give a station a photo that the caller sent for it; its bytes may still be coming. Again is harmless.

    Raises:
        NotFound: the station is gone or not the caller's.
        TooManyStationPhotos: it has twelve.
        PhotoUnknown, PhotoInUse, InvalidInput, PictureRefused: the photo cannot be given to it.
    """
    await queries.get_to_change(session, station_id, by=by)
    had = await photos.belonging_to(session, station_id, purposes=[PhotoPurpose.STATION])
    is_new = photo_id not in {each.id for each in had}
    if len(had) >= MOST_PHOTOS and is_new:
        raise TooManyStationPhotos(most=MOST_PHOTOS)
    (photo,) = await photos.attach(
        session, [photo_id], purpose=PhotoPurpose.STATION, about_id=station_id, by=by, now=now
    )
    if is_new:
        await _say_that_it_waits(session, photo, now=now)


async def take_away(session: AsyncSession, station_id: UUID, photo_id: UUID, *, by: Actor) -> None:
    """Take a photo from a station, or from what is broken there; it is thrown away soon.

    Raises:
        NotFound, PhotoUnknown: the station is not the caller's, or has no such photo.
    """
    await queries.get_to_change(session, station_id, by=by)
    await _of_station(session, station_id, photo_id)
    for row in await queries.amenities_of(session, [station_id]):
        if row.photo_id == photo_id:
            row.photo_id = None
    await photos.release(session, [photo_id], about_id=station_id)


async def show_fault(
    session: AsyncSession, row: StationAmenity, photo_id: UUID | None, *, by: Actor, now: datetime
) -> None:
    """Let a photo, or none, show what is broken from now on; one that has not come is shown when it does."""
    if row.photo_id is not None and row.photo_id != photo_id:
        await photos.release(session, [row.photo_id], about_id=row.station_id)
    row.photo_id = photo_id
    photo = None if photo_id is None else await _attach(session, row, photo_id, by=by, now=now)
    if photo is not None:
        await _say_that_it_waits(session, photo, now=now)


async def arrived(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """React to ``photo.ready``: attach it to the fault that named it before it came; it waits from now on."""
    if event.payload["purpose"] not in _PURPOSES:
        return
    photo_id = UUID(event.payload["photo_id"])
    photo = (await photos.get_many(session, [photo_id])).get(photo_id)
    if photo is None:
        return
    if photo.purpose is PhotoPurpose.AMENITY:  # one that was sent for something else shows no fault
        query = select(StationAmenity).where(StationAmenity.photo_id == photo_id)
        for row in await session.scalars(query):
            await _attach(session, row, photo_id, by=Actor(row.state_by), now=now)
    if photo.attached_at is not None:
        await _say_that_it_waits(session, photo, now=now)


async def _attach(
    session: AsyncSession, row: StationAmenity, photo_id: UUID, *, by: Actor, now: datetime
) -> Photo | None:
    """Attach a photo if it is here, the caller's, good and free; that something broke is said in any case."""
    try:
        (photo,) = await photos.attach(
            session, [photo_id], purpose=PhotoPurpose.AMENITY, about_id=row.station_id, by=by, now=now
        )
    except (PhotoUnknown, PhotoInUse, PictureRefused):
        return None  # its sender reads what became of it where they sent it
    return photo


async def _say_that_it_waits(session: AsyncSession, photo: Photo, *, now: datetime) -> None:
    """Let it be known that a photo can be looked at, if its copies are there and nobody has begun to."""
    if photo.state is not PhotoState.READY or photo.changed_by is not None or photo.about_id is None:
        return
    station = await session.get(Station, photo.about_id)
    if station is not None:
        event = StationPhotoWaiting(station.id, photo.id)
        outbox.record(session, event, now=now, area_code=station.area_code)


async def has_waited_longest(session: AsyncSession, station_id: UUID, photo_id: UUID) -> bool:
    """Tell whether of a station's photos that wait this one came first: of the others somebody knows."""
    since = func.greatest(Photo.ready_at, Photo.attached_at)
    query = select(Photo.id).where(Photo.about_id == station_id, _WAITS).order_by(since, Photo.id).limit(1)
    return await session.scalar(query) == photo_id


async def sheets(session: AsyncSession, station_id: UUID, *, by: Actor) -> list[StationPhoto]:
    """Return all photos of a station of the caller's.

    Raises:
        NotFound: the station is gone or not the caller's.
    """
    await queries.check_in_scope(session, station_id, by=by)
    return await _all_of(session, station_id)


async def published(session: AsyncSession, station_id: UUID) -> list[StationPhoto]:
    """Return those photos of a station that everybody may see."""
    return [each for each in await _all_of(session, station_id) if photos.is_public(each.photo)]


async def _all_of(session: AsyncSession, station_id: UUID) -> list[StationPhoto]:
    found = await photos.belonging_to(session, station_id, purposes=_PURPOSES)
    if not found:
        return []
    faults = {row.photo_id: row.amenity for row in await queries.amenities_of(session, [station_id])}
    return [StationPhoto(each, faults.get(each.id)) for each in found]


async def _of_station(session: AsyncSession, station_id: UUID, photo_id: UUID) -> StationPhoto:
    for each in await _all_of(session, station_id):
        if each.photo.id == photo_id:
            return each
    raise PhotoUnknown


async def waiting(session: AsyncSession, *, by: Actor, cursor: str | None, limit: int) -> Page[WaitingPhoto]:
    """Return a page of photos of the caller's area that nobody has approved yet, the oldest first.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    query = (
        select(Photo)
        .join(Station, Station.id == Photo.about_id)
        .where(authority.covers(by, roles=AREA_ROLES, area=Station.area_code))
        .where(Station.status != StationStatus.REMOVED, _WAITS)
    )
    after = None if cursor is None else read_time_cursor(cursor)
    found, more = await page_of(session, query, by=(Photo.attached_at, Photo.id), after=after, limit=limit)
    last = found[-1] if more else None
    following = None if last is None or last.attached_at is None else time_cursor(last.attached_at, last.id)
    broken = select(StationAmenity).where(StationAmenity.photo_id.in_([each.id for each in found]))
    faults = {row.photo_id: row.amenity for row in await session.scalars(broken)}
    rows = await session.execute(_NAMES.where(Station.id.in_({each.about_id for each in found})))
    names = {row.id: row.name for row in rows}
    items = [WaitingPhoto(StationPhoto(each, faults.get(each.id)), names[each.about_id]) for each in found]
    return Page(items, following)


async def approve(
    session: AsyncSession, station_id: UUID, photo_id: UUID, *, version: int, by: Actor, now: datetime
) -> Photo:
    """Let everybody see a photo of a station, as the approver saw it: no face, no plate, nobody's home.

    Raises:
        NotFound, PhotoUnknown: the station is not in the caller's area, or has no such photo.
        EditConflict, NotReady, Restricted: see there.
    """
    await queries.get_to_change(session, station_id, by=by, roles=AREA_ROLES)
    await _of_station(session, station_id, photo_id)
    return await photos.approve(session, photo_id, version=version, by=by, now=now)


async def cover(
    session: AsyncSession,
    station_id: UUID,
    photo_id: UUID,
    covers: Sequence[Cover],
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> Photo:
    """Paint over parts of a photo of a station; it must be approved anew.

    Raises:
        NotFound, PhotoUnknown: the station is not in the caller's area, or has no such photo.
        EditConflict, NotReady, InvalidInput: see there.
    """
    await queries.get_to_change(session, station_id, by=by, roles=AREA_ROLES)
    await _of_station(session, station_id, photo_id)
    return await photos.cover(session, photo_id, covers, version=version, by=by, now=now)


async def forget_originals(session: AsyncSession, store: ObjectStore, *, now: datetime) -> int:
    """Throw away what phones sent of stations thirty days ago and return how many; the copies stay."""
    query = (
        select(Photo.id)
        .where(Photo.has_original, Photo.attached_at < now - ORIGINALS_KEPT_FOR)
        .where(Photo.purpose.in_(_PURPOSES))
        .order_by(Photo.attached_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    ids = (await session.scalars(query)).all()
    return await photos.forget_originals(session, store, ids)
