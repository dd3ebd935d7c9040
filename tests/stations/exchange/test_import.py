"""An office's list over HTTP: what is written, what is refused and why, and the marked-up table."""

import asyncio
import io
import json
import re
import zipfile
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.orm import selectinload

from app.core.actor import Actor, Grant, Role
from app.core.geo import CoordType
from app.models import Amenity, AmenityState, HolidayPolicy, OutboxEvent, Station, StationStatus
from app.services.stations import CodeTaken, exchange, lists, queries
from tests.factories.accounts import make_account
from tests.factories.checkins import make_visit
from tests.factories.stations import COMMUNITY, SUZHOU, make_area, make_station
from tests.realtime.waiting import until_one_waits

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
URL = "/v1/stations/import"
HEADINGS = [
    "编号",
    "名称",
    "类型",
    "社区代码",
    "地址",
    "经度",
    "纬度",
    "坐标系",
    "开放时间",
    "设施",
    "座位数",
    "电话",
]
ROW = [
    "SZ-001", "金泉路社区城市暖“蜂”驿站", "暖心驿站", COMMUNITY, "金泉路18号", 98.5083, 39.7431, "高德",
    "周一至周五 8:30-18:00", "热水、微波炉", 20, "0937-2612345",
]  # fmt: skip


def workbook(*rows, headings=HEADINGS) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["2026年度驿站台账"])
        for at, row in enumerate([headings, *rows], start=1):
            sheet.write_row(at, 0, row)
    return buffer.getvalue()


def changed(row=ROW, **cells) -> list:
    return [cells.get(heading, cell) for heading, cell in zip(HEADINGS, row, strict=True)]


@pytest.fixture
async def office(session, client_for, clock):
    clock.at = NOW
    await make_area(session)
    account = await make_account(session)
    await session.commit()
    return client_for(Actor(account.id, (Grant(Role.DISTRICT_OFFICER, ("620902",)),)))


async def bring(client, content, **query):
    response = await client.post(URL, files={"file": ("台账.xlsx", content)}, params=query)
    assert response.status_code == 200, response.text
    return response.json()


async def all_stations(session) -> list[Station]:
    query = select(Station).options(selectinload(Station.amenities)).order_by(Station.code)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def test_a_right_list_is_written_with_its_facts(session, office):
    report = await bring(office, workbook(ROW))
    assert (report["created"], report["refused"], report["is_written"]) == (1, 0, True)
    assert report["rows"][0] | {"hints": []} == {
        "number": 3, "code": "SZ-001", "name": ROW[1], "action": "create", "changes": [],
        "problems": [], "hints": [],
    }  # fmt: skip
    (station,) = await all_stations(session)
    assert (station.name, station.phone, station.seats) == (ROW[1], "0937-2612345", 20)
    assert station.opening_hours == "Mo-Fr 08:30-18:00"
    assert (station.given_lon, station.given_lat, station.given_coord_type) == (
        98.5083,
        39.7431,
        CoordType.GCJ02,
    )
    assert 0 < abs(station.lon - 98.5083) < 0.01
    assert {each.amenity for each in station.amenities} == {Amenity.HOT_WATER, Amenity.MICROWAVE}
    assert station.area_code == COMMUNITY
    names = (await session.scalars(select(OutboxEvent.name))).all()
    assert names == ["station.created"]


async def test_a_dry_run_writes_nothing_and_says_the_same(session, office):
    dry = await bring(office, workbook(ROW), dry_run=True)
    assert not dry["is_written"]
    assert not await all_stations(session)
    wet = await bring(office, workbook(ROW))
    assert dry | {"is_written": True} == wet


