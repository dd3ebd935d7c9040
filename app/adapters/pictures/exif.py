"""What the camera wrote into a picture: which side is up, where and when. Broken or huge, it is ignored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from PIL import ExifTags, Image

T = TypeVar("T")
_GPS = ExifTags.GPS
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class Said:
    """What a picture says of itself; WGS-84, as EXIF 2.3 and GPS receivers have it."""

    orientation: int = 1
    lat: float | None = None
    lon: float | None = None
    taken_at: datetime | None = None

    def told(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        taken_at = None if self.taken_at is None else self.taken_at.isoformat()
        return {"exif_lat": self.lat, "exif_lon": self.lon, "exif_taken_at": taken_at}


def read(picture: Image.Image) -> Said:
    """Return what can be read; each part by itself, so that a broken one does not take the others along."""
    tags = _or_none(picture.getexif)
    if tags is None:
        return Said()
    place = _or_none(lambda: _place(tags.get_ifd(ExifTags.IFD.GPSInfo))) or (None, None)
    return Said(
        orientation=_or_none(lambda: int(tags.get(ExifTags.Base.Orientation, 1))) or 1,
        lat=place[0],
        lon=place[1],
        taken_at=_or_none(lambda: _taken_at(tags)),
    )


def _or_none(read_it: Callable[[], T]) -> T | None:
    try:
        return read_it()
    except Exception:  # noqa: BLE001 - the decoder's parser raises many kinds on what was made to break it
        return None


def _place(gps: dict[int, Any]) -> tuple[float, float] | None:
    lat = _degrees(gps[_GPS.GPSLatitude], gps[_GPS.GPSLatitudeRef], "S", 90)
    lon = _degrees(gps[_GPS.GPSLongitude], gps[_GPS.GPSLongitudeRef], "W", 180)
    # Phones without a fix write zeros; nobody reports hazards in the Gulf of Guinea.
    return None if lat == lon == 0 else (lat, lon)


def _degrees(parts: tuple[Any, Any, Any], side: str, negative: str, most: int) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not 0 <= value <= most:
        raise ValueError(value)
    return -value if side == negative else value


def _taken_at(tags: Image.Exif) -> datetime | None:
    """Return the instant, without a zone where the camera did not write one."""
    details = tags.get_ifd(ExifTags.IFD.Exif)
    zone = details.get(ExifTags.Base.OffsetTimeOriginal, "")
    said = f"{details[ExifTags.Base.DateTimeOriginal]}{zone}".replace("\x00", "").replace(" ", "T", 1)
    at = datetime.fromisoformat(said.replace(":", "-", 2))
    return at if _FIRST_YEAR <= at.year <= _LAST_YEAR else None
