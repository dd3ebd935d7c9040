"""The demonstration's photos of stations: drawn, few drawings for many, and some that wait for the clerk."""

import hashlib

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Role
from app.models import AmenityState, Photo, PhotoPurpose, RoleGrant, Station, StationAmenity
from app.runtime import Runtime
from app.services.demo.places import GRIDDED
from app.services.demo.station_album import ONE_IN


async def test_stations_have_photos_and_the_clerk_has_some_to_look_at(
    loaded: AsyncSession, demo_runtime: Runtime
):
    of_stations = select(Photo, Station).join(Station, Station.id == Photo.about_id)
    rows = (await loaded.execute(of_stations)).all()
    shown = {station.id for photo, station in rows if photo.purpose is PhotoPurpose.STATION}
    gridded = {
        each.id for each in await loaded.scalars(select(Station)) if each.area_code[:6] == GRIDDED.code
    }
    assert gridded <= shown
    assert len(shown) == len(gridded) + (500 - len(gridded)) // ONE_IN
    clerk = select(RoleGrant.area_code).where(RoleGrant.role == Role.COMMUNITY_STAFF)
    community = await loaded.scalar(clerk)
    waiting = [(photo, station) for photo, station in rows if photo.approved_at is None]
    assert {station.area_code for _, station in waiting} == {community}
    broken = select(StationAmenity.photo_id).where(
        StationAmenity.station_id.in_(gridded), StationAmenity.state == AmenityState.BROKEN
    )
    faults = {photo.id for photo, _ in rows if photo.purpose is PhotoPurpose.AMENITY}
    assert set(await loaded.scalars(broken)) == faults
    kept = await demo_runtime.photos.store.get(f"photos/{waiting[0][0].id}/large-1.jpg")
    assert hashlib.sha256(kept).digest() == waiting[0][0].sha256
