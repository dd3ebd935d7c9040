"""Decoding a picture at the smallest sufficient scale, and its two copies without any metadata.

JPEG is decoded at a half, a quarter or an eighth already by its transform; that needs the target's own
proportions, since the shorter side decides. The small copy is made of the large one.
"""

import io
import struct
import warnings
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from PIL import Image

from app.adapters.pictures import exif
from app.adapters.pictures.containers import HEIC, JPEG, Kind
from app.adapters.pictures.refusal import MOST_PIXELS, Refused, check_pixels

LARGE_PX, THUMB_PX = 1920, 400
QUALITY = 80
_WHITE = (255, 255, 255)
_FLAT = 12  # of 255: below this a picture has no structure to compare
_HASH_SIDE = 8
# EXIF's orientations as what undoes them.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})
# What decoders raise on bytes that are not what they say.
_DAMAGE = (OSError, ValueError, SyntaxError, IndexError, KeyError, TypeError, struct.error, EOFError, Warning)


class Made(NamedTuple):
    """What is told of the picture, and its copies."""

    told: dict[str, Any]
    large: bytes
    thumb: bytes
    plates: bytes  # the large one with number plates left legible, where any is covered


def develop(data: bytes, kind: Kind, *, covered: Sequence[Mapping[str, Any]] = ()) -> Made:
    """Make the copies.

    Raises:
        Refused: it cannot be decoded, or only partly.
    """
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # broken EXIF is not worth a word
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _develop(data, kind, covered)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("too_many_pixels") from None
    except MemoryError:
        raise Refused("unreadable") from None
    except _DAMAGE as error:
        raise Refused("truncated" if "truncated" in str(error).lower() else "unreadable") from None


def _develop(data: bytes, kind: Kind, covered: Sequence[Mapping[str, Any]]) -> Made:
    picture = _open(data, kind)
    width, height = picture.size
    check_pixels(width, height)
    if kind is JPEG:
        picture.draft("RGB", _fit(picture.size, LARGE_PX))
    picture.load()  # before anything may swallow what it raises
    said = exif.read(picture)
    large = _upright(_flat(_shrunk(picture)), said.orientation)
    plates = [each for each in covered if each["hides"] == "plate"]
    _cover(large, [each for each in covered if each not in plates])
    legible = _jpeg(large) if plates else b""
    _cover(large, plates)
    thumb = large.resize(_fit(large.size, THUMB_PX), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if said.orientation in _ON_ITS_SIDE:
        width, height = height, width
    told = {
        "media_type": kind.media_type,
        "width": width,
        "height": height,
        "phash": _difference_hash(thumb),
        **said.told(),
    }
    return Made(told, _jpeg(large), _jpeg(thumb), legible)


def _open(data: bytes, kind: Kind) -> Image.Image:
    if kind is HEIC:
        # Only who needs it loads its decoder.
        import pi_heif  # noqa: PLC0415 - only HEIC needs it

        pi_heif.register_heif_opener(thumbnails=False)
    return Image.open(io.BytesIO(data), formats=[kind.decoder])


def _fit(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Return a size in the same proportions whose longer side is no longer than that."""
    width, height = size
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _shrunk(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits of grey
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif picture.mode not in {"RGB", "L"}:
        # What may be transparent is blended while it is large only in its own few channels.
        has_alpha = picture.has_transparency_data
        picture = picture.convert("RGBA" if has_alpha else "RGB")
    return picture.resize(_fit(picture.size, LARGE_PX), Image.Resampling.BICUBIC, reducing_gap=2.0)


def _flat(picture: Image.Image) -> Image.Image:
    """Return the picture in RGB, on white where it is transparent."""
    if picture.mode != "RGBA":
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    ground = Image.new("RGB", picture.size, _WHITE)
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    turn = _UPRIGHT.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _cover(picture: Image.Image, covered: Sequence[Mapping[str, Any]]) -> None:
    """Paint over what must not be seen; black, as blur can be undone."""
    width, height = picture.size
    for each in covered:
        left, top = int(each["x"] * width), int(each["y"] * height)
        right = min(width, int((each["x"] + each["width"]) * width) + 1)
        bottom = min(height, int((each["y"] + each["height"]) * height) + 1)
        picture.paste((0, 0, 0), (left, top, right, bottom))


def _jpeg(picture: Image.Image) -> bytes:
    picture.info.clear()  # a comment would be written along
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _difference_hash(picture: Image.Image) -> int | None:
    """Return 64 bits that say where the picture grows brighter from left to right (dHash), signed."""
    grey = picture.convert("L").resize((_HASH_SIDE + 1, _HASH_SIDE), Image.Resampling.BOX)
    rows = [grey.tobytes()[at : at + _HASH_SIDE + 1] for at in range(0, len(grey.tobytes()), _HASH_SIDE + 1)]
    if max(map(max, rows)) - min(map(min, rows)) < _FLAT:
        return None
    bits = 0
    for row in rows:
        for left, right in pairwise(row):
            bits = bits << 1 | (left < right)
    return bits - (1 << 64) if bits >> 63 else bits
