"""The typefaces that are embedded in what is printed, and which characters they have between them.

Noto Sans SC has the basic block and extension A of CJK and the table of standard characters (通用规范汉字表);
HanaMinB has the rest up to extension F, so that names print as GB 18030-2022 wants (domain edge case 34). The
typesetter prints a box for a character that no typeface has, and says nothing: ask :func:`unprintable` first.
"""

import lzma
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import typst
from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import sans_path

# For typst's `font:`; what the first lacks, the second prints.
FAMILIES = '("Noto Sans SC", "HanaMinB")'
_RARE = files("app") / "data" / "fonts" / "HanaMinB-plane2.ttf.xz"
_RARE_FILE = "HanaMinB.ttf"


def unprintable(text: str) -> str:
    """Return the characters of a text that no typeface has, in order."""
    lacking = set(text) - _common()
    return "".join(sorted(lacking - _rare())) if lacking else ""


def fonts_for(text: str) -> typst.Fonts:
    """Return the typefaces that a text needs. The first rare character takes a second, once a process."""
    return _all_fonts() if set(text) - _common() else _common_fonts()


@lru_cache(maxsize=1)
def _common_fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(sans_path().parent)])


@lru_cache(maxsize=1)
def _all_fonts() -> typst.Fonts:
    folders = [str(sans_path().parent), _unpacked().name]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


@lru_cache(maxsize=1)
def _unpacked() -> TemporaryDirectory[str]:
    """Unpack the rare characters' 30 MB where the typesetter can read them; gone with the process."""
    folder = TemporaryDirectory(prefix="nuanfeng-fonts-")
    (Path(folder.name) / _RARE_FILE).write_bytes(lzma.decompress(_RARE.read_bytes()))
    return folder


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Return the characters of Noto Sans SC, some 30,000; reading them takes half a second, once."""
    with TTFont(sans_path(), lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


@lru_cache(maxsize=1)
def _rare() -> frozenset[str]:
    """Return the characters of HanaMinB, some 60,000."""
    with TTFont(Path(_unpacked().name) / _RARE_FILE, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))