async def test_an_office_list_without_codes_is_written_and_found_again(session, office):
    headings = [
        "名称",
        "类型",
        "地址",
        "经度",
        "纬度",
        "坐标系",
        "开放时间",
        "设施",
        "座位数",
        "电话",
        "社区代码",
    ]
    first = ["金泉路暖心驿站", "暖心驿站", "金泉路18号", 98.5083, 39.7431, "高德",
             "夏季 9:00-21:00 冬季 10:00-18:00", "热水、充电", 20, "0937-2612345", COMMUNITY]  # fmt: skip
    second = ["东关暖心驿站", *first[1:6], "全年无休 8:00-20:00", *first[7:]]
    report = await bring(office, workbook(first, second, headings=headings))
    assert (report["created"], report["refused"]) == (2, 0)
    codes = [row["code"] for row in report["rows"]]
    assert all(code.startswith(f"{COMMUNITY}-") for code in codes)
    assert ["5月至9月" in "".join(row["hints"]) for row in report["rows"]] == [True, False]
    by_code = {each.code: each for each in await all_stations(session)}
    assert [by_code[code].name for code in codes] == [first[0], second[0]]
    assert by_code[codes[0]].opening_hours == "May-Sep Mo-Su 09:00-21:00; Oct-Apr Mo-Su 10:00-18:00"
    assert [by_code[code].holiday_policy for code in codes] == [HolidayPolicy.CLOSED, HolidayPolicy.SAME]
    assert {each.amenity for each in by_code[codes[0]].amenities} == {
        Amenity.HOT_WATER,
        Amenity.PHONE_CHARGING,
    }
    again = [first[0].replace("暖心", " 暖心"), *first[1:8], 30, *first[9:]]
    report = await bring(office, workbook(again, headings=headings))
    assert (report["created"], report["updated"], report["rows"][0]["code"]) == (0, 1, codes[0])
    twice = await bring(office, workbook(first, first, headings=headings))
    assert [row["problems"][0]["column"] for row in twice["rows"]] == ["编号", "编号"]


async def test_a_list_without_codes_finds_stations_that_have_some(session, office):
    await bring(office, workbook(ROW))
    report = await bring(office, workbook([*ROW[1:10], 44, ROW[11]], headings=HEADINGS[1:]))
    assert (report["updated"], report["rows"][0]["code"]) == (1, "SZ-001")
    await bring(office, workbook(changed(编号="SZ-002")))
    report = await bring(office, workbook(ROW[1:], headings=HEADINGS[1:]))
    assert "同名" in report["rows"][0]["problems"][0]["problem"]


async def test_a_row_that_moves_its_station_far_is_refused(session, office):
    await bring(office, workbook(ROW))
    report = await bring(office, workbook(changed(纬度=38.7431)))
    (problem,) = report["rows"][0]["problems"]
    assert (problem["column"], report["is_written"]) == ("经度", False)
    assert "111 公里" in problem["problem"]


async def test_the_same_list_again_changes_nothing(session, office):
    await bring(office, workbook(ROW))
    (before,) = await all_stations(session)
    version = before.version
    report = await bring(office, workbook(ROW))
    assert (report["unchanged"], report["updated"]) == (1, 0)
    assert (await all_stations(session))[0].version == version


async def test_a_row_updates_the_station_with_its_code_and_keeps_what_works(session, office):
    await bring(office, workbook(ROW))
    (station,) = await all_stations(session)
    station.amenities[0].state = AmenityState.BROKEN
    kept = station.amenities[0].amenity
    await session.commit()
    report = await bring(office, workbook(changed(座位数=8, 设施="热水、微波炉、空调")))
    assert report["rows"][0]["changes"] == ["座位数", "设施"]
    (station,) = await all_stations(session)
    assert station.seats == 8
    states = {each.amenity: each.state for each in station.amenities}
    assert states[kept] is AmenityState.BROKEN
    assert Amenity.AC in states


async def test_a_column_that_is_missing_keeps_and_an_empty_cell_empties(session, office):
    await bring(office, workbook(ROW))
    report = await bring(office, workbook(["SZ-001", ""], headings=["编号", "电话"]))
    assert report["rows"][0]["changes"] == ["电话"]
    (station,) = await all_stations(session)
    assert station.phone == ""
    assert station.seats == 20


async def test_one_bad_row_keeps_all_out_unless_it_is_skipped(session, office):
    rows = [ROW, changed(编号="SZ-002", 类型="咖啡馆")]
    report = await bring(office, workbook(*rows))
    assert (report["refused"], report["is_written"]) == (1, False)
    assert not await all_stations(session)
    report = await bring(office, workbook(*rows), skip_bad=True)
    assert report["is_written"]
    assert [each.code for each in await all_stations(session)] == ["SZ-001"]


BAD_CELLS = {
    "编号": ["", "a b"],
    "名称": ["", "=1+1", "甲" * 101],
    "类型": ["咖啡馆"],
    "社区代码": ["金泉路社区", "620902006999", "620302100001", "62090200600"],
    "地址": [""],
    "经度": ["98度", 39.7431 + 200, 2.35],
    "坐标系": ["", "北京54"],
    "开放时间": [
        "",
        "夏季8:00-20:00",
        "Mo-Fr 8-18",
        "PH off",
        "08:00-06:00",
        "Mo-Fr 22:00-06:00; Sa 09:00-12:00",
    ],
    "设施": ["热水、泳池"],
    "座位数": ["很多", -1, 10_001],
    "电话": [9372612345, "1.39E+10", "无"],
}


