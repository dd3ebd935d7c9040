"""The one command: it starts on nothing, and starts again whatever killed it."""

import signal
import time
from pathlib import Path

import pytest

from tests.operations.served import Served, accepts, free_port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def leave(*servers: Served) -> None:
    """Tell all at once: who runs the database waits for those who share it."""
    for each in servers:
        if each.process.poll() is None:
            each.process.send_signal(signal.SIGTERM)
    for each in servers:
        each.process.wait(60)


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
        while not list(folder.glob("pg*")):  # on a fast machine it is whole soon
            time.sleep(0.01)
        served.kill()
    with Served(folder) as served:
        served.wait_until_ready()


def test_two_that_start_at_once_on_an_empty_folder_both_serve_what_one_of_them_made(folder: Path):
    with Served(folder, log="first.log") as first, Served(folder, log="second.log") as second:
        for each in (first, second):
            each.wait_until_ready()
        year = [each.get("/v1/areas/calendar/2026").json() for each in (first, second)]
        known = [each.get("/v1/categories").json() for each in (first, second)]
        leave(first, second)

    assert year[0] == year[1]
    assert not year[0]["provisional"]
    assert known[0] == known[1]
    assert known[0]["groups"]
    assert "Traceback" not in first.said() + second.said()
    assert "database system is shut down" in (folder / "pg" / "log").read_text().splitlines()[-1]


def test_of_two_that_start_at_once_on_one_port_the_other_is_told_in_words(folder: Path):
    port = free_port()
    with (
        Served(folder, port=port, log="first.log") as first,
        Served(folder, port=port, log="second.log") as second,
    ):
        deadline = time.monotonic() + 60
        while all(each.process.poll() is None for each in (first, second)) and time.monotonic() < deadline:
            time.sleep(0.05)
        serving, refused = (first, second) if first.process.poll() is None else (second, first)
        assert refused.process.wait(1) == 1
        assert "Cannot listen on" in refused.said()
        serving.wait_until_ready()
        leave(first, second)


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
        with Served(folder, port=served.port) as second:
            assert second.process.wait(60) == 1
            assert "Cannot listen on" in second.said()
