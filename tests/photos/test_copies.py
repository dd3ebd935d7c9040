"""Copies: small enough, upright, and without a word of metadata; what EXIF says is told beside them."""

import io

import pytest
from PIL import Image, PngImagePlugin

from app.adapters.pictures import containers, copies
from app.adapters.pictures.press import SubprocessPress
from app.ports import Cover
from tests.factories.photos import drawn, encoded, heic, jpeg, with_place

RED = (220, 20, 20)


def develop(data: bytes, covered=()):
    return copies.develop(data, containers.inspect(data, declared_type=None), covered=covered)


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def is_near(pixel, colour) -> bool:
    return all(abs(a - b) < 24 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize(
    ("size", "large", "thumb"),
    [
        ((4000, 3000), (1920, 1440), (400, 300)),
        ((3000, 4000), (1440, 1920), (300, 400)),
        ((1921, 10), (1920, 10), (400, 2)),
        ((300, 200), (300, 200), (300, 200)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
def test_sizes(size, large, thumb):
    made = develop(jpeg(size))

    assert (opened(made.large).size, opened(made.thumb).size) == (large, thumb)
    assert (made.told["width"], made.told["height"]) == size


SMALL = (96, 64)
KINDS = {
    "jpeg": (lambda: jpeg(SMALL), "image/jpeg"),
    "progressive": (lambda: jpeg(SMALL, progressive=True), "image/jpeg"),
    "grey": (lambda: encoded(drawn(SMALL, mode="L")), "image/jpeg"),
    "cmyk": (lambda: encoded(drawn(SMALL, mode="CMYK")), "image/jpeg"),
    "png": (lambda: encoded(drawn(SMALL), "PNG"), "image/png"),
    "palette": (lambda: encoded(drawn(SMALL, mode="P"), "PNG"), "image/png"),
    "grey 16": (lambda: encoded(drawn(SMALL, mode="L").convert("I;16"), "PNG"), "image/png"),
    "alpha": (lambda: encoded(drawn(SMALL, mode="RGBA"), "PNG"), "image/png"),
    "webp": (lambda: encoded(drawn(SMALL), "WEBP"), "image/webp"),
    "lossless": (lambda: encoded(drawn(SMALL), "WEBP", lossless=True), "image/webp"),
    "extended": (lambda: encoded(drawn(SMALL), "WEBP", exif=with_place()), "image/webp"),
    "heic": (lambda: heic(SMALL), "image/heic"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_plain_jpeg(kind):
    make, media_type = KINDS[kind]

    made = develop(make())

    assert made.told["media_type"] == media_type
    picture = opened(made.large)
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", SMALL)


def test_what_is_transparent_becomes_white():
    made = develop(encoded(Image.new("RGBA", (40, 40), (255, 0, 0, 0)), "PNG"))

    assert is_near(opened(made.large).getpixel((20, 20)), (255, 255, 255))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_the_right_side_is_up(orientation, kind):
    turned = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    seen = drawn((160, 120))
    held = seen if turned is None else seen.transpose(Image.Transpose(turned))

    made = develop(encoded(held, kind, exif=with_place(orientation=orientation)))

    assert (made.told["width"], made.told["height"]) == (160, 120)
    picture = opened(made.large)
    assert picture.size == (160, 120)
    assert is_near(picture.getpixel((20, 20)), RED)
    assert not is_near(picture.getpixel((150, 110)), RED)


def test_no_metadata_is_left_and_place_and_time_are_told():
    noted = PngImagePlugin.PngInfo()
    noted.add_text("Author", "secret-marker")
    pictures = [
        jpeg(exif=with_place(), comment=b"secret-marker", icc_profile=b"secret-marker" * 20, dpi=(72, 72)),
        encoded(drawn(), "PNG", exif=with_place(), pnginfo=noted),
        encoded(drawn(), "WEBP", exif=with_place(), xmp=b"secret-marker"),
        heic(exif=with_place().tobytes()),
    ]

    for data in pictures:
        made = develop(data)
        for copy in (made.large, made.thumb):
            picture = opened(copy)
            assert dict(picture.getexif()) == {}
            assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            assert not any(word in copy for word in (b"secret-marker", b"Model-4711", b"Exif", b"http"))
        assert made.told["exif_lat"] == pytest.approx(39.7432, abs=1e-6)
        assert made.told["exif_lon"] == pytest.approx(98.5123, abs=1e-6)
        assert made.told["exif_taken_at"] == "2026-11-20T08:15:30"


def test_a_phone_without_a_fix_says_nothing():
    assert develop(jpeg(exif=with_place(lat=0, lon=0))).told["exif_lat"] is None


def test_what_is_covered_is_gone_from_both_copies():
    made = develop(jpeg(), covered=[{"x": 0.0, "y": 0.0, "width": 0.5, "height": 0.5, "hides": "other"}])

    for copy in (made.large, made.thumb):
        picture = opened(copy)
        assert is_near(picture.getpixel((5, 5)), (0, 0, 0))
        assert is_near(picture.getpixel((picture.width // 2 - 12, picture.height // 2 - 12)), (0, 0, 0))
        assert not is_near(picture.getpixel((picture.width - 5, 5)), (0, 0, 0))


def test_alike_pictures_have_near_hashes_and_others_have_not():
    def hash_of(data):
        return develop(data).told["phash"] & (1 << 64) - 1

    same = hash_of(jpeg((1200, 900)))

    assert (
        same ^ hash_of(encoded(drawn((1200, 900)).resize((600, 450)), "WEBP", quality=40))
    ).bit_count() <= 6
    assert (same ^ hash_of(jpeg((1200, 900), seed=5))).bit_count() > 10
    assert develop(encoded(Image.new("RGB", (300, 200), (90, 90, 90)))).told["phash"] is None


async def test_the_press_does_the_same_in_a_process_of_its_own():
    made = await SubprocessPress().develop(
        jpeg((2000, 1500), exif=with_place()), declared_type="image/jpeg", covered=[Cover(0, 0, 0.5, 0.5)]
    )

    assert (made.width, made.height, made.media_type) == (2000, 1500, "image/jpeg")
    assert (opened(made.large).size, opened(made.thumb).size) == ((1920, 1440), (400, 300))
    assert is_near(opened(made.thumb).getpixel((5, 5)), (0, 0, 0))
    assert made.exif_taken_at.isoformat() == "2026-11-20T08:15:30"
    assert made.exif_lat == pytest.approx(39.7432, abs=1e-6)
