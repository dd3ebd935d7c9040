"""Drawn pictures: invented, and each says so. Here those of hazards and of their repairs.

A handful of scenes stands for all: a street, with what a group of categories is about, before and after.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # only who draws loads what draws: every command imports this module
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw as Pen

SIZE, _THUMB = (960, 720), (400, 300)
SAYS = "虚构画面 · 演示"
_SKY, _WALL, _PATH, _ROAD, _LINE = "#cfdde6", "#b9a98f", "#c8c4ba", "#6d6f72", "#e8e6df"
_DARK, _STEEL, _FRESH, _WARN = "#17191b", "#8d9296", "#4a4c4f", "#e07b1a"
_GROUND = 400  # where the road begins
_SPOT = (480, 560)  # where it is on the road, in the middle

Draw = Callable[["Pen"], None]


@dataclass(frozen=True, slots=True)
class Copies:
    """A picture's two copies as the press would make them: JPEG, clean, of 1920 and 400 px at most."""

    large: bytes
    thumb: bytes


def draw(scene: str, *, is_after: bool) -> Copies:
    """Return a picture: the hazard, or the same place when it is mended."""

    def street(pen: "Pen") -> None:
        _street(pen)
        _SCENES[scene][is_after](pen)

    return shot(street, "处置后" if is_after else "处置前")


