"""Opening hours as an office writes them (``周一至周五 8:30-18:00``) in OpenStreetMap's notation.

A small grammar, read left to right; what it does not know is refused, never guessed:

    hours   = rule { ("；" | "，" | " ") rule }
    rule    = [months] [days] (spans | "24小时" | "休息")
    months  = "5月" "至" "9月" | "5月1日" "至" "9月30日" | "夏季" | "冬季"
    days    = "每天" | "全年无休" | "工作日" | "周末" | 周一 ["至" 周五] { "、" … }
    spans   = span { "、" span }
    span    = time "-" time
    time    = [上午 | 下午 | …] ["次日"] (8:30 | 8点 | 8点半 | 8时30分)
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

_OSM_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_OSM_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY_NUMBERS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}
_DAY_GROUPS = {
    "每天": "Mo-Su", "每日": "Mo-Su", "天天": "Mo-Su", "全年无休": "Mo-Su", "全年": "Mo-Su", "全周": "Mo-Su",
    "工作日": "Mo-Fr", "周末": "Sa-Su", "双休日": "Sa-Su",
}  # fmt: skip
# Where no months are given: the summer and winter timetables that offices keep.
_SEASONS = {"夏": "May-Sep", "冬": "Oct-Apr"}
SEASONS_MEAN = "夏季按5月至9月、冬季按10月至次年4月理解;不对请写明,例如“6月至8月 9:00-21:00”"
_SEASON = re.compile(r"([夏冬])[季令天](?![作息时间\s:(（]*\d{1,2}\s*月)")
_SEASON_SPELT = re.compile(r"([夏冬][季令天])\s*\((\s*\d{1,2}\s*月[^()]*)\)")
_NO_REST = re.compile(r"(?:全年|节假日|法定节假日)(?:无休|不休|照常)")
_NOON_MIN, _DAY_MIN = 12 * 60, 24 * 60
_MAX_TEXT = 500


class HoursNotUnderstood(ValueError):
    """The text means nothing certain; ``problem`` says so in a sentence for the office."""

    def __init__(self, problem: str) -> None:
        """Keep the sentence."""
        super().__init__(problem)
        self.problem = problem


class _Token(NamedTuple):
    kind: str
    text: str


_TOKENS = re.compile(
    r"""
    (?P<always>(?:全天)?24\s*小时(?:营业|开放|服务)?|全天候|全天(?:开放|营业)?
      |7\s*[x×*]\s*24(?:小时)?)
  | (?P<off>休息|闭馆|关门|不开放?|不营业|停业)
  | (?P<group>全年无休|每天|每日|天天|全年|全周|工作日|双休日|周末)
  | (?P<day>(?:周|星期|礼拜)[一二三四五六日天]
      |(?<=[周期拜、,至到\-一二三四五六日天])[一二三四五六日天](?![0-9]))
  | (?P<date>\d{1,2}\s*月\s*\d{1,2}\s*[日号])
  | (?P<month>\d{1,2}\s*月)
  | (?P<season>[夏冬][季令天](?:作息)?)
  | (?P<next>次日|第二天|翌日)
  | (?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|夜间|早|晚)
  | (?P<time>\d{1,2}(?=\s*[-~至到]\s*\d{1,2}\s*[点时])
      |\d{1,2}\s*:\s*\d{2}|\d{1,2}\s*[点时]\s*(?:半|整|\d{1,2}\s*分?)?)
  | (?P<to>至|到|-|~)
  | (?P<end>[;。])
  | (?P<list>[、,/和及与])
  | (?P<filler>(?:法定)?节假日(?:无休|不休|照常)|开放时间|营业时间|开放|营业|时间|[:\s])
    """,
    re.VERBOSE,
)
_DASHES = str.maketrans(dict.fromkeys("—–−‐‑―─～〜﹣", "-"))
_EVENING = frozenset({"下午", "傍晚", "晚上", "夜里", "夜间", "晚"})
_PLAIN_OSM = re.compile(r"\d\d:\d\d-\d\d:\d\d(?:,\d\d:\d\d-\d\d:\d\d)*")


def looks_like_osm(text: str) -> bool:
    """Tell whether a text is OpenStreetMap's notation rather than Chinese."""
    return text == "24/7" or bool(re.search(r"[A-Za-z]", text)) or bool(_PLAIN_OSM.fullmatch(text))