@pytest.mark.parametrize(("heading", "cell"), [(h, cell) for h, some in BAD_CELLS.items() for cell in some])
async def test_a_bad_cell_is_named_with_what_to_write_instead(session, office, heading, cell):
    report = await bring(office, workbook(changed(**{heading: cell})), skip_bad=True)
    (row,) = report["rows"]
    assert row["action"] == "refused"
    assert {problem["column"] for problem in row["problems"]} == {heading}
    assert all(problem["problem"] and problem["advice"] for problem in row["problems"])
    assert re.search("[一-鿿]", row["problems"][0]["problem"])
    assert not await all_stations(session)


async def test_swapped_coordinates_are_named_with_the_right_order(office):
    report = await bring(office, workbook(changed(经度=39.7431, 纬度=98.5083)))
    (problem,) = report["rows"][0]["problems"]
    assert problem["problem"] == "经度和纬度填反了"
    assert "98.5083" in problem["advice"]


async def test_a_list_without_a_datum_is_refused_row_by_row(office):
    headings = [heading for heading in HEADINGS if heading != "坐标系"]
    report = await bring(
        office, workbook([c for h, c in zip(HEADINGS, ROW, strict=True) if h != "坐标系"], headings=headings)
    )
    assert "坐标系" in {problem["column"] for problem in report["rows"][0]["problems"]}


async def test_a_code_that_comes_twice_is_refused_both_times(session, office):
    report = await bring(office, workbook(ROW, changed(名称="另一个")), skip_bad=True)
    assert report["refused"] == 2


async def test_another_areas_station_cannot_be_taken_over_by_its_code(session, office):
    other = await make_station(session, area_code="620302100001", code="SZ-001", name="金川驿站")
    await session.commit()
    report = await bring(office, workbook(ROW), skip_bad=True)
    assert report["rows"][0]["problems"][0]["column"] == "编号"
    await session.refresh(other)
    assert other.name == "金川驿站"


async def test_a_neighbour_of_the_same_name_is_a_hint(session, office):
    await make_station(session, at=SUZHOU, name=ROW[1], code="OLD-7")
    await session.commit()
    near = changed(坐标系="WGS-84")
    report = await bring(office, workbook(near), dry_run=True)
    assert "OLD-7" in report["rows"][0]["hints"][0]
    far = changed(坐标系="WGS-84", 经度=98.6)
    assert not (await bring(office, workbook(far), dry_run=True))["rows"][0]["hints"]


async def test_two_rows_of_one_name_and_place_are_a_hint(office):
    report = await bring(office, workbook(ROW, changed(编号="SZ-002")), dry_run=True)
    assert "SZ-001" in report["rows"][1]["hints"][0]


async def test_a_removed_station_comes_back_by_its_code(session, office):
    await make_station(session, code="SZ-001", status=StationStatus.REMOVED)
    await session.commit()
    await bring(office, workbook(ROW))
    (station,) = await all_stations(session)
    assert station.status is StationStatus.IN_SERVICE


async def test_round_the_clock_stays_open_on_holidays_unless_said(session, office):
    await bring(office, workbook(changed(开放时间="24小时")))
    (station,) = await all_stations(session)
    assert (station.opening_hours, station.holiday_policy) == ("24/7", HolidayPolicy.SAME)


async def test_the_report_comes_back_as_the_office_s_own_table(office):
    content = workbook(ROW, changed(编号="SZ-002", 类型="咖啡馆", 电话=9372612345, 名称="=HYPERLINK(1)"))
    response = await office.post(URL, files={"file": content}, params={"report": "xlsx", "dry_run": True})
    assert response.status_code == 200
    assert "attachment" in response.headers["content-disposition"]
    lines = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert lines[0] == [*HEADINGS, "原行号", "检查结果", "说明"]
    assert lines[1][-2:] == ["可新增", ""]
    assert lines[2][-3:-1] == [4, "有错误"]
    assert "咖啡馆" in lines[2][-1]
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        comments = archive.read("xl/comments1.xml").decode()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'ref="C3"' in comments
    assert "工会驿站" in comments
    assert 'ref="L3"' in comments
    assert "<f>" not in sheet


async def test_csv_and_geojson_are_read_by_what_they_are(session, office):
    csv = "\n".join(",".join(map(str, line)) for line in (HEADINGS, changed(编号="A"))).encode("gb18030")
    assert (await bring(office, csv))["created"] == 1
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [98.5, 39.7]},
        "properties": dict(zip(HEADINGS, changed(编号="B"), strict=True)),
    }
    collection = {"type": "FeatureCollection", "coord_type": "wgs84", "features": [feature]}
    for key in ("经度", "纬度", "坐标系"):
        del feature["properties"][key]
    assert (await bring(office, json.dumps(collection).encode()))["created"] == 1
    codes = {each.code: each.given_coord_type for each in await all_stations(session)}
    assert codes == {"A": CoordType.GCJ02, "B": CoordType.WGS84}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04x", b"\xd0\xcf\x11\xe0old", b"{}", b"\x00\x01"])
