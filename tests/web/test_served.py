"""The pages as a browser gets them: types, policy, caching, size."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient
from pydantic import SecretStr

from app.api import web
from app.api.web import FOLDER, HEADERS, POLICY
from app.api.web_pages import PAGES
from app.core.settings import ObjectsProvider, Settings
from app.main import create_app

MOST_BYTES = 60_000


@pytest.mark.parametrize("path", [path for page in PAGES.values() for path in page.paths])
async def test_pages_come_with_the_whole_policy(client, path) -> None:
    response = await client.get(re.sub(r"\{\w+\}", "018f3c1e", path))

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert {name: response.headers[name] for name in HEADERS} == HEADERS


async def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "default-src 'none'" in POLICY
    sources = [rule.split(" ", 1)[1] for rule in POLICY.split("; ") if rule.split(" ")[0].endswith("-src")]
    assert set(sources) == {"'none'", "'self'"}


async def test_pictures_may_come_from_the_store_that_keeps_them(runtime) -> None:
    given = {"s3_endpoint": "https://s3.example:9000", "s3_bucket": "b", "s3_access_key_id": "k"}
    provider = {"objects_provider": ObjectsProvider.S3, "s3_secret_access_key": SecretStr("secret")}
    app = create_app(replace(runtime, settings=Settings(**given, **provider)))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        policy = (await client.get("/manage")).headers["content-security-policy"]
    assert policy == POLICY.replace("img-src 'self'", "img-src 'self' https://s3.example:9000") != POLICY


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
async def test_every_file_is_served_with_its_type_and_revalidated(client, name) -> None:
    path = "/sw.js" if name == "sw.js" else f"/web/{name}"
    first = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert first.status_code == 200
    types = {
        "js": "text/javascript",
        "css": "text/css",
        "svg": "image/svg+xml",
        "html": "text/html",
        "json": "application/json",
        "webmanifest": "application/manifest+json",
    }
    assert first.headers["content-type"].startswith(types[name.rpartition(".")[2]])
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_head_answers_without_a_body(client) -> None:
    response = await client.head("/")

    assert response.status_code == 200
    assert response.content == b""


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fmain.py", "%2e%2e", "web.py"])
async def test_nothing_else_is_served(client, name) -> None:
    response = await client.get(f"/web/{name}")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_each_page_has_its_body_and_what_its_head_names() -> None:
    assert {f"{name}.html" for name in PAGES} == {path.name for path in FOLDER.glob("*.html")}
    named = {link for name in PAGES for link in re.findall(r'"/web/([^"]+)"', whole(name))}
    assert {name for name in named if not (FOLDER / name).exists()} == set()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_pages_hold_no_script_or_style_of_their_own(name) -> None:
    text = whole(name)

    assert text.count("<html") == text.count("<body>") == text.count("</body>\n</html>") == 1
    assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", text) == []


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_link_says_where_it_leads(name) -> None:
    """To those who hear the page, too: the bee alone was a link to nothing."""
    links = re.findall(r"<a ([^>]*)>(.*?)</a>", whole(name))

    assert [link for link in links if "data-t" not in "".join(link)] == []


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path) -> None:
    """An address elsewhere may be a name (an XML namespace) or a link that a person taps, no more."""
    allowed = {"http://www.w3.org/2000/svg", "https://uri.amap.com/marker"}

    found = re.findall(r"https?://[^\s\"'`?>)]+", path.read_text())

    assert set(found) <= allowed


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.js")), ids=lambda path: path.name)
def test_no_text_becomes_markup_or_code(script) -> None:
    text = script.read_text()

    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
        == []
    )


def test_the_rider_page_fits_its_budget() -> None:
    """Whatever opening the page loads: its files and, from them, every module that is not asked for later."""
    first = {"icons.svg", *re.findall(r"/web/([\w.-]+)", whole("index"))}
    loaded, waiting = set(), first - {"app.webmanifest"}
    while waiting:
        loaded |= waiting
        scripts = [name for name in waiting if name.endswith(".js")]
        found = {name for script in scripts for name in _imports(FOLDER / script)}
        waiting = found - loaded
    sizes = {name: (FOLDER / name).stat().st_size for name in loaded}
    sizes["index.html"] = len(whole("index").encode())

    assert {"rider.js", "words.js", "style.css", "cards.js"} <= loaded
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def whole(name: str) -> str:
    """Return a page as it is sent."""
    return web._load(FOLDER)[f"{name}.html"].body.decode()


def _imports(script: Path) -> set[str]:
    return set(re.findall(r'^import .*?"\./([\w-]+\.js)";', script.read_text(), re.MULTILINE))


async def test_the_service_worker_keeps_every_file_and_notices_any_change(client, tmp_path) -> None:
    served = (await client.get("/sw.js")).text
    kept = re.search(r'"(/web/[^"]+)"', served).group(1).split(" ")
    # A tablet without a network has no code to show, so its page is not kept.
    others = {"sw.js", "screen.js", "screen.css", "duty.js", "handling.js", "verify.js", "verify.css"}
    pages = others | {f"{name}.html" for name in PAGES}
    assert set(kept) == {f"/web/{path.name}" for path in FOLDER.iterdir() if path.name not in pages}

    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    before = web._load(tmp_path)["sw.js"]
    (tmp_path / "words.js").write_text("changed")
    after = web._load(tmp_path)["sw.js"]
    assert before.body.decode() == served
    assert before.tag != after.tag
