"""Rows of the clerk's lists at a glance: small photos and working days, one request for a whole page."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.deps import CaseStaff, Now, ReadDep, RuntimeDep
from app.api.schemas import Out
from app.models import Photo
from app.services import photos
from app.services.photos import PhotoDesk, Viewer
from app.services.reports import glances

router = APIRouter(prefix="/reports", tags=["reports"])

_Ids = Annotated[list[UUID], Query(alias="id", min_length=1, max_length=glances.MOST_GLANCES)]


class GlanceOut(Out):
    """A case at a glance."""

    id: UUID
    thumb: str | None = Field(description="a small copy of the first photo, at a short-lived address")
    photo_count: int
    working_days_left: int | None = Field(
        description="to the next promise, by the official calendar: 0 on its day and until offices have "
        "worked a day since, below zero afterwards"
    )


class GlancesOut(Out):
    """Cases of the caller's desk, in no order; the others that were asked for are left out."""

    items: list[GlanceOut]


@router.get("/cases/glances")
async def see_glances(
    ids: _Ids, by: CaseStaff, session: ReadDep, runtime: RuntimeDep, now: Now
) -> GlancesOut:
    """See small photos and working days left of up to a hundred cases at once."""
    found = await glances.glances(session, ids, by=by, now=now)
    items = [
        GlanceOut(
            id=each.report_id,
            thumb=None if each.photo is None else await _thumb(runtime.photos, each.photo, now=now),
            photo_count=each.photo_count,
            working_days_left=each.working_days_left,
        )
        for each in found
    ]
    return GlancesOut(items=items)


async def _thumb(desk: PhotoDesk, photo: Photo, *, now: datetime) -> str | None:
    return (await photos.addresses(desk, photo, viewer=Viewer.STAFF, now=now)).thumb
