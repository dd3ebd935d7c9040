"""Warnings for whoever rides by: no account, and nothing is kept of where they asked."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.deps import Now, ReadDep
from app.api.errors import problems
from app.api.schemas import Out
from app.core.errors import PositionForeign, PositionSwapped
from app.core.geo import CoordType, from_wgs84, read_in_china
from app.models import WarningBasis
from app.services.duty import warnings
from app.services.duty.warnings import Nearby

router = APIRouter(prefix="/warnings", tags=["duty"])

_DECIMALS = 4  # what the rounded place has after it was turned into another type


class WarningOut(Out):
    """A danger near by: its category and about where; no picture, no word of who reported it."""

    id: UUID
    category_id: str
    zh: str
    en: str
    lat: float
    lon: float
    basis: WarningBasis
    warned_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, found: Nearby, coord_type: CoordType) -> "WarningOut":
        """Return it with its place in a type of coordinates."""
        lat, lon = from_wgs84(found.place, coord_type)
        warning, category = found.warning, found.category
        return cls(
            id=warning.id,
            category_id=category.id,
            zh=category.name_zh,
            en=category.name_en,
            lat=round(lat, _DECIMALS),
            lon=round(lon, _DECIMALS),
            basis=warning.basis,
            warned_at=warning.warned_at,
            expires_at=warning.expires_at,
        )


class WarningsOut(Out):
    """The warnings in force near by, the nearest first; positions in the type that was asked with."""

    coord_type: CoordType
    within_m: int
    warnings: list[WarningOut]


@router.get("/nearby", responses=problems(PositionSwapped, PositionForeign))
async def list_warnings(
    lat: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    coord_type: CoordType,
    *,
    session: ReadDep,
    now: Now,
) -> WarningsOut:
    """List emergencies within 300 m that were taken up or seen by two people, until they are made safe."""
    here = read_in_china(lat, lon, coord_type)
    found = await warnings.near(session, here, now=now)
    return WarningsOut(
        coord_type=coord_type,
        within_m=warnings.NEAR_M,
        warnings=[WarningOut.of(each, coord_type) for each in found],
    )
