"""One cell: what a spreadsheet made of a value, read back only when that is certain."""

import json
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from app.core.geo import CoordType
from app.core.outgoing import may_be_asked
from app.core.sheets import RISKY
from app.services.stations.drafts import Operator
from app.services.stations.exchange import words
from app.services.stations.exchange.plain_hours import (
    HoursNotUnderstood,
    check_spans,
    looks_like_osm,
    to_osm,
)

Cell: TypeAlias = str | float | bool | date | datetime | time | timedelta | list[str] | None

MAX_TEXT = 5000
MAX_PARTS, MAX_PART = 100, 100
# Excel keeps fifteen digits of a number; the rest of a longer code is already lost.
_EXACT_DIGITS = 15
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_CODE = re.compile(r"[\x21-\x7e]{1,64}")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_PHONE = re.compile(r"[+(]?\d[\d\-() ]{4,28}")
_URL = re.compile(r"https://[\x21-\x7e]{3,490}")
_MOST_PHOTOS = 20
_COUNT = re.compile(r"(\d{1,6})\s*[个座席人位张]?")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_LIST = re.compile(r"[、,，;；\n]+")


class BadCell(ValueError):
    """A cell cannot be used: what is wrong with it, and what to write instead."""

    def __init__(self, problem: str, advice: str) -> None:
        """Keep both sentences."""
        super().__init__(problem)
        self.problem, self.advice = problem, advice


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell says nothing."""
    return cell is None or cell == [] or (isinstance(cell, str) and not cell.strip())


def shown(cell: Cell) -> str:
    """Return a cell as the office sees it."""
    if cell is None:
        return ""
    if isinstance(cell, list):
        return "、".join(cell)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**_EXACT_DIGITS:
        return str(int(cell))
    return str(cell)


def text(cell: Cell) -> str:
    """Read a cell as text; a number that a spreadsheet made of a code comes back when it is exact."""
    if isinstance(cell, bool | date | datetime | time | timedelta | list):
        raise BadCell("这一格不是文本", "把单元格格式改为“文本”后重新填写")
    if isinstance(cell, int | float):
        return _restored(float(cell))
    said = (cell or "").strip()
    if said.startswith("'") and said.lstrip("'").startswith(RISKY):
        said = said[1:]
    elif said.startswith(("=", "@")):
        raise BadCell(f"内容以“{said[0]}”开头,像公式", "改成普通文字")
    if _CONTROL.search(said):
        raise BadCell("含有看不见的特殊字符", "清除格式后重新填写")
    if len(said) > MAX_TEXT:
        raise BadCell(f"超过 {MAX_TEXT} 个字", "缩短内容")
    return said


def _restored(number: float) -> str:
    if not number.is_integer() or abs(number) >= 10**_EXACT_DIGITS:
        raise BadCell("编号或号码被存成了数字,已经失真", "把单元格格式改为“文本”后重新填写")
    return str(int(number))


def code(cell: Cell) -> str:
    """Read a code: what a spreadsheet shortened to scientific notation is refused."""
    said = unicodedata.normalize("NFKC", text(cell)).strip()
    if _SCIENTIFIC.fullmatch(said):
        raise BadCell("编号变成了科学计数法,后几位已经丢失", "把单元格格式改为“文本”后重新填写完整编号")
    if not _CODE.fullmatch(said):
        raise BadCell("编号只能用字母、数字和符号,不含空格,最多64个字符", "改成简短的编号,例如 SZ-001")
    return said


def area_code(cell: Cell) -> str:
    """Read a division's code; twelve digits lose the trailing zeros that only fill them up."""
    said = code(cell)
    if not re.fullmatch(r"\d{6}|\d{9}|\d{12}", said):
        raise BadCell("社区代码应为12位数字", "填统计局的12位社区(村)代码,例如 620902006001")
    return said


def phone(cell: Cell) -> str:
    """Read a phone number; a landline kept as a number has lost its leading zero, so it is refused."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        said = _restored(float(cell))
        if not _MOBILE.fullmatch(said):
            raise BadCell(
                "电话被存成了数字,可能丢了开头的0", "把单元格格式改为“文本”后重新填写,例如 0937-2612345"
            )
        return said
    said = unicodedata.normalize("NFKC", text(cell))
    if said and not _PHONE.fullmatch(said):
        raise BadCell("不像一个电话号码", "填一个手机号或带区号的座机,分机写成 0937-2612345-8")
    return said


def degrees(cell: Cell) -> float:
    """Read a coordinate in decimal degrees."""
    if isinstance(cell, str):
        try:
            cell = float(unicodedata.normalize("NFKC", cell).strip().removeprefix("'"))
        except ValueError:
            cell = None
    good = isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell)
    if not good:
        raise BadCell("不是数字", "填十进制度数,例如 98.494520")
    return float(cell)  # type: ignore[arg-type]


def count(least: int, most: int) -> Callable[[Cell], int]:
    """Return a reader of a whole number of seats or metres."""

    def read(cell: Cell) -> int:
        found = _COUNT.fullmatch(unicodedata.normalize("NFKC", text(cell)))
        if found is None or not least <= int(found[1]) <= most:
            raise BadCell("不是合适的整数", f"只填数字,{least} 到 {most}")
        return int(found[1])

    return read


def text_of(most: int) -> Callable[[Cell], str]:
    """Return a reader of a text of limited length."""

    def read(cell: Cell) -> str:
        said = text(cell)
        if len(said) > most:
            raise BadCell(f"超过 {most} 个字", "缩短内容")
        return said

    return read


def day(cell: Cell) -> date:
    """Read a day; a spreadsheet's own date, or year, month and day as offices write them."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text(cell)))
    year, month, of_month = (int(part) for part in found.groups()) if found else (0, 0, 0)
    try:
        return date(year, month, of_month)
    except ValueError:
        raise BadCell("不是日期", "例如 2024-05-18") from None


