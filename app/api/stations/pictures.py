"""Photos of stations and of what is broken there: sent by their staff, published by the area's."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.covering import ApproveIn, CoverOut, CoversIn, EditedOut
from app.api.deps import AreaStaff, Now, ReadDep, RuntimeDep, SessionDep, StationStaff
from app.api.errors import problems
from app.api.schemas import Cursor, In, Limit, Out, PageOut
from app.api.stations.schemas import ShownPhotoOut
from app.core.errors import BadCursor, EditConflict, InvalidInput, NotFound, RoleMissing, SignInRequired
from app.models import Amenity, PhotoState
from app.services import photos, stations
from app.services.photos import (
    NotReady,
    PhotoDesk,
    PhotoInUse,
    PhotoUnknown,
    PictureRefused,
    Restricted,
    Viewer,
)
from app.services.stations import StationPhoto, TooManyStationPhotos

router = APIRouter(prefix="/stations", tags=["stations"])

_NOT_THEIRS = (SignInRequired, RoleMissing, NotFound, PhotoUnknown)


class StationPhotoIn(In):
    """A photo that was sent for the purpose ``station``, by the id that the phone made."""

    photo_id: UUID


class StationSheetOut(Out):
    """A photo as staff see it; ``plain`` is the copy before anything was covered."""

    id: UUID
    station_id: UUID | None
    amenity: Amenity | None
    state: PhotoState
    version: int
    is_public: bool
    covers: list[CoverOut]
    thumb: str | None
    large: str | None
    plain: str | None

    @classmethod
    async def of(cls, desk: PhotoDesk, each: StationPhoto, *, now: datetime) -> "StationSheetOut":
        """Return a photo with its addresses."""
        photo = each.photo
        found = await photos.addresses(desk, photo, viewer=Viewer.STAFF, now=now)
        return cls(
            id=photo.id,
            station_id=photo.about_id,
            amenity=each.amenity,
            state=photo.state,
            version=photo.version,
            is_public=photos.is_public(photo),
            covers=[CoverOut.of(covered) for covered in photo.covered],
            thumb=found.thumb,
            large=found.large,
            plain=found.plain,
        )


class WaitingSheetOut(StationSheetOut):
    """A photo that waits, with the name of its station."""

    station_name: str


class StationAlbumOut(Out):
    """All photos of a station, the oldest first."""

    photos: list[StationSheetOut]


class WaitingPhotosOut(PageOut):
    """Photos of an area's stations that nobody has approved yet, the oldest first."""

    photos: list[WaitingSheetOut]


async def published(
    session: AsyncSession, desk: PhotoDesk, station_id: UUID, *, now: datetime
) -> list[ShownPhotoOut]:
    """Return those photos of a station that everybody may see."""
    shown = []
    for each in await stations.album.published(session, station_id):
        at = await photos.addresses(desk, each.photo, viewer=Viewer.PUBLIC, now=now)
        shown.append(ShownPhotoOut(id=each.photo.id, amenity=each.amenity, thumb=at.thumb, large=at.large))
    return shown


@router.get("/photos/waiting", responses=problems(SignInRequired, RoleMissing, BadCursor))
async def list_waiting_photos(
    *,
    by: AreaStaff,
    session: ReadDep,
    runtime: RuntimeDep,
    now: Now,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> WaitingPhotosOut:
    """List the photos of your area's stations that wait for somebody to look at them."""
    page = await stations.album.waiting(session, by=by, cursor=cursor, limit=limit)
    shown = [
        WaitingSheetOut(
            **dict(await StationSheetOut.of(runtime.photos, each.shown, now=now)),
            station_name=each.station_name,
        )
        for each in page.items
    ]
    return WaitingPhotosOut(photos=shown, next_cursor=page.next_cursor)


@router.post(
    "/{station_id:uuid}/photos",
    status_code=204,
    responses=problems(*_NOT_THEIRS, TooManyStationPhotos, PhotoInUse, InvalidInput, PictureRefused),
)
async def add_station_photo(
    station_id: UUID, given: StationPhotoIn, *, by: StationStaff, session: SessionDep, now: Now
) -> None:
    """Give the station a photo that you sent; everybody sees it once the area's staff approved it."""
    await stations.album.add(session, station_id, given.photo_id, by=by, now=now)


@router.get("/{station_id:uuid}/photos", responses=problems(SignInRequired, RoleMissing, NotFound))
async def see_station_photos(
    station_id: UUID, *, by: StationStaff, session: ReadDep, runtime: RuntimeDep, now: Now
) -> StationAlbumOut:
    """See all photos of the station and of what is broken there, approved or not."""
    found = await stations.album.sheets(session, station_id, by=by)
    return StationAlbumOut(photos=[await StationSheetOut.of(runtime.photos, each, now=now) for each in found])


@router.delete("/{station_id:uuid}/photos/{photo_id:uuid}", status_code=204, responses=problems(*_NOT_THEIRS))
async def take_station_photo_away(
    station_id: UUID, photo_id: UUID, by: StationStaff, session: SessionDep
) -> None:
    """Take a photo from the station; nobody sees it any more."""
    await stations.album.take_away(session, station_id, photo_id, by=by)


@router.post(
    "/{station_id:uuid}/photos/{photo_id:uuid}/approve",
    responses=problems(*_NOT_THEIRS, EditConflict, NotReady, Restricted),
)
async def approve_station_photo(
    station_id: UUID, photo_id: UUID, given: ApproveIn, *, by: AreaStaff, session: SessionDep, now: Now
) -> EditedOut:
    """Let everybody see a photo, as you have it before your eyes: no face, no plate, nobody's home."""
    version = given.version
    return EditedOut.of(
        await stations.album.approve(session, station_id, photo_id, version=version, by=by, now=now)
    )


@router.post(
    "/{station_id:uuid}/photos/{photo_id:uuid}/cover",
    responses=problems(*_NOT_THEIRS, EditConflict, NotReady, InvalidInput),
)
async def cover_station_photo(
    station_id: UUID, photo_id: UUID, given: CoversIn, *, by: AreaStaff, session: SessionDep, now: Now
) -> EditedOut:
    """Paint over faces and plates; the photo must be approved anew."""
    covers, version = given.to_cover(), given.version
    return EditedOut.of(
        await stations.album.cover(session, station_id, photo_id, covers, version=version, by=by, now=now)
    )
