"""The photos of a case: what was reported, what was repaired, what a check saw, what a rider added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.geo import Point
from app.models import Photo, PhotoPurpose, PhotoState, Report
from app.services import photos
from app.services.reports.handling_errors import PhotoNeeded, PhotoNotNew

MOST_PHOTOS = 9
# A picture that a rider took of a home or a child is not for those who mend the road.
_FOR_HANDLERS = (PhotoPurpose.REPORT, PhotoPurpose.RESOLUTION, PhotoPurpose.VERIFICATION)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose photos count: an account's, or those that came by a contractor's link."""

    by: Actor
    link_id: UUID | None = None


async def of_case(session: AsyncSession, report_id: UUID) -> Sequence[Photo]:
    """Return everything that was attached to a case, oldest first."""
    query = select(Photo).where(Photo.about_id == report_id, Photo.attached_at.is_not(None))
    return (await session.scalars(query.order_by(Photo.attached_at, Photo.id))).all()


async def for_handlers(session: AsyncSession, report_id: UUID) -> list[Photo]:
    """Return the photos of a case that its handlers see: not restricted, and of the hazard and its repair."""
    found = await of_case(session, report_id)
    return [photo for photo in found if photo.purpose in _FOR_HANDLERS and not photo.is_restricted]


async def attach(
    session: AsyncSession,
    report: Report,
    ids: Sequence[UUID],
    *,
    purpose: PhotoPurpose,
    sender: Sender,
    now: datetime,
) -> list[Photo]:
    """Give a sender's photos to a case; their bytes may still be coming.

    Raises:
        PhotoUnknown, PhotoInUse, InvalidInput, PictureRefused: see :func:`app.services.photos.attach`.
    """
    return await photos.attach(
        session,
        ids,
        purpose=purpose,
        about_id=report.id,
        by=sender.by,
        link_id=sender.link_id,
        now=now,
        place=Point(report.lat, report.lon),
    )


async def attach_proof(
    session: AsyncSession,
    report: Report,
    ids: Sequence[UUID],
    *,
    purpose: PhotoPurpose,
    sender: Sender,
    now: datetime,
) -> None:
    """Give photos to a case that prove something: new ones, unlike all that were there before.

    Raises:
        PhotoNeeded: there is none.
        NotReady: one is not looked at yet.
        PhotoNotNew: one is, or nearly is, an earlier photo of the case.
    """
    if not ids:
        raise PhotoNeeded
    earlier = [photo for photo in await of_case(session, report.id) if photo.id not in set(ids)]
    for photo in await attach(session, report, ids, purpose=purpose, sender=sender, now=now):
        if photo.state is not PhotoState.READY:
            raise photos.NotReady
        if any(photos.are_alike(photo, each) for each in earlier):
            raise PhotoNotNew(photo_id=str(photo.id))
