"""The printed page, looked at as a picture; hours and initials as it says them."""

import io
from datetime import UTC, date, datetime
from uuid import uuid4

import zxingcpp
from PIL import Image

from app.models import Certificate, Provenance
from app.services.certificates import Sheet, render
from app.services.certificates.naming import hours_of, initials_of, number_of
from app.services.certificates.queries import Served
from app.services.checkins import poster

# Characters of the table of standard ones (通用规范汉字表) beyond what GB 2312 had, and joined names.
RARE = ("龘䶮㛃", "李𬱖", "阿卜杜·热合曼", "马𫖯𫘝", "欧阳㺹")


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
    assert [name for name in RARE if poster.unprintable(name)] == []
    assert poster.unprintable("马𠮷") == "𠮷"
    # One box instead of a character would look like another's: no two of these pages are alike.
    names = [picture(sheet(name)).crop((360, 280, 760, 360)).tobytes() for name in RARE]
    assert len(set(names)) == len(RARE)


def test_many_activities_stay_on_one_page():
    assert render([sheet("马小蜂", 40)]).count(b"/Type /Page\n") <= 1
    assert picture(sheet("马小蜂", 40)).height == picture(sheet("马小蜂", 1)).height


def test_hours_are_never_rounded_up_and_initials_cover_the_rest():
    assert [hours_of(minutes) for minutes in (5, 59, 60, 119, 6000)] == ["0.0", "0.9", "1.0", "1.9", "100.0"]
    names = ("马小蜂", "阿依古丽·买买提", "John Smith", "欧阳修", " 李 ", None)
    assert [initials_of(name) for name in names] == ["马＊", "阿＊·买＊", "J＊·S＊", "欧＊", "李＊", "＊"]
    # New Year's Eve in London is the next year in China.
    assert number_of(17, datetime(2026, 12, 31, 20, tzinfo=UTC)) == "NFZ202700000017"
