"""Drawn pictures of stations: the door, the room, what is broken there. Invented, and each says so."""

from typing import TYPE_CHECKING

from app.models import StationKind
from app.services.demo.habits import HABITS
from app.services.demo.pictures import SIZE, Copies, shot, write

if TYPE_CHECKING:  # see pictures
    from PIL.ImageDraw import ImageDraw as Pen

_NAMES = {habit.kind: habit.zh for habit in HABITS}
_SIGNS = {
    StationKind.PARTY_SERVICE_CENTER: "#b3261e",
    StationKind.RED_STATION: "#b3261e",
    StationKind.FLOATING_MEMBER_STATION: "#b3261e",
    StationKind.DRIVER_HOME: "#1f4fa3",
    StationKind.MERCHANT_PARTNER: "#7a4b9e",
}
_WARM = "#d98a00"
_WALL, _FLOOR, _WOOD, _STEEL, _GLASS, _DARK = "#e9e2d3", "#b08d62", "#8a5a32", "#9aa0a5", "#a9c7d6", "#2a2d30"
_SKIN, _COAT = "#e3b48f", "#2f6f9f"


def front(kind: StationKind) -> Copies:
    """Return a station from outside: a door, windows, and over them a sign with its kind."""

    def draws(pen: "Pen") -> None:
        pen.rectangle((80, 120, 880, 540), fill=_WALL)
        pen.rectangle((80, 130, 880, 250), fill=_SIGNS.get(kind, _WARM))
        write(pen, (130, 145), _NAMES[kind], 72)
        pen.rectangle((420, 290, 560, 540), fill=_WOOD)
        pen.rectangle((436, 306, 544, 430), fill=_GLASS)
        for left in (130, 620):
            pen.rectangle((left, 300, left + 220, 450), fill=_GLASS)
            pen.line((left + 110, 300, left + 110, 450), fill=_WALL, width=8)
        pen.rectangle((0, 540, *SIZE), fill=_STEEL)

    return shot(draws, "站外")


def room(*, with_somebody: bool) -> Copies:
    """Return a station from inside: a table, chairs, hot water; and perhaps somebody, whose face is seen."""

    def draws(pen: "Pen") -> None:
        _room(pen)
        pen.rectangle((140, 430, 560, 460), fill=_WOOD)
        for left in (170, 510):
            pen.rectangle((left, 460, left + 24, 600), fill=_WOOD)
        for left in (60, 590):
            pen.rectangle((left, 480, left + 90, 500), fill=_DARK)
            pen.rectangle((left + 36, 500, left + 52, 600), fill=_DARK)
        _machine(pen, 760, "#3d7fa6")
        if with_somebody:
            _person(pen)

    return shot(draws, "站内")


def fault() -> Copies:
    """Return something that is broken: a machine with a note on it."""

    def draws(pen: "Pen") -> None:
        _room(pen)
        _machine(pen, 420, _STEEL)
        pen.rectangle((400, 330, 560, 410), fill="#b3261e")
        write(pen, (424, 340), "故障", 56)

    return shot(draws, "故障")


def _room(pen: "Pen") -> None:
    pen.rectangle((0, 0, SIZE[0], 520), fill=_WALL)
    pen.rectangle((0, 520, *SIZE), fill=_FLOOR)
    pen.rectangle((600, 80, 880, 260), fill=_GLASS)


def _person(pen: "Pen") -> None:
    pen.rounded_rectangle((280, 300, 420, 430), 40, fill=_COAT)
    pen.ellipse((300, 190, 400, 310), fill=_SKIN)
    for left in (326, 362):
        pen.ellipse((left, 236, left + 12, 250), fill=_DARK)
    pen.arc((326, 250, 374, 286), 20, 160, fill=_DARK, width=4)


def _machine(pen: "Pen", left: int, fill: str) -> None:
    pen.rectangle((left, 260, left + 120, 600), fill=fill)
    pen.rectangle((left + 20, 280, left + 100, 330), fill=_DARK)
    pen.rectangle((left + 45, 420, left + 75, 450), fill=_DARK)
