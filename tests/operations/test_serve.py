"""The one command: it starts on nothing, and starts again whatever killed it."""

import signal
import time
from pathlib import Path

import pytest

from tests.operations.served import Served, accepts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_starts_on_an_empty_folder_and_again_after_a_kill(folder: Path):
    with Served(folder) as served:
        served.wait_until_ready()
        served.kill()
    with Served(folder) as served:
        served.wait_until_ready()
        assert served.get("/healthz").json()["status"] == "ok"
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(10) == 0
    assert "database system is shut down" in (folder / "pg" / "log").read_text().splitlines()[-1]


def test_a_kill_while_the_database_is_being_made_leaves_no_half_of_it(folder: Path):
    with Served(folder) as served:
        while not (folder / "pg.new").exists():
            time.sleep(0.01)
        served.kill()
    with Served(folder) as served:
        served.wait_until_ready()


def test_several_workers_share_one_port_and_die_with_their_parent(folder: Path):
    with Served(folder, "--workers", "2") as served:
        served.wait_until_ready()
        served.kill()
    with Served(folder, "--workers", "2") as again:
        again.wait_until_ready()
        deadline = time.monotonic() + 20
        while accepts(served.port) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not accepts(served.port)


def test_a_taken_port_is_said_in_words(folder: Path):
    with Served(folder) as served:
        served.wait_until_ready()
        second = Served(folder)
        second._command = served._command
        with second:
            assert second.process.wait(60) == 1
            assert "Cannot listen on" in second.said()
