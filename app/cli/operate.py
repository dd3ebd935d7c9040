"""Commands for whoever runs the service: migrate, worker, openapi."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from app.cli.database import database, run
from app.cli.first_data import load_first_data
from app.core import migrate as migrations
from app.core.db import Database
from app.core.settings import Settings
from app.jobs import delivery, queue
from app.main import create_app
from app.models import OutboxEvent
from app.wiring import build_runtime
from app.worker import work


def migrate() -> None:
    """Bring the database to this version's schema and calendar; safe to run from several hosts at once."""
    with database() as settings:
        if settings.database_url is not None:
            migrations.upgrade(settings.database_url.get_secret_value())
            load_first_data(settings)


def worker() -> None:
    """Run scheduled jobs and deliver events until asked to end; any number of workers may run."""
    with database() as settings:
        asyncio.run(work(settings))


def events(
    retry: Annotated[bool, typer.Option(help="Try the held events again.")] = False,  # noqa: FBT002 - a flag
    ids: Annotated[list[int] | None, typer.Argument(help="Only these; all by default.")] = None,
) -> None:
    """Show the events that were set aside after too many failures, or send them on their way again."""
    if retry:
        typer.echo(run(lambda db: _release(db, ids or [])))
        return
    for event in run(_held):
        typer.echo(f"{event.id}\t{event.name}\t{event.held_at}\t{event.last_error}\t{event.payload}")


def jobs(
    retry: Annotated[bool, typer.Option(help="Try the held jobs again.")] = False,  # noqa: FBT002 - a flag
    ids: Annotated[list[int] | None, typer.Argument(help="Only these; all by default.")] = None,
) -> None:
    """Show the jobs of the queue that were set aside after eight failures, or have them done again."""
    if retry:
        typer.echo(run(lambda db: queue.release(db, ids or [])))
        return
    for job in run(queue.held):
        typer.echo(f"{job.id}\t{job.entrypoint}\t{job.updated}")


async def _release(db: Database, ids: Sequence[int]) -> int:
    async with db.writing() as session:
        return await delivery.release(session, ids)


async def _held(db: Database) -> Sequence[OutboxEvent]:
    async with db.reading() as session:
        return await delivery.held(session)


def openapi(
    path: Annotated[Path | None, typer.Argument(help="Where to write; standard output by default.")] = None,
) -> None:
    """Write the API's OpenAPI 3.1 description as JSON."""
    settings = Settings(database_url=SecretStr("postgresql://nowhere/"))  # described, never connected to
    text = json.dumps(create_app(build_runtime(settings)).openapi(), ensure_ascii=False, indent=1) + "\n"
    if path is None:
        sys.stdout.write(text)
    else:
        path.write_text(text, encoding="utf-8")
