"""``nuanfeng verify-ledger``: prove that no line of any book was changed since it was written."""

import typer

from app.cli.database import run
from app.core.db import Database
from app.services import ledger
from app.services.ledger.proving import Proved


def verify_ledger() -> None:
    """Follow the hash chain of every book; name the first entry that is not as it was written, end with 1."""
    proved = run(_verify)
    for each in proved:
        if each.broken is None:
            typer.echo(f"✓ {each.name}: {each.entries} 条 entries")
        else:
            typer.echo(f"✗ {each.name}: #{each.broken.seq} {each.broken.entry_id} {each.broken.what}")
    if any(each.broken is not None for each in proved):
        raise typer.Exit(1)


async def _verify(db: Database) -> list[Proved]:
    async with db.reading() as session:
        return [each async for each in ledger.verify(session)]
