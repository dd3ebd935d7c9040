"""The commands ``import-stations`` and ``export-stations``, on a database of their own."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from app.cli import main
from app.models import Station
from tests.factories.stations import COMMUNITY, make_area

LIST = (
    "编号,名称,类型,社区代码,地址,经度,纬度,坐标系,开放时间\n"
    f"A1,甲驿站,暖心驿站,{COMMUNITY},一号,98.5,39.7,高德,24小时\n"
)


@pytest.fixture
async def command(own_runtime, own_url, monkeypatch):
    async with own_runtime.db.writing() as session:
        await make_area(session)
    monkeypatch.setenv("DATABASE_URL", own_url)
    runner = CliRunner()

    async def run(*words: str):
        return await asyncio.to_thread(runner.invoke, main, list(words), catch_exceptions=False)

    return run


async def count(runtime) -> int:
    async with runtime.db.reading() as session:
        return await session.scalar(select(func.count()).select_from(Station))


async def test_a_list_goes_in_and_comes_out_the_same(command, own_runtime, tmp_path: Path):
    given, taken = tmp_path / "in.csv", tmp_path / "out.xlsx"
    given.write_text(LIST)
    dry = await command("import-stations", str(given), "--dry-run")
    assert (dry.exit_code, await count(own_runtime)) == (0, 0), dry.output
    wet = await command("import-stations", str(given))
    assert (wet.exit_code, await count(own_runtime)) == (0, 1), wet.output
    for name in ("out.xlsx", "out.csv", "out.geojson"):
        assert (await command("export-stations", str(tmp_path / name))).exit_code == 0
        again = await command("import-stations", str(tmp_path / name))
        assert "无变化 1" in again.output
    assert taken.read_bytes().startswith(b"PK")


async def test_a_bad_row_fails_the_command_and_is_marked(command, own_runtime, tmp_path: Path):
    given, report = tmp_path / "in.csv", tmp_path / "report.xlsx"
    given.write_text(LIST + LIST.splitlines()[1].replace("A1", "A2").replace("24小时", "夏季") + "\n")
    bad = await command("import-stations", str(given), "--report", str(report))
    assert (bad.exit_code, await count(own_runtime)) == (1, 0)
    assert "夏季" in bad.output
    assert report.read_bytes().startswith(b"PK")
    skipped = await command("import-stations", str(given), "--skip-bad")
    assert (skipped.exit_code, await count(own_runtime)) == (0, 1)


@pytest.mark.parametrize("words", [("import-stations", "{}"), ("export-stations", "{}.pdf")])
async def test_an_unreadable_file_is_refused(command, tmp_path: Path, words):
    path = tmp_path / "x"
    path.write_bytes(b"\0\0")
    done = await command(words[0], words[1].format(path))
    assert done.exit_code in {1, 2}
