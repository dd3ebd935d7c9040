"""Commands over copies of notifications that were tried too often."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from app.cli.database import run
from app.core.clock import utc_now
from app.core.db import Database
from app.models import PushDelivery
from app.services import notifications

_MOST_SHOWN = 1000


def pushes(
    retry: Annotated[bool, typer.Option(help="Try the held copies again.")] = False,  # noqa: FBT002 - a flag
    ids: Annotated[list[UUID] | None, typer.Argument(help="Only these; all by default.")] = None,
) -> None:
    """Show the copies of notifications that were set aside, or send them on their way again."""
    if retry:
        typer.echo(run(lambda db: _release(db, ids or [])))
        return
    for each in run(_held):
        typer.echo(f"{each.id}\t{each.channel.value}\t{each.created_at}\t{each.tries}\t{each.error}")


async def _release(db: Database, ids: Sequence[UUID]) -> int:
    async with db.writing() as session:
        return await notifications.release(session, ids, now=utc_now())


async def _held(db: Database) -> Sequence[PushDelivery]:
    async with db.reading() as session:
        return (await notifications.list_held(session, cursor=None, limit=_MOST_SHOWN)).items
