"""Turn what the services know of stations into answers, in the caller's coordinates."""

from datetime import datetime
from typing import Any, cast

from app.api.stations.schemas import (
    AmenityDetailOut,
    AmenityOut,
    ClosureOut,
    DirectoryRowOut,
    ExceptionOut,
    GivenOut,
    OpenOut,
    OperatorOut,
    ShelterOut,
    ShownPhotoOut,
    StationIn,
    StationOut,
    StationPatch,
    StationRowOut,
)
from app.core.geo import CoordType, Point, from_wgs84
from app.models import Station
from app.services.stations import GivenPosition, Operator, StationChanges, StationDraft, StationFacts
from app.services.stations.hours import OpenState

_DIGITS = 7  # of a degree: a centimetre


def draft_of(given: StationIn) -> StationDraft:
    """Return what a client said of a new station."""
    return StationDraft(**_plain(given, set(StationIn.model_fields) - {"id", "confirm_far"}))


def changes_of(given: StationPatch) -> StationChanges:
    """Return what a client said of a known station: only the members that were sent."""
    return cast(StationChanges, _plain(given, given.model_fields_set - {"version", "confirm_far"}))


def _plain(given: StationIn | StationPatch, names: set[str]) -> dict[str, Any]:
    fields = {name: getattr(given, name) for name in names}
    if position := fields.get("position"):
        fields["position"] = GivenPosition(position.lat, position.lon, position.coord_type)
    if "operators" in fields:
        fields["operators"] = tuple(
            Operator(each.name, each.kind, each.phone) for each in fields["operators"]
        )
    return fields


def lat_lon(point: Point, coord_type: CoordType) -> tuple[float, float]:
    """Return a position in the caller's datum, to the centimetre."""
    lat, lon = from_wgs84(point, coord_type)
    return round(lat, _DIGITS), round(lon, _DIGITS)


def open_out(state: OpenState) -> OpenOut:
    """Return an opening state as clients see it."""
    return OpenOut(
        is_open=state.is_open,
        closes_at=state.changes_at if state.is_open else None,
        opens_at=state.changes_at if state.is_open is False else None,
        provisional=state.provisional,
    )


def _shared(facts: StationFacts, coord_type: CoordType, now: datetime) -> dict[str, Any]:
    lat, lon = lat_lon(facts.point, coord_type)
    return {
        "id": facts.id,
        "code": facts.code,
        "name": facts.name,
        "kind": facts.kind,
        "status": facts.status,
        "area_code": facts.area_code,
        "address": facts.address,
        "lat": lat,
        "lon": lon,
        "coord_type": coord_type,
        "floor_text": facts.floor_text,
        "indoor_note": facts.indoor_note,
        "entry_requirements": list(facts.entry_requirements),
        "accessibility": list(facts.accessibility),
        "seats": facts.seats,
        "phone": facts.phone,
        "opening": open_out(facts.timetable.at(now)),
        "is_invented": facts.is_invented,
        "version": facts.version,
        "changed_at": facts.changed_at,
    }


def row_out(facts: StationFacts, coord_type: CoordType, now: datetime) -> StationRowOut:
    """Return a station's row in a list."""
    amenities = [AmenityOut(amenity=amenity, state=state) for amenity, state in facts.amenities]
    return StationRowOut(amenities=amenities, **_shared(facts, coord_type, now))


def station_out(
    station: Station,
    facts: StationFacts,
    coord_type: CoordType,
    *,
    photos: list[ShownPhotoOut],
    now: datetime,
) -> StationOut:
    """Return a station's page."""
    return StationOut(
        **_shared(facts, coord_type, now),
        amenities=[
            AmenityDetailOut.model_validate(each)
            for each in sorted(station.amenities, key=lambda each: each.amenity)
        ],
        opening_hours=station.opening_hours,
        hours=facts.timetable.compiled,
        holiday_policy=station.holiday_policy,
        holiday_hours=station.holiday_hours,
        makeup_policy=station.makeup_policy,
        given_position=GivenOut(
            lat=station.given_lat, lon=station.given_lon, coord_type=station.given_coord_type
        ),
        operators=[OperatorOut.model_validate(each) for each in station.operators],
        service_items=station.service_items,
        photo_urls=station.photo_urls,
        photos=photos,
        geofence_m=station.geofence_m,
        closures=[
            ClosureOut.model_validate(each)
            for each in sorted(station.closures, key=lambda each: each.starts_at)
        ],
        exceptions=[
            ExceptionOut.model_validate(each)
            for each in sorted(station.exceptions, key=lambda each: (each.entered_at, each.id))
        ],
        shelter=_shelter(station, now),
        confirmed_on=station.confirmed_on,
    )


def _shelter(station: Station, now: datetime) -> ShelterOut | None:
    if station.shelter_until is None or station.shelter_until <= now:
        return None
    return ShelterOut(until=station.shelter_until, seats=station.shelter_seats, reason=station.shelter_reason)


def directory_row(facts: StationFacts, coord_type: CoordType) -> DirectoryRowOut:
    """Return a station's row in the offline directory."""
    lat, lon = lat_lon(facts.point, coord_type)
    return DirectoryRowOut(
        id=facts.id,
        name=facts.name,
        kind=facts.kind,
        status=facts.status,
        area_code=facts.area_code,
        address=facts.address,
        lat=lat,
        lon=lon,
        floor_text=facts.floor_text,
        indoor_note=facts.indoor_note,
        entry_requirements=list(facts.entry_requirements),
        accessibility=list(facts.accessibility),
        amenities=dict(facts.amenities),
        seats=facts.seats,
        phone=facts.phone,
        hours=facts.timetable.compiled,
        closed=[(each.starts_at, each.ends_at) for each in facts.closures],
        is_invented=facts.is_invented,
    )
