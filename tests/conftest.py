"""One PostgreSQL a run; a rolled-back transaction for most tests, a cloned database for the hard ones."""

import asyncio
import itertools
import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
import structlog
from fastapi import FastAPI
from httpx2 import AsyncClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.adapters.objects.disk import DiskObjects
from app.adapters.pictures.press import SubprocessPress
from app.adapters.sms.memory import MemorySms
from app.adapters.web.guarded import GuardedWeb
from app.core import migrate
from app.core.db import Database, create_engine
from app.core.embedded import EmbeddedPostgres
from app.core.settings import Settings
from app.main import Api, create_app
from app.ports import Outside
from app.runtime import Runtime
from app.wiring import assemble
from tests.clients import ClientFor, TestClock

TEMPLATE = "nuanfeng_template"
_numbers = itertools.count()

# The same examples in every run, however long one of them takes: a busy machine is no defect, and a gate that
# makes up its questions anew refuses what it let pass before. `--hypothesis-profile default` makes new ones.
hypothesis_settings.register_profile(
    "alike", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("alike")


def pytest_configure(config: pytest.Config) -> None:
    """Start the run's server, or take the one that DATABASE_URL names, and migrate the template once."""
    # Plain tracebacks: the pretty ones take seconds each.
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])
    if hasattr(config, "workerinput"):
        return
    if given := os.environ.get("DATABASE_URL"):
        config.server_url = given
    else:
        config.server_folder = TemporaryDirectory(prefix="nuanfeng-tests-")
        config.server = EmbeddedPostgres(Path(config.server_folder.name) / "pg", durable=False).__enter__()
        config.server_url = config.server.url()
    asyncio.run(
        _run_sql(config.server_url, f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE}")
    )
    migrate.upgrade(_database(config.server_url, TEMPLATE))


def pytest_configure_node(node) -> None:
    """Tell a parallel worker where the server is."""
    node.workerinput["server_url"] = node.config.server_url


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's own server."""
    if hasattr(config, "server"):
        config.server.__exit__(None, None, None)
        config.server_folder.cleanup()


def _database(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


async def _run_sql(url: str, *statements: str) -> None:
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    given = getattr(request.config, "workerinput", {}).get("server_url")
    return given or request.config.server_url


async def _clone(server_url: str, label: str) -> AsyncGenerator[str]:
    name = f"nuanfeng_{label}_{os.getpid()}_{next(_numbers)}"
    await _run_sql(server_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield _database(server_url, name)
    await _run_sql(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def shared_url(server_url: str) -> AsyncGenerator[str]:
    """A database that tests share, each inside a transaction that is rolled back."""
    async for url in _clone(server_url, "shared"):
        yield url


@pytest.fixture
async def own_url(server_url: str) -> AsyncGenerator[str]:
    """A database of the test's own, for commits, concurrency and jobs."""
    async for url in _clone(server_url, "own"):
        yield url


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, run_worker=False, requests_per_minute=1_000_000, access_log=False)


class JoinedDatabase(Database):
    """A database whose every session is a savepoint of one transaction."""

    def __init__(self, engine: AsyncEngine, connection: AsyncConnection) -> None:
        super().__init__(engine, bind=connection, join_transaction_mode="create_savepoint")

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """Have PostgreSQL refuse to write until the savepoint ends: only a BEGIN could say so by itself."""
        async with self.writing() as session:
            await session.execute(text("SET LOCAL transaction_read_only = on"))
            yield session


def make_runtime(settings: Settings, db: Database) -> Runtime:
    objects = DiskObjects(settings.data_dir / "objects")
    return assemble(
        settings,
        db,
        Outside(
            sms=MemorySms(),
            objects=objects,
            pictures=SubprocessPress(),
            web=GuardedWeb(inside_allowed=True),
            push={},
        ),
    )


@pytest.fixture(scope="session")
async def shared_engine(shared_url: str) -> AsyncGenerator[AsyncEngine]:
    """One engine for the process: a new one compiles and prepares every statement again."""
    engine = create_engine(shared_url, pool_size=1)
    yield engine
    await engine.dispose()


@pytest.fixture
async def runtime(settings: Settings, shared_engine: AsyncEngine) -> AsyncGenerator[Runtime]:
    """A runtime whose every session joins one outer transaction, rolled back after the test."""
    async with shared_engine.connect() as connection:
        outer = await connection.begin()
        yield make_runtime(settings, JoinedDatabase(shared_engine, connection))
        await outer.rollback()


@pytest.fixture
async def own_runtime(settings: Settings, own_url: str) -> AsyncGenerator[Runtime]:
    """A runtime on a database of its own: real commits, as many connections as the tests want."""
    runtime = make_runtime(settings, Database(create_engine(own_url, pool_size=20)))
    yield runtime
    await runtime.db.close()


@pytest.fixture
async def session(runtime: Runtime) -> AsyncGenerator[AsyncSession]:
    """A session to arrange and look; commit to show the app what was arranged."""
    async with runtime.db._sessions() as session:
        yield session


@pytest.fixture
def clock() -> TestClock:
    """The app's clock, real until a test sets it."""
    return TestClock()


@pytest.fixture(scope="session")
def made_apps() -> list[Api]:
    """The process's one app, once there is one: building its routes takes longer than most tests."""
    return []


@pytest.fixture
def app(runtime: Runtime, made_apps: list[Api]) -> Generator[FastAPI]:
    """The app over the test's own runtime."""
    if not made_apps:
        made_apps.append(create_app(runtime))
    [app] = made_apps
    app.take(runtime)
    yield app
    app.dependency_overrides.clear()


@pytest.fixture
async def client_for(app: FastAPI, clock: TestClock) -> AsyncGenerator[ClientFor]:
    """Make HTTP clients that act as a given caller: ``client_for(actor)``, or ``client_for()`` for nobody."""
    maker = ClientFor(app, clock)
    yield maker
    await maker.close()


@pytest.fixture
async def client(client_for: ClientFor) -> AsyncClient:
    """A client that has not signed in."""
    return client_for()
