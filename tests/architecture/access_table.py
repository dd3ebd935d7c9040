"""Who gets what: every route, for every role, inside and outside its scope.

``test_authority.py`` walks the app: a route that is missing here fails the test, and each row drives a
real request for every caller in :class:`Who`. To add a route, add one :class:`Row` to ``TABLE``:

1. Method and path as the router knows them, less converters (``{station_id}``, not ``{station_id:uuid}``):
   ``Row("POST", "/v1/stations/{station_id}/closures", STATION_STAFF, …)``.
2. Whom it is for, by the presets below: ``ANYONE``, ``SIGNED_IN``, ``own()`` (a worker's own thing) or
   ``for_roles(Role.STATION_MANAGER, …)``. Those say what everybody else gets: 401, 403 or 404. For a
   *list*, whose scope shows in what it holds, say ``for_roles(…, outside=Sees.NOTHING)`` and
   ``shows="station_id"``: that id (or a text as it is) must be in the answer of those inside, and must not
   be in the others'.
3. ``json=`` (or ``query=``, ``content=``) so that a caller inside is really served: any answer below 400,
   or a problem whose code stands in ``also=``. Where it needs ids, write a function of them:
   ``json=lambda ids: {"station_id": ids["station_id"]}``. A stream that does not end: ``streams=True``.
4. What a path or a body names is made in :func:`arrange`: add your thing there, *in* ``COMMUNITY`` and,
   where it is somebody's own, the worker's (``ids["worker_id"]``). Path parameters, queries and headers
   are filled from the ids, by name, or from ``params=``. Every request is rolled back: rows do not meet.

Callers inside: the worker whose things are arranged, the manager of the station, the staff of its
community, the officer of its county, a sysadmin. Outside: their like of another place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import ANONYMOUS, Actor, Grant, Role
from app.core.clock import local_day, utc_now
from app.models import AreaAlias, Grid
from app.runtime import Runtime
from app.services.checkins import screens
from tests.factories.accounts import make_account, make_grant
from tests.factories.checkins import make_visit
from tests.factories.grids import collection, drawn, square
from tests.factories.stations import COMMUNITY, make_area, make_closure, make_exception, make_station

ELSEWHERE = "620921001001"  # 金塔县: another county of the same prefecture; serial invented


class Who(StrEnum):
    """The callers each route is tried by."""

    ANONYMOUS = "anonymous"
    WORKER = "worker"
    OTHER_WORKER = "another worker"
    MANAGER = "station manager"
    OTHER_MANAGER = "another station's manager"
    STAFF = "community staff"
    OTHER_STAFF = "another community's staff"
    OFFICER = "district officer"
    OTHER_OFFICER = "another district's officer"
    SYSADMIN = "sysadmin"


class Sees(StrEnum):
    """What a caller gets."""

    IT = "it"  # served
    NOTHING = "nothing"  # served, but without the thing that the row ``shows``
    SIGN_IN = "sign_in_required"
    NO_ROLE = "role_missing"
    NOT_FOUND = "not_found"


Expected = Mapping[Who, Sees | str]  # a string: the code of a refusal of the feature's own
Ids = Mapping[str, str]

_INSIDE = {
    Role.STATION_MANAGER: Who.MANAGER,
    Role.COMMUNITY_STAFF: Who.STAFF,
    Role.DISTRICT_OFFICER: Who.OFFICER,
}
_OUTSIDE = {
    Role.STATION_MANAGER: Who.OTHER_MANAGER,
    Role.COMMUNITY_STAFF: Who.OTHER_STAFF,
    Role.DISTRICT_OFFICER: Who.OTHER_OFFICER,
}

ANYONE: Expected = dict.fromkeys(Who, Sees.IT)
SIGNED_IN: Expected = {**ANYONE, Who.ANONYMOUS: Sees.SIGN_IN}


def own(*, others: Sees | str = Sees.NOT_FOUND) -> Expected:
    """Expect that a thing is its worker's alone, whatever role anybody else has."""
    return {**dict.fromkeys(Who, others), Who.ANONYMOUS: Sees.SIGN_IN, Who.WORKER: Sees.IT}


