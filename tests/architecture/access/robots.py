"""Robots in group chats: an area's officers have them told."""

from app.core.actor import Role
from tests.architecture.access.vocabulary import Row, Sees, for_roles

_OFFICERS = for_roles(Role.DISTRICT_OFFICER)

ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/group-robots", for_roles(Role.DISTRICT_OFFICER, outside=Sees.NOTHING), shows="robot_id"),
    Row(
        "POST",
        "/v1/group-robots",
        _OFFICERS,
        json=lambda ids: {
            "vendor": "wecom",
            "name": "值班群",
            "address": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=73febdcb-1b38-4d1b",
            "facts": ["overdue"],
            "area_code": ids["area_code"],
        },
    ),
    Row("POST", "/v1/group-robots/{robot_id}/enable", _OFFICERS),
    Row("DELETE", "/v1/group-robots/{robot_id}", _OFFICERS),
)
