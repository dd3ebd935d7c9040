"""The printed certificate: Chinese typesetting with embedded free typefaces, as PDF or picture.

Fields as in domain.md §2.6 (民发〔2015〕149号): who, hours and content, who issues and answers for it with a
telephone number, number and day; no identity number, as no use here needs one.
"""

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import segno
import typst

from app.core import typefaces
from app.core.clock import local_day
from app.models import Certificate, Provenance
from app.services.certificates.errors import NameUnprintable
from app.services.certificates.naming import hours_of, number_of
from app.services.certificates.queries import Served

_MOST_LINES = 14
# All text comes in as data: a name is never part of the program.
_PAPER = r"""
#set page(paper: "a4", margin: (x: 24mm, y: 20mm), fill: white)
#set text(font: FAMILIES, lang: "zh", size: 11pt, fill: rgb("#1b2b34"))
#let all = json(bytes(sys.inputs.data))
#let field(name, value) = (text(fill: rgb("#5b6b73"), name), text(value))
#let certificate(d) = [
  #block(width: 100%, stroke: 0.6mm + rgb("#0b6e4f"), radius: 2mm, inset: 10mm, height: 100%)[
    #align(center)[
      #text(24pt, tracking: 3pt)[志愿服务记录证明]
      #v(1mm)
      #text(10pt, fill: rgb("#5b6b73"))[Certificate of volunteer service · 编号 #d.number]
    ]
    #v(6mm)
    #grid(columns: (32mm, 1fr), row-gutter: 4.2mm,
      ..field("姓名", d.name),
      ..field("志愿者编号", d.volunteer_number),
      ..field("服务时段", d.period),
      ..field("服务时长", [#text(15pt, d.hours) 小时(共 #d.minutes 分钟)]),
      ..field("时长来源", d.sources),
    )
    #v(4mm)
    #table(columns: (1fr, 22mm, 26mm), stroke: 0.2mm + rgb("#c9d3d8"), inset: 2.2mm,
      table.header([服务内容], [次数], [小时]),
      ..d.lines.flatten().map(each => [#each]),
    )
    #v(1fr)
    #grid(columns: (1fr, 46mm), column-gutter: 6mm,
      grid(columns: (32mm, 1fr), row-gutter: 3.6mm,
        ..field("出具单位", d.issuer),
        ..field("负责人", d.responsible),
        ..field("经办人", d.handler),
        ..field("联系电话", d.phone),
        ..field("出具日期", d.issued_on),
        ..field("备注", d.remarks),
        ..field("(盖章)", []),
      ),
      align(center)[
        #image(bytes(d.qr), format: "svg", width: 40mm)
        #text(9pt)[扫码核验真伪与效力]
      ],
    )
    #v(2mm)
    #text(8.5pt, fill: rgb("#5b6b73"))[
      本证明由记录单位依据服务记录如实出具,免费;服务时长不含往返路程,只舍不入。记录更正后本证明自动失效,以扫码结果为准。#linebreak()#d.link
    ]
  ]
]
#for (number, d) in all.enumerate() [
  #if number > 0 [#pagebreak()]
  #certificate(d)
]
""".replace("FAMILIES", typefaces.FAMILIES)
_WORDS = {
    Provenance.CODE: "扫码签到",
    Provenance.GEOFENCE: "定位签到",
    Provenance.ORGANISER_LIST: "组织者名单",
    Provenance.MANUAL: "补录",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A certificate to print, what it was drawn from, and the address that its code leads to."""

    certificate: Certificate
    served: Sequence[Served]
    link: str


def check_printable(name: str) -> None:
    """Refuse a name that no typeface can print whole: the typesetter would print a box and say nothing.

    Raises:
        NameUnprintable: names the characters.
    """
    if lacking := typefaces.unprintable(name):
        raise NameUnprintable(characters=lacking)


def render(sheets: Iterable[Sheet], kind: Literal["pdf", "png"] = "pdf") -> bytes:
    """Return the pages of certificates; ``png`` takes one sheet. Blocks for a tenth of a second.

    Raises:
        NameUnprintable: no typeface has some characters of an organisation's or an activity's name.
    """
    data = [_data(each) for each in sheets]
    text = "".join(_texts(data))
    check_printable(text)
    return typst.compile(
        _PAPER.encode(),
        font_paths=typefaces.fonts_for(text),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        format=kind,
    )


def _texts(data: Sequence[dict[str, object]]) -> Iterable[str]:
    for each in data:
        yield from (str(value) for key, value in each.items() if key not in {"qr", "lines"})
        yield str(each["lines"])


def _data(sheet: Sheet) -> dict[str, object]:
    certificate = sheet.certificate
    return {
        "number": number_of(certificate.serial, certificate.issued_at),
        "name": certificate.holder_name or "",
        "volunteer_number": certificate.volunteer_number or "—",
        "period": f"{_day(certificate.since)} 至 {_day(certificate.until)}",
        "hours": hours_of(certificate.minutes),
        "minutes": str(certificate.minutes),
        "sources": _sources(sheet.served),
        "lines": _lines(sheet.served),
        "issuer": certificate.issuer,
        "responsible": certificate.responsible,
        "handler": certificate.handler or "志愿者自助出具",
        "phone": certificate.phone,
        "issued_on": _day(local_day(certificate.issued_at)),
        "remarks": "含补录时长,已经第二人审批" if certificate.manual_minutes else "—",
        "link": sheet.link,
        "qr": _qr(sheet.link),
    }


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _sources(served: Sequence[Served]) -> str:
    minutes = dict.fromkeys(_WORDS, 0)
    for each in served:
        minutes[each.provenance] += each.minutes
    return "、".join(f"{_WORDS[how]} {hours_of(each)} 小时" for how, each in minutes.items() if each)


def _lines(served: Sequence[Served]) -> list[list[str]]:
    """Return what was done, how often and for how long; the shorter ones together where they are many."""
    by_activity: dict[str, list[int]] = {}
    for each in served:
        by_activity.setdefault(each.activity, []).append(each.minutes)
    most = sorted(by_activity.items(), key=lambda pair: -sum(pair[1]))
    shown = [[what, str(len(times)), hours_of(sum(times))] for what, times in most[:_MOST_LINES]]
    if rest := [minutes for _, times in most[_MOST_LINES:] for minutes in times]:
        shown.append(["其他", str(len(rest)), hours_of(sum(rest))])
    return shown


def _qr(link: str) -> str:
    drawn = io.BytesIO()
    segno.make_qr(link, error="m").save(drawn, kind="svg", border=2)
    return drawn.getvalue().decode()
