"""Hostile files are refused, each with its code and a sentence; what breaks a decoder harms nobody."""

import io
import random
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select

from app.adapters.pictures import containers, copies, press
from app.adapters.pictures.press import SubprocessPress
from app.adapters.pictures.refusal import Refused
from app.models import OutboxEvent, Photo, PhotoState
from app.ports import PictureRefusedError, PressBrokenError
from tests.factories.photos import drawn, encoded, heic, jpeg
from tests.photos.hostile import HARMLESS, HOSTILE, SIZE, mutated

CODES = {each.code: name for name, each in HOSTILE.items()}


def develop(data: bytes, declared: str | None = None):
    return copies.develop(data, containers.inspect(data, declared_type=declared))


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """The folder of hostile images."""
    made = tmp_path_factory.mktemp("hostile")
    for name, each in HOSTILE.items():
        (made / name).write_bytes(each.make())
    for name, make in HARMLESS.items():
        (made / name).write_bytes(make())
    return made


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_with_its_code(folder, name):
    with pytest.raises(Refused) as refused:
        develop((folder / name).read_bytes(), HOSTILE[name].declared)

    assert refused.value.code == HOSTILE[name].code


@pytest.mark.parametrize("name", HARMLESS)
def test_what_phones_send_is_taken_and_every_copy_is_clean(folder, name):
    made = develop((folder / name).read_bytes())

    for copy in (made.large, made.thumb):
        picture = Image.open(io.BytesIO(copy))
        assert picture.format == "JPEG"
        assert dict(picture.getexif()) == {}
        assert copy.endswith(b"\xff\xd9")
        assert not any(word in copy for word in (b"ftyp", b"SEFT", b"Exif"))
    assert made.told["exif_taken_at"] is None


def test_a_gif_that_moves_is_no_photo_either():
    with pytest.raises(Refused, match="type_unsupported"):
        develop(HOSTILE["gif that says jpeg"].make())


SOUND = {
    "jpeg": lambda: jpeg(SIZE),
    "progressive": lambda: jpeg(SIZE, progressive=True),
    "png": lambda: encoded(drawn(SIZE), "PNG"),
    "webp": lambda: encoded(drawn(SIZE), "WEBP"),
    "heic": lambda: heic(SIZE),
}


def outcome(data: bytes) -> str:
    try:
        made = develop(data)
    except Refused as refused:
        return refused.code
    return "large" if max(Image.open(io.BytesIO(made.large)).size) > copies.LARGE_PX else "taken"


@pytest.mark.parametrize("kind", SOUND)
def test_damaged_files_are_taken_or_refused_and_nothing_else(kind):
    lot, sound = random.Random(3), SOUND[kind]()

    assert {outcome(mutated(sound, lot)) for _ in range(60)} <= {"taken", *CODES}


@pytest.mark.parametrize("code", sorted(CODES))
async def test_its_sender_reads_why(phone, develop_all, runtime, session, settings, code):
    each = HOSTILE[CODES[code]]
    headers = {"content-type": each.declared or "application/octet-stream"}
    photo_id = (await phone.put(f"/v1/photos/{uuid4()}", content=each.make(), headers=headers)).json()["id"]

    await develop_all()

    for language in ("zh", "en"):
        answer = await phone.get(f"/v1/photos/{photo_id}", headers={"accept-language": language})
        seen = answer.json()
        assert (seen["state"], seen["refusal"]["code"]) == ("refused", f"photo.{code}")
        assert seen["refusal"]["detail"]
        assert (seen["thumb"], seen["large"]) == (None, None)
    event = await session.scalar(select(OutboxEvent).where(OutboxEvent.name == "photo.refused"))
    assert event.payload["code"] == f"photo.{code}"
    assert [path for path in (settings.data_dir / "objects").rglob("*") if path.is_file()] == []


CRASHES = {
    "crash": "import os; os.abort()",
    "memory": "from app.adapters.pictures import child; child._limit(); x = bytearray(1 << 31)",
    "processor": "from app.adapters.pictures import child; child.MOST_CPU_S = 1; child._limit()\n"
    "while True: pass",
    "writing": "from app.adapters.pictures import child; child._limit(); import os; "
    "os.write(os.open('{folder}/out', os.O_WRONLY | os.O_CREAT), b'x')",
    "nonsense": "print('[]')",
}


@pytest.mark.parametrize("crash", CRASHES)
async def test_a_child_that_breaks_is_told_as_such(monkeypatch, tmp_path, crash):
    start = f"import sys; sys.path.insert(0, sys.argv[1])\n{CRASHES[crash]}".replace(
        "{folder}", str(tmp_path)
    )
    monkeypatch.setattr(press, "_START", start)

    with pytest.raises(PressBrokenError):
        await SubprocessPress().develop(jpeg(SIZE))


async def test_a_child_that_hangs_is_killed(monkeypatch):
    monkeypatch.setattr(press, "_START", "import time; time.sleep(60)")

    with pytest.raises(PressBrokenError):
        await SubprocessPress(patience_s=0.2).develop(jpeg(SIZE))


async def test_a_child_knows_no_secrets(monkeypatch):
    monkeypatch.setenv("NUANFENG_SECRET_KEY", "marker")
    said = "import os; print('{\"refused\": \"%s\"}' % ('marker' in str(os.environ)))"
    monkeypatch.setattr(press, "_START", said)

    with pytest.raises(PictureRefusedError, match="False"):
        await SubprocessPress().develop(jpeg(SIZE))


async def test_a_photo_that_breaks_every_child_is_refused_and_the_next_is_made(
    phone, develop_all, monkeypatch, session
):
    bad = (await phone.put(f"/v1/photos/{uuid4()}", content=jpeg(seed=1))).json()["id"]
    start, broken = press._START, "import sys; sys.exit(9)"
    monkeypatch.setattr(press, "_START", broken)
    await develop_all()
    monkeypatch.setattr(press, "_START", start)
    good = (await phone.put(f"/v1/photos/{uuid4()}", content=jpeg(seed=2))).json()["id"]
    await develop_all()

    states = {str(photo.id): photo.state for photo in await session.scalars(select(Photo))}
    assert states == {bad: PhotoState.REFUSED, good: PhotoState.READY}
    seen = (await phone.get(f"/v1/photos/{bad}")).json()
    assert seen["refusal"]["code"] == "photo.unreadable"
