"""Cells are read back only when what they meant is certain."""

from datetime import date

import pytest

from app.core.geo import CoordType
from app.models import Amenity, StationKind
from app.services.stations.exchange import cells, words
from app.services.stations.exchange.cells import BadCell
from app.services.stations.exchange.columns import COLUMNS

GOOD = [
    (cells.text, " 金泉路驿站 ", "金泉路驿站"),
    (cells.text, 3.0, "3"),
    (cells.text, "'=甲", "=甲"),
    (cells.text, "'+8613800138000", "+8613800138000"),
    (cells.text, "-1层", "-1层"),
    (cells.code, 620902006001.0, "620902006001"),
    (cells.code, "ＳＺ-００1", "SZ-001"),
    (cells.area_code, "620902006001", "620902006001"),
    (cells.phone, 13909370001.0, "13909370001"),
    (cells.phone, "0937-2612345-8", "0937-2612345-8"),
    (cells.phone, "（0937）2612345", "(0937)2612345"),
    (cells.degrees, "98.494520", 98.49452),
    (cells.degrees, 39, 39.0),
    (cells.count(0, 100), 20.0, 20),
    (cells.count(0, 100), "20座", 20),
    (cells.hours, "周一至周五 8:30-18:00", "Mo-Fr 08:30-18:00"),
    (cells.hours, "Mo-Fr 08:30-18:00", "Mo-Fr 08:30-18:00"),
    (cells.datum, "高德", CoordType.GCJ02),
    (cells.datum, "gcj-02", CoordType.GCJ02),
    (cells.datum, "火星坐标", CoordType.GCJ02),
    (cells.datum, "百度", CoordType.BD09),
    (cells.datum, "WGS-84", CoordType.WGS84),
    (cells.one_of(words.KINDS), "工会驿站", StationKind.UNION_STATION),
    (cells.one_of(words.KINDS), "union_station", StationKind.UNION_STATION),
    (cells.some_of(words.AMENITIES), "热水、wifi，空调；热水", (Amenity.HOT_WATER, Amenity.WIFI, Amenity.AC)),
    (cells.some_of(words.AMENITIES), "热水 Wi-Fi　空调", (Amenity.HOT_WATER, Amenity.WIFI, Amenity.AC)),
    (cells.some_of(words.AMENITIES), "手机 充电、免费 WIFI", (Amenity.PHONE_CHARGING, Amenity.WIFI)),
    (cells.one_of(words.KINDS), "爱心商户", StationKind.MERCHANT_PARTNER),
    (cells.some_of(words.AMENITIES), ["热水"], (Amenity.HOT_WATER,)),
    (cells.parts, "市总工会、街道办", ("市总工会", "街道办")),
    (cells.urls, "https://a.example/1.jpg", ("https://a.example/1.jpg",)),
]
BAD = [
    (cells.text, "=HYPERLINK(1)"),
    (cells.text, "@SUM(A1)"),
    (cells.text, "a\0b"),
    (cells.text, "甲" * 5001),
    (cells.text, True),
    (cells.text, 1.5),
    (cells.text, 1e15),
    (cells.text, "\ud800"),
    (cells.text, date(2026, 1, 1)),
    (cells.code, "6.20902E+11"),
    (cells.code, "a b"),
    (cells.area_code, "金泉路社区"),
    (cells.area_code, "62090200600"),
    (cells.phone, 9372612345.0),
    (cells.phone, "无"),
    (cells.phone, "1.39E+10"),
    (cells.phone, 1.5),
    (cells.degrees, "98°29′"),
    (cells.degrees, "nan"),
    (cells.degrees, float("inf")),
    (cells.degrees, True),
    (cells.count(0, 100), "很多"),
    (cells.count(0, 100), -1.0),
    (cells.count(0, 100), "20.5"),
    (cells.hours, "夏季8:00-20:00"),
    (cells.hours, "08:00-06:00"),
    (cells.datum, "北京54"),
    (cells.one_of(words.KINDS), "咖啡馆"),
    (cells.some_of(words.AMENITIES), "热水、泳池"),
    (cells.some_of(words.AMENITIES), "热水 泳池"),
    (cells.urls, "javascript:alert(1)"),
    (cells.urls, "http://a.example/1.jpg"),
    (cells.urls, "https://192.168.1.2/1.jpg"),
]


@pytest.mark.parametrize(("read", "cell", "value"), GOOD)
def test_a_certain_cell_is_read(read, cell, value):
    assert read(cell) == value


@pytest.mark.parametrize(("read", "cell"), BAD, ids=range(len(BAD)))
def test_an_uncertain_cell_is_refused_with_what_to_write_instead(read, cell):
    with pytest.raises(BadCell) as refusal:
        read(cell)
    assert refusal.value.problem
    assert refusal.value.advice


def test_every_word_of_an_office_means_one_thing():
    for vocabulary in (
        words.KINDS,
        words.AMENITIES,
        words.COORD_TYPES,
        words.ENTRY,
        words.HOLIDAY,
        words.MAKEUP,
        words.STATUS,
    ):
        said = [words.tidy(name) for names in vocabulary.values() for name in names]
        assert len(said) == len(set(said))
        assert set(vocabulary) == set(type(next(iter(vocabulary))))
        for meaning in vocabulary:
            assert words.read_word(vocabulary, words.write_word(vocabulary, meaning)) is meaning


def test_every_column_has_a_heading_and_advice_of_its_own():
    headings = [name for column in COLUMNS for name in (column.heading, column.key, *column.synonyms)]
    assert len(headings) == len(set(headings))
    assert all(column.advice for column in COLUMNS)
