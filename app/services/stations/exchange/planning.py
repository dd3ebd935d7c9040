"""What an import would do with each row, decided before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.core.actor import Actor
from app.core.errors import AppError
from app.core.geo import Point, to_wgs84
from app.models import Amenity, HolidayPolicy, MakeupPolicy, Station, StationStatus
from app.services import authority
from app.services.stations import moving
from app.services.stations.drafts import (
    GivenPosition,
    Operator,
    StationDraft,
    check_holiday_hours,
    columns_of,
    default_holiday_policy,
)
from app.services.stations.exchange.columns import BY_KEY
from app.services.stations.exchange.report import CellProblem, RowAction, RowReport
from app.services.stations.exchange.rows import PLACE
from app.services.stations.placing import Surroundings
from app.services.stations.queries import AREA_ROLES

_NEAR_M = 50
# What a blank cell means where the service has a default of its own.
_DEFAULTS: Mapping[str, Any] = {
    "status": StationStatus.IN_SERVICE,
    "makeup_policy": MakeupPolicy.AS_WEEKEND,
    "geofence_m": 120,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the stations and areas that a file names; places grow with the rows planned."""

    stations: Mapping[str, Station]  # by code
    areas: frozenset[str]
    places: dict[str, dict[str, Point]]  # where stands what has a name, by code
    surroundings: Surroundings | None  # where the divisions lie; None: the office has looked at the places


@dataclass(slots=True)
class Plan:
    """One row's report, and the station as it is to be, unless the row is refused."""

    report: RowReport
    draft: StationDraft | None = None


def plan(values: Mapping[str, Any], report: RowReport, known: Known, *, by: Actor, today: date) -> Plan:
    """Decide about one row whose cells are all right in themselves."""
    station = known.stations.get(values["code"])
    draft = _draft(values, station)
    report.problems += _scope(draft, station, known, by=by)
    report.problems += _rules(draft, today=today)
    if known.surroundings is not None and not report.problems:
        report.problems += _far(draft, station, known.surroundings)
    if report.problems:
        return Plan(report)
    report.changes = sorted(_changes(draft, station)) if station else []
    if station is None:
        report.action = RowAction.CREATE
    else:
        report.action = RowAction.UPDATE if report.changes else RowAction.UNCHANGED
    report.hints += _doubles(draft, known)
    return Plan(report, draft)


def draft_of(station: Station) -> StationDraft:
    """Return a station as the draft that would change nothing."""
    return StationDraft(
        name=station.name,
        kind=station.kind,
        area_code=station.area_code,
        address=station.address,
        position=GivenPosition(station.given_lat, station.given_lon, station.given_coord_type),
        opening_hours=station.opening_hours,
        code=station.code,
        status=station.status,
        holiday_policy=station.holiday_policy,
        holiday_hours=station.holiday_hours,
        makeup_policy=station.makeup_policy,
        amenities=frozenset(each.amenity for each in station.amenities),
        seats=station.seats,
        floor_text=station.floor_text,
        indoor_note=station.indoor_note,
        entry_requirements=tuple(station.entry_requirements),  # type: ignore[arg-type]
        accessibility=tuple(station.accessibility),  # type: ignore[arg-type]
        operators=tuple(Operator(**each) for each in station.operators),
        service_items=tuple(station.service_items),
        photo_urls=tuple(station.photo_urls),
        phone=station.phone,
        geofence_m=station.geofence_m,
        is_invented=station.is_invented,
    )


def _draft(values: Mapping[str, Any], station: Station | None) -> StationDraft:
    """Lay a row over what is known of its station; what the table has no column for stays."""
    said = {key: value for key, value in values.items() if key not in PLACE}
    for key, default in _DEFAULTS.items():
        if key in said and said[key] is None:
            said[key] = default
    if "amenities" in said:
        said["amenities"] = frozenset[Amenity](said["amenities"])
    if "lat" in values:
        said["position"] = GivenPosition(values["lat"], values["lon"], values["coord_type"])
    if station is None:
        return StationDraft(**said)
    if station.status is StationStatus.REMOVED:
        said.setdefault("status", StationStatus.IN_SERVICE)
    return replace(draft_of(station), **said)


