"""Photos of repairs, ready to be attached, as rows."""

import random
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Photo, PhotoPurpose, PhotoRole, PhotoState, Report, ReportPhoto
from tests.factories.photos import make_photo
from tests.factories.reports import SENT_AT

_lot = random.Random(3)


async def ready(
    session: AsyncSession, owner_id: UUID | None, purpose: PhotoPurpose = PhotoPurpose.RESOLUTION, **given
) -> Photo:
    """Make a photo whose copies are made, unlike any other unless told otherwise."""
    seen = {"phash": _lot.getrandbits(63), "sha256": _lot.randbytes(32)}
    done = {"state": PhotoState.READY, "ready_at": SENT_AT}
    return await make_photo(session, owner_id, **{"purpose": purpose, **done, **seen, **given})


async def before(session: AsyncSession, report: Report, **given) -> Photo:
    """Make a photo of the hazard that belongs to a report."""
    about = {"about_id": report.id, "attached_at": SENT_AT}
    photo = await ready(session, None, PhotoPurpose.REPORT, **about, **given)
    session.add(
        ReportPhoto(
            report_id=report.id, photo_id=photo.id, role=PhotoRole.BEFORE, position=0, added_at=SENT_AT
        )
    )
    return photo
