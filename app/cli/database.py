"""Running a command's work on the database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer
from rich.console import Console

from app.cli.serve import database
from app.core import migrate
from app.core.db import Database
from app.core.errors import AppError
from app.core.settings import Environment, Settings
from app.runtime import Runtime
from app.wiring import build_runtime

T = TypeVar("T")
_console = Console(stderr=True)


def run(work: Callable[[Database], Awaitable[T]]) -> T:
    """Do async work on DATABASE_URL, or on the embedded server; a refusal ends the command with 1."""
    return run_in(lambda runtime: work(runtime.db))


def run_in(work: Callable[[Runtime], Awaitable[T]]) -> T:
    """Do async work that needs more of a process than its database; else as :func:`run`.

    A demo's database is brought up to date first, as ``serve`` does.
    """
    with database() as settings:
        if settings.environment is Environment.DEMO and settings.database_url is not None:
            migrate.upgrade(settings.database_url.get_secret_value())
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
