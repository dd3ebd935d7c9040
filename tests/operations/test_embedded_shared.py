"""One embedded database, several processes at once: who comes second waits, joins, and is waited for."""

import subprocess
import sys
from pathlib import Path

USER = """
import asyncio, sys
from pathlib import Path
import asyncpg
from app.core.embedded import EmbeddedPostgres

async def ask(server):
    connection = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    print("database", await connection.fetchval("SELECT current_database()"), flush=True)
    await connection.close()

server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
with server.shared():
    asyncio.run(ask(server))
    sys.stdin.readline()
    asyncio.run(ask(server))
"""
ANSWERED = "database postgres\n"


def user_of(folder: Path) -> subprocess.Popen[str]:
    """Start a process that asks the folder's database, and again after it is sent a line."""
    return subprocess.Popen(
        [sys.executable, "-c", USER, folder / "pg"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def is_stopped(folder: Path) -> bool:
    return not (folder / "pg" / "postmaster.pid").exists()


def test_processes_that_start_at_once_on_an_empty_folder_share_one_database(tmp_path: Path):
    users = [user_of(tmp_path) for _ in range(3)]

    assert [user.stdout.readline() for user in users] == [ANSWERED] * 3

    for user in users:  # all at once: who started the database waits for the others
        user.stdin.write("\n")
        user.stdin.flush()
    assert [user.communicate(timeout=60)[0] for user in users] == [ANSWERED] * 3
    assert [user.returncode for user in users] == [0, 0, 0]
    assert is_stopped(tmp_path)


def test_who_started_the_database_stops_it_when_those_who_joined_are_done(tmp_path: Path):
    first = user_of(tmp_path)
    assert first.stdout.readline() == ANSWERED
    second = user_of(tmp_path)
    assert second.stdout.readline() == ANSWERED

    first.stdin.write("\n")
    first.stdin.flush()
    assert first.stdout.readline() == ANSWERED  # and is ready to go
    assert second.communicate("\n", timeout=60)[0] == ANSWERED

    first.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0)
    assert is_stopped(tmp_path)
