"""Photos of a case: named before they arrive, attached when they do, shown to whom they may be shown."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import ENDED, OutboxEvent, Photo, PhotoPurpose, PhotoRole, Report, ReportPhoto
from app.services import photos
from app.services.photos import PictureRefused
from app.services.reports import queries, scope
from app.services.reports.cells import point_of
from app.services.reports.errors import PhotosClosed, TooManyPhotos

MOST_PHOTOS = 9


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo of a case; ``photo`` is ``None`` while nothing of it has arrived."""

    link: ReportPhoto
    photo: Photo | None


async def add(
    session: AsyncSession, report: Report, ids: Sequence[UUID], *, by: Actor, now: datetime
) -> None:
    """Name photos of the hazard that the caller, its reporter, has sent or will send; again is harmless.

    What is here is attached at once, the rest when it arrives.

    Raises:
        TooManyPhotos: the report would hold more than nine.
    """
    named = [link.photo_id for link in await _links(session, [report.id], roles=(PhotoRole.BEFORE,))]
    fresh = [each for each in dict.fromkeys(ids) if each not in named]
    if len(named) + len(fresh) > MOST_PHOTOS:
        raise TooManyPhotos(most=MOST_PHOTOS)
    if not fresh:
        return
    rows = [
        {"report_id": report.id, "photo_id": each, "role": PhotoRole.BEFORE, "position": at, "added_at": now}
        for at, each in enumerate(fresh, len(named))
    ]
    await session.execute(insert(ReportPhoto).on_conflict_do_nothing(), rows)
    for photo_id in fresh:
        await _attach(session, report, photo_id, by=by, now=now)


async def add_later(
    session: AsyncSession, report_id: UUID, ids: Sequence[UUID], *, by: Actor, now: datetime
) -> Report:
    """Name more photos of a report that the caller sent and that is not over.

    Raises:
        NotFound: the caller sent no such report.
        PhotosClosed, TooManyPhotos: see there.
    """
    report = await queries.get_to_move(session, report_id, within=scope.reported(by))
    if report.state in ENDED:
        raise PhotosClosed
    await add(session, report, ids, by=by, now=now)
    return report


async def link_arrived(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Attach a photo whose copies are made to the case that named it before it came."""
    photo_id = UUID(event.payload["photo_id"])
    query = select(Report).join(ReportPhoto, ReportPhoto.report_id == Report.id)
    named = (ReportPhoto.photo_id == photo_id) & (ReportPhoto.role == PhotoRole.BEFORE)
    for report in await session.scalars(query.where(named)):
        origin = await queries.origin_of(session, report.id)
        if origin is not None and origin.account_id is not None:
            await _attach(session, report, photo_id, by=Actor(origin.account_id), now=now)


async def _attach(session: AsyncSession, report: Report, photo_id: UUID, *, by: Actor, now: datetime) -> None:
    """Attach a photo if it is here, the caller's, good, and of no other case; a report never fails by it."""
    photo = (await photos.get_many(session, [photo_id])).get(photo_id)
    if photo is None or photo.owner_id != by.account_id or photo.purpose is not PhotoPurpose.REPORT:
        return
    if photo.attached_at is not None and photo.about_id != report.id:
        return
    try:
        await photos.attach(
            session,
            [photo_id],
            purpose=PhotoPurpose.REPORT,
            about_id=report.id,
            by=by,
            now=now,
            place=point_of(report),
        )
    except PictureRefused:
        return  # its sender reads why where they sent it


async def name(
    session: AsyncSession, report: Report, ids: Sequence[UUID], *, role: PhotoRole, now: datetime
) -> None:
    """Keep what photos that were attached to a case show; again is harmless."""
    if not ids:
        return
    before = len(await _links(session, [report.id], roles=(role,)))
    rows = [
        {"report_id": report.id, "photo_id": each, "role": role, "position": at, "added_at": now}
        for at, each in enumerate(dict.fromkeys(ids), before)
    ]
    await session.execute(insert(ReportPhoto).on_conflict_do_nothing(), rows)


async def _links(
    session: AsyncSession, report_ids: Collection[UUID], *, roles: Collection[PhotoRole] = tuple(PhotoRole)
) -> Sequence[ReportPhoto]:
    query = (
        select(ReportPhoto)
        .where(ReportPhoto.report_id.in_(report_ids), ReportPhoto.role.in_(roles))
        .order_by(ReportPhoto.report_id, ReportPhoto.added_at, ReportPhoto.position, ReportPhoto.photo_id)
    )
    return (await session.scalars(query)).all()


async def pictures_of(
    session: AsyncSession,
    report_ids: Collection[UUID],
    *,
    roles: Collection[PhotoRole] = tuple(PhotoRole),
) -> dict[UUID, list[Picture]]:
    """Return the photos of cases in their order; one that belongs to another case counts as not arrived."""
    links = await _links(session, report_ids, roles=roles)
    found = await photos.get_many(session, [link.photo_id for link in links])
    pictures: dict[UUID, list[Picture]] = defaultdict(list)
    for link in links:
        photo = found.get(link.photo_id)
        is_ours = photo is not None and photo.attached_at is not None and photo.about_id == link.report_id
        pictures[link.report_id].append(Picture(link, photo if is_ours else None))
    return pictures


async def public_photos(session: AsyncSession, report_ids: Collection[UUID]) -> dict[UUID, list[Photo]]:
    """Return the photos of cases that everybody may see, in their order."""
    found = await pictures_of(session, report_ids)
    return {
        report_id: [
            each.photo for each in pictures if each.photo is not None and photos.is_public(each.photo)
        ]
        for report_id, pictures in found.items()
    }