def to_osm(text: str) -> str:
    """Translate plain Chinese opening hours.

    Raises:
        HoursNotUnderstood: a word is unknown, or the times can be meant in two ways.
    """
    tidy = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    if len(tidy) > _MAX_TEXT:
        raise HoursNotUnderstood(f"开放时间超过 {_MAX_TEXT} 个字")
    tidy = _SEASON_SPELT.sub(r"\1 \2 ", tidy)
    if len(set(_SEASON.findall(tidy))) == 1:
        raise HoursNotUnderstood("只写了夏季或冬季,没有写另一半年")
    rules = list(_Reader(list(_tokens(tidy))).rules())
    if not rules:
        raise HoursNotUnderstood("没有写开放时间")
    return "; ".join(rules)


def names_bare_season(text: str) -> bool:
    """Tell whether a text says summer or winter and not from which month to which."""
    return bool(_SEASON.search(text))


def never_rests(text: str) -> bool:
    """Tell whether a text says that a station opens on public holidays, too."""
    return bool(_NO_REST.search(text))


def check_spans(text: str) -> None:
    """Refuse bare spans such as ``08:00-06:00``, in which the end may be meant as the evening.

    Raises:
        HoursNotUnderstood: a span can be meant in two ways.
    """
    if _PLAIN_OSM.fullmatch(text):
        _written([_span(*(_minutes(part) for part in span.split("-"))) for span in text.split(",")])


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKENS.match(text, at)
        if found is None:
            raise HoursNotUnderstood(f"看不懂“{text[at : at + 12]}”")
        if found.lastgroup and found.lastgroup != "filler":
            yield _Token(found.lastgroup, found.group())
        at = found.end()


class _Span(NamedTuple):
    start: int
    end: int  # past 24:00 for the next day


@dataclass
class _Rule:
    months: str = ""
    days: list[str] = field(default_factory=list)
    spans: list[_Span] = field(default_factory=list)
    said: str = ""  # "24h" or "off"

    @property
    def is_complete(self) -> bool:
        return bool(self.spans or self.said)

    def written(self) -> str:
        when = " ".join(part for part in (self.months, ",".join(self.days)) if part)
        if self.said == "off":
            if not when:
                raise HoursNotUnderstood("没有写哪一天休息")
            return f"{when} off"
        if self.said:
            return "24/7" if when in {"", "Mo-Su"} else f"{when} 00:00-24:00"
        days = ",".join(self.days) or "Mo-Su"
        return f"{self.months} {days} {_written(self.spans)}".strip()


