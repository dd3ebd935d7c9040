"""One cell: what a spreadsheet made of a value, read back only when that is certain."""

import json
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from app.core.geo import CoordType
from app.services.stations.exchange import words
from app.services.stations.exchange.plain_hours import (
    HoursNotUnderstood,
    check_spans,
    looks_like_osm,
    to_osm,
)

Cell: TypeAlias = str | float | bool | date | datetime | time | timedelta | list[str] | None

MAX_TEXT = 500
# Excel keeps fifteen digits of a number; the rest of a longer code is already lost.
_EXACT_DIGITS = 15
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_PHONE = re.compile(r"[+(]?\d[\d\-() /、,;转]{4,58}")
_URL = re.compile(r"https?://[^\s\"'<>]{3,490}")
_COUNT = re.compile(r"(\d{1,6})\s*[个座席人位张]?")
_LIST = re.compile(r"[、,，;；\n]+")
# What a spreadsheet would run as a formula when it stands first in a CSV field.
RISKY = ("=", "+", "-", "@", "\t", "\r")


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


def guarded(said: str, risky: tuple[str, ...]) -> str:
    """Return a text with the apostrophe that keeps a spreadsheet from running it; ``text`` undoes it."""
    return f"'{said}" if said.lstrip("'").startswith(risky) else said


def _restored(number: float) -> str:
    if not number.is_integer() or abs(number) >= 10**_EXACT_DIGITS:
        raise BadCell("编号或号码被存成了数字,已经失真", "把单元格格式改为“文本”后重新填写")
    return str(int(number))


def code(cell: Cell) -> str:
    """Read a code: what a spreadsheet shortened to scientific notation is refused."""
    said = unicodedata.normalize("NFKC", text(cell)).strip()
    if _SCIENTIFIC.fullmatch(said):
        raise BadCell("编号变成了科学计数法,后几位已经丢失", "把单元格格式改为“文本”后重新填写完整编号")
    if len(said) > 64 or re.search(r"\s", said):  # noqa: PLR2004 - longer than any office's code
        raise BadCell("编号不能含空格,也不能超过64个字符", "改成简短的编号,例如 SZ-001")
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
        raise BadCell("不像电话号码", "填手机号或带区号的座机,例如 0937-2612345")
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


def count(cell: Cell) -> int | None:
    """Read a number of seats or metres."""
    found = _COUNT.fullmatch(unicodedata.normalize("NFKC", text(cell)))
    if found is None:
        raise BadCell("不是整数", "只填数字,例如 20")
    return int(found[1])


def day(cell: Cell) -> date | None:
    """Read a calendar day."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    numbers = re.fullmatch(
        r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?",
        unicodedata.normalize("NFKC", cell) if isinstance(cell, str) else "",
    )
    try:
        return date(*(int(number) for number in numbers.groups())) if numbers else _no_day()
    except ValueError as error:
        raise BadCell("没有这一天", "填日期,例如 2026-11-22") from error


def _no_day() -> date:
    raise ValueError


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
    """Return a reader of several words, each once."""
    read = one_of(vocabulary)

    def read_all(cell: Cell) -> tuple[words.E, ...]:
        return tuple(dict.fromkeys(read(part) for part in parts(cell)))

    return read_all


def parts(cell: Cell) -> tuple[str, ...]:
    """Read a list of words that 、 or a comma divides, or a JSON list where a word holds one of these."""
    if isinstance(cell, list):
        return tuple(text(part) for part in cell if part.strip())
    said = text(cell)
    return _json_list(said) or tuple(part.strip() for part in _LIST.split(said) if part.strip())


def _json_list(said: str) -> tuple[str, ...]:
    try:
        found = json.loads(said) if said.startswith('["') else None
    except ValueError as error:
        raise BadCell("列表的写法看不懂", "各项之间用顿号隔开") from error
    return tuple(text(part) for part in found if isinstance(part, str)) if isinstance(found, list) else ()


def joined(said: Sequence[str]) -> str:
    """Return a list as an office reads it; ``parts`` reads it back."""
    plain = all(part == part.strip() and part and not _LIST.search(part) for part in said)
    together = "、".join(said)
    return together if plain and not together.startswith('["') else json.dumps(said, ensure_ascii=False)


def urls(cell: Cell) -> tuple[str, ...]:
    """Read a list of web addresses."""
    said = parts(cell)
    if not all(_URL.fullmatch(each) for each in said):
        raise BadCell("不是网址", "填以 https:// 开头的图片地址,多个用顿号隔开")
    return said


def datum(cell: Cell) -> CoordType:
    """Read the datum of a row's coordinates."""
    return one_of(words.COORD_TYPES)(cell)
