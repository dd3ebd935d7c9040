"""Photos of the invented reports: a few drawings, shown by many cases.

All that is still open has its photo, and all of the last weeks; of what is older every sixteenth case.
What was repaired has a second one of the repair.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import bulk
from app.core.actor import Role
from app.core.geo import Point
from app.models import ENDED, Category, PhotoPurpose, PhotoRole, Report, ReportOrigin, RoleGrant
from app.services.demo import pictures, prints
from app.services.demo.pictures import Copies
from app.services.demo.prints import Print
from app.services.photos import PhotoDesk

_RECENT = timedelta(days=45)
_ONE_IN = 16  # of what is older
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
    clerk = select(RoleGrant.account_id).where(RoleGrant.role == Role.COMMUNITY_STAFF).limit(1)
    approver = await session.scalar(clerk)
    await prints.keep(session, desk, [_print(shot, made[shot.drawing], approver) for shot in shots])
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
        yield _Shot(prints.new_id(dice), case, scene, is_after=False, at=case.submitted_at)
        if case.resolved_at is not None:
            yield _Shot(prints.new_id(dice), case, scene, is_after=True, at=case.resolved_at)


def _print(shot: _Shot, copies: Copies, approver: UUID | None) -> Print:
    case = shot.case
    return Print(
        shot.id,
        case.id,
        PhotoPurpose.RESOLUTION if shot.is_after else PhotoPurpose.REPORT,
        copies,
        shot.at,
        Point(case.lat, case.lon),
        owner_id=None if shot.is_after else case.account_id,
        approved_at=max(shot.at, case.public_at) if case.public_at is not None else None,
        approved_by=approver,
    )


def _link_row(shot: _Shot) -> tuple[object, ...]:
    role = PhotoRole.AFTER if shot.is_after else PhotoRole.BEFORE
    return shot.case.id, shot.id, role, 0, shot.at
