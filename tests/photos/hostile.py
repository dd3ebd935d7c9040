"""Files that somebody might send instead of a photo, made on the spot."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.factories.photos import drawn, encoded, heic, jpeg

SIZE = (160, 120)
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


@dataclass(frozen=True)
class Hostile:
    """Bytes, what the sender calls them, and the code they are refused with."""

    make: Callable[[], bytes]
    code: str
    declared: str | None = None


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.html", PAGE)
    return out.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def with_segment(marker: int, body: bytes) -> bytes:
    data = jpeg(SIZE)
    return data[:2] + segment(marker, body) + data[2:]


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*, width: int = 10, height: int = 10, extra: bytes = b"", pixels: bytes | None = None) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (11 * 10)) if pixels is None else pixels
    body = chunk(b"IHDR", head) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg_of(width: int, height: int) -> bytes:
    """Return a small JPEG that says it is of another size."""
    data = bytearray(jpeg(SIZE))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_of(width: int, height: int) -> bytes:
    body = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunks = b"VP8X" + struct.pack("<I", 10) + body + encoded(drawn(SIZE), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def moving(kind: str) -> bytes:
    return encoded(drawn(SIZE), kind, save_all=True, append_images=[drawn(SIZE, seed=2)], duration=100)


def endless_scans() -> bytes:
    """Return a progressive JPEG whose last scan comes again and again."""
    data = jpeg(SIZE, progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * 500 + b"\xff\xd9"


def exif_of(entries: int, *, tag: int = 0x8769, kind: int = 4, count: int = 1, value: int = 8) -> bytes:
    """Return a JPEG whose EXIF directory has entries that point wherever one likes."""
    rows = struct.pack("<HHII", tag, kind, count, value) * entries
    body = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", min(65535, entries)) + rows + b"\x08\0\0\0"
    return with_segment(0xE1, body[:65000])


def cut(data: bytes, share: float = 0.5) -> bytes:
    return data[: int(len(data) * share)]


def rebranded(data: bytes, brand: bytes) -> bytes:
    return data[:8] + brand + data[12:]


HOSTILE: dict[str, Hostile] = {
    "text": Hostile(lambda: b"just words " * 50, "type_unsupported"),
    "one byte": Hostile(lambda: b"\xff", "type_unsupported"),
    "page": Hostile(lambda: PAGE, "type_unsupported"),
    "archive": Hostile(zipped, "type_unsupported"),
    "drawing": Hostile(lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type_unsupported"),
    "gif": Hostile(lambda: encoded(drawn(SIZE), "GIF"), "type_unsupported"),
    "gif that says jpeg": Hostile(lambda: moving("GIF"), "type_unsupported", "image/jpeg"),
    "tiff": Hostile(lambda: encoded(drawn(SIZE), "TIFF"), "type_unsupported"),
    "bmp": Hostile(lambda: encoded(drawn(SIZE), "BMP"), "type_unsupported"),
    "avif": Hostile(lambda: rebranded(heic(SIZE), b"avif"), "type_unsupported"),
    "png that says jpeg": Hostile(lambda: encoded(drawn(SIZE), "PNG"), "type_mismatch", "image/jpeg"),
    "jpeg that says heic": Hostile(lambda: jpeg(SIZE), "type_mismatch", "image/heic"),
    "jpeg that says page": Hostile(lambda: jpeg(SIZE), "type_mismatch", "text/html"),
    "half a jpeg": Hostile(lambda: cut(jpeg(SIZE)), "truncated"),
    "half a progressive jpeg": Hostile(lambda: cut(jpeg(SIZE, progressive=True)), "truncated"),
    "jpeg without its end": Hostile(lambda: jpeg(SIZE)[:-2], "truncated"),
    "head of a jpeg": Hostile(lambda: jpeg(SIZE)[:20], "truncated"),
    "half a png": Hostile(lambda: cut(encoded(drawn(SIZE), "PNG")), "truncated"),
    "half a webp": Hostile(lambda: cut(encoded(drawn(SIZE), "WEBP")), "truncated"),
    "half a heic": Hostile(lambda: cut(heic(SIZE)), "truncated"),
    "signature alone": Hostile(lambda: b"\x89PNG\r\n\x1a\n", "truncated"),
    "jpeg of 4 gigapixels": Hostile(lambda: jpeg_of(65000, 65000), "too_many_pixels"),
    "jpeg of 61 megapixels": Hostile(lambda: jpeg_of(8000, 7626), "too_many_pixels"),
    "png of 2 gigapixels": Hostile(lambda: png(width=50000, height=50000), "too_many_pixels"),
    "webp of 200 gigapixels": Hostile(lambda: webp_of(1 << 19, 1 << 19), "too_many_pixels"),
    "jpeg of nothing": Hostile(lambda: jpeg_of(0, 100), "unreadable"),
    "moving png": Hostile(lambda: moving("PNG"), "animated"),
    "moving webp": Hostile(lambda: moving("WEBP"), "animated"),
    "moving heic": Hostile(lambda: rebranded(heic(SIZE), b"msf1"), "animated"),
    "jpeg and archive": Hostile(lambda: jpeg(SIZE) + zipped(), "foreign_content"),
    "jpeg and page": Hostile(lambda: jpeg(SIZE) + PAGE, "foreign_content"),
    "jpeg and program": Hostile(lambda: jpeg(SIZE) + b"\x7fELF" + bytes(range(256)), "foreign_content"),
    "jpeg and film with a page": Hostile(
        lambda: jpeg(SIZE) + b"\0\0\0\x18ftypmp42" + PAGE, "foreign_content"
    ),
    "page in a comment": Hostile(lambda: with_segment(0xFE, PAGE), "foreign_content"),
    "program in exif": Hostile(lambda: with_segment(0xE1, b"Exif\0\0<?php exit;"), "foreign_content"),
    "document in a comment": Hostile(lambda: with_segment(0xFE, b"%PDF-1.7"), "foreign_content"),
    "archive in a comment": Hostile(lambda: with_segment(0xFE, zipped()), "foreign_content"),
    "png and archive": Hostile(lambda: encoded(drawn(SIZE), "PNG") + zipped(), "foreign_content"),
    "page in a png": Hostile(lambda: png(extra=chunk(b"tEXt", b"a\0" + PAGE)), "foreign_content"),
    "webp and page": Hostile(lambda: encoded(drawn(SIZE), "WEBP") + PAGE, "foreign_content"),
    "heic and archive": Hostile(lambda: heic(SIZE) + zipped(), "foreign_content"),
    "endless scans": Hostile(endless_scans, "unreadable"),
    "png with a wrong check sum": Hostile(lambda: png()[:-1] + b"\0", "unreadable"),
    "png with broken pixels": Hostile(lambda: png(pixels=b"not deflated"), "unreadable"),
    "png with too few pixels": Hostile(lambda: png(pixels=zlib.compress(b"\0")), "truncated"),
    "text of 10 megabytes": Hostile(
        lambda: png(extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**7), 9))), "unreadable"
    ),
    "png without pixels": Hostile(
        lambda: b"\x89PNG\r\n\x1a\n" + png()[8:33] + chunk(b"IEND", b""), "unreadable"
    ),
    "jpeg of markers": Hostile(lambda: b"\xff\xd8\xff\xd9", "unreadable"),
    "jpeg in a jpeg": Hostile(lambda: b"\xff\xd8" + jpeg(SIZE), "unreadable"),
}

# What phones really send, or what hides where it harms nobody: taken, and every copy is clean.
HARMLESS: dict[str, Callable[[], bytes]] = {
    "gain map behind the picture": lambda: jpeg(SIZE) + jpeg((40, 30)),
    "short film behind the picture": lambda: jpeg(SIZE) + b"\0\0\0\x18ftypmp42" + bytes(500),
    "samsung's records": lambda: jpeg(SIZE) + bytes(range(200)) + b"SEFH" + bytes(20) + b"SEFT",
    "samsung's records behind heic": lambda: heic(SIZE) + b"\0\0\1\n" + bytes(200) + b"SEFT",
    "padding": lambda: jpeg(SIZE) + bytes(512),
    "exif that points to itself": lambda: exif_of(1),
    "exif of 5000 directories": lambda: exif_of(5000),
    "exif that claims 4 gigabytes": lambda: exif_of(
        3, tag=0x010F, kind=2, count=0xFFFFFFFF, value=0xFFFFFF00
    ),
    "exif of nonsense": lambda: with_segment(0xE1, b"Exif\0\0MM\0\0\0\0\0\0"),
    "orientation 99": lambda: exif_of(1, tag=0x0112, kind=3, value=99),
    "49 megapixels of nothing": lambda: png(
        width=7000, height=7000, pixels=zlib.compress(bytes(7001 * 7000), 1)
    ),
}


def mutated(data: bytes, lot) -> bytes:
    """Return bytes with a few of them changed, removed or doubled."""
    changed = bytearray(data)
    for _ in range(lot.randint(1, 8)):
        at = lot.randrange(len(changed))
        match lot.randrange(3):
            case 0:
                changed[at] = lot.randrange(256)
            case 1:
                del changed[at : at + lot.randrange(1, 40)]
            case _:
                changed[at:at] = changed[at : at + lot.randrange(1, 40)]
    return bytes(changed)
