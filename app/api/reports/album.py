"""Photos of cases: riders add them, the desk looks, covers, approves and restricts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, StrictBool

from app.api.covering import ApproveIn, CoverOut, CoversIn, EditedOut
from app.api.deps import CaseStaff, Now, Person, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.reports.schemas import PhotoIds
from app.api.schemas import In, Out, ShortText
from app.core.errors import EditConflict, InvalidInput, NotFound, RoleMissing, SignInRequired
from app.models import PhotoRole, PhotoState
from app.services import photos, reports
from app.services.photos import NotReady, PhotoDesk, PhotoUnknown, Restricted, Viewer
from app.services.reports import Sheet, numbers

router = APIRouter(prefix="/reports", tags=["reports"])

_NOT_THEIRS = (SignInRequired, RoleMissing, NotFound, PhotoUnknown)


class PhotosIn(In):
    """Photos of the hazard, by the ids that the phone made; their bytes may still be coming."""

    photo_ids: Annotated[PhotoIds, Field(min_length=1)]


class RestrictIn(In):
    """Whether it shows children, injured people or somebody's home."""

    restricted: StrictBool


class ReasonIn(In):
    """Why somebody looks at the original."""

    reason: Annotated[ShortText, Field(min_length=2)]


class OriginalOut(Out):
    """Where the original can be fetched for some minutes; that it was asked for is logged."""

    original: str | None


class SimilarOut(Out):
    """Another case of the desk with a photo that looks the same."""

    report_id: UUID
    number: str
    photo_id: UUID


class PhotoSheetOut(Out):
    """A photo as the desk sees it; ``plain`` is the copy before anything was covered."""

    id: UUID
    role: PhotoRole
    state: PhotoState | None
    version: int | None
    is_public: bool
    is_restricted: bool
    is_gallery: bool = Field(description="its own place or time is far from where and when it was reported")
    exif_taken_at: datetime | None
    exif_distance_m: float | None
    captured_at: datetime | None
    covers: list[CoverOut]
    thumb: str | None
    large: str | None
    plain: str | None
    similar: list[SimilarOut]


class AlbumOut(Out):
    """All photos of a case, in their order.

    ``elsewhere`` are addresses of pictures that a partner named who sent the case by Open311: they lie
    there, are not looked at here, and are shown to nobody but the desk.
    """

    photos: list[PhotoSheetOut]
    elsewhere: list[str]


@router.post(
    "/{report_id:uuid}/photos",
    status_code=204,
    responses=problems(SignInRequired, NotFound, reports.PhotosClosed, reports.TooManyPhotos),
)
async def add_photos(report_id: UUID, given: PhotosIn, *, by: Person, session: SessionDep, now: Now) -> None:
    """Name photos of one's own report, before or after their bytes are here; at most nine in all."""
    await reports.add_later(session, report_id, given.photo_ids, by=by, now=now)


@router.get("/cases/{report_id:uuid}/photos", responses=problems(SignInRequired, RoleMissing, NotFound))
async def see_album(
    report_id: UUID, by: CaseStaff, session: SessionDep, runtime: RuntimeDep, now: Now
) -> AlbumOut:
    """See a case's photos, with what speaks against them and where else they turned up."""
    found = await reports.album.sheets(session, report_id, by=by, now=now)
    sheets = [await _sheet(runtime.photos, each, now=now) for each in found]
    return AlbumOut(photos=sheets, elsewhere=await reports.album.elsewhere(session, report_id))


async def _sheet(desk: PhotoDesk, sheet: Sheet, *, now: datetime) -> PhotoSheetOut:
    photo, link = sheet.picture.photo, sheet.picture.link
    found = None if photo is None else await photos.addresses(desk, photo, viewer=Viewer.STAFF, now=now)
    return PhotoSheetOut(
        id=link.photo_id,
        role=link.role,
        state=None if photo is None else photo.state,
        version=None if photo is None else photo.version,
        is_public=photo is not None and photos.is_public(photo),
        is_restricted=photo is not None and photo.is_restricted,
        is_gallery=photo is not None and photo.is_gallery,
        exif_taken_at=None if photo is None else photo.exif_taken_at,
        exif_distance_m=sheet.exif_distance_m,
        captured_at=None if photo is None else photo.captured_at,
        covers=[] if photo is None else [CoverOut.of(each) for each in photo.covered],
        thumb=None if found is None else found.thumb,
        large=None if found is None else found.large,
        plain=None if found is None else found.plain,
        similar=[
            SimilarOut(report_id=each.report_id, number=numbers.write(each.number), photo_id=each.photo_id)
            for each in sheet.similar
        ],
    )


@router.post(
    "/cases/{report_id:uuid}/photos/{photo_id:uuid}/approve",
    responses=problems(*_NOT_THEIRS, EditConflict, NotReady, Restricted),
)
async def approve_photo(
    report_id: UUID, photo_id: UUID, given: ApproveIn, *, by: CaseStaff, session: SessionDep, now: Now
) -> EditedOut:
    """Let everybody see a photo, as the approver has it before their eyes."""
    version = given.version
    return EditedOut.of(
        await reports.album.approve(session, report_id, photo_id, version=version, by=by, now=now)
    )


@router.post("/cases/{report_id:uuid}/photos/{photo_id:uuid}/withdraw", responses=problems(*_NOT_THEIRS))
async def withdraw_photo(report_id: UUID, photo_id: UUID, by: CaseStaff, session: SessionDep) -> EditedOut:
    """Take a photo back from the public."""
    return EditedOut.of(await reports.album.withdraw(session, report_id, photo_id, by=by))


@router.post("/cases/{report_id:uuid}/photos/{photo_id:uuid}/restrict", responses=problems(*_NOT_THEIRS))
async def restrict_photo(
    report_id: UUID, photo_id: UUID, given: RestrictIn, *, by: CaseStaff, session: SessionDep
) -> EditedOut:
    """Mark that a photo shows children, injured people or somebody's home: it cannot be public then."""
    restricted = given.restricted
    return EditedOut.of(
        await reports.album.restrict(session, report_id, photo_id, restricted=restricted, by=by)
    )


@router.post(
    "/cases/{report_id:uuid}/photos/{photo_id:uuid}/cover",
    responses=problems(*_NOT_THEIRS, EditConflict, NotReady, InvalidInput),
)
async def cover_photo(
    report_id: UUID, photo_id: UUID, given: CoversIn, *, by: CaseStaff, session: SessionDep, now: Now
) -> EditedOut:
    """Paint over faces, plates and door numbers; the photo must be approved anew."""
    covers, version = given.to_cover(), given.version
    return EditedOut.of(
        await reports.album.cover(session, report_id, photo_id, covers, version=version, by=by, now=now)
    )


@router.post("/cases/{report_id:uuid}/photos/{photo_id:uuid}/original", responses=problems(*_NOT_THEIRS))
async def open_original(
    report_id: UUID,
    photo_id: UUID,
    given: ReasonIn,
    *,
    by: CaseStaff,
    session: SessionDep,
    runtime: RuntimeDep,
    now: Now,
) -> OriginalOut:
    """Open what the phone sent, for a reason; privacy officers see who did."""
    photo = await reports.album.open_original(
        session, report_id, photo_id, reason=given.reason, by=by, now=now
    )
    found = await photos.addresses(runtime.photos, photo, viewer=Viewer.STAFF, now=now)
    return OriginalOut(original=found.original)
