"""The photos of a case: what was reported, what was repaired, what a check saw, what a rider added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import Photo, PhotoPurpose, PhotoRole, PhotoState, Report
from app.services import photos
from app.services.reports import pictures
from app.services.reports.cells import point_of
from app.services.reports.handling_errors import PhotoNeeded, PhotoNotNew
from app.services.reports.pictures import Picture

MOST_PHOTOS = 9
# A picture that a rider took of a home or a child is not for those who mend the road.
_FOR_HANDLERS = (PhotoRole.BEFORE, PhotoRole.AFTER, PhotoRole.VERIFICATION)
# What a photo that proves something was taken for, as its sender said when they began to send it.
_PURPOSES = {
    PhotoRole.AFTER: PhotoPurpose.RESOLUTION,
    PhotoRole.VERIFICATION: PhotoPurpose.VERIFICATION,
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose photos count: an account's, or those that came by a contractor's link."""

    by: Actor
    link_id: UUID | None = None


async def for_handlers(session: AsyncSession, report_id: UUID) -> list[Picture]:
    """Return the photos of a case that its handlers see: not restricted, and of the hazard and its repair."""
    found = await pictures.pictures_of(session, [report_id], roles=_FOR_HANDLERS)
    return [
        each for each in found.get(report_id, []) if each.photo is not None and not each.photo.is_restricted
    ]


async def attach(
    session: AsyncSession,
    report: Report,
    ids: Sequence[UUID],
    *,
    purpose: PhotoPurpose,
    role: PhotoRole,
    sender: Sender,
    now: datetime,
) -> list[Photo]:
    """Give a sender's photos to a case; their bytes may still be coming.

    Raises:
        PhotoUnknown, PhotoInUse, InvalidInput, PictureRefused: see :func:`app.services.photos.attach`.
    """
    attached = await photos.attach(
        session,
        ids,
        purpose=purpose,
        about_id=report.id,
        by=sender.by,
        link_id=sender.link_id,
        now=now,
        place=point_of(report),
    )
    await pictures.name(session, report, ids, role=role, now=now)
    return attached


async def attach_proof(
    session: AsyncSession,
    report: Report,
    ids: Sequence[UUID],
    *,
    role: PhotoRole,
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
    found = (await pictures.pictures_of(session, [report.id])).get(report.id, [])
    earlier = [each.photo for each in found if each.photo is not None and each.photo.id not in set(ids)]
    purpose = _PURPOSES[role]
    for photo in await attach(session, report, ids, purpose=purpose, role=role, sender=sender, now=now):
        if photo.state is not PhotoState.READY:
            raise photos.NotReady
        if any(photos.are_alike(photo, each) for each in earlier):
            raise PhotoNotNew(photo_id=str(photo.id))
