"""Hours of the time before: a list is checked, written once, and counted apart when another person agrees."""

import asyncio
import io
from uuid import uuid4

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.sheets import workbook
from app.models import LedgerEntry
from app.services import ledger
from app.services.ledger import importing
from app.services.stations.exchange import RowAction, read_file
from tests.factories.accounts import make_account
from tests.factories.ledger import make_book, make_subject
from tests.factories.stations import COMMUNITY, make_area
from tests.reports.desks import staff_of

HEADINGS = (
    "志愿者编号*", "姓名", "服务日期", "服务内容", "服务时长(小时)", "分钟", "原记录编号", "来源", "电话",
)  # fmt: skip


class World:
    """An organisation's book, those who keep it, and a list of two volunteers' earlier hours."""

    def __init__(self, session, client_for):
        self.session, self.client_for = session, client_for

    async def set_up(self):
        session = self.session
        await make_area(session)
        clerk, second = [await staff_of(session, COMMUNITY, name=name) for name in ("甲", "乙")]
        outsider = await staff_of(session, "620921001001", name="外人")
        self.book = await make_book(session)
        old, young = [await make_account(session) for _ in range(2)]
        first = await make_subject(session, old.id, name="买买提·吐尔逊")
        await make_subject(session, young.id, name="李𬱖", volunteer_number="6209AB12")
        await make_subject(session, clerk.account_id, name="甲", volunteer_number="OWN1")
        await session.commit()
        self.approver_id = second.account_id
        self.desk, self.approver, self.stranger, self.rider = map(
            self.client_for, (clerk, second, outsider, Actor(old.id))
        )
        self.good = [
            [str(first.id), "买买提•吐尔逊", "2019年5月18日", "清扫楼道", 1.5, None, "A-1", "原系统", "1"],
            [str(first.id), None, "2019-06-01", "急救培训", None, 12000, "A-2", None, None],
            ["6209ab12", "李𬱖", "2020/1/2", "值守", 2, None, None, "名单 13800138000", None],
        ]
        return self

    async def send(self, rows, *, by=None, content=None, **params):
        data = content or workbook("名单", HEADINGS, rows)
        files = {"file": ("hours.xlsx", data, "application/octet-stream")}
        path = f"/v1/ledger/books/{self.book.id}/imports"
        return await (by or self.desk).post(path, files=files, params=params)


@pytest.fixture
async def world(session, client_for):
    return await World(session, client_for).set_up()


async def test_a_list_is_written_once_and_counts_apart_when_a_second_person_agrees(session, world):
    dry = (await world.send(world.good, dry_run=True)).json()
    assert (dry["created"], dry["refused"], dry["is_written"]) == (3, 0, False), dry
    assert dry["ignored_columns"] == ["电话"]
    assert await session.scalar(select(func.count()).select_from(LedgerEntry)) == 0

    first, again = [(await world.send(world.good)).json() for _ in range(2)]
    assert (first["created"], first["is_written"]) == (3, True)
    assert (again["created"], again["unchanged"]) == (0, 3)
    entries = (await session.scalars(select(LedgerEntry).order_by(LedgerEntry.seq))).all()
    assert [(each.minutes, each.counted, each.provenance, each.needs) for each in entries] == [
        (minutes, 0, "imported", "second") for minutes in (90, 12000, 120)
    ]
    assert "13800138000" not in (entries[2].reason or "")

    own = await world.desk.post(f"/v1/ledger/entries/{entries[0].id}/approve", json={})
    assert own.json()["code"] == "ledger.second_person_needed"
    agreed = await world.approver.post(f"/v1/ledger/entries/{entries[0].id}/approve", json={})
    assert agreed.status_code == 200
    # The others with one decision, by who did not import them.
    [waits] = (await world.approver.get("/v1/ledger/lists")).json()["items"]
    assert [waits[key] for key in ("entries", "people", "minutes", "is_own")] == [2, 2, 12120, False]
    assert [each["is_own"] for each in (await world.desk.get("/v1/ledger/lists")).json()["items"]] == [True]
    assert (await world.stranger.get("/v1/ledger/lists")).json()["items"] == []
    for apart, waiting in (("false", 2), ("true", 0)):
        found = (await world.approver.get(f"/v1/ledger/waiting?without_lists={apart}")).json()["items"]
        assert len(found) == waiting
    lines = f"/v1/ledger/books/{world.book.id}/entries?only_waiting=true&list_id="
    shown = (await world.approver.get(lines + waits["id"])).json()["items"]
    assert [each["minutes"] for each in shown] == [120, 12000]
    assert (await world.approver.get(lines + str(uuid4()))).json()["items"] == []
    path = f"/v1/ledger/books/{world.book.id}/lists/{waits['id']}"
    refusals = [
        (world.desk, f"{path}/approve", "ledger.second_person_needed"),
        (world.stranger, f"{path}/approve", "not_found"),
        (world.rider, f"{path}/approve", "not_found"),
        (world.approver, f"/v1/ledger/books/{world.book.id}/lists/{uuid4()}/approve", "not_found"),
        (world.approver, f"{path}/refuse", "ledger.reason_needed"),
    ]
    assert [(await who.post(to, json={})).json()["code"] for who, to, _ in refusals] == [
        code for _, _, code in refusals
    ]
    done = await world.approver.post(f"{path}/approve", json={"reason": "已与原系统核对"})
    assert done.json() == {"decided": 2, "left": 0}
    assert (await world.approver.get("/v1/ledger/lists")).json()["items"] == []
    for verb in ("approve", "refuse"):
        late = await world.approver.post(f"{path}/{verb}", json={"reason": "再一次"})
        assert late.json()["code"] == "ledger.nothing_to_decide"
    told = (await world.desk.get(lines.replace("true", "false") + waits["id"])).json()["items"]
    assert [(each["state"], each["decision_reason"]) for each in told] == [
        ("counted", "已与原系统核对"),
        ("counted", "已与原系统核对"),
        ("counted", None),
    ]
    assert len({each["decided_by"] for each in told} - {each["entered_by"] for each in told}) == 1
    totals = (await world.rider.get("/v1/ledger/me")).json()["totals"]
    assert (totals["minutes"], totals["imported_minutes"], totals["pending_minutes"]) == (0, 12090, 0)
    # Who recorded certifies: nobody here saw these hours.
    asked = {"id": str(uuid4()), "book_id": str(world.book.id)}
    refused = await world.rider.post("/v1/certificates", json=asked)
    assert refused.json()["code"] == "certificate.nothing_to_certify"
    session.expire_all()
    assert [each.broken async for each in ledger.verify(session)] == [None]


