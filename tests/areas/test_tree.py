"""The shipped tree: its counts, and the codes whose digits mislead."""

from collections import Counter
from datetime import date

import pytest

from app.core.actor import Actor, Grant, Role
from app.models import AreaKind
from app.services import authority
from app.services.areas.files import Place, RawArea, read_areas
from app.services.areas.planting import Planting, plant
from app.services.areas.shipped import FOLDER
from app.services.areas.tree import Ancestor, level_of, significant


@pytest.fixture(scope="module")
def shipped() -> Planting:
    reading = read_areas(FOLDER / "divisions.csv.gz")
    assert reading.problems == []
    return plant(reading.areas, edition=date(2023, 6, 30), stored={})


@pytest.fixture(scope="module")
def by_code(shipped: Planting):
    return {area.code: area for area in shipped.areas}


def test_all_of_gansu_is_shipped(shipped: Planting):
    levels = Counter(area.level for area in shipped.areas if area.code.startswith("62"))

    assert shipped.problems == []
    assert levels == {1: 1, 2: 14, 3: 88, 4: 1403, 5: 17_718}


def test_shanyang_is_shipped_with_its_prefecture_and_province(by_code):
    assert [by_code[code].name for code in ("61", "6110", "611024")] == ["陕西省", "商洛市", "山阳县"]
    assert sum(code.startswith("61") for code in by_code) == 2 + 1 + 18 + 244


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("620802", "崆峒区"),
        ("620503", "麦积区"),
        ("620503002", "北道埠街道"),
        ("620302100", "宁远堡镇"),
        ("620902006", "西南街街道"),
        ("620922", "瓜州县"),
        ("623023103", "立节镇"),
    ],
)
def test_the_seed_places_have_their_codes(by_code, code, name):
    assert by_code[code].name == name


def test_jiayuguan_has_no_county_level(by_code):
    assert by_code["620201"].kind is AreaKind.FILLER
    assert by_code["620201"].parent_code == "6202"
    towns = [area for area in by_code.values() if area.code.startswith("620201") and area.level == 4]
    assert {town.parent_code for town in towns} == {"6202"}
    assert by_code["620201001001"].parent_code == "620201001"


def test_lanzhou_new_area_is_a_zone_that_no_county_officer_covers(by_code):
    assert by_code["620171"].kind is AreaKind.ZONE
    assert by_code["620171"].parent_code == "6201"
    neighbour, own = (Actor(None, (Grant(Role.DISTRICT_OFFICER, (code,)),)) for code in ("620121", "620171"))
    zone = by_code["620171101002"].code
    assert not authority.may(neighbour, roles=[Role.DISTRICT_OFFICER], area_code=zone)
    assert authority.may(own, roles=[Role.DISTRICT_OFFICER], area_code=zone)


def test_towns_of_the_four_hundreds_are_zones(by_code):
    assert by_code["620902403"].kind is AreaKind.ZONE  # 酒泉经济技术开发区
    assert by_code["620802498"].kind is AreaKind.ZONE  # a scenic area, numbered as if it were virtual
    assert by_code["620721500"].kind is AreaKind.ZONE  # a farm
    assert by_code["620902006"].kind is AreaKind.OFFICIAL


def test_virtual_communities_are_fillers(by_code):
    assert by_code["620802498498"].kind is AreaKind.FILLER
    assert by_code["620721500598"].kind is AreaKind.FILLER
    assert by_code["620102400400"].kind is AreaKind.ZONE  # unofficial, but people live there


def test_a_heading_of_the_list_is_no_street(by_code):
    heading = by_code["620821001"]
    assert (heading.name, heading.kind) == ("城市社区街道", AreaKind.FILLER)
    below = [area for area in by_code.values() if area.code.startswith("620821001") and area.level == 5]
    assert {area.parent_code for area in below} == {"620821"}


def test_cities_without_counties_elsewhere_answer_to_their_prefecture():
    rows = read_rows(("44", "广东省"), ("4419", "东莞市"), ("441900", "东莞市"), ("441900003", "东城街道"))

    dongguan, town = plant(rows, edition=date(2023, 6, 30), stored={}).areas[2:]

    assert (dongguan.kind, town.parent_code) == (AreaKind.FILLER, "4419")


def test_districts_of_a_municipality_answer_to_it():
    rows = read_rows(("11", "北京市"), ("1101", "市辖区"), ("110101", "东城区"))

    middle, district = plant(rows, edition=date(2023, 6, 30), stored={}).areas[1:]

    assert (middle.kind, district.parent_code) == (AreaKind.FILLER, "11")


def test_counties_that_a_province_runs_itself_answer_to_it():
    rows = read_rows(("41", "河南省"), ("4190", "省直辖县级行政区划"), ("419001", "济源市"))

    assert plant(rows, edition=date(2023, 6, 30), stored={}).areas[-1].parent_code == "41"


def test_a_row_hangs_on_what_is_stored():
    stored = {
        code: Ancestor(name, AreaKind.OFFICIAL) for code, name in (("62", "甘肃省"), ("6209", "酒泉市"))
    }

    planting = plant(read_rows(("620902", "肃州区")), edition=date(2023, 6, 30), stored=stored)

    assert planting.areas[0].parent_code == "6209"


def test_a_row_without_anything_above_it_is_named():
    planting = plant(read_rows(("620902006", "西南街街道")), edition=date(2023, 6, 30), stored={})

    assert [problem.code for problem in planting.problems] == ["620902006"]
    assert "620902" in planting.problems[0].hint


def test_a_code_twice_under_two_names_is_refused_and_a_repeated_row_is_not():
    rows = read_rows(("62", "甘肃省"), ("62", "甘肃省"), ("62", "甘肃"))

    planting = plant(rows, edition=date(2023, 6, 30), stored={})

    assert [area.name for area in planting.areas] == ["甘肃省"]
    assert [problem.hint for problem in planting.problems] == ["代码重复,名称不同"]


@pytest.mark.parametrize(
    ("filled", "code"),
    [
        ("620000000000", "62"),
        ("620900000000", "6209"),
        ("620902000000", "620902"),
        ("620902006000", "620902006"),
        ("620902006001", "620902006001"),
        ("620000", "62"),
        ("620900", "6209"),
        ("620902", "620902"),
        ("620902000", "620902"),
        ("441900000000", "4419"),
    ],
)
def test_filling_zeros_are_stripped(filled, code):
    assert significant(filled) == code


def test_levels_follow_the_length():
    assert [level_of(code) for code in ("62", "6209", "620902", "620902006", "620902006001")] == [
        1,
        2,
        3,
        4,
        5,
    ]


def read_rows(*rows):
    return [RawArea(Place("rows", line), code, name) for line, (code, name) in enumerate(rows, 2)]
