"""Lists as they come: headings, layouts, and what is said of rows that cannot be read."""

import gzip
from datetime import date

import pytest

from app.models import AreaKind
from app.services.areas.files import read_aliases, read_areas


def written(tmp_path, text, name="areas.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def hints(path):
    return [(problem.place.line, problem.hint) for problem in read_areas(path).problems]


def test_every_column_is_read_in_any_order_and_in_chinese(tmp_path):
    path = written(
        tmp_path,
        "名称,区划代码,性质,上级代码,启用日期,停用日期,继任代码\n"
        "示例区,620999,zone,6209,2020-01-01,2024-12-31,620902 620921\n",
        encoding="utf-8-sig",
    )

    (area,) = read_areas(path).areas

    assert area[1:] == (
        "620999", "示例区", AreaKind.ZONE, "6209", date(2020, 1, 1), date(2024, 12, 31), ("620902", "620921"),
    )  # fmt: skip


def test_the_packages_layout_is_read_as_it_is(tmp_path):
    written(tmp_path, 'code,name\n62,"甘肃省"\n', "provinces.csv")
    written(tmp_path, 'code,name,provinceCode\n6209,"酒泉市",62\n', "cities.csv")
    written(tmp_path, 'code,name,streetCode,provinceCode,cityCode,areaCode\n620902006001,"示例",1,2,3,4\n',
            "villages.csv")  # fmt: skip

    assert sorted(area.code for area in read_areas(tmp_path).areas) == ["62", "6209", "620902006001"]


def test_gzip_and_chinese_encoding_are_read(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress("code,name\n62,甘肃省\n".encode("gb18030")))

    assert read_areas(tmp_path / "a.csv.gz").areas[0].name == "甘肃省"


def test_codes_filled_with_zeros_become_significant(tmp_path):
    path = written(tmp_path, "code,name\n620000000000,甘肃省\n620902000000,肃州区\n620902006000,西南街街道\n")

    assert [area.code for area in read_areas(path).areas] == ["62", "620902", "620902006"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("62a,x,,,,,", "代码须是数字"),
        ("٦٢,x,,,,,", "代码须是数字"),
        ("620,x,,,,,", "2、4、6、9 或 12 位"),
        ("620000,x,,,,,", "2、4、6、9 或 12 位"),
        ("6200,x,,,,,", "2、4、6、9 或 12 位"),
        ("1234567890123,x,,,,,", "代码须是数字"),
        ("62,,,,,,", "名称为空"),
        ("62,a\0b,,,,,", "名称为空、过长或含有乱码"),
        (f"62,{'长' * 101},,,,,", "名称为空、过长或含有乱码"),
        ("62,x,city,,,,", "性质须是"),
        ("62,x,,,2020-13-01,,", "日期须写作"),
        ("62,x,,,,2024-01-01,", "更早的启用日期"),
        ("62,x,,,2024-01-01,2024-01-01,", "更早的启用日期"),
        ("62,x,,,2024-01-01,,63", "须有停用日期"),
        ("62,x", "应有 7 列"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(tmp_path, row, said):
    head = "code,name,kind,parent_code,valid_from,valid_to,successors\n"
    path = written(tmp_path, f"{head}61,陕西省,,,,,\n{row}\n")

    ((line, hint),) = hints(path)

    assert line == 3
    assert said in hint


@pytest.mark.parametrize("head", ["code", "code,name,nmae", "code,name,代码", ""])
def test_wrong_headings_are_refused(tmp_path, head):
    ((line, _),) = hints(written(tmp_path, f"{head}\n62,甘肃省\n"))

    assert line == 1


def test_aliases_may_leave_the_area_open(tmp_path):
    path = written(tmp_path, "code,name,area_code\n620902005,西南街道,620902006\n620902002,东南街道,\n")

    assert [alias.area_code for alias in read_aliases(path).aliases] == ["620902006", None]
