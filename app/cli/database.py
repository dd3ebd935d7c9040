"""Running a command's work on the database."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Generator
from typing import TypeVar

import typer
from pydantic import SecretStr
from rich.console import Console

from app.core import migrate
from app.core.db import Database
from app.core.embedded import EmbeddedPostgres
from app.core.errors import AppError
from app.core.settings import Environment, Settings
from app.runtime import Runtime
from app.wiring import build_runtime

T = TypeVar("T")
_console = Console(stderr=True)


@contextlib.contextmanager
def database() -> Generator[Settings]:
    """Give the settings with a database in them: the named one, or an embedded one while the block runs.

    What runs beside, as a command beside ``serve``, shares one embedded server: who came first started it
    and stops it when the others are done. It lives and dies with the thread that starts it, so this runs on
    the main thread of the process that outlives all others; API processes learn the address from the
    environment.
    """
    settings = Settings()
    if settings.database_url is not None:
        yield settings
        return
    server = EmbeddedPostgres(settings.data_dir / "pg", tell=_console.print)
    with server.shared():
        os.environ["DATABASE_URL"] = server.url()
        yield settings.model_copy(update={"database_url": SecretStr(server.url())})


def prepare(settings: Settings) -> None:
    """Bring the database up to date; in a demo that is all the operator has to do."""
    if settings.environment is Environment.DEMO and settings.database_url is not None:
        migrate.upgrade(settings.database_url.get_secret_value())


def run(work: Callable[[Database], Awaitable[T]]) -> T:
    """Do async work on DATABASE_URL, or on the embedded server; a refusal ends the command with 1."""
    return run_in(lambda runtime: work(runtime.db))


def run_in(work: Callable[[Runtime], Awaitable[T]]) -> T:
    """Do async work that needs more of a process than its database; else as :func:`run`.

    A demo's database is brought up to date first, as ``serve`` does.
    """
    with database() as settings:
        prepare(settings)
        try:
            return asyncio.run(_on(settings, work))
        except AppError as error:
            _console.print(f"[red]{error.sentence()}[/]\n{error.sentence('en')}")
            raise typer.Exit(1) from None


async def _on(settings: Settings, work: Callable[[Runtime], Awaitable[T]]) -> T:
    runtime = build_runtime(settings)
    try:
        return await work(runtime)
    finally:
        await runtime.db.close()
