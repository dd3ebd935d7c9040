"""A database with the demonstration in it, loaded once and read by all tests."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database, create_engine
from app.core.settings import Settings
from app.runtime import Runtime
from app.services import demo
from tests.conftest import _clone, make_runtime

NOW = datetime(2026, 11, 18, 6, 7, tzinfo=UTC)  # a Wednesday, a little past two in the afternoon
A_DAY = 1.0  # visits a station; the real demonstration has 12.4


async def filled(url: str, folder: Path) -> Runtime:
    settings = Settings(run_worker=False, data_dir=folder)
    runtime = make_runtime(settings, Database(create_engine(url, pool_size=3)))
    async with runtime.db.writing() as session:
        assert await demo.load(session, vault=runtime.vault, desk=runtime.photos, now=NOW, visits_a_day=A_DAY)
    return runtime


@pytest.fixture(scope="session")
async def demo_runtime(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Runtime]:
    async for url in _clone(server_url, "demo"):
        runtime = await filled(url, tmp_path_factory.mktemp("demo"))
        yield runtime
        await runtime.db.close()


@pytest.fixture
async def loaded(demo_runtime: Runtime) -> AsyncGenerator[AsyncSession]:
    async with demo_runtime.db.reading() as session:
        yield session
