"""Commands for whoever runs the service: migrate, worker, openapi."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from app.cli.serve import database
from app.core import migrate as migrations
from app.core.settings import Settings
from app.main import create_app
from app.wiring import build_runtime


def migrate() -> None:
    """Bring the database to this version's schema; safe to run from several hosts at once."""
    with database() as settings:
        if settings.database_url is not None:
            migrations.upgrade(settings.database_url.get_secret_value())


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
