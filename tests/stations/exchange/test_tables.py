"""Files as offices have them become tables; traps are refused before they cost memory."""

import io
import json
import tracemalloc
import zipfile

import pytest
import xlsxwriter

from app.services.stations.exchange.errors import FileUnreadable
from app.services.stations.exchange.geojson import read_geojson
from app.services.stations.exchange.tables import read_csv
from app.services.stations.exchange.xlsx import read_xlsx

HEADINGS = ["编号", "名称", "类型", "地址"]
ROW = ["SZ-001", "金泉路驿站", "暖心驿站", "金泉路1号"]


def workbook(*lines, merge=None, sheets=(), **options) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, options) as book:
        for name in sheets:
            book.add_worksheet(name).write(0, 0, "说明")
        sheet = book.add_worksheet("站点")
        for at, line in enumerate(lines):
            sheet.write_row(at, 0, line)
        for area in merge or ():
            sheet.merge_range(*area)
    return buffer.getvalue()


def said(table, key):
    at, _ = table.columns[key]
    return [row.cells[at] for row in table.rows]


def test_titles_above_the_headings_other_sheets_and_blank_lines_are_tolerated():
    content = workbook(
        [], [], ["填报单位:肃州区"], HEADINGS, ROW, [], ["SZ-002", "西关驿站", "", ""],
        merge=[(0, 0, 1, 3, "2026年驿站台账")], sheets=["填写说明"],
    )  # fmt: skip
    table = read_xlsx(content)
    assert table.sheet == "站点"
    assert said(table, "name") == ["金泉路驿站", "西关驿站"]
    assert [row.number for row in table.rows] == [5, 7]


def test_headings_come_in_any_order_with_synonyms_stars_widths_and_hints():
    table = read_xlsx(
        workbook(
            ["＊站点名称（必填）", "联系电话", "序号", "站点 编号", "ＬＮＧ"], ["甲", "1", 1, "A1", 98.5]
        )
    )
    assert said(table, "code") == ["A1"]
    assert said(table, "name") == ["甲"]
    assert said(table, "lon") == [98.5]
    assert table.ignored == ["序号"]


def test_a_value_merged_over_several_lines_counts_for_each():
    content = workbook(
        ["编号", "名称", "社区代码"], ["1", "甲", ""], ["2", "乙", ""], merge=[(1, 2, 2, 2, "620902006001")]
    )
    assert said(read_xlsx(content), "area_code") == ["620902006001"] * 2


def test_two_columns_of_one_meaning_are_refused_by_name():
    with pytest.raises(FileUnreadable) as refusal:
        read_xlsx(workbook(["编号", "名称", "电话", "联系电话"], ROW))
    assert "联系电话" in refusal.value.sentence()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_any_encoding_and_delimiter(encoding, delimiter):
    content = "\r\n".join(delimiter.join(line) for line in (HEADINGS, ROW)).encode(encoding)
    assert said(read_csv(content), "name") == ["金泉路驿站"]


def test_csv_numbers_stay_text():
    content = "编号,名称,电话\n007,甲,09372612345\n"
    table = read_csv(content.encode())
    assert said(table, "code") == ["007"]
    assert said(table, "phone") == ["09372612345"]


def test_rare_characters_of_gb18030_survive():
    content = "编号,名称\n1,䶮𠮷·阿依古丽驿站\n".encode("gb18030")
    assert said(read_csv(content), "name") == ["䶮𠮷·阿依古丽驿站"]


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\0", b"a,b\n1,2", b"\xff\xfe\0", b"\xff\xff\xff", b'"' * 7, b"x" * 300_000]
)
def test_what_is_no_list_of_stations_is_refused(content):
    with pytest.raises(FileUnreadable):
        read_csv(content)


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"\xff" * 500, workbook(["a"])[:900]],
)
def test_broken_workbooks_are_refused(content):
    with pytest.raises(FileUnreadable):
        read_xlsx(content)


def _replaced(content: bytes, part: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for item in old.namelist():
            new.writestr(item, data if item == part else old.read(item))
    return buffer.getvalue()


def test_a_zip_bomb_is_refused_without_unpacking_it_into_memory():
    bomb = _replaced(workbook(HEADINGS, ROW), "xl/styles.xml", b" " * 200_000_000)
    tracemalloc.start()
    with pytest.raises(FileUnreadable) as refusal:
        read_xlsx(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "过大" in refusal.value.sentence()
    assert peak < 20_000_000


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576", "xfd2"])
def test_one_cell_in_the_far_corner_is_refused(place):
    with zipfile.ZipFile(io.BytesIO(workbook(HEADINGS, ROW))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    far = sheet.replace("</sheetData>", f'<row><c r="{place}"><v>1</v></c></row></sheetData>')
    assert far != sheet
    with pytest.raises(FileUnreadable) as refusal:
        read_xlsx(_replaced(workbook(HEADINGS, ROW), "xl/worksheets/sheet1.xml", far.encode()))
    assert "太大" in refusal.value.sentence()


@pytest.mark.parametrize(
    "inside",
    [
        "<row>" + "<c><v>1</v></c>" * 2000 + "</row>",
        "<row>" + "<c/><!--<row >-->" * 2000 + "</row>",
        "<row/>" * 30_000,
    ],
)
def test_a_sheet_whose_cells_have_no_names_is_counted(inside):
    plain = workbook(HEADINGS, ROW)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    far = sheet.replace("</sheetData>", f"{inside}</sheetData>").encode()
    with pytest.raises(FileUnreadable):
        read_xlsx(_replaced(plain, "xl/worksheets/sheet1.xml", far))
    wide = far.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    with pytest.raises(FileUnreadable):
        read_xlsx(_replaced(plain, "xl/worksheets/sheet1.xml", wide))


def test_geojson_says_the_same_as_a_table():
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [98.5, 39.7]},
        "properties": {"编号": "A1", "name": "甲", "设施": ["热水", "空调"], "旧编号": 7, "坐标系": "WGS-84"},
    }
    table = read_geojson(json.dumps({"type": "FeatureCollection", "features": [feature]}).encode())
    assert said(table, "code") == ["A1"]
    assert said(table, "lon") == [98.5]
    assert said(table, "amenities") == [["热水", "空调"]]
    assert table.ignored == ["旧编号"]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"features": 1}',
        b'{"features": [1]}',
        b"[" * 100_000,
        b'{"features":[{"properties":{"x":' + b"[" * 100_000 + b"}}]}",
        '{"features": "站"}'.encode(),
    ],
)
def test_broken_geojson_is_refused(content):
    with pytest.raises(FileUnreadable):
        read_geojson(content)
