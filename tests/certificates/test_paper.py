"""The printed page, looked at as a picture; hours and initials as it says them."""

import io
import lzma
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import zxingcpp
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from app.core import typefaces
from app.models import Certificate, Provenance
from app.services.certificates import Sheet, render
from app.services.certificates.naming import hours_of, initials_of, number_of
from app.services.certificates.queries import Served

# Characters of the table of standard ones (通用规范汉字表) beyond what GB 2312 had, and joined names.
RARE = ("龘䶮㛃", "李𬱖", "阿卜杜·热合曼", "马𫖯𫘝", "欧阳㺹")
# Of extensions B to F, which HanaMinB has: GB 18030-2022, level 3.
RAREST = ("马𠮷𤩽", "王𪚥𣗋", "李𫝑𬺲", "赵𫠣𮯠")


def sheet(name: str, lines: int = 3) -> Sheet:
    served = [
        Served(uuid4(), date(2026, 11, 18), f"文明交通劝导第{number}期", Provenance.CODE, 95 + number)
        for number in range(lines)
    ]
    certificate = Certificate(
        id=uuid4(),
        serial=17,
        holder_name=name,
        volunteer_number=None,
        since=date(2026, 11, 1),
        until=date(2026, 11, 30),
        minutes=sum(each.minutes for each in served),
        manual_minutes=0,
        issuer="金泉路社区先锋骑手志愿服务队",
        responsible="王队长",
        handler=None,
        phone="0937-2600000",
        issued_at=datetime(2026, 12, 1, 3, tzinfo=UTC),
    )
    return Sheet(certificate, served, f"https://nuanfeng.example/verify#{'a' * 22}")


def picture(of: Sheet) -> Image.Image:
    return Image.open(io.BytesIO(render([of], "png"))).convert("L")


def dark(page: Image.Image, box: tuple[int, int, int, int]) -> int:
    """Count the dark pixels of a part of the page, given in millimetres."""
    scale = page.width / 210
    part = page.crop(tuple(round(each * scale) for each in box))
    return sum(part.histogram()[:128])


def printed(name: str) -> Image.Image:
    """Return what stands on the page where the holder is named."""
    return cut(ImageChops.invert(picture(sheet(name)).crop((360, 334, 760, 374))))


def drawn(name: str) -> Image.Image:
    """Draw a name without the typesetter, each character from the typeface that has it."""
    canvas, at = Image.new("L", (1600, 200)), 0.0
    pen = ImageDraw.Draw(canvas)
    for each in name:
        font = next(font for font, has in typefaces_apart() if ord(each) in has)
        pen.text((at, 120), each, fill=255, font=font, anchor="ls")
        at += font.getlength(each)
    return cut(canvas)


@lru_cache
def typefaces_apart() -> list[tuple[ImageFont.FreeTypeFont, set[int]]]:
    rare = lzma.decompress(Path("app/data/fonts/HanaMinB-plane2.ttf.xz").read_bytes())
    found = []
    for font in (sans_path().read_bytes(), rare):
        with TTFont(io.BytesIO(font), lazy=True) as characters:
            found.append((ImageFont.truetype(io.BytesIO(font), 88), set(characters.getBestCmap())))
    return found


def cut(picture: Image.Image) -> Image.Image:
    return picture.crop(picture.point(lambda value: 255 * (value > 60)).getbbox())


def alike(one: Image.Image, other: Image.Image) -> float:
    """Return how much ink two pictures share, of all that either has."""
    other = other.resize(one.size, Image.Resampling.LANCZOS)
    shared, all_of_it = ImageChops.darker(one, other), ImageChops.lighter(one, other)
    return sum(shared.tobytes()) / sum(all_of_it.tobytes())


def test_a_page_shows_its_holder_its_hours_and_its_code():
    page, other = picture(sheet("马小蜂")), picture(sheet("龘䶮㛃"))

    assert abs(page.height / page.width - 297 / 210) < 0.01
    name, code, middle = (65, 50, 130, 62), (130, 205, 180, 255), (30, 150, 180, 190)
    assert dark(page, name) > 50
    assert dark(other, name) > 1.2 * dark(page, name)  # three of the densest characters there are
    assert dark(page, code) > 1000
    assert dark(page, middle) == 0


def test_a_phone_reads_the_public_address_from_the_page():
    [code] = zxingcpp.read_barcodes(picture(sheet("马小蜂")))

    assert (code.format, code.text) == (zxingcpp.BarcodeFormat.QRCode, sheet("马小蜂").link)


def test_rare_characters_and_joined_names_are_printed_whole():
    names = (*RARE, *RAREST)
    assert [name for name in names if typefaces.unprintable(name)] == []
    assert typefaces.unprintable("马𰀁") == "𰀁"  # of extension G, which no free typeface at hand has

    for name in names:
        page = printed(name)
        likeness = alike(page, drawn(name))
        # A box in the place of any character is less like it: 0.65 for one of seven, else under 0.6.
        boxed = [alike(page, drawn(f"{name[:at]}□{name[at + 1 :]}")) for at in range(len(name))]
        assert likeness > max(0.58, *boxed)


def test_many_activities_stay_on_one_page():
    assert render([sheet("马小蜂", 40)]).count(b"/Type /Page\n") <= 1
    assert picture(sheet("马小蜂", 40)).height == picture(sheet("马小蜂", 1)).height


def test_hours_are_never_rounded_up_and_initials_cover_the_rest():
    assert [hours_of(minutes) for minutes in (5, 59, 60, 119, 6000)] == ["0.0", "0.9", "1.0", "1.9", "100.0"]
    names = ("马小蜂", "阿依古丽·买买提", "John Smith", "欧阳修", " 李 ", None)
    assert [initials_of(name) for name in names] == ["马＊", "阿＊·买＊", "J＊·S＊", "欧＊", "李＊", "＊"]
    # New Year's Eve in London is the next year in China.
    assert number_of(17, datetime(2026, 12, 31, 20, tzinfo=UTC)) == "NFZ202700000017"
