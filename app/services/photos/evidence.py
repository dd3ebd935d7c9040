"""What a picture says of itself against what the phone said, and how alike two pictures are."""

from datetime import datetime, timedelta

from app.core.geo import Point
from app.core.geodesy import geodesic_m
from app.models import Photo

# A camera's clock and a position indoors err by less; a picture from the gallery by more.
FAR_M = 1000
LONG_BEFORE = timedelta(hours=2)
ALIKE_BITS = 6  # of 64, for the same picture sent again by another program


def is_from_gallery(photo: Photo) -> bool:
    """Tell whether the picture's own place or time is far from where and when it is said to be taken."""
    return _other_place(photo) or _other_time(photo.exif_taken_at, photo.captured_at)


def _other_place(photo: Photo) -> bool:
    own, said = exif_place(photo), _point(photo.place_lat, photo.place_lon)
    if own is None or said is None:
        return False
    return geodesic_m(own, said) > FAR_M


def exif_place(photo: Photo) -> Point | None:
    """Return where the picture says that it was taken, if it does."""
    return _point(photo.exif_lat, photo.exif_lon)


def _point(lat: float | None, lon: float | None) -> Point | None:
    return None if lat is None or lon is None else Point(lat, lon)


def _other_time(own: datetime | None, said: datetime | None) -> bool:
    return own is not None and said is not None and abs(said - own) > LONG_BEFORE


def distance(a: int, b: int) -> int:
    """Return in how many of 64 bits two perceptual hashes differ."""
    return ((a ^ b) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def are_alike(a: Photo, b: Photo) -> bool:
    """Tell whether two photos are the same picture or nearly so; without structure only equal bytes are.

    A picture in a mirror, or on its head, is the same one.
    """
    if a.phash is None or b.phash is None:
        return a.sha256 is not None and a.sha256 == b.sha256
    return any(distance(turned, b.phash) <= ALIKE_BITS for turned in _turned(a.phash))


def _turned(phash: int) -> tuple[int, ...]:
    """Return a difference hash and those of its picture mirrored, upside down, and both.

    Its eight bytes are rows from top to bottom, a bit for each step that grows brighter from left to
    right: in a mirror the steps come in the other order, and what grew brighter grows darker.
    """
    rows = (phash & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8)
    mirrored = bytes(int(f"{row:08b}"[::-1], 2) ^ 0xFF for row in rows)
    return tuple(int.from_bytes(each) for each in (rows, mirrored, rows[::-1], mirrored[::-1]))
