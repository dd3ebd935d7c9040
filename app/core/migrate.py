"""Bring a database to the schema this code expects."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parents[2]


def alembic_config(url: str) -> Config:
    """Return alembic's configuration for a database address."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Run every revision that the database lacks; safe to call from several hosts at once."""
    command.upgrade(alembic_config(url), revision)


@cache
def head_revision() -> str | None:
    """Return the revision that this code expects a database to be at."""
    return ScriptDirectory(str(ROOT / "migrations")).get_current_head()
