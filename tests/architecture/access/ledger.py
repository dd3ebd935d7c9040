"""The ledger: one's own hours, the books of an area's organisations, the published heads."""

from datetime import date
from typing import Any
from uuid import uuid4

from tests.architecture.access.vocabulary import (
    ANYONE,
    CASE_STAFF,
    SIGNED_IN,
    Expected,
    Ids,
    Row,
    Sees,
    Who,
    own,
)

_ENTRY, _BOOK = "/v1/ledger/entries/{entry_id}", "/v1/ledger/books/{book_id}"
# Who speaks for an organisation holds no role: tests/ledger tries what they may.
_KEEPERS: Expected = {
    **dict.fromkeys(Who, Sees.NOT_FOUND),
    Who.ANONYMOUS: Sees.SIGN_IN,
    Who.STAFF: Sees.IT,
    Who.OFFICER: Sees.IT,
}
_LIST: Expected = {who: Sees.NOTHING if sees is Sees.NOT_FOUND else sees for who, sees in _KEEPERS.items()}
# The worker coordinates the team; sysadmins do not write hours.
_RUNNERS: Expected = {**_KEEPERS, Who.WORKER: Sees.IT}
_REGISTERED = own(others="ledger.not_registered")


def _book(ids: Ids) -> dict[str, Any]:
    organisation = {"name": "测试服务队", "responsible": "王队长", "phone": "0937-2600000"}
    return {"id": str(uuid4()), "area_code": ids["area_code"], **organisation}


def _typed(ids: Ids) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "volunteer_id": ids["volunteer_id"],
        "provenance": "manual",
        "served_on": date(2026, 11, 18).isoformat(),
        "minutes": 60,
        "activity": "文明交通劝导",
        "reason": "手机没电",
    }


def _of_member(ids: Ids) -> dict[str, Any]:
    typed = {name: value for name, value in _typed(ids).items() if name not in {"volunteer_id", "provenance"}}
    return typed | {"member_id": ids["member_id"]}


_UPLOAD = (
    '--line\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    "志愿者编号,服务日期,服务内容,分钟\r\nnobody-here,2024-05-18,清扫,60\r\n--line--\r\n"
)

ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/ledger/import-template.xlsx", ANYONE),
    Row(
        "POST",
        f"{_BOOK}/imports",
        _KEEPERS,
        content=_UPLOAD.encode(),
        headers={"content-type": "multipart/form-data; boundary=line"},
        shows='"is_written":false',
    ),
    Row("GET", "/v1/ledger/lists", _LIST, shows="list_id"),
    Row("POST", f"{_BOOK}/lists/{{list_id}}/approve", _KEEPERS, json={}),
    Row("POST", f"{_BOOK}/lists/{{list_id}}/refuse", _KEEPERS, json={"reason": "名单有误"}),
    Row("PUT", "/v1/ledger/me", SIGNED_IN, json={"name": "小蜂"}, also=("edit_conflict",)),
    Row("GET", "/v1/ledger/me", _REGISTERED, shows="volunteer_id"),
    Row("GET", "/v1/ledger/me/entries", own(others=Sees.NOTHING), shows="entry_id"),
    Row(
        "POST",
        "/v1/ledger/me/disputes",
        _REGISTERED,
        json=lambda ids: {"id": str(uuid4()), "book_id": ids["book_id"], "text": "少了一次"},
    ),
    Row("GET", "/v1/ledger/me/disputes", own(others=Sees.NOTHING), shows="dispute_id"),
    Row("POST", "/v1/ledger/books", CASE_STAFF, json=_book),
    Row("GET", "/v1/ledger/books", _LIST, shows="book_id"),
    Row("GET", f"{_BOOK}/entries", _KEEPERS, shows="entry_id"),
    Row("GET", f"{_BOOK}/figures", _KEEPERS, query="since=2026-11-01&until=2026-11-30"),
    Row("POST", f"{_BOOK}/recordings", _KEEPERS, json=_typed),
    Row(
        "POST",
        "/v1/ledger/teams/{team_id}/recordings",
        _RUNNERS,
        json=_of_member,
        also=("ledger.own_hours",),  # the member is the coordinator
    ),
    Row("GET", "/v1/ledger/typed", SIGNED_IN),
    Row("GET", "/v1/ledger/waiting", _LIST, shows="entry_id"),
    Row("POST", f"{_ENTRY}/approve", _KEEPERS, json={}),
    Row("POST", f"{_ENTRY}/refuse", _KEEPERS, json={"reason": "登记表上没有"}),
    Row("POST", f"{_ENTRY}/void", _KEEPERS, json={"reason": "重复"}),
    Row(
        "POST",
        f"{_ENTRY}/correct",
        _KEEPERS,
        json=lambda _: {"id": str(uuid4()), "minutes": 30, "reason": "早退"},
    ),
    Row("GET", "/v1/ledger/disputes", _LIST, shows="dispute_id"),
    Row(
        "POST",
        "/v1/ledger/disputes/{dispute_id}/answer",
        _KEEPERS,
        json={"is_upheld": False, "text": "已核对"},
    ),
    Row("GET", "/v1/ledger/me/record", _REGISTERED, shows="volunteer_id"),
    Row(
        "POST",
        f"{_BOOK}/remarks",
        _KEEPERS,
        json=lambda ids: {
            "id": str(uuid4()),
            "volunteer_id": ids["volunteer_id"],
            "kind": "commendation",
            "text": "年度优秀志愿者",
            "given_on": "2026-11-18",
        },
    ),
    Row("POST", "/v1/ledger/remarks/{remark_id}/withdraw", _KEEPERS),
    Row("GET", "/v1/ledger/heads", ANYONE),
)