def shot(draws: Draw, caption: str) -> Copies:
    """Return a drawing that says below that it is invented, and what it shows."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - see above

    picture = Image.new("RGB", SIZE, _SKY)
    pen = ImageDraw.Draw(picture)
    draws(pen)
    pen.rectangle((0, 650, SIZE[0], SIZE[1]), fill="#1b2b34")
    write(pen, (24, 656), f"{SAYS} · {caption}", 40)
    return Copies(_jpeg(picture), _jpeg(picture.resize(_THUMB)))


def write(pen: "Pen", at: tuple[int, int], text: str, size: int) -> None:
    """Write in white."""
    from PIL import ImageFont  # noqa: PLC0415 - see above
    from pylopdf_fonts_zh_cn import sans_path  # noqa: PLC0415 - see above

    pen.text(at, text, fill="white", font=ImageFont.truetype(str(sans_path()), size))


def _jpeg(picture: "Image") -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def scene_of(group: str) -> str:
    """Return which scene shows what a group of categories is about."""
    return _OF_GROUP.get(group, "sign")


def _street(pen: "Pen") -> None:
    for at, top in enumerate((120, 70, 160, 95, 140)):
        left = at * 200 - 20
        pen.rectangle((left, top, left + 180, 330), fill=_WALL)
        for row in range(top + 20, 300, 60):
            for column in range(left + 20, left + 160, 50):
                pen.rectangle((column, row, column + 26, row + 34), fill=_SKY)
    pen.rectangle((0, 330, SIZE[0], _GROUND), fill=_PATH)
    pen.rectangle((0, _GROUND, SIZE[0], SIZE[1]), fill=_ROAD)
    for left in range(20, SIZE[0], 160):
        pen.rectangle((left, 610, left + 80, 620), fill=_LINE)


def _oval(pen: "Pen", wide: int, high: int, fill: str, *, up: int = 0) -> None:
    x, y = _SPOT
    pen.ellipse((x - wide, y - high - up, x + wide, y + high - up), fill=fill)


def _open_cover(pen: "Pen") -> None:
    _oval(pen, 120, 44, _STEEL)
    _oval(pen, 104, 36, _DARK)
    pen.ellipse((640, 520, 820, 580), fill=_STEEL)


def _closed_cover(pen: "Pen") -> None:
    _oval(pen, 120, 44, _STEEL)
    for turn in range(-80, 81, 40):
        pen.line((480 + turn, 530, 480 + turn, 590), fill=_DARK, width=4)


def _pothole(pen: "Pen") -> None:
    pen.polygon([(330, 560), (400, 520), (520, 510), (640, 550), (600, 600), (450, 620)], fill=_DARK)
    pen.line([(640, 550), (760, 520), (860, 540)], fill=_DARK, width=6)


def _patch(pen: "Pen") -> None:
    pen.polygon([(310, 620), (360, 500), (660, 500), (700, 620)], fill=_FRESH)


def _water(pen: "Pen") -> None:
    _oval(pen, 380, 70, "#5b86a3")
    _oval(pen, 250, 36, "#7fa6bf")


def _wire(pen: "Pen") -> None:
    pen.rectangle((150, 60, 168, 400), fill=_DARK)
    pen.line([(168, 80), (300, 260), (420, 520), (520, 590), (700, 600)], fill=_DARK, width=7)


def _wire_up(pen: "Pen") -> None:
    pen.rectangle((150, 60, 168, 400), fill=_DARK)
    pen.line([(168, 80), (480, 130), (960, 90)], fill=_DARK, width=7)


def _bags(pen: "Pen") -> None:
    for at, fill in enumerate(("#3d6b45", "#23272a", "#6b4a2d", "#2f4858", "#574b90")):
        left, top = 330 + at * 66, 470 + (at % 2) * 40
        pen.ellipse((left, top, left + 110, top + 100), fill=fill)


def _bin(pen: "Pen") -> None:
    pen.rectangle((420, 300, 520, 420), fill="#3d6b45")
    pen.rectangle((408, 284, 532, 304), fill="#2c5033")


def _lamp(pen: "Pen", light: str) -> None:
    pen.rectangle((470, 110, 486, 400), fill=_DARK)
    pen.line((478, 112, 590, 112), fill=_DARK, width=12)
    pen.ellipse((570, 108, 650, 150), fill=light)


def _dark_lamp(pen: "Pen") -> None:
    _lamp(pen, _STEEL)


def _lit_lamp(pen: "Pen") -> None:
    _lamp(pen, "#ffe27a")


def _fallen_tree(pen: "Pen") -> None:
    pen.line((150, 600, 760, 480), fill="#6b4a2d", width=34)
    for left, top in ((640, 380), (740, 420), (690, 480)):
        pen.ellipse((left, top, left + 180, top + 130), fill="#4f7a46")


def _upright_tree(pen: "Pen") -> None:
    pen.rectangle((466, 240, 494, 400), fill="#6b4a2d")
    pen.ellipse((380, 90, 580, 270), fill="#4f7a46")


def _car(pen: "Pen") -> None:
    pen.rounded_rectangle((300, 410, 720, 540), 30, fill="#8b2e2e")
    pen.polygon([(380, 410), (430, 340), (600, 340), (660, 410)], fill="#a9c1cf")
    for left in (350, 590):
        pen.ellipse((left, 500, left + 90, 590), fill=_DARK)
    pen.rectangle((470, 490, 570, 520), fill="#1f4fa3")  # a plate without a number


def _cleared(_: "Pen") -> None:
    """Nothing is there any more."""


def _barrier(pen: "Pen") -> None:
    for left in range(260, 700, 110):
        pen.rectangle((left, 470, left + 55, 520), fill=_WARN)
        pen.rectangle((left + 55, 470, left + 110, 520), fill=_LINE)
    pen.polygon([(700, 600), (750, 470), (800, 600)], fill=_WARN)
    _oval(pen, 150, 30, "#8a6d4b", up=-40)


def _sign(pen: "Pen") -> None:
    pen.line((480, 400, 560, 170), fill=_DARK, width=14)
    pen.polygon([(470, 190), (650, 120), (640, 290)], fill=_WARN)


def _sign_up(pen: "Pen") -> None:
    pen.line((480, 400, 480, 150), fill=_DARK, width=14)
    pen.polygon([(390, 250), (480, 100), (570, 250)], fill="#f2c230")


_SCENES: Mapping[str, tuple[Draw, Draw]] = {
    "cover": (_open_cover, _closed_cover),
    "road": (_pothole, _patch),
    "water": (_water, _cleared),
    "wire": (_wire, _wire_up),
    "garbage": (_bags, _bin),
    "light": (_dark_lamp, _lit_lamp),
    "tree": (_fallen_tree, _upright_tree),
    "parking": (_car, _cleared),
    "works": (_barrier, _cleared),
    "sign": (_sign, _sign_up),
}
SCENES = tuple(_SCENES)
_OF_GROUP = {
    "dirt": "garbage",
    "fire": "parking",
    "ice": "water",
    "street": "garbage",
    "access": "works",
    **{scene: scene for scene in SCENES},
}
