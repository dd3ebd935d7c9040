"""Reading CAP 1.2 (OASIS Common Alerting Protocol), by a parser that expands nothing and fetches nothing.

Taken are messages of status ``Actual``; ``Alert``, ``Update`` and ``Cancel``. The area is the ``geocode``
whose value is a division's code, trailing zeros cut off: polygons and names are not guessed at. The kind is
read from the event's words, the colour from the words, else from ``severity`` (the four of each in order).
How China's national system fills ``eventCode`` could not be confirmed here, so it is not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app.core.weather import AlertColour, WeatherKind
from app.services.weather.errors import CapUnreadable

_NS = "{urn:oasis:names:tc:emergency:cap:1.2}"
_MOST_AREAS, _MOST_REFERENCES, _LONGEST = 100, 100, 2000
_LENGTHS = (2, 4, 6, 9, 12)
# The longer words first: 道路结冰 is no 冰雹, 沙尘暴 no 暴雨.
_KINDS = {
    "道路结冰": WeatherKind.ROAD_ICE, "road ic": WeatherKind.ROAD_ICE, "沙尘": WeatherKind.SANDSTORM,
    "sandstorm": WeatherKind.SANDSTORM, "台风": WeatherKind.TYPHOON, "typhoon": WeatherKind.TYPHOON,
    "暴雨": WeatherKind.RAIN, "rain": WeatherKind.RAIN, "暴雪": WeatherKind.SNOW, "snow": WeatherKind.SNOW,
    "寒潮": WeatherKind.COLD_WAVE, "cold wave": WeatherKind.COLD_WAVE, "大风": WeatherKind.GALE,
    "gale": WeatherKind.GALE, "高温": WeatherKind.HEAT, "heat": WeatherKind.HEAT,
    "干旱": WeatherKind.DROUGHT, "drought": WeatherKind.DROUGHT, "雷电": WeatherKind.THUNDER,
    "thunder": WeatherKind.THUNDER, "lightning": WeatherKind.THUNDER, "冰雹": WeatherKind.HAIL,
    "hail": WeatherKind.HAIL, "霜冻": WeatherKind.FROST, "frost": WeatherKind.FROST,
    "大雾": WeatherKind.FOG, "fog": WeatherKind.FOG, "霾": WeatherKind.HAZE, "haze": WeatherKind.HAZE,
}  # fmt: skip
_COLOURS = {
    "蓝色": AlertColour.BLUE, "黄色": AlertColour.YELLOW, "橙色": AlertColour.ORANGE, "红色": AlertColour.RED,
    "blue": AlertColour.BLUE, "yellow": AlertColour.YELLOW, "orange": AlertColour.ORANGE,
    "red alert": AlertColour.RED, "red warning": AlertColour.RED,
}  # fmt: skip
_SEVERITIES = {
    "minor": AlertColour.BLUE,
    "moderate": AlertColour.YELLOW,
    "severe": AlertColour.ORANGE,
    "extreme": AlertColour.RED,
}


@dataclass(frozen=True, slots=True)
class CapAlert:
    """What a message says; of a ``Cancel`` only its key and what it takes back."""

    key: str
    replaces: tuple[str, ...]
    issued_at: datetime
    is_cancel: bool
    kind: WeatherKind | None = None
    colour: AlertColour | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    area_codes: tuple[str, ...] = ()
    source: str = ""
    text: str = ""


def read_cap(content: bytes) -> CapAlert:
    """Read a message.

    Raises:
        CapUnreadable: it is none, or not one that is taken.
    """
    try:
        alert = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise CapUnreadable(what="XML") from None
    if alert.tag != f"{_NS}alert":
        raise CapUnreadable(what="alert")
    if _need(alert, "status") != "Actual":
        raise CapUnreadable(what="status")
    said, sender = _need(alert, "msgType"), _need(alert, "sender")
    if said not in {"Alert", "Update", "Cancel"}:
        raise CapUnreadable(what="msgType")
    key, references = f"{sender},{_need(alert, 'identifier')}", tuple(_references(alert))
    if said != "Alert" and not references:
        raise CapUnreadable(what="references")
    sent = _instant(alert, "sent")
    if said == "Cancel":
        return CapAlert(key, references, sent, is_cancel=True)
    return _described(alert, _info(alert), CapAlert(key, references, sent, is_cancel=False))


def _described(alert: Element, info: Element, head: CapAlert) -> CapAlert:
    words = " ".join(_text(info, name) for name in ("event", "headline")).lower()
    kind = next((kind for word, kind in _KINDS.items() if word in words), None)
    colour = next((colour for word, colour in _COLOURS.items() if word in words), None)
    colour = colour or _SEVERITIES.get(_text(info, "severity").lower())
    codes = tuple(dict.fromkeys(_codes(info)))
    for missing, what in ((kind, "event"), (colour, "severity"), (codes, "geocode")):
        if not missing:
            raise CapUnreadable(what=what)
    begins = next((name for name in ("onset", "effective") if _text(info, name)), None)
    return CapAlert(
        head.key,
        head.replaces,
        head.issued_at,
        is_cancel=False,
        kind=kind,
        colour=colour,
        starts_at=head.issued_at if begins is None else _instant(info, begins),
        ends_at=_instant(info, "expires"),
        area_codes=codes,
        source=(_text(info, "senderName") or _text(alert, "sender"))[:200],
        text=_text(info, "description")[:_LONGEST],
    )


def _info(alert: Element) -> Element:
    infos = alert.findall(f"{_NS}info")
    if not infos:
        raise CapUnreadable(what="info")
    return next((info for info in infos if _text(info, "language").lower().startswith("zh")), infos[0])


def _codes(info: Element) -> Iterator[str]:
    for found in info.findall(f"{_NS}area/{_NS}geocode/{_NS}value")[:_MOST_AREAS]:
        code = (found.text or "").strip()
        if code.isascii() and code.isdecimal() and len(code) in _LENGTHS:
            bare = code.rstrip("0")
            yield code[: next(length for length in _LENGTHS if length >= max(len(bare), 2))]


def _references(alert: Element) -> Iterator[str]:
    for reference in _text(alert, "references").split()[:_MOST_REFERENCES]:
        sender, _, rest = reference.partition(",")
        identifier = rest.rpartition(",")[0] or rest
        if sender and identifier:
            yield f"{sender},{identifier}"


def _text(element: Element, name: str) -> str:
    return (element.findtext(f"{_NS}{name}") or "").strip().replace("\0", "")


def _need(element: Element, name: str) -> str:
    if not (text := _text(element, name)) or len(text) > _LONGEST:
        raise CapUnreadable(what=name)
    return text


def _instant(element: Element, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(_need(element, name))
    except ValueError:
        raise CapUnreadable(what=name) from None
    if at.tzinfo is None or not 2000 <= at.year <= 2100:  # noqa: PLR2004 - years
        raise CapUnreadable(what=name)
    return at
