"""Photos of the invented reports: a few drawings, shown by many cases.

All that is still open has its photo, and all of the last weeks; of what is older every sixteenth case.
What was repaired has a second one of the repair.
"""

import asyncio
import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import bulk
from app.core.actor import Role
from app.models import ENDED, Category, PhotoPurpose, PhotoRole, PhotoState, Report, ReportOrigin, RoleGrant
from app.services.demo import pictures
from app.services.demo.pictures import SIZE, Copies
from app.services.photos.desk import PhotoDesk, copy_of
from app.services.photos.showing import COPY_TYPE, FIRST_VERSION

_RECENT = timedelta(days=45)
_ONE_IN = 16  # of what is older
_HANDS = 16  # so many are written at once
_COLUMNS = (
    "id", "owner_id", "about_id", "purpose", "state", "declared_type", "media_type", "size_bytes",
    "received_bytes", "parts", "sha256", "width", "height", "captured_at", "place_lat", "place_lon",
    "is_gallery", "created_at", "received_at", "ready_at", "attached_at", "approved_at", "approved_by",
    "is_restricted", "covered", "version", "has_original", "tries",
)  # fmt: skip
_LINK_COLUMNS = ("report_id", "photo_id", "role", "position", "added_at")


@dataclass(frozen=True, slots=True)
class _Shot:
    """One photo of one case: what is drawn, and when it was taken."""

    id: UUID
    case: Any  # a row of _cases
    scene: str
    is_after: bool
    at: datetime

    @property
    def drawing(self) -> tuple[str, bool]:
        """What tells its picture from others."""
        return self.scene, self.is_after


async def fill(session: AsyncSession, desk: PhotoDesk, *, dice: random.Random, now: datetime) -> int:
    """Give photos to invented reports and return how many; what the public may see is approved."""
    shots = list(_shots(await _cases(session), dice, now))
    drawn = {shot.drawing for shot in shots}
    made = {(scene, after): pictures.draw(scene, is_after=after) for scene, after in drawn}
    await _keep(desk, shots, made)
    clerk = select(RoleGrant.account_id).where(RoleGrant.role == Role.COMMUNITY_STAFF).limit(1)
    approver = await session.scalar(clerk)
    rows = (_photo_row(shot, made[shot.drawing], approver) for shot in shots)
    await bulk.copy_rows(session, "photos", _COLUMNS, rows)
    await bulk.copy_rows(session, "report_photos", _LINK_COLUMNS, map(_link_row, shots))
    return len(shots)


async def _cases(session: AsyncSession) -> Sequence[Any]:
    """Return what may have photos, oldest first."""
    query = (
        select(
            Report.id,
            Report.state,
            Report.submitted_at,
            Report.resolved_at,
            Report.public_at,
            Report.lat,
            Report.lon,
            Category.group,
            ReportOrigin.account_id,
        )
        .join(Category, Category.id == Report.category_id)
        .join(ReportOrigin, ReportOrigin.report_id == Report.id)
        .where(Report.is_confidential.is_(False))
        .order_by(Report.submitted_at, Report.id)
    )
    return (await session.execute(query)).all()


def _shots(cases: Iterable[Any], dice: random.Random, now: datetime) -> Iterator[_Shot]:
    for number, case in enumerate(cases):
        if case.state in ENDED and case.submitted_at < now - _RECENT and number % _ONE_IN:
            continue
        scene = pictures.scene_of(case.group)
        yield _Shot(_id(dice), case, scene, is_after=False, at=case.submitted_at)
        if case.resolved_at is not None:
            yield _Shot(_id(dice), case, scene, is_after=True, at=case.resolved_at)


def _id(dice: random.Random) -> UUID:
    return UUID(bytes=dice.randbytes(16), version=4)


async def _keep(desk: PhotoDesk, shots: Iterable[_Shot], made: Mapping[tuple[str, bool], Copies]) -> None:
    gate = asyncio.Semaphore(_HANDS)

    async def one(shot: _Shot) -> None:
        copies = made[shot.drawing]
        async with gate:
            for kind, copy in (("large", copies.large), ("thumb", copies.thumb)):
                await desk.store.put(copy_of(shot.id, kind, FIRST_VERSION), copy, media_type=COPY_TYPE)

    await asyncio.gather(*map(one, shots))


def _photo_row(shot: _Shot, made: Copies, approver: UUID | None) -> tuple[object, ...]:
    """Return a photo's row; without a hash, for one drawing on many cases tells staff nothing."""
    case = shot.case
    is_public = case.public_at is not None and approver is not None
    return (
        shot.id, None if shot.is_after else case.account_id, case.id,
        PhotoPurpose.RESOLUTION if shot.is_after else PhotoPurpose.REPORT, PhotoState.READY, COPY_TYPE,
        COPY_TYPE, len(made.large), len(made.large), "[]", hashlib.sha256(made.large).digest(),
        *SIZE, shot.at, case.lat, case.lon, False, shot.at, shot.at, shot.at, shot.at,
        max(shot.at, case.public_at) if is_public else None, approver if is_public else None, False, "[]",
        FIRST_VERSION, False, 1,
    )  # fmt: skip


def _link_row(shot: _Shot) -> tuple[object, ...]:
    role = PhotoRole.AFTER if shot.is_after else PhotoRole.BEFORE
    return shot.case.id, shot.id, role, 0, shot.at