def for_roles(*roles: Role, outside: Sees | str = Sees.NOT_FOUND) -> Expected:
    """Expect that sysadmins and holders of some roles are served inside their scope."""
    expected: dict[Who, Sees | str] = {
        **dict.fromkeys(Who, Sees.NO_ROLE),
        Who.ANONYMOUS: Sees.SIGN_IN,
        Who.SYSADMIN: Sees.IT,
    }
    for role in roles:
        expected[_INSIDE[role]] = Sees.IT
        expected[_OUTSIDE[role]] = outside
    return expected


STATION_STAFF = (Role.STATION_MANAGER, Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)
AREA_STAFF = (Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)


@dataclass(frozen=True)
class Row:
    """One route and what each caller gets of it."""

    method: str
    path: str
    expected: Expected
    json: Any = None
    query: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    shows: str | None = None
    streams: bool = False

    def body(self, ids: Ids) -> Any:
        return self.json(ids) if isinstance(self.json, Callable) else self.json


async def arrange(session: AsyncSession, runtime: Runtime) -> dict[str, str]:
    """Make one thing of each kind, inside, and return their ids by the names that paths use."""
    await make_area(session, ELSEWHERE)
    station = await make_station(session, area_code=COMMUNITY)
    heir = await make_station(session, area_code=COMMUNITY)
    now = utc_now()
    closure = await make_closure(session, station, now + timedelta(days=3))
    exception = await make_exception(session, station, local_day(now), local_day(now), "24/7", entered_at=now)
    phone = "+8613712345678"
    worker = await make_account(session, area_code=COMMUNITY, phone_hash=runtime.vault.phone_hash(phone))
    grant = await make_grant(session, worker, Role.STATION_MANAGER, station_id=station.id)
    session.add(AreaAlias(scheme="mca", code="620902998", name="测试街道", area_code=COMMUNITY[:9]))
    sysadmin = Actor(worker.id, (Grant(Role.SYSADMIN),))
    screen, secret = await screens.issue_screen(session, station.id, label="门口", by=sysadmin, now=now)
    printed = await screens.issue_printed(session, station.id, by=sysadmin, now=now)
    visit = await make_visit(session, station.id, worker.id, captured_at=now)
    await session.flush()
    grid = Grid(
        scheme="police",
        code=f"{COMMUNITY}001",
        name="一格",
        community_code=COMMUNITY,
        polygon=drawn(1, square(0, 0))["geometry"],
        valid_from=local_day(now),
    )
    session.add(grid)
    await session.flush()
    return {
        "worker_id": str(worker.id),
        "worker_phone": phone,
        "station_id": str(station.id),
        "station_code": station.code,
        "heir_id": str(heir.id),
        "closure_id": str(closure.id),
        "exception_id": str(exception.id),
        "tomorrow": (now + timedelta(days=1)).isoformat(),
        "area_code": COMMUNITY,
        "grid_id": str(grid.id),
        "grant_id": str(grant.id),
        "screen_id": str(screen.id),
        "screen_secret": secret,
        "printed_id": str(printed.id),
        "visit_id": str(visit.id),
        "now": now.isoformat(),
    }


async def callers(session: AsyncSession, ids: Ids) -> dict[Who, Actor]:
    """Return an actor for each caller; each has an account, as facts they write refer to it."""
    grants = {
        Who.MANAGER: Grant(Role.STATION_MANAGER, station_id=UUID(ids["station_id"])),
        Who.OTHER_MANAGER: Grant(Role.STATION_MANAGER, station_id=uuid4()),
        Who.STAFF: Grant(Role.COMMUNITY_STAFF, (COMMUNITY,)),
        Who.OTHER_STAFF: Grant(Role.COMMUNITY_STAFF, (ELSEWHERE,)),
        Who.OFFICER: Grant(Role.DISTRICT_OFFICER, (COMMUNITY[:6],)),
        Who.OTHER_OFFICER: Grant(Role.DISTRICT_OFFICER, (ELSEWHERE[:6],)),
        Who.SYSADMIN: Grant(Role.SYSADMIN),
    }
    actors = {
        who: Actor((await make_account(session)).id, (grants[who],) if who in grants else ()) for who in Who
    }
    return {**actors, Who.ANONYMOUS: ANONYMOUS, Who.WORKER: Actor(UUID(ids["worker_id"]))}


