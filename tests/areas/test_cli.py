"""The commands: what an operator sees, and that a dry run and a refusal write nothing."""

import asyncio
import json

import asyncpg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from app.cli import main
from tests.factories.grids import collection, drawn, square


@pytest.fixture
def cli(own_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", own_url)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *given: CliRunner().invoke(main, [str(each) for each in given], env={"COLUMNS": "200"})


@pytest.fixture
def count(own_url):
    async def ask(table):
        dsn = make_url(own_url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(f"SELECT count(*) FROM {table}")
        finally:
            await connection.close()

    return lambda table: asyncio.run(ask(table))


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "areas.csv"
    path.write_text(
        "code,name\n62,甘肃省\n6209,酒泉市\n620902,肃州区\n620902006,西南街街道\n620902006001,示例社区\n"
    )
    return path


GIVEN = ("--edition", "2023-06-30", "--source", "示例")


def test_a_list_is_tried_and_then_loaded(cli, count, listed):
    tried = cli("import-areas", listed, *GIVEN, "--dry-run")
    assert (tried.exit_code, "新增 5" in tried.output, count("areas")) == (0, True, 0)

    loaded = cli("import-areas", listed, *GIVEN)

    assert (loaded.exit_code, count("areas")) == (0, 5)


def test_a_wrong_list_is_shown_and_not_loaded(cli, count, listed):
    listed.write_text(listed.read_text() + "629999001,无上级\n")

    refused = cli("import-areas", listed, *GIVEN)

    assert refused.exit_code == 1
    assert "629999001" in refused.output
    assert count("areas") == 0


@pytest.mark.parametrize("given", [(), ("--source", "x"), ("--edition", "2023-06-30")])
def test_what_is_missing_is_said(cli, listed, given):
    asked = cli("import-areas", *((listed, *given) if given else ()))

    assert asked.exit_code == 2


def test_an_older_edition_is_refused_in_words(cli, listed):
    cli("import-areas", listed, *GIVEN)

    refused = cli("import-areas", listed, "--edition", "2022-06-30", "--source", "x")

    assert (refused.exit_code, "不能用更早的" in refused.output) == (1, True)


def test_the_shipped_list_and_more_aliases_load(cli, count, tmp_path):
    shipped = cli("import-areas", "--shipped")
    assert (shipped.exit_code, count("areas"), count("area_aliases")) == (0, 19_489, 1364)
    (tmp_path / "police.csv").write_text("code,name\n620902001,西南街道\n")

    more = cli("import-areas", "--aliases", tmp_path / "police.csv", "--scheme", "police")

    assert (more.exit_code, count("area_aliases")) == (0, 1365)


def test_grids_are_tried_drawn_and_refused(cli, count, listed, tmp_path):
    cli("import-areas", listed, *GIVEN)
    path = tmp_path / "grids.geojson"
    path.write_text(json.dumps(collection(drawn(1, square(0, 0)))))
    given = ("import-grids", path, "--scheme", "civil", "--coord-type", "gcj02")

    assert (cli(*given, "--dry-run").exit_code, count("grids")) == (0, 0)
    assert (cli(*given).exit_code, count("grids")) == (0, 1)
    path.write_text(json.dumps(collection(drawn(2, square(0.5, 0)))))
    refused = cli(*given)
    assert (refused.exit_code, "620902006001001" in refused.output, count("grids")) == (1, True, 1)
    path.write_text("{")
    assert cli(*given).exit_code == 2
