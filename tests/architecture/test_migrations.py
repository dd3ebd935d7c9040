"""Migrations make exactly the models' tables, on every server that is promised, and can be undone."""

import asyncio
import io
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Enum, text

from app.core.db import create_engine
from app.core.migrate import alembic_config
from app.models import Base


@pytest.fixture
async def own_empty_url(own_url: str) -> str:
    await in_thread(command.downgrade, own_url, "base")
    return own_url


async def in_thread(run, url: str, *args: str) -> None:
    # Alembic's environment starts an event loop of its own.
    await asyncio.to_thread(run, alembic_config(url), *args)


async def ask(url: str, query: str):
    engine = create_engine(url, pool_size=1)
    async with engine.connect() as connection:
        rows = (await connection.execute(text(query))).all()
    await engine.dispose()
    return rows


async def test_models_and_migrations_say_the_same(own_url: str):
    await in_thread(command.check, own_url)


async def test_down_to_nothing_and_up_again(own_empty_url: str):
    left = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    assert [name for (name,) in await ask(own_empty_url, left)] in ([], ["alembic_version"])

    await in_thread(command.upgrade, own_empty_url, "head")
    await in_thread(command.check, own_empty_url)


async def test_checks_hold_the_same_values_as_the_models(own_url: str):
    """Alembic does not compare CHECK constraints, so a new member of an enum would go unnoticed."""
    query = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
    checks = {name: set(re.findall(r"'([^']*)'", body)) for name, body in await ask(own_url, query)}
    columns = [
        (f"ck_{table.name}_{column.type.name}", set(column.type.enums))
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Enum)
    ]

    assert columns
    assert [name for name, values in columns if checks.get(name) != values] == []


async def test_an_index_waits_for_who_began_before_it(own_url: str):
    """A build that gave up would leave an invalid index behind, and no later run could pass it."""
    await in_thread(command.downgrade, own_url, "20261123addresses")
    engine = create_engine(own_url, pool_size=1)
    async with engine.connect() as export:
        await export.execute(text("SELECT count(*) FROM reports"))
        upgrading = asyncio.create_task(in_thread(command.upgrade, own_url, "20261123towns"))
        # Longer than revisions let locks be waited for.
        await asyncio.wait([upgrading], timeout=6)
        assert not upgrading.done()
    await upgrading
    await engine.dispose()


async def test_a_run_that_was_killed_midway_is_made_up_for(own_url: str):
    await in_thread(command.downgrade, own_url, "20261123addresses")
    for statement in (
        "CREATE INDEX ix_reports_queue_county_area ON reports (id)",
        "DROP INDEX ix_reports_queue_county",
    ):
        engine = create_engine(own_url, pool_size=1)
        async with engine.begin() as killed:
            await killed.execute(text(statement))
        await engine.dispose()

    await in_thread(command.upgrade, own_url, "head")

    await in_thread(command.check, own_url)


def test_a_linter_for_migrations_finds_nothing():
    written = io.StringIO()
    config = alembic_config("postgresql+asyncpg://nowhere/")
    config.output_buffer = written
    with redirect_stdout(written):
        command.upgrade(config, "head", sql=True)

    linted = subprocess.run(
        [
            Path(sys.executable).with_name("squawk"), "--pg-version", "15", "--assume-in-transaction",
            "-e", "prefer-text-field", "-e", "transaction-nesting",
            # The tables of the first revision are empty when their indexes are made.
            "-e", "prefer-identity", "-e", "prefer-bigint-over-smallint", "-e", "prefer-robust-stmts",
        ],
        input=written.getvalue(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert linted.returncode == 0, linted.stdout[-3000:]