def yes_no(cell: Cell) -> bool:
    """Read an answer of yes or no."""
    said = words.YesNo.YES if cell is True else words.YesNo.NO if cell is False else None
    return (said or one_of(words.YES_NO)(cell)) is words.YesNo.YES


def hours(cell: Cell) -> str:
    """Read opening hours, in OpenStreetMap's notation or in plain Chinese; blank stays blank."""
    said = text(cell)
    if not said:
        return ""
    try:
        if not looks_like_osm(said):
            return to_osm(said)
        check_spans(said)
    except HoursNotUnderstood as error:
        raise BadCell(error.problem, "例如“周一至周五 8:30-18:00”“每天 8:00-20:00”“24小时”") from error
    return said


def one_of(vocabulary: words.Words[words.E]) -> Callable[[Cell], words.E]:
    """Return a reader of one word."""

    def read(cell: Cell) -> words.E:
        said = text(cell)
        meaning = words.read_word(vocabulary, said)
        if meaning is None:
            raise BadCell(f"没有“{said[:20]}”这一项", f"可填:{words.all_words(vocabulary)}")
        return meaning

    return read


def some_of(vocabulary: words.Words[words.E]) -> Callable[[Cell], tuple[words.E, ...]]:
    """Return a reader of several words, each once; blanks may divide them where no word has any."""
    read = one_of(vocabulary)

    def read_all(cell: Cell) -> tuple[words.E, ...]:
        said = (word for part in parts(cell) for word in _split(vocabulary, part))
        return tuple(dict.fromkeys(read(word) for word in said))

    return read_all


def _split(vocabulary: words.Words[words.E], part: str) -> list[str]:
    return [part] if words.read_word(vocabulary, part) else part.split()


def parts(cell: Cell) -> tuple[str, ...]:
    """Read a list of words that 、 or a comma divides, or a JSON list where a word holds one of these."""
    if isinstance(cell, list):
        found = tuple(text(part) for part in cell if part.strip())
    else:
        said = text(cell)
        found = _json_list(said) or tuple(part.strip() for part in _LIST.split(said) if part.strip())
    if len(found) > MAX_PARTS or any(len(part) > MAX_PART for part in found):
        raise BadCell(f"超过 {MAX_PARTS} 项,或有一项超过 {MAX_PART} 个字", "缩短内容")
    return found


def _json_list(said: str) -> tuple[str, ...]:
    try:
        found = json.loads(said) if said.startswith('["') else None
    except (ValueError, RecursionError) as error:
        raise BadCell("列表的写法看不懂", "各项之间用顿号隔开") from error
    return tuple(text(part) for part in found if isinstance(part, str)) if isinstance(found, list) else ()


def joined(said: Sequence[str]) -> str:
    """Return a list as an office reads it; ``parts`` reads it back."""
    plain = all(part == part.strip() and part and not _LIST.search(part) for part in said)
    together = "、".join(said)
    return together if plain and not together.startswith('["') else json.dumps(said, ensure_ascii=False)


def operators(cell: Cell) -> tuple[Operator, ...]:
    """Read the bodies that share a site, each as ``name``, ``name|kind`` or ``name|kind|phone``."""
    return tuple(_operator(*part.split("|")) for part in parts(cell) if part.strip("|"))


def _operator(name: str, kind: str = "", telephone: str = "", *more: str) -> Operator:
    if more:
        raise BadCell("“|”太多", "写成 单位|类型|电话")
    return Operator(name.strip(), one_of(words.KINDS)(kind) if kind.strip() else None, phone(telephone))


def urls(cell: Cell) -> tuple[str, ...]:
    """Read a list of web addresses."""
    said = (
        cell if isinstance(cell, list) else [part for part in re.split(r"[\s、,，;；]+", text(cell)) if part]
    )
    if len(said) > _MOST_PHOTOS:
        raise BadCell(f"超过 {_MOST_PHOTOS} 张", "只留主要的照片")
    if not all(_URL.fullmatch(each) and may_be_asked(each, may_be_plain=False) for each in said):
        raise BadCell("不是公开的 https 网址", "填以 https:// 开头、互联网上能打开的图片地址,多个用顿号隔开")
    return tuple(said)


def datum(cell: Cell) -> CoordType:
    """Read the datum of a row's coordinates."""
    return one_of(words.COORD_TYPES)(cell)
