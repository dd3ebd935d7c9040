"""Whom to call, before any form: at a place, with the numbers that its area keeps."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.deps import Now, ReadDep, SessionDep
from app.api.errors import problems
from app.api.reports.placing import CaseOfficer
from app.api.reports.routes import Grids
from app.api.reports.schemas import CategoryId, VersionOfOne
from app.api.schemas import AreaCodeText, In, Out, PhoneOut
from app.core.errors import EditConflict, NotFound, PositionForeign, PositionSwapped
from app.core.geo import CoordType, read_in_china
from app.models import AreaPhone
from app.services.reports import phones, places

router = APIRouter(prefix="/reports", tags=["reports"])

_Service = Annotated[str, Field(max_length=60, pattern=r"^[a-z][a-z0-9_]*$")]
_Degrees = Query(ge=-180, le=180, allow_inf_nan=False)


class PhonesOut(Out):
    """Whom to call there, in this order; ``area_code`` is whose numbers they are, if that is known."""

    area_code: str | None
    phones: list[PhoneOut]


class AreaPhoneIn(In):
    """A service's number in an area; services are those that categories name, as `gas`."""

    area_code: AreaCodeText
    service: _Service
    number: Annotated[str, Field(min_length=3, max_length=20, pattern=r"^[0-9+][0-9 -]*$")]
    version: VersionOfOne = None

    def read(self) -> phones.PhoneDraft:
        """Return the draft."""
        return phones.PhoneDraft(**self.model_dump())


class AreaPhoneOut(Out):
    """A service's number in an area."""

    area_code: str
    service: str
    number: str
    version: int
    changed_at: datetime


class AreaPhonesOut(Out):
    """The numbers of one's areas."""

    phones: list[AreaPhoneOut]


@router.get("/phones", responses=problems(NotFound, PositionSwapped, PositionForeign))
async def list_phones(
    category_id: CategoryId,
    lat: Annotated[float, _Degrees],
    lon: Annotated[float, _Degrees],
    coord_type: CoordType,
    *,
    grids: Grids,
    session: ReadDep,
) -> PhonesOut:
    """List whom to call about something at a place, for anybody: its area's numbers too."""
    place = await places.locate(session, read_in_china(lat, lon, coord_type), grids, declared=None)
    area_code = None if place is None else place.area_code
    found = await phones.at(session, category_id, area_code=area_code)
    return PhonesOut.model_validate({"area_code": area_code, "phones": found})


@router.get("/area-phones")
async def list_area_phones(by: CaseOfficer, session: ReadDep) -> AreaPhonesOut:
    """List the numbers that one's areas keep."""
    found = await phones.of_areas(session, by=by)
    return AreaPhonesOut(phones=[AreaPhoneOut.model_validate(each) for each in found])


@router.put("/area-phones", response_model=AreaPhoneOut, responses=problems(NotFound, EditConflict))
async def keep_area_phone(given: AreaPhoneIn, by: CaseOfficer, session: SessionDep, now: Now) -> AreaPhone:
    """Say a service's number in an area of one's own; riders see it from now on."""
    return await phones.keep(session, given.read(), by=by, now=now)


@router.delete("/area-phones", status_code=204, responses=problems(NotFound))
async def drop_area_phone(
    area_code: Annotated[AreaCodeText, Query()],
    service: Annotated[_Service, Query()],
    by: CaseOfficer,
    session: SessionDep,
) -> None:
    """Take a service's number of an area away."""
    await phones.drop(session, area_code, service, by=by)
