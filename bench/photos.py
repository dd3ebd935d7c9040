"""A 12-megapixel JPEG to both copies, against naive Pillow: ``python -m bench.photos``.

Each round is a fresh process that has its imports and the file in memory before the clock starts; the two
ways take turns. Memory is the peak above that beginning. The whole press, which starts a process for each
photo, is measured beside them.
"""

import asyncio
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import ExifTags, Image, ImageOps

from app.adapters.pictures import containers, copies
from app.adapters.pictures.press import SubprocessPress
from bench.results import write_section

ROUNDS = 9
SIZE = (4000, 3000)
MOST = 0.4  # of the naive way, in time and in memory


def photo() -> bytes:
    """Return a photo as a phone makes it: 3 to 4 MB, on its side, with a place in its EXIF."""
    grain = Image.effect_noise(SIZE, 22).convert("RGB")
    ground = Image.radial_gradient("L").resize(SIZE).convert("RGB")
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = 6
    tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (39.0, 44.0, 35.5)
    out = io.BytesIO()
    Image.blend(ground, grain, 0.35).save(out, "JPEG", quality=90, exif=tags)
    return out.getvalue()


def naive(data: bytes) -> list[int]:
    """Decode in full, turn, and shrink each copy from the full picture, as one would at first."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    made = []
    for longest in (copies.LARGE_PX, copies.THUMB_PX):
        copy, out = picture.copy(), io.BytesIO()
        copy.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        copy.save(out, "JPEG", quality=copies.QUALITY)
        made.append(len(out.getvalue()))
    return made


def ours(data: bytes) -> list[int]:
    """Walk the file, decode at half size, and make the copies."""
    made = copies.develop(data, containers.inspect(data, declared_type="image/jpeg"))
    return [len(made.large), len(made.thumb)]


WAYS: dict[str, Callable[[bytes], list[int]]] = {"naive": naive, "ours": ours}


def one(name: str, file: str) -> None:
    """Measure one way once, in this process."""
    data, way = Path(file).read_bytes(), WAYS[name]
    Image.init()
    before, cpu, began = _peak_kib(), time.process_time(), time.perf_counter()
    made = way(data)
    told = {
        "wall_ms": (time.perf_counter() - began) * 1000,
        "cpu_ms": (time.process_time() - cpu) * 1000,
        "peak_mib": (_peak_kib() - before) / 1024,
        "kib": [round(size / 1024) for size in made],
    }
    print(json.dumps(told))


def _peak_kib() -> int:
    """Return the most memory that this process has held; getrusage would count the parent's, too."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


async def pressed(data: bytes) -> float:
    """Return how long the whole press takes, its process included, in ms."""
    began = time.perf_counter()
    await SubprocessPress().develop(data, declared_type="image/jpeg")
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure and write the section."""
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:4])
        return
    data = photo()
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    whole = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder) / "photo.jpg"
        file.write_bytes(data)
        for _ in range(ROUNDS):
            for name, rounds in seen.items():
                command = [sys.executable, "-m", "bench.photos", "--one", name, str(file)]
                rounds.append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
            whole.append(asyncio.run(pressed(data)))
    report = _report(seen, whole, len(data))
    if "--dry" in sys.argv:
        print(report)
    else:
        write_section("photos", "A photo of 12 megapixels to both copies", "python -m bench.photos", report)


def _report(seen: dict[str, list[dict[str, float]]], whole: list[float], size: int) -> str:
    middle = {
        name: {
            key: statistics.median(each[key] for each in rounds) for key in ("wall_ms", "cpu_ms", "peak_mib")
        }
        for name, rounds in seen.items()
    }
    what = f"{SIZE[0]} × {SIZE[1]} JPEG of {size / 1e6:.1f} MB, on its side"
    lines = [
        f"A {what}, to 1920 and 400 px (quality {copies.QUALITY}); medians of {ROUNDS} fresh processes each.",
        "",
        "| way | wall ms | CPU ms | peak MiB above imports | KiB of the copies |",
        "|---|---|---|---|---|",
    ]
    for name, rounds in seen.items():
        figures = " | ".join(f"{value:.0f}" for value in middle[name].values())
        lines.append(f"| {name} | {figures} | {rounds[0]['kib']} |")
    share = {key: middle["ours"][key] / middle["naive"][key] for key in middle["ours"]}
    ratios = ", ".join(f"{key} {value:.2f} ×" for key, value in share.items())
    lines += [
        "",
        f"Ours against naive: {ratios} (asked: at most {MOST} × of time and memory).",
        f"The whole press, which starts a process for each photo: {statistics.median(whole):.0f} ms.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
