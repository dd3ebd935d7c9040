"""Points: one's own, what an area says of them, figures without names."""

from uuid import uuid4

from app.core.actor import Role
from tests.architecture.access.vocabulary import (
    ANYONE,
    SIGNED_IN,
    STATION_STAFF,
    Ids,
    Row,
    Sees,
    for_roles,
    own,
)

_OFFICER = for_roles(Role.DISTRICT_OFFICER)
_SCHEME = "/v1/points/schemes/{area_code}"
_DESK = for_roles(*STATION_STAFF)
_OFFER, _THERE = "/v1/points/offers/{offer_id}", "/v1/points/stations/{station_id}"
_UMBRELLA = {"kind": "goods", "name": "雨伞", "price": 10, "starts_on": "2026-11-22"}
_COUNTY = {"area_code": "{scheme_code}"}


def _rule(ids: Ids) -> dict[str, object]:
    worth = {"points": 10, "per_minutes": 60, "cap": 50, "cap_per": "day"}
    return {"id": str(uuid4()), "source": "hours", "valid_from": ids["tomorrow"][:10], **worth}


ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/points/me", SIGNED_IN),
    Row("GET", "/v1/points/me/statement", own(others=Sees.NOTHING), shows="points_transfer_id"),
    Row("GET", _SCHEME, ANYONE),
    Row(
        "PUT",
        _SCHEME,
        _OFFICER,
        json={"is_on": True, "hold_minutes": 60, "lasts_months": None, "version": 0},
    ),
    Row("POST", f"{_SCHEME}/rules", _OFFICER, params=_COUNTY, json=_rule),
    Row(
        "POST",
        "/v1/points/rules/{rule_id}/end",
        _OFFICER,
        params={"rule_id": "{points_rule_id}"},
        json=lambda ids: {"valid_to": ids["tomorrow"][:10]},
    ),
    Row("GET", f"{_SCHEME}/figures", _OFFICER, query="since=2026-11-01&until=2026-11-30"),
    Row("GET", "/v1/points/offers", ANYONE, query="area={area_code}", shows="offer_id"),
    Row(
        "POST",
        "/v1/points/offers",
        _DESK,
        json=lambda ids: {"id": str(uuid4()), "station_id": ids["station_id"], "stock": 3, **_UMBRELLA},
    ),
    Row("PUT", _OFFER, _DESK, json={**_UMBRELLA, "version": 1}),
    Row("POST", f"{_OFFER}/stock", _DESK, json={"more": 1}),
    Row("GET", f"{_THERE}/offers", _DESK, shows="offer_id"),
    Row(
        "POST",
        "/v1/points/holds",
        own(others="points.not_enough"),
        json=lambda ids: {"id": str(uuid4()), "offer_id": ids["offer_id"]},
    ),
    Row("GET", "/v1/points/me/holds", own(others=Sees.NOTHING), shows="hold_id"),
    Row("POST", "/v1/points/holds/{hold_id}/cancel", own()),
    Row("GET", f"{_THERE}/holds", _DESK, shows="hold_id"),
    Row("POST", f"{_THERE}/hand-over", _DESK, json=lambda ids: {"code": ids["hold_code"]}),
    Row("POST", "/v1/points/holds/{hold_id}/refuse", _DESK, json={"reason": "缺货"}),
)
