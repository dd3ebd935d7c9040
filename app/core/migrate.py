"""Bring a database to the schema this code expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config

ROOT = Path(__file__).resolve().parents[2]


def alembic_config(url: str) -> Config:
    """Return alembic's configuration for a database address."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Run every revision that the database lacks; safe to call from several hosts at once."""
    command.upgrade(alembic_config(url), revision)