class _Reader:
    """Reads tokens into rules; one token of foresight is enough."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def rules(self) -> Iterator[str]:
        rule = _Rule()
        while (kind := self._kind()) is not None:
            if kind in {"end", "list"}:
                self._at += 1
                if kind == "end" and rule != _Rule():
                    yield self._finish(rule)
                    rule = _Rule()
            elif kind in {"season", "date", "month", "group", "day"} and rule.is_complete:
                yield self._finish(rule)
                rule = _Rule()
            else:
                self._extend(rule)
        if rule != _Rule():
            yield self._finish(rule)

    def _finish(self, rule: _Rule) -> str:
        if not rule.is_complete:
            raise HoursNotUnderstood("写了星期或日期,没有写几点到几点")
        return rule.written()

    def _extend(self, rule: _Rule) -> None:
        kind = self._kind()
        if kind in {"season", "date", "month"}:
            if rule.months or rule.days:
                raise HoursNotUnderstood("日期的写法看不懂,请写成“5月1日至9月30日 每天 8:00-20:00”")
            rule.months = self._months()
        elif kind == "group":
            rule.days.append(_DAY_GROUPS[self._take().text])
        elif kind == "day":
            rule.days.append(self._days())
        elif kind in {"always", "off"}:
            if rule.is_complete:
                raise HoursNotUnderstood("同一天既写了时间又写了全天或休息")
            rule.said = "24h" if kind == "always" else "off"
            self._at += 1
        elif kind in {"part", "time", "next"} and not rule.said:
            rule.spans.append(self._span())
        else:
            raise HoursNotUnderstood(f"看不懂“{self._take().text}”在这里的意思")

    def _days(self) -> str:
        first = _day(self._take())
        if self._kind() == "to" and self._kind(1) == "day":
            self._at += 1
            last = _day(self._take())
            if last <= first:
                raise HoursNotUnderstood("星期的先后次序不对")
            return f"{_OSM_DAYS[first]}-{_OSM_DAYS[last]}"
        return _OSM_DAYS[first]

    def _months(self) -> str:
        first = self._take()
        if first.kind == "season":
            if self._kind() not in {"date", "month"}:
                return _SEASONS[first.text[0]]
            first = self._take()
        self._want("to", "月份要写成起止,例如“5月至9月”")
        last = self._take()
        if first.kind != last.kind:
            raise HoursNotUnderstood("起止日期的写法要一致,例如“5月1日至9月30日”")
        return f"{_month(first)}-{_month(last)}"

    def _span(self) -> _Span:
        part, start, _ = self._time(inherited="")
        self._want("to", "时间要写成起止,例如“8:30-18:00”")
        if start == _DAY_MIN:
            raise HoursNotUnderstood("零点开门请写“0:00”")
        _, end, is_next = self._time(inherited=part)
        if is_next:
            if end > start:
                raise HoursNotUnderstood("次日的时间晚于当日开门的时间")
            return _Span(start, end + _DAY_MIN)
        return _span(start, end)

    def _time(self, *, inherited: str) -> tuple[str, int, bool]:
        is_next, part = False, ""
        while self._kind() in {"next", "part"}:
            token = self._take()
            is_next = is_next or token.kind == "next" or (bool(inherited) and token.text == "凌晨")
            part = token.text if token.kind == "part" else part
        token = self._take()
        if token.kind != "time":
            raise HoursNotUnderstood(f"“{token.text}”前后缺少时间")
        minutes = _minutes(token.text)
        explicit = bool(part)
        # "22:00 to 早上6:00" names the morning after.
        if explicit and part not in _EVENING and inherited in _EVENING and part != "中午":
            is_next = True
        part = part or ("" if is_next else inherited)
        return part, _of_day(minutes, part, explicit=explicit), is_next

    def _kind(self, ahead: int = 0) -> str | None:
        at = self._at + ahead
        return self._tokens[at].kind if at < len(self._tokens) else None

    def _take(self) -> _Token:
        if self._at >= len(self._tokens):
            raise HoursNotUnderstood("后半句缺失")
        self._at += 1
        return self._tokens[self._at - 1]

    def _want(self, kind: str, otherwise: str) -> None:
        if self._kind() != kind:
            raise HoursNotUnderstood(otherwise)
        self._at += 1


def _of_day(minutes: int, part: str, *, explicit: bool) -> int:
    """Read a clock time in its part of the day: ``下午 2:30`` is 14:30."""
    if part in _EVENING and minutes < _NOON_MIN:
        return minutes + _NOON_MIN
    if explicit and part in _EVENING and part != "下午" and minutes // 60 == 12:  # noqa: PLR2004 - an hour
        if minutes == _NOON_MIN:
            return _DAY_MIN  # 晚上12点 is midnight
        raise HoursNotUnderstood(f"“{part}”与时间对不上:过了零点请写“次日0:30”")
    if part == "中午" and minutes < 3 * 60:
        return minutes + _NOON_MIN
    if explicit and part in {"凌晨", "清晨", "早上", "早晨", "早"} and minutes >= _NOON_MIN:
        raise HoursNotUnderstood(f"“{part}”与时间对不上")
    return minutes


def _minutes(text: str) -> int:
    numbers = re.findall(r"\d+", text)
    hour, minute = int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 30 * ("半" in text)
    if minute > 59 or hour * 60 + minute > _DAY_MIN:  # noqa: PLR2004 - minutes of an hour
        raise HoursNotUnderstood(f"没有“{text}”这个时间")
    return hour * 60 + minute


def _span(start: int, end: int) -> _Span:
    if end > start:
        return _Span(start, end)
    if start < _NOON_MIN:
        raise HoursNotUnderstood("结束早于开始:下午请按24小时制写,过夜请写“次日”")
    return _Span(start, end + _DAY_MIN)


def _written(spans: list[_Span]) -> str:
    for one, two in pairwise(spans):
        if two.start < one.end:
            raise HoursNotUnderstood("同一天的时间段次序不对或有重叠:下午请按24小时制写,例如14:30")
    return ",".join(f"{_clock(span.start)}-{_clock(span.end)}" for span in spans)


def _clock(minutes: int) -> str:
    minutes = minutes if minutes <= _DAY_MIN else minutes - _DAY_MIN
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _day(token: _Token) -> int:
    return _DAY_NUMBERS[token.text[-1]]


def _month(token: _Token) -> str:
    numbers = [int(number) for number in re.findall(r"\d+", token.text)]
    if not 1 <= numbers[0] <= len(_OSM_MONTHS) or not 1 <= numbers[-1] <= 31:  # noqa: PLR2004 - days
        raise HoursNotUnderstood(f"没有“{token.text}”这个日期")
    return " ".join([_OSM_MONTHS[numbers[0] - 1], *(f"{day:02}" for day in numbers[1:])])
