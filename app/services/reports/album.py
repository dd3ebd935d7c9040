"""The desk's work on a case's photos: look, cover, approve, restrict; the original only for a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.geodesy import geodesic_m
from app.models import Open311Request, Photo, Report, ReportPhoto
from app.ports import Cover
from app.services import accounts, photos
from app.services.photos import PhotoUnknown
from app.services.reports import pictures, queries, scope, trust
from app.services.reports.cells import point_of
from app.services.reports.pictures import Picture

_SIMILAR_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Similar:
    """Another case of the caller's desk with a photo that looks the same; staff decide what it means."""

    report_id: UUID
    number: int
    photo_id: UUID


@dataclass(frozen=True, slots=True)
class Sheet:
    """A photo as the desk sees it; ``exif_distance_m`` is from where the picture says to the pin."""

    picture: Picture
    exif_distance_m: float | None
    similar: list[Similar]


async def sheets(session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime) -> list[Sheet]:
    """Return the photos of a case of the caller's desk, in their order; of a confidential one that is kept.

    Raises:
        NotFound: the case is not theirs to see.
    """
    report = await queries.get(session, report_id, within=scope.on_desk(by))
    await trust.note_read(session, report, by=by, now=now)
    found = (await pictures.pictures_of(session, [report_id])).get(report_id, [])
    return [
        Sheet(each, _exif_distance(each.photo, report), await _similar(session, report, each, by=by, now=now))
        for each in found
    ]


async def elsewhere(session: AsyncSession, report_id: UUID) -> list[str]:
    """Return the addresses of pictures that lie with the partner who sent a case; nothing fetches them."""
    query = select(Open311Request.media_urls).where(Open311Request.report_id == report_id)
    urls = await session.scalar(query) or []
    return [each for each in urls if each.startswith(("https://", "http://"))]


def _exif_distance(photo: Photo | None, report: Report) -> float | None:
    place = None if photo is None else photos.exif_place(photo)
    here = point_of(report)
    return None if place is None or here is None else round(geodesic_m(place, here))


async def _similar(
    session: AsyncSession, report: Report, picture: Picture, *, by: Actor, now: datetime
) -> list[Similar]:
    if picture.photo is None:
        return []
    alike = await photos.near_duplicates(session, picture.photo, since=now - _SIMILAR_FOR)
    query = (
        select(Report.id, Report.number, ReportPhoto.photo_id)
        .join(ReportPhoto, ReportPhoto.report_id == Report.id)
        .where(ReportPhoto.photo_id.in_([each.id for each in alike]), Report.id != report.id)
        .where(scope.on_desk(by))
        .order_by(Report.number.desc())
    )
    return [Similar(*row) for row in await session.execute(query)] if alike else []


async def _of_case(
    session: AsyncSession, report_id: UUID, photo_id: UUID, *, by: Actor
) -> tuple[Report, Photo]:
    report = await queries.get(session, report_id, within=scope.on_desk(by))
    for each in (await pictures.pictures_of(session, [report_id])).get(report_id, []):
        if each.link.photo_id == photo_id and each.photo is not None:
            return report, each.photo
    raise PhotoUnknown


async def approve(
    session: AsyncSession, report_id: UUID, photo_id: UUID, *, version: int, by: Actor, now: datetime
) -> Photo:
    """Let everybody see a photo of a case, as the approver saw it.

    Raises:
        NotFound, PhotoUnknown: the case is not theirs, or has no such photo.
        EditConflict, NotReady, Restricted: see there.
    """
    await _of_case(session, report_id, photo_id, by=by)
    return await photos.approve(session, photo_id, version=version, by=by, now=now)


async def withdraw(session: AsyncSession, report_id: UUID, photo_id: UUID, *, by: Actor) -> Photo:
    """Take a photo of a case back from the public.

    Raises:
        NotFound, PhotoUnknown: the case is not theirs, or has no such photo.
    """
    await _of_case(session, report_id, photo_id, by=by)
    return await photos.withdraw(session, photo_id, by=by)


async def restrict(
    session: AsyncSession, report_id: UUID, photo_id: UUID, *, restricted: bool, by: Actor
) -> Photo:
    """Mark that a photo shows children, injured people or somebody's home, or that it does not.

    Raises:
        NotFound, PhotoUnknown: the case is not theirs, or has no such photo.
    """
    await _of_case(session, report_id, photo_id, by=by)
    return await photos.restrict(session, photo_id, restricted=restricted, by=by)


async def cover(
    session: AsyncSession,
    report_id: UUID,
    photo_id: UUID,
    covers: Sequence[Cover],
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> Photo:
    """Paint over parts of a photo of a case; it must be approved anew.

    Raises:
        NotFound, PhotoUnknown: the case is not theirs, or has no such photo.
        EditConflict, NotReady, InvalidInput: see there.
    """
    await _of_case(session, report_id, photo_id, by=by)
    return await photos.cover(session, photo_id, covers, version=version, by=by, now=now)


async def open_original(
    session: AsyncSession, report_id: UUID, photo_id: UUID, *, reason: str, by: Actor, now: datetime
) -> Photo:
    """Return a photo whose original the caller may fetch, and log that they did, and why.

    Raises:
        NotFound, PhotoUnknown: the case is not theirs, or has no such photo.
    """
    report, photo = await _of_case(session, report_id, photo_id, by=by)
    if photo.owner_id is not None:
        accounts.log_read(
            session,
            photo.owner_id,
            by=by,
            what="photo_original",
            reason=reason,
            area_code=report.area_code,
            now=now,
        )
    return photo
