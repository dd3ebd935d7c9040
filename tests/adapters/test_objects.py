"""One contract for every object store; S3's against a small fake of its wire protocol."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

import httpx2
import pytest
from pydantic import SecretStr, ValidationError

from app.adapters.objects.disk import DiskObjects
from app.adapters.objects.s3 import S3Account, S3Objects
from app.core.settings import ObjectsProvider, Settings
from app.ports import ObjectMissing, ObjectStore, OutsideError
from app.wiring import _objects

KEY_ID, BUCKET = "AKIAEXAMPLE", "photos"


@dataclass
class FakeS3:
    """One bucket, as the REST API of S3 shows it; who does not sign is refused."""

    address: str = ""
    is_down: bool = False
    kept: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)


def listing(keys: list[str]) -> str:
    rows = "".join(
        f"<Contents><Key>{key}</Key><Size>1</Size><ETag>&quot;e&quot;</ETag>"
        "<LastModified>2026-11-22T00:00:00.000Z</LastModified></Contents>"
        for key in keys
    )
    head = f"<IsTruncated>false</IsTruncated><KeyCount>{len(keys)}</KeyCount>"
    return f"<ListBucketResult>{head}{rows}</ListBucketResult>"


class Handler(BaseHTTPRequestHandler):
    """Answers requests about the bucket that the server holds."""

    @property
    def bucket(self) -> FakeS3:
        return self.server.bucket

    def do_PUT(self) -> None:
        if not self.refused():
            self.bucket.kept[self.key()] = self.body()
            said = {name.lower(): value for name, value in self.headers.items()}
            self.bucket.headers[self.key()] = said
            self.answer(200)

    def do_GET(self) -> None:
        if self.refused():
            return
        if "list-type" in self.query():
            prefix, kept = self.query().get("prefix", [""])[0], self.bucket.kept
            self.answer(200, listing([key for key in kept if key.startswith(prefix)]).encode())
        elif self.key() in self.bucket.kept:
            self.answer(200, self.bucket.kept[self.key()])
        else:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_POST(self) -> None:
        if self.refused():
            return
        keys = re.findall(r"<Key>([^<]*)</Key>", self.body().decode())
        for key in keys:
            self.bucket.kept.pop(key, None)
        rows = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self.answer(200, f"<DeleteResult>{rows}</DeleteResult>".encode())

    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query)

    def key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix(f"/{BUCKET}/")

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def refused(self) -> bool:
        said = self.headers.get("authorization", "") + unquote(self.path)
        is_signed = f"{KEY_ID}/" in said and "Signature=" in said
        is_refused = self.bucket.is_down or not is_signed
        if is_refused:
            self.body()
            self.answer(503 if self.bucket.is_down else 403, b"<Error/>")
        return is_refused

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("etag", '"e"')
        self.send_header("last-modified", "Sun, 22 Nov 2026 00:00:00 GMT")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def fake() -> Iterator[FakeS3]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.bucket = FakeS3(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.bucket
    server.shutdown()
    server.server_close()
    thread.join()


def s3(fake: FakeS3) -> S3Objects:
    return S3Objects(S3Account(fake.address, "us-east-1", BUCKET, KEY_ID, "secret"))


@pytest.fixture(params=["disk", "s3"])
def store(request, fake: FakeS3, tmp_path: Path) -> ObjectStore:
    return DiskObjects(tmp_path / "objects") if request.param == "disk" else s3(fake)


async def test_what_is_put_is_there_and_the_later_put_counts(store: ObjectStore):
    await store.put("photos/1/thumb-1.jpg", b"first", media_type="image/jpeg")
    await store.put("photos/1/thumb-1.jpg", b"second", media_type="image/jpeg")

    assert await store.get("photos/1/thumb-1.jpg") == b"second"


async def test_what_is_not_there_is_missing(store: ObjectStore):
    with pytest.raises(ObjectMissing):
        await store.get("photos/1/nothing")


async def test_a_folder_goes_with_everything_in_it_and_nothing_else(store: ObjectStore):
    for key in ("photos/1/original", "photos/1/pieces/a", "photos/1/pieces/b", "photos/12/original"):
        await store.put(key, b"x", media_type="image/jpeg")

    await store.delete_under("photos/1/pieces")
    assert await store.get("photos/1/original") == b"x"
    await store.delete_under("photos/1")
    await store.delete_under("photos/none")

    assert await store.get("photos/12/original") == b"x"
    for key in ("photos/1/original", "photos/1/pieces/a", "photos/1/pieces/b"):
        with pytest.raises(ObjectMissing):
            await store.get(key)


async def test_deleting_twice_is_fine(store: ObjectStore):
    await store.put("photos/1/a", b"x", media_type="image/jpeg")

    await store.delete(["photos/1/a", "photos/1/b"])
    await store.delete(["photos/1/a"])

    with pytest.raises(ObjectMissing):
        await store.get("photos/1/a")


async def test_keys_cannot_leave_the_folder(tmp_path: Path):
    store = DiskObjects(tmp_path / "objects")
    (tmp_path / "secret").write_text("x")

    for key in ("../secret", "/../secret", "photos/../../secret"):
        with pytest.raises((ObjectMissing, OutsideError, ValueError)):
            await store.get(key)


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "objects").write_text("a file is in the way")

    with pytest.raises(OutsideError):
        await DiskObjects(tmp_path / "objects").put("photos/1/a", b"x", media_type="image/jpeg")


async def test_a_store_that_is_down_is_said(fake: FakeS3):
    store, fake.is_down = s3(fake), True

    with pytest.raises(OutsideError):
        await store.put("photos/1/a", b"x", media_type="image/jpeg")
    with pytest.raises(OutsideError):
        await store.get("photos/1/a")
    with pytest.raises(OutsideError):
        await store.delete_under("photos/1")


async def test_a_folder_has_no_addresses(tmp_path: Path):
    assert await DiskObjects(tmp_path).address("photos/1/a", lives=timedelta(minutes=15)) is None


async def test_an_address_opens_one_object_for_a_while(fake: FakeS3):
    store = s3(fake)
    await store.put("photos/1/large-1.jpg", b"picture", media_type="image/jpeg")
    await store.put("photos/1/original", b"sent", media_type="image/jpeg")

    address = await store.address("photos/1/large-1.jpg", lives=timedelta(minutes=20))

    assert parse_qs(urlsplit(address).query)["X-Amz-Expires"] == ["1200"]
    async with httpx2.AsyncClient(trust_env=False) as phone:
        assert (await phone.get(address)).content == b"picture"
        assert (await phone.get(address.partition("?")[0])).status_code == 403
    assert fake.headers["photos/1/large-1.jpg"]["content-type"] == "image/jpeg"
    assert fake.headers["photos/1/large-1.jpg"]["content-disposition"] == "inline"
    assert fake.headers["photos/1/original"]["content-disposition"] == "attachment"


async def test_an_address_that_ends_together_with_another_is_the_same(fake: FakeS3, monkeypatch):
    store, clock = s3(fake), 100.0
    monkeypatch.setattr("app.adapters.objects.s3.monotonic", lambda: clock)
    first = await store.address("photos/1/thumb-1.jpg", lives=timedelta(seconds=1200))
    clock += 60.2
    assert await store.address("photos/1/thumb-1.jpg", lives=timedelta(seconds=1139.8)) == first
    others = {
        await store.address("photos/1/thumb-1.jpg", lives=timedelta(seconds=2039.8)),
        await store.address("photos/2/thumb-1.jpg", lives=timedelta(seconds=1139.8)),
    }
    assert len({first, *others}) == 3


def test_the_setting_picks_the_store(tmp_path: Path):
    assert isinstance(_objects(Settings(data_dir=tmp_path)), DiskObjects)
    given = {
        "s3_endpoint": "https://s3.example",
        "s3_bucket": BUCKET,
        "s3_access_key_id": KEY_ID,
        "s3_secret_access_key": SecretStr("secret"),
    }
    assert isinstance(_objects(Settings(objects_provider=ObjectsProvider.S3, **given)), S3Objects)
    with pytest.raises(ValidationError, match="s3_bucket"):
        Settings(objects_provider=ObjectsProvider.S3, **(given | {"s3_bucket": ""}))
