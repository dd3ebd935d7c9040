"""Broadcasts: district officers, each within their areas."""

from uuid import uuid4

from app.core.actor import Role
from tests.architecture.access.vocabulary import Row, Sees, for_roles
from tests.factories.broadcasts import TEXT

_OFFICERS = for_roles(Role.DISTRICT_OFFICER)


def _audience(ids) -> dict[str, str]:
    return {"kind": "area", "area_code": ids["area_code"]}


ROWS: tuple[Row, ...] = (
    Row("POST", "/v1/broadcasts/preview", _OFFICERS, json=lambda ids: {"audience": _audience(ids)}),
    Row(
        "POST",
        "/v1/broadcasts",
        _OFFICERS,
        json=lambda ids: {"id": str(uuid4()), "audience": _audience(ids), **TEXT},
    ),
    Row(
        "GET",
        "/v1/broadcasts",
        for_roles(Role.DISTRICT_OFFICER, outside=Sees.NOTHING),
        shows="broadcast_id",
    ),
    Row("GET", "/v1/broadcasts/{broadcast_id}", _OFFICERS),
    Row(
        "PUT",
        "/v1/broadcasts/{broadcast_id}",
        _OFFICERS,
        json=lambda ids: {"audience": _audience(ids), **TEXT, "version": 1},
    ),
    Row(
        "POST",
        "/v1/broadcasts/{broadcast_id}/submit",
        _OFFICERS,
        json={"version": 1},
        also=("broadcast.moved",),
    ),
    Row("POST", "/v1/broadcasts/{broadcast_id}/approve", _OFFICERS, json={"version": 1}),
    Row("POST", "/v1/broadcasts/{broadcast_id}/hand-back", _OFFICERS, json={"version": 1, "reason": "地点?"}),
    Row("POST", "/v1/broadcasts/{broadcast_id}/cancel", _OFFICERS, json={"reason": "写错了"}),
    Row("GET", "/v1/broadcasts/{broadcast_id}/figures", _OFFICERS),
)