_DEVICE = str(uuid4())
_TOKEN = "x" * 43

_UPLOAD = f"""--line\r
Content-Disposition: form-data; name="file"; filename="list.csv"\r
\r
编号,名称,类型,社区代码,地址,经度,纬度,坐标系,开放时间
SZ-9,新站,暖心驿站,{COMMUNITY},金泉路18号,98.5083,39.7431,高德,24小时
\r
--line--\r
"""

_VISITOR = own(others="checkin.visit_unknown")


def _tap(ids: Ids) -> dict[str, Any]:
    return {"id": str(uuid4()), "kind": "delta", "value": 1, "captured_at": ids["now"]}


TABLE: tuple[Row, ...] = (
    # What the framework and operators need
    Row("GET", "/openapi.json", ANYONE),
    Row("GET", "/docs", ANYONE),
    Row("GET", "/healthz", ANYONE),
    Row("GET", "/readyz", ANYONE),
    Row("GET", "/metrics", ANYONE),
    # Pages
    Row("GET", "/", ANYONE),
    Row("GET", "/manage", ANYONE),
    Row("GET", "/screen", ANYONE),
    Row("GET", "/sw.js", ANYONE),
    Row("GET", "/web/{name}", ANYONE, params={"name": "style.css"}),
    Row(
        "GET", "/c/{_station}/{_slot}/{_token}", ANYONE, params={"_station": "s", "_slot": "1", "_token": "t"}
    ),
    # Areas
    Row("GET", "/v1/areas", ANYONE),
    Row("GET", "/v1/areas/{code}", ANYONE, params={"code": COMMUNITY}),
    Row("GET", "/v1/areas/aliases/{scheme}/{code}", ANYONE, params={"scheme": "mca", "code": "620902998"}),
    Row("GET", "/v1/areas/calendar/{year}", ANYONE, params={"year": "2026"}),
    Row(
        "PUT",
        "/v1/areas/calendar/{year}",
        for_roles(),
        params={"year": "2027"},
        json={"source": "国办发明电", "days": [{"on": "2027-01-01", "kind": "holiday", "name": "元旦"}]},
    ),
    Row("GET", "/v1/areas/locate", ANYONE, query="lat=39.74&lon=98.5&coord_type=wgs84"),
    Row("GET", "/v1/areas/grids", ANYONE, query="area={area_code}"),
    Row("GET", "/v1/areas/grids/{grid_id}", ANYONE),
    Row(
        "POST",
        "/v1/areas/grids/import",
        for_roles(Role.DISTRICT_OFFICER, outside="area.grids_refused"),
        query="scheme=police&coord_type=wgs84",
        json=collection(drawn(2, square(10, 10))),
    ),
    # Accounts
    Row("POST", "/v1/accounts/codes", ANYONE, json={"phone": "13912345678", "device_id": _DEVICE}),
    Row(
        "POST",
        "/v1/accounts/sign-in",
        ANYONE,
        json={"phone": "13912345678", "code": "123456", "device_id": _DEVICE},
        also=("account.code_spent",),
    ),
    Row(
        "POST",
        "/v1/accounts/refresh",
        ANYONE,
        json={"refresh_token": _TOKEN, "device_id": _DEVICE},
        also=("account.session_ended",),
    ),
    Row("POST", "/v1/accounts/sign-out", SIGNED_IN, json={}),
    Row("GET", "/v1/accounts/me", SIGNED_IN),
    Row("PATCH", "/v1/accounts/me", SIGNED_IN, json={"version": 1, "display_name": "小马"}),
    Row("GET", "/v1/accounts/me/grants", SIGNED_IN),
    Row("GET", "/v1/accounts/me/export", own(others=Sees.NOTHING), shows="worker_id"),
    Row("DELETE", "/v1/accounts/me", SIGNED_IN),
    Row(
        "PUT",
        "/v1/accounts/me/phone",
        SIGNED_IN,
        json={"old_code": "123456", "new_phone": "13912345678", "new_code": "123456"},
        also=("account.code_spent",),
    ),
    Row(
        "POST",
        "/v1/accounts/rebindings",
        for_roles(Role.DISTRICT_OFFICER),
        json=lambda ids: {
            "phone": ids["worker_phone"],
            "new_phone": "13912345678",
            "code": "123456",
            "reason": "本人到场核实",
        },
        also=("account.code_spent",),
    ),
    Row(
        "GET",
        "/v1/accounts/grants",
        for_roles(*AREA_STAFF, outside=Sees.NOTHING),
        shows="grant_id",
    ),
    Row(
        "POST",
        "/v1/accounts/grants",
        for_roles(*AREA_STAFF),
        json=lambda ids: {
            "phone": "13912345678",
            "role": "station_manager",
            "station_id": ids["station_id"],
        },
    ),
    Row("DELETE", "/v1/accounts/grants/{grant_id}", for_roles(*AREA_STAFF)),
    # Check-ins
    Row(
        "POST",
        "/v1/stations/{station_id}/checkins",
        SIGNED_IN,
        json=lambda ids: {"id": str(uuid4()), "captured_at": ids["now"]},
    ),
    Row(
        "POST",
        "/v1/checkins/sync",
        own(others=Sees.NOTHING),
        json=lambda ids: {
            "records": [
                {
                    "kind": "check_out",
                    "id": str(uuid4()),
                    "visit_id": ids["visit_id"],
                    "captured_at": ids["now"],
                }
            ]
        },
        shows="visit_id",
    ),
    Row("POST", "/v1/checkins/{visit_id}/end", _VISITOR, json=lambda ids: {"captured_at": ids["now"]}),
    Row(
        "POST",
        "/v1/checkins/{visit_id}/fixes",
        _VISITOR,
        json=lambda ids: {
            "captured_at": ids["now"],
            "fix": {"lat": 39.7, "lon": 98.5, "accuracy_m": 5.0, "coord_type": "wgs84"},
        },
    ),
    Row("GET", "/v1/checkins/mine", own(others=Sees.NOTHING), shows="visit_id"),
    Row("GET", "/v1/stations/{station_id}/occupancy", for_roles(*STATION_STAFF)),
    Row("GET", "/v1/stations/{station_id}/occupancy/history", for_roles(*STATION_STAFF)),
    Row("POST", "/v1/stations/{station_id}/occupancy/corrections", for_roles(*STATION_STAFF), json=_tap),
    Row(
        "POST",
        "/v1/stations/{station_id}/occupancy/corrections/sync",
        for_roles(*STATION_STAFF),
        json=lambda ids: {"corrections": [_tap(ids)]},
    ),
    # Stations
    Row("GET", "/v1/stations", ANYONE, query="coord_type=gcj02"),
    Row("GET", "/v1/stations/changes", ANYONE, query="coord_type=gcj02"),
    Row("GET", "/v1/stations/{station_id}", ANYONE, query="coord_type=gcj02"),
    Row(
        "POST",
        "/v1/stations",
        for_roles(*AREA_STAFF),
        json={
            "name": "新站",
            "kind": "warm_station",
            "area_code": COMMUNITY,
            "address": "金泉路 2 号",
            "position": {"lat": 39.74, "lon": 98.5, "coord_type": "wgs84"},
            "opening_hours": "24/7",
        },
    ),
    Row(
        "PATCH",
        "/v1/stations/{station_id}",
        for_roles(*STATION_STAFF),
        query="coord_type=gcj02",
        json={"version": 1, "seats": 8},
    ),
    Row("DELETE", "/v1/stations/{station_id}", for_roles(*AREA_STAFF)),
    Row(
        "POST",
        "/v1/stations/{station_id}/merge",
        for_roles(*AREA_STAFF),
        json=lambda ids: {"into_id": ids["heir_id"]},
    ),
    Row("POST", "/v1/stations/{station_id}/closures", for_roles(*STATION_STAFF), json={"reason": "停水"}),
    Row("DELETE", "/v1/stations/{station_id}/closures/{closure_id}", for_roles(*STATION_STAFF)),
    Row(
        "POST",
        "/v1/stations/{station_id}/amenities/{amenity}/state",
        for_roles(*STATION_STAFF),
        params={"amenity": "hot_water"},
        json={"state": "broken"},
    ),
    Row(
        "POST",
        "/v1/stations/{station_id}/shelter",
        for_roles(*STATION_STAFF),
        json=lambda ids: {"until": ids["tomorrow"], "reason": "暴雪"},
    ),
    Row("DELETE", "/v1/stations/{station_id}/shelter", for_roles(*STATION_STAFF)),
    Row(
        "POST",
        "/v1/stations/{station_id}/hours-exceptions",
        for_roles(*STATION_STAFF),
        json={"from_on": "2026-12-01", "to_on": "2026-12-02", "hours": ""},
    ),
    Row("DELETE", "/v1/stations/{station_id}/hours-exceptions/{exception_id}", for_roles(*STATION_STAFF)),
    Row("POST", "/v1/stations/{station_id}/confirm", for_roles(*STATION_STAFF)),
    Row(
        "POST",
        "/v1/stations/{station_id}/flags",
        ANYONE,
        json={"kind": "was_closed", "client_id": _DEVICE},
    ),
    Row("GET", "/v1/stations/{station_id}/flags", for_roles(*STATION_STAFF)),
    Row("GET", "/v1/stations/nearby", ANYONE, query="lat=39.74&lon=98.5&coord_type=wgs84"),
    Row("GET", "/v1/live/stations/{station_id}", ANYONE, streams=True),
    Row("GET", "/v1/live/areas/{code}", ANYONE, params={"code": COMMUNITY[:6]}, streams=True),
    Row("GET", "/v1/stations/import-template.xlsx", ANYONE),
    Row(
        "POST",
        "/v1/stations/import",
        for_roles(*AREA_STAFF, outside=Sees.NOTHING),
        content=_UPLOAD.encode(),
        headers={"content-type": "multipart/form-data; boundary=line"},
        shows='"is_written":true',
    ),
    Row(
        "GET",
        "/v1/stations/export",
        for_roles(*STATION_STAFF, outside=Sees.NOTHING),
        query="format=csv",
        shows="station_code",
    ),
    Row("GET", "/gbfs/v3/{name}.json", ANYONE, params={"name": "gbfs"}),
    Row("GET", "/v1/stations/{station_id}/numbers", for_roles(*STATION_STAFF)),
    # Screens
    Row("GET", "/v1/screens/code.svg", ANYONE, headers={"X-Screen-Secret": "{screen_secret}"}),
    Row("GET", "/v1/stations/{station_id}/screens", for_roles(*STATION_STAFF)),
    Row("POST", "/v1/stations/{station_id}/screens", for_roles(*STATION_STAFF), json={"label": "门口"}),
    Row("DELETE", "/v1/stations/{station_id}/screens/{screen_id}", for_roles(*STATION_STAFF)),
    Row("GET", "/v1/stations/{station_id}/printed-codes", for_roles(*STATION_STAFF)),
    Row("POST", "/v1/stations/{station_id}/printed-codes", for_roles(*STATION_STAFF)),
    Row("DELETE", "/v1/stations/{station_id}/printed-codes/{printed_id}", for_roles(*STATION_STAFF)),
    Row(
        "GET",
        "/v1/stations/{station_id}/printed-codes/{printed_id}.{kind}",
        for_roles(*STATION_STAFF),
        params={"kind": "svg"},
    ),
)