def _scope(draft: StationDraft, station: Station | None, known: Known, *, by: Actor) -> list[CellProblem]:
    found = []
    if station is not None and not _may(by, station.area_code):
        found.append(_problem("code", "这个编号已被其他地区的站点使用", "换一个编号"))
    elif station is not None and station.merged_into_id is not None:
        found.append(_problem("code", "这个编号的站点已并入其他站点", "换一个编号"))
    if not _may(by, draft.area_code):
        found.append(_problem("area_code", "不在您负责的区域内", "只填本辖区的社区代码"))
    elif draft.area_code not in known.areas:
        found.append(_problem("area_code", "没有这个社区代码,或已撤销", BY_KEY["area_code"].advice))
    return found


def _may(by: Actor, area_code: str) -> bool:
    return authority.may(by, roles=AREA_ROLES, area_code=area_code)


def _rules(draft: StationDraft, *, today: date) -> list[CellProblem]:
    """Ask the rules that every edit of a station obeys, one field at a time."""
    checks: dict[str, Mapping[str, Any]] = {
        "opening_hours": {"opening_hours": draft.opening_hours},
        "holiday_hours": {"holiday_hours": draft.holiday_hours},
        "lon": {"position": draft.position},
    }
    found = []
    for key, given in checks.items():
        try:
            columns_of(given, today=today)
        except AppError as error:
            found.append(_problem(key, error.sentence(), BY_KEY[key].advice))
    try:
        check_holiday_hours(_holiday_policy(draft), draft.holiday_hours)
    except AppError as error:
        found.append(_problem("holiday_hours", error.sentence(), BY_KEY["holiday_hours"].advice))
    return found


_CHECK = "核对经纬度和社区代码;确实在此处的,导入时说明已核对(网页打勾,接口 confirm_far,命令行 --confirm-far)"


def _far(draft: StationDraft, station: Station | None, around: Surroundings) -> list[CellProblem]:
    """Refuse a place that is far from the old one, or from the rest of the community: a wrong digit."""
    new = to_wgs84(draft.position.lat, draft.position.lon, draft.position.coord_type)
    if station is not None and draft.area_code == station.area_code:
        kilometres = moving.far_km(Point(station.lat, station.lon), new)
        if kilometres is not None:
            return [_problem("lon", f"离该站原位置约 {kilometres} 公里,社区代码却没有变", _CHECK)]
    if station is not None and not _changes(draft, station) & {"坐标", BY_KEY["area_code"].heading}:
        return []
    kilometres = around.outside_km(new, draft.area_code, code=draft.code or "")
    if kilometres is None:
        return []
    return [_problem("lon", f"离社区 {draft.area_code} 约 {kilometres} 公里", _CHECK)]


def _holiday_policy(draft: StationDraft) -> HolidayPolicy:
    return draft.holiday_policy or default_holiday_policy(draft.opening_hours)


def _problem(key: str, problem: str, advice: str) -> CellProblem:
    return CellProblem(BY_KEY[key].heading, problem, advice)


def _changes(draft: StationDraft, station: Station) -> set[str]:
    """Return the headings of what the row changes."""
    old = draft_of(station)
    keys = {key for key in BY_KEY if key not in PLACE and getattr(draft, key) != getattr(old, key)}
    if draft.holiday_policy is None:
        keys.discard("holiday_policy")
    headings = {BY_KEY[key].heading for key in keys}
    return headings | ({"坐标"} if draft.position != old.position else set())


def _doubles(draft: StationDraft, known: Known) -> list[str]:
    """Say where a station of the same name stands next to this one under another code."""
    here = to_wgs84(draft.position.lat, draft.position.lon, draft.position.coord_type)
    places = known.places.setdefault(draft.name, {})
    found = [
        f"{_NEAR_M}米内已有同名站点(编号 {code}),请核对是否重复"
        for code, place in places.items()
        if code != draft.code and moving.apart_m(here, place) < _NEAR_M
    ]
    places[draft.code or ""] = here
    return found
