"""``nuanfeng import-weather``: a CAP 1.2 message of the weather bureau's into the database."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.cli.database import run
from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.core.db import Database
from app.core.errors import AppError
from app.services import weather

_OPERATOR = Actor(account_id=None, grants=(Grant(Role.SYSADMIN),))
console = Console()


class _Tried(Exception):
    """What a message would have done; raised to undo what a trial run wrote."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


def import_weather(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a CAP 1.2 alert, as XML")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check the message, write nothing")] = False,
) -> None:
    """Take a weather alert, its update or its end; the same message again changes nothing."""

    async def take(db: Database) -> int:
        async with db.writing() as session:
            message = weather.read_cap(path.read_bytes())
            taken = len(await weather.take_cap(session, message, by=_OPERATOR, now=utc_now()))
            if dry_run:
                raise _Tried(taken)
            return taken

    try:
        count = run(take)
    except _Tried as tried:
        count = tried.count
    except AppError as error:
        console.print(f"{path.name}:{error.sentence()}")
        raise typer.Exit(1) from None
    console.print(f"{'试运行,未写入:' if dry_run else ''}新增预警 {count} 条")
