"""What changes at a station from day to day: staff's closures and repairs, riders' flags."""

from datetime import UTC
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from app.api.deps import Anyone, Now, OnceDep, ReadDep, RuntimeDep, SessionDep, StationStaff
from app.api.errors import problems
from app.api.stations.schemas import (
    AmenityDetailOut,
    AmenityStateIn,
    ClosureIn,
    ClosureOut,
    ConfirmedOut,
    ExceptionIn,
    ExceptionOut,
    FlagCountOut,
    FlagIn,
    FlagsOut,
    ShelterIn,
    ShelterOut,
)
from app.core.errors import KeyReused, NotFound
from app.models import Amenity
from app.services import stations
from app.services.stations import (
    ClosedNow,
    ExceptionDraft,
    HoursCutShort,
    HoursInvalid,
    HoursUnsupported,
    NoSuchAmenity,
    PeriodInvalid,
)

router = APIRouter(prefix="/stations/{station_id:uuid}", tags=["stations"])


@router.post(
    "/closures",
    response_model=ClosureOut,
    status_code=201,
    responses=problems(NotFound, PeriodInvalid, KeyReused),
)
async def close_station(
    station_id: UUID, given: ClosureIn, *, by: StationStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Close a station from–to; without an end, until it is reopened."""

    async def work() -> ClosureOut:
        closure = await stations.close(
            session,
            station_id,
            starts_at=(given.starts_at or now).astimezone(UTC),
            ends_at=given.ends_at and given.ends_at.astimezone(UTC),
            reason=given.reason,
            by=by,
            now=now,
            closure_id=given.id,
        )
        return ClosureOut.model_validate(closure)

    return await once(work, status=201)


@router.delete("/closures/{closure_id:uuid}", status_code=204, responses=problems(NotFound))
async def reopen_station(
    station_id: UUID, closure_id: UUID, by: StationStaff, session: SessionDep, now: Now
) -> None:
    """End a closure now, or call it off."""
    await stations.reopen(session, station_id, closure_id, by=by, now=now)


@router.post(
    "/amenities/{amenity}/state",
    response_model=AmenityDetailOut,
    responses=problems(NotFound, NoSuchAmenity),
)
async def set_amenity_state(
    station_id: UUID,
    amenity: Amenity,
    given: AmenityStateIn,
    *,
    by: StationStaff,
    session: SessionDep,
    now: Now,
    once: OnceDep,
) -> Response:
    """Mark a thing as broken, short of supply or working."""

    async def work() -> AmenityDetailOut:
        row = await stations.set_amenity_state(
            session,
            station_id,
            amenity,
            given.state,
            note=given.note,
            photo_url=given.photo_url,
            photo_id=given.photo_id,
            by=by,
            now=now,
        )
        return AmenityDetailOut.model_validate(row)

    return await once(work)


@router.post("/shelter", responses=problems(NotFound, PeriodInvalid, ClosedNow))
async def declare_shelter(
    station_id: UUID, given: ShelterIn, by: StationStaff, session: SessionDep, now: Now
) -> ShelterOut:
    """Open the doors in a disaster, whatever hours and seats say, until an instant."""
    await stations.declare_shelter(
        session, station_id, until=given.until, seats=given.seats, reason=given.reason, by=by, now=now
    )
    return ShelterOut(until=given.until, seats=given.seats, reason=given.reason)


@router.delete("/shelter", status_code=204, responses=problems(NotFound))
async def end_shelter(station_id: UUID, by: StationStaff, session: SessionDep, now: Now) -> None:
    """Go back to the station's own hours and seats."""
    await stations.end_shelter(session, station_id, by=by, now=now)


@router.post(
    "/hours-exceptions",
    response_model=ExceptionOut,
    status_code=201,
    responses=problems(NotFound, PeriodInvalid, HoursInvalid, HoursUnsupported, HoursCutShort, KeyReused),
)
async def add_hours_exception(
    station_id: UUID, given: ExceptionIn, *, by: StationStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Give other hours on some days; of two that overlap the later entry wins."""

    async def work() -> ExceptionOut:
        draft = ExceptionDraft(given.from_on, given.to_on, given.hours, given.note)
        exception = await stations.add_exception(
            session, station_id, draft, by=by, now=now, exception_id=given.id
        )
        return ExceptionOut.model_validate(exception)

    return await once(work, status=201)


@router.delete("/hours-exceptions/{exception_id:uuid}", status_code=204, responses=problems(NotFound))
async def drop_hours_exception(
    station_id: UUID, exception_id: UUID, by: StationStaff, session: SessionDep, now: Now
) -> None:
    """Take dated hours back."""
    await stations.drop_exception(session, station_id, exception_id, by=by, now=now)


@router.post("/confirm", responses=problems(NotFound))
async def confirm_station(station_id: UUID, by: StationStaff, session: SessionDep, now: Now) -> ConfirmedOut:
    """Say that the station's data are right as of today."""
    station = await stations.confirm(session, station_id, by=by, now=now)
    return ConfirmedOut.model_validate(station)


@router.post("/flags", status_code=204, responses=problems(NotFound))
async def flag_station(
    station_id: UUID, given: FlagIn, *, by: Anyone, session: SessionDep, now: Now, runtime: RuntimeDep
) -> None:
    """Say in one tap what you found at the door; the same again within two hours counts once."""
    secret = runtime.settings.secret_key.get_secret_value()
    sender = stations.sender_hash(secret, str(by.account_id or given.client_id), station_id)
    await stations.flag(session, station_id, given.kind, sender=sender, now=now)


@router.get("/flags", responses=problems(NotFound))
async def read_flags(station_id: UUID, *, by: StationStaff, session: ReadDep, now: Now) -> FlagsOut:
    """Read what riders found at the door in the last 24 hours, as counts."""
    found = await stations.recent_flags(session, station_id, by=by, now=now)
    return FlagsOut(flags=[FlagCountOut.model_validate(each) for each in found])
