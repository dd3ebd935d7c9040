"""QR codes for a station's tablet and its wall; the poster names the station in Chinese."""

import io
import json

import segno
import typst

from app.core import typefaces
from app.services.checkins.errors import Unprintable

# All text comes in as data: a station's name is never part of the program.
_POSTER = r"""
#set page(paper: "a4", margin: (x: 22mm, y: 20mm), fill: white)
#set text(font: FAMILIES, lang: "zh", fill: rgb("#1b2b34"))
#let d = json(bytes(sys.inputs.data))
#let fitted(body, sizes) = layout(space => {
  let size = sizes.find(each => measure(text(each, body)).width <= space.width)
  text(if size == none { 18pt } else { size }, body)
})
#align(center)[
  #block(width: 100%, fill: rgb("#0b6e4f"), radius: 4mm, inset: (x: 8mm, y: 7mm))[
    #text(fill: white, fitted(d.name, (34pt, 30pt, 26pt, 22pt)))
  ]
  #v(7mm)
  #text(26pt)[扫码签到 · 进站歇脚]
  #v(1mm)
  #text(13pt, fill: rgb("#5b6b73"))[Scan to check in]
  #v(6mm)
  #box(stroke: 1.2mm + rgb("#0b6e4f"), radius: 4mm, inset: 4mm,
    image(bytes(d.qr), format: "svg", width: 112mm))
  #v(6mm)
  #text(14pt)[签到自愿,不签到同样可以进站休息]
  #v(1fr)
  #line(length: 100%, stroke: 0.3mm + rgb("#c9d3d8"))
  #v(1mm)
  #text(10pt, fill: rgb("#5b6b73"))[
    #d.address \
    站点编号 #d.code #h(1fr) 本码编号 #d.serial · #d.issued_on
  ]
]
""".replace("FAMILIES", typefaces.FAMILIES)


def qr_svg(link: str) -> bytes:
    """Return a QR code as SVG that scales to its place."""
    buffer = io.BytesIO()
    segno.make_qr(link, error="m").save(buffer, kind="svg", omitsize=True, border=4, svgclass=None)
    return buffer.getvalue()


def qr_png(link: str) -> bytes:
    """Return a QR code as PNG, about 1000 pixels wide."""
    code = segno.make_qr(link, error="q")
    buffer = io.BytesIO()
    code.save(buffer, kind="png", scale=1000 // code.symbol_size()[0], border=4)
    return buffer.getvalue()


def poster_pdf(*, link: str, name: str, code: str, address: str, serial: str, issued_on: str) -> bytes:
    """Return an A4 page with a station's name and its printed code; blocks for a tenth of a second.

    Raises:
        Unprintable: no typeface has some characters, which the error names.
    """
    text = name + code + address
    if lacking := typefaces.unprintable(text):
        raise Unprintable(characters=lacking)
    code_svg = io.BytesIO()
    segno.make_qr(link, error="q").save(code_svg, kind="svg", border=2)
    data = {
        "name": name, "code": code, "address": address, "serial": serial, "issued_on": issued_on,
        "qr": code_svg.getvalue().decode(),
    }  # fmt: skip
    return typst.compile(
        _POSTER.encode(),
        font_paths=typefaces.fonts_for(text),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        format="pdf",
    )
