"""Bring a database to the schema this code expects."""

from functools import cache
from pathlib import Path

from alembic import command, op
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


def allow_values(table: str, check: str, *values: str, column: str) -> None:
    """Let an enumerated column hold exactly these values: see :func:`replace_check`."""
    listed = ", ".join(f"'{value}'" for value in values)
    replace_check(table, check, f"{column} IN ({listed})")


def replace_check(table: str, check: str, condition: str) -> None:
    """Put another condition in a CHECK's place; for revisions, among the last steps of an upgrade.

    The CHECK is replaced without looking at rows and validated after a commit, when writers may go on.
    """
    # What the old CHECK guaranteed, the new one does too, or no code relies on it.
    op.execute(
        f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check}, "
        f"ADD CONSTRAINT {check} CHECK ({condition}) NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {check}")
        op.execute("RESET lock_timeout")