async def test_bad_rows_keep_all_out_and_are_marked_in_the_offices_own_words(session, world):
    rows = [
        *world.good,
        [*world.good[0][:4], 2, *world.good[0][5:]],  # A-1 twice in the file
        [str(uuid4()), None, "2019-05-18", "清扫", 1, None, None, None, None],
        ["6209AB12", "李头", "2019-05-18", "清扫", 1, None, "B-1", None, None],
        ["6209AB12", None, "2999-01-01", "清扫", 1, None, "B-2", None, None],
        ["6209AB12", None, "昨天", "=HYPERLINK(1)", 1, 60, "B-3", None, None],
        ["6209AB12", None, "2019-05-18", "清扫", 0.123, None, "B-4", None, None],
        ["own1", None, "2019-05-18", "清扫", 1, None, "B-5", None, None],
    ]
    told = (await world.send(rows)).json()
    assert (told["created"], told["refused"], told["is_written"]) == (3, 7, False)
    assert [[each["column"] for each in row["problems"]] for row in told["rows"][3:]] == [
        ["原记录编号"], ["志愿者编号"], ["姓名"], ["服务日期"], ["服务日期", "服务内容"], ["小时"],
        ["志愿者编号"],
    ]  # fmt: skip
    marked = await world.send(rows, dry_run=True, report="xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(marked.content)).get_sheet_by_index(0).to_python()
    assert [line[-2] for line in sheet[1:]] == ["可新增"] * 3 + ["有错误"] * 7
    assert (await world.send(rows, skip_bad=True)).json()["is_written"]
    assert await session.scalar(select(func.count()).select_from(LedgerEntry)) == 3

    # Its number again with other minutes: what is in the books is corrected there.
    changed = [[*world.good[1][:5], 11000, *world.good[1][6:]]]
    told = (await world.send(changed)).json()["rows"][0]
    assert (told["action"], told["problems"][0]["column"]) == ("refused", "原记录编号")


async def test_another_areas_staff_and_other_files_are_refused(world):
    assert (await world.send(world.good, by=world.stranger)).json()["code"] == "not_found"
    for content in (b"a,b\n1,2\n", b"PK\x03\x04", b'{"type": "FeatureCollection"}'):
        refused = await world.send([], content=content)
        assert (refused.status_code, refused.json()["code"]) == (422, "station_import.unreadable")
    form = await world.rider.get("/v1/ledger/import-template.xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(form.content)).get_sheet_by_index(0).to_python()
    assert sheet[0][0] == "志愿者编号*"


async def test_of_two_who_send_one_list_at_once_one_writes_it(own_runtime):
    db = own_runtime.db
    async with db.writing() as session:
        await make_area(session)
        clerks = [await staff_of(session, COMMUNITY, name=name) for name in ("甲", "乙")]
        book = await make_book(session)
        subject = await make_subject(session, (await make_account(session)).id)
    rows = [[str(subject.id), None, f"2019-05-{day:02}", "清扫", 1] for day in range(1, 29)]
    table = read_file(workbook("名单", HEADINGS[:5], rows), importing.FORM)

    async def send(by):
        async with db.writing() as session:
            return await importing.import_hours(session, book.id, table, by=by, now=utc_now(), dry_run=False)

    told = await asyncio.gather(*map(send, clerks * 2))

    actions = [{row.action for row in each.rows} for each in told if each.is_written]
    assert len(told) == len(actions) == 4
    assert actions.count({RowAction.CREATE}) == 1
    assert actions.count({RowAction.UNCHANGED}) == 3


async def test_of_a_list_with_ones_own_hours_somebody_else_decides_on_those(session, world):
    await make_subject(session, world.approver_id, name="乙", volunteer_number="OWN2")
    await session.commit()
    mine = ["OWN2", "乙", "2019-06-01", "急救培训", None, 60, "A-9", None, None]
    assert (await world.send([*world.good, mine])).json()["is_written"]
    [waits] = (await world.approver.get("/v1/ledger/lists?limit=1")).json()["items"]
    path = f"/v1/ledger/books/{world.book.id}/lists/{waits['id']}"

    first = await world.approver.post(f"{path}/refuse", json={"reason": "名单有误"})
    again = await world.approver.post(f"{path}/approve", json={})

    assert (first.json(), again.json()["code"]) == ({"decided": 3, "left": 1}, "ledger.own_hours")
    totals = (await world.rider.get("/v1/ledger/me")).json()["totals"]
    assert (totals["imported_minutes"], totals["pending_minutes"]) == (0, 0)
    [waits] = (await world.desk.get("/v1/ledger/lists")).json()["items"]
    assert (waits["entries"], waits["minutes"]) == (1, 60)
    session.expire_all()
    assert [each.broken async for each in ledger.verify(session)] == [None]
