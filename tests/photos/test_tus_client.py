"""The real tus-js-client is content with our server, over lines that break."""

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import pytest
import uvicorn
from sqlalchemy import select

from app.core.clock import utc_now
from app.main import create_app
from app.models import Photo, PhotoState
from tests.factories.accounts import make_account, make_session
from tests.factories.photos import jpeg

NODE = shutil.which("node")
CLIENT = Path(__file__).with_name("tus_client.cjs")

pytestmark = pytest.mark.skipif(NODE is None, reason="no node on this machine")


@pytest.fixture
async def address(own_runtime) -> AsyncGenerator[str]:
    config = uvicorn.Config(create_app(own_runtime), port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no other sign
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
async def token(own_runtime) -> str:
    async with own_runtime.db.writing() as session:
        account = await make_account(session)
        sign_in = await make_session(session, account)
    return own_runtime.tokens.issue(account.id, sign_in.family_id, now=utc_now())


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ({}, ["POST 201", "PATCH 204"]),
        ({"early": True}, ["POST 201"]),
        ({"chunk": 30_000}, ["POST 201", "PATCH 204", "PATCH 204", "PATCH 204"]),
        ({"breaks": 1, "chunk": 50_000}, ["POST 201", "PATCH 204", "HEAD 204", "PATCH 204"]),
        ({"override": True}, ["POST 201", "POST 204"]),
    ],
    ids=["whole", "with creation", "in chunks", "broken line", "without PATCH"],
)
async def test_tus_js_client_uploads(own_runtime, address, token, tmp_path, options, seen):
    data, photo_id = jpeg((900, 700), quality=95)[:-2].ljust(80_000, b"\0") + b"\xff\xd9", uuid4()
    file = tmp_path / "photo.jpg"
    file.write_bytes(data)
    metadata = {"id": str(photo_id), "purpose": "report", "filetype": "image/jpeg", "filename": "照片.jpg"}
    order = {
        "endpoint": f"{address}/v1/photos/tus",
        "token": token,
        "file": str(file),
        "metadata": metadata,
        "breaks": 0,
        **options,
    }

    node = await asyncio.create_subprocess_exec(
        NODE, str(CLIENT), json.dumps(order), stdout=asyncio.subprocess.PIPE
    )
    said = json.loads((await node.communicate())[0])

    assert said.get("error") is None, said
    assert said["seen"] == seen
    assert said["url"].endswith(f"/v1/photos/tus/{photo_id}")
    async with own_runtime.db.reading() as session:
        photo = await session.scalar(select(Photo))
    assert (photo.state, photo.declared_type) == (PhotoState.RECEIVED, "image/jpeg")
    pieces = [await own_runtime.photos.store.get(f"photos/{photo_id}/pieces/{name}") for name in photo.parts]
    assert b"".join(pieces) == data