async def test_what_is_no_list_is_refused_with_a_sentence(office, content):
    response = await office.post(URL, files={"file": content})
    assert response.status_code == 422
    assert response.json()["code"] in {"station_import.unreadable", "invalid_input"}


async def test_too_many_rows_are_for_the_command_line(office):
    lines = "\n".join(["编号,名称", *(f"{at},甲" for at in range(2001))])
    response = await office.post(URL, files={"file": lines.encode()})
    assert response.json()["code"] == "station_import.unreadable"


@pytest.mark.parametrize(
    ("grant", "status"),
    [(Grant(Role.STATION_MANAGER, station_id=uuid4()), 403), (Grant(Role.WORKER), 403), (None, 401)],
)
async def test_only_staff_of_areas_import(session, client_for, grant, status):
    account = await make_account(session)
    await session.commit()
    client = client_for(Actor(account.id, (grant,))) if grant else client_for()
    assert (await client.post(URL, files={"file": workbook(ROW)})).status_code == status


async def test_two_offices_at_once_write_each_station_once(own_runtime):
    async with own_runtime.db.writing() as session:
        await make_area(session)
    tables = [exchange.read_file(workbook(ROW, changed(编号=f"SZ-{at}", 名称=f"站{at}"))) for at in (2, 3)]
    office = Actor(None, (Grant(Role.SYSADMIN),))

    async def load(table):
        async with own_runtime.db.writing() as session:
            return await exchange.import_stations(session, table, by=office, now=NOW, dry_run=False)

    done = await asyncio.gather(*map(load, tables), return_exceptions=True)
    async with own_runtime.db.reading() as session:
        codes = [each.code for each in await all_stations(session)]
    refused = [each for each in done if isinstance(each, CodeTaken)]
    if refused:  # it wrote nothing at all, and can be sent again
        assert (len(codes), refused[0].facts) == (2, {"station_code": "SZ-001"})
        await load(tables[done.index(refused[0])])
        async with own_runtime.db.reading() as session:
            codes = [each.code for each in await all_stations(session)]
    assert sorted(codes) == ["SZ-001", "SZ-2", "SZ-3"]


async def test_an_edit_while_a_list_is_brought_in_is_not_undone_by_it(own_runtime, monkeypatch):
    async with own_runtime.db.writing() as session:
        station = await make_station(session, code="SZ-001", name="旧名", phone="0937-1111111")
    office = Actor(None, (Grant(Role.SYSADMIN),))
    headings = [each for each in HEADINGS if each != "电话"]
    table = exchange.read_file(workbook(ROW[:-1], headings=headings))
    tasks = []

    async def edit():
        async with own_runtime.db.writing() as session:
            found = await queries.get_to_change(session, station.id, by=office)
            found.phone = "0937-2222222"

    async def meanwhile(*given, **named):
        tasks.append(asyncio.create_task(edit()))
        waits = asyncio.create_task(until_one_waits(own_runtime.db))
        await asyncio.wait([tasks[0], waits], return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()
        return await keep_all(*given, **named)

    keep_all = lists.keep_all
    monkeypatch.setattr(lists, "keep_all", meanwhile)
    async with own_runtime.db.writing() as session:
        report = await exchange.import_stations(
            session, table, by=office, now=NOW, dry_run=False, confirm_far=True
        )
    await tasks[0]

    async with own_runtime.db.reading() as session:
        (kept,) = await all_stations(session)
    assert (report.is_written, kept.name, kept.phone) == (True, ROW[1], "0937-2222222")


async def test_nobody_at_a_station_waits_for_who_edits_it(own_runtime):
    async with own_runtime.db.writing() as session:
        station = await make_station(session, code="SZ-001")
        riders = [(await make_account(session)).id for _ in range(2)]
    by = Actor(None, (Grant(Role.SYSADMIN),))
    locks = (
        lambda session: queries.get_to_change(session, station.id, by=by),
        lambda session: queries.by_code_to_change(session, ["SZ-001"], by=by),
    )
    for lock, rider_id in zip(locks, riders, strict=True):
        async with own_runtime.db.writing() as editing, own_runtime.db.writing() as checking_in:
            await lock(editing)
            await checking_in.execute(text("SET LOCAL lock_timeout = '1s'"))
            await make_visit(checking_in, station.id, rider_id)
