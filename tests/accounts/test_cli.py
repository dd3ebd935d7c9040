"""``nuanfeng grant``: the first sysadmin, and everybody else."""

import asyncio

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli import main
from app.core.actor import Role
from app.core.db import Database, create_engine
from app.models import Account, RoleGrant
from tests.factories.reports import make_unit
from tests.factories.stations import make_station


@pytest.fixture
def cli(own_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", own_url)
    return lambda *given: CliRunner().invoke(main, list(given), env={"COLUMNS": "200"})


@pytest.fixture
def on_database(own_url):
    def run(work):
        async def within():
            db = Database(create_engine(own_url, pool_size=1))
            try:
                async with db.writing() as session:
                    return await work(session)
            finally:
                await db.close()

        return asyncio.run(within())

    return run


def test_the_first_sysadmin(cli, on_database):
    said = cli("grant", "138 1234 5678", "sysadmin", "--name", "老管")

    assert said.exit_code == 0, said.output
    assert "老管" in said.output
    assert "13812345678" not in said.output
    grants = on_database(lambda session: _all(session, RoleGrant))
    assert [(grant.role, grant.area_code, grant.granted_by) for grant in grants] == [
        (Role.SYSADMIN, None, None)
    ]


def test_a_station_is_named_by_its_code(cli, on_database):
    station = on_database(lambda session: make_station(session, code="SZ-001"))

    said = cli("grant", "13812345678", "station_manager", "--station", "SZ-001", "--to", "2099-01-31")
    by_id = cli("grant", "13912345678", "station_manager", "--station", str(station.id))

    assert (said.exit_code, by_id.exit_code) == (0, 0), said.output + by_id.output
    grants = on_database(lambda session: _all(session, RoleGrant))
    assert {grant.station_id for grant in grants} == {station.id}
    assert sorted(str(grant.valid_to) for grant in grants) == ["2099-01-31", "None"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("12345", "sysadmin"), 2),
        (("13812345678", "king"), 2),
        (("13812345678", "worker"), 1),
        (("13812345678", "district_officer"), 2),
        (("13812345678", "handling_unit", "--area", "620902"), 2),
        (("13812345678", "community_staff", "--area", "620902"), 1),
        (("13812345678", "district_officer", "--area", "999999"), 1),
        (("13812345678", "station_manager", "--station", "nowhere"), 1),
        (("13812345678", "sysadmin", "--from", "2027-01-02", "--to", "2027-01-01"), 1),
    ],
)
def test_what_cannot_be_granted_is_refused_and_nothing_is_written(cli, on_database, given, code):
    said = cli("grant", *given)

    assert said.exit_code == code, said.output
    assert on_database(lambda session: _all(session, Account)) == []


def test_a_role_over_a_unit_names_the_option_that_is_missing(cli, on_database):
    unit = on_database(make_unit)

    missing = cli("grant", "13812345678", "handling_unit", "--area", "620902")
    said = cli("grant", "13812345678", "handling_unit", "--unit", str(unit.id))
    wrong = cli("grant", "13812345678", "community_staff", "--area", "620902")

    assert "--unit" in missing.output
    assert "9、12 位" in wrong.output + wrong.stderr or "9, 12 digits" in wrong.output + wrong.stderr
    assert said.exit_code == 0, said.output
    assert [grant.unit_id for grant in on_database(lambda session: _all(session, RoleGrant))] == [unit.id]


def test_rotate_phones_runs_beside_the_service(cli):
    cli("grant", "13812345678", "sysadmin")

    said = cli("rotate-phones")

    assert said.exit_code == 0, said.output
    assert "done" in said.output


async def _all(session, model):
    return (await session.scalars(select(model))).all()
