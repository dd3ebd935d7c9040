"""The columns of an office's station list: one row here serves import, export, template and report."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.models import StationKind
from app.services.stations.exchange import cells, words
from app.services.stations.exchange.cells import Cell

Written: TypeAlias = str | float | int


def _plain(value: Any) -> Written:
    said: Written = "" if value is None else value
    return said


def _word(vocabulary: words.Words[Any]) -> Callable[[Any], Written]:
    return lambda value: words.write_word(vocabulary, value)


def _words(vocabulary: words.Words[Any]) -> Callable[[Any], Written]:
    return lambda values: "、".join(words.write_word(vocabulary, value) for value in values)


def _operators(values: Sequence[Mapping[str, Any]]) -> Written:
    return cells.joined([_operator(each) for each in values])


def _operator(each: Mapping[str, Any]) -> str:
    kind = words.write_word(words.KINDS, StationKind(each["kind"])) if each["kind"] else ""
    return "|".join((each["name"], kind, each["phone"])).rstrip("|")


def _lines(values: Sequence[str]) -> Written:
    return "\n".join(values)


def _yes_no(value: bool) -> Written:  # noqa: FBT001 - a cell
    return words.write_word(words.YES_NO, words.YesNo.YES) if value else ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the code, its heading, and how its cells are read and written.

    ``needed`` columns must be filled for a new station; ``blank`` is what an empty cell means.
    """

    key: str
    heading: str
    read: Callable[[Cell], Any]
    write: Callable[[Any], Written] = _plain
    synonyms: tuple[str, ...] = ()
    needed: bool = False
    blank: Any = ""
    advice: str = ""


COLUMNS: tuple[Column, ...] = (
    Column("code", "编号", cells.code, synonyms=("站点编号", "驿站编号", "站点编码", "站点代码"), needed=True,
           advice="每个站点固定不变的编号,再次导入时按它更新;整列没有时按社区代码和名称自动编号"),
    Column("name", "名称", cells.text_of(100), synonyms=("站点名称", "驿站名称", "站名", "点位名称"),
           needed=True, advice="站点全称"),
    Column("kind", "类型", cells.one_of(words.KINDS), _word(words.KINDS), ("站点类型", "类别", "驿站类型"),
           needed=True, advice=f"可填:{words.all_words(words.KINDS)}"),
    Column("status", "状态", cells.one_of(words.STATUS), _word(words.STATUS), ("站点状态", "使用状态"),
           blank=None, advice=f"可填:{words.all_words(words.STATUS)};不填为使用中"),
    Column("area_code", "社区代码", cells.area_code, needed=True,
           synonyms=("社区编码", "所属社区代码", "行政区划代码", "区划代码", "村社区代码", "统计用区划代码"),
           advice="统计局12位代码,例如 620902006001"),
    Column("address", "地址", cells.text_of(200), synonyms=("详细地址", "站点地址", "所在地址", "位置"),
           needed=True, advice="门牌地址"),
    Column("lon", "经度", cells.degrees, synonyms=("东经", "LNG", "LON", "LONGITUDE", "X"), needed=True,
           advice="十进制度,例如 98.494520"),
    Column("lat", "纬度", cells.degrees, synonyms=("北纬", "LAT", "LATITUDE", "Y"), needed=True,
           advice="十进制度,例如 39.732410"),
    Column("coord_type", "坐标系", cells.datum, _word(words.COORD_TYPES), needed=True,
           synonyms=("坐标类型", "坐标系统", "坐标来源", "地图"),
           advice="经纬度取自哪里:高德或腾讯填“高德”,百度填“百度”,GPS 或天地图填“WGS-84”"),
    Column("floor_text", "楼层", cells.text_of(200), synonyms=("所在楼层",), advice="例如 负1层、3层"),
    Column("indoor_note", "室内位置", cells.text_of(200), synonyms=("室内指引", "位置说明", "室内说明"),
           advice="例如 东门进左手第二间"),
    Column("opening_hours", "开放时间", cells.hours, needed=True,
           synonyms=("营业时间", "服务时间", "开放时段", "开门时间"),
           advice="例如 周一至周五 8:30-18:00,或 24小时"),
    Column("holiday_policy", "节假日", cells.one_of(words.HOLIDAY), _word(words.HOLIDAY),
           ("节假日安排", "法定节假日"), blank=None,
           advice=f"可填:{words.all_words(words.HOLIDAY)};不填时24小时站照常,其他站休息"),
    Column("holiday_hours", "节假日时间", cells.hours, synonyms=("节假日开放时间",),
           advice="节假日填“另定时间”时填写"),
    Column("makeup_policy", "调休上班日", cells.one_of(words.MAKEUP), _word(words.MAKEUP),
           ("调休", "调休日"), blank=None, advice=f"可填:{words.all_words(words.MAKEUP)};不填为按周末"),
    Column("amenities", "设施", cells.some_of(words.AMENITIES), _words(words.AMENITIES),
           ("设施设备", "服务设施", "配套设施", "功能"), blank=(),
           advice=f"用顿号隔开。可填:{words.all_words(words.AMENITIES)}"),
    Column("seats", "座位数", cells.count(0, 10_000), synonyms=("座位", "座席数", "可容纳人数", "容纳人数"),
           blank=None, advice="只填数字"),
    Column("phone", "电话", cells.phone, synonyms=("联系电话", "电话号码", "服务电话", "手机", "手机号"),
           advice="文本格式,例如 0937-2612345"),
    Column("entry_requirements", "进入方式", cells.some_of(words.ENTRY), _words(words.ENTRY),
           ("进门方式", "进入要求"), blank=(),
           advice=f"不填为直接进入。可填:{words.all_words(words.ENTRY)}"),
    Column("accessibility", "无障碍", cells.some_of(words.ACCESSIBILITY), _words(words.ACCESSIBILITY),
           ("无障碍设施",), blank=(), advice=f"用顿号隔开。可填:{words.all_words(words.ACCESSIBILITY)}"),
    Column("operators", "运营单位", cells.operators, _operators, blank=(),
           synonyms=("建设单位", "管理单位", "主管单位", "挂牌单位"),
           advice="多个单位共用时用顿号隔开;需要注明的写成 单位|类型|电话"),
    Column("service_items", "服务事项", cells.parts, cells.joined, ("服务项目", "服务内容"), blank=(),
           advice="用顿号隔开"),
    Column("photo_urls", "照片", cells.urls, _lines, ("图片", "照片地址"), blank=(),
           advice="互联网上的 https 图片网址,一行一个;照片也可在站点页面直接上传"),
    Column("geofence_m", "签到半径", cells.count(20, 2000), synonyms=("签到半径米", "围栏半径"), blank=None,
           advice="单位米;不填为120"),
    Column("is_invented", "虚构数据", cells.yes_no, _yes_no, blank=False, advice="演示用的站点填“是”"),
)  # fmt: skip

BY_KEY: Mapping[str, Column] = {column.key: column for column in COLUMNS}
_NOISE = re.compile(r"[(（【\[].*?[)）】\]]|[\s*＊_\-:：/]+")


def _heading(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()


_BY_HEADING: Mapping[str, Column] = {
    _heading(name): column for column in COLUMNS for name in (column.heading, column.key, *column.synonyms)
}


def column_for(heading: str) -> Column | None:
    """Return the column that a heading means; order, width, brackets and stars do not matter."""
    return _BY_HEADING.get(_heading(heading))
