"""What phones sent of a case is kept for a year after its end; its copies stay (domain: PIPL arts. 6, 19)."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ENDED, Photo, Report
from app.ports import ObjectStore
from app.services import photos

KEPT_FOR = timedelta(days=365)
_AT_ONCE = 500


async def forget(session: AsyncSession, store: ObjectStore, *, now: datetime) -> int:
    """Throw away the originals of cases that ended a year ago and return how many; for a job."""
    before = now - KEPT_FOR
    query = (
        select(Photo.id)
        .join(Report, Report.id == Photo.about_id)
        .where(Photo.has_original, Photo.attached_at < before)
        .where(Report.state.in_(ENDED), Report.state_at < before)
        .order_by(Photo.attached_at)
        .limit(_AT_ONCE)
        .with_for_update(of=Photo, skip_locked=True)
    )
    ids = (await session.scalars(query)).all()
    return await photos.forget_originals(session, store, ids)
