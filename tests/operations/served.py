"""The real command in a process of its own, as an operator starts it."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import httpx2


def free_port() -> int:
    """Return a port below those that the system hands out: nobody is given it before it is used."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(15_000, 32_000)))
            return probe.getsockname()[1]


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Served:
    """``nuanfeng serve`` on a folder of its own; leave the block and it is gone."""

    def __init__(
        self, folder: Path, *options: str, port: int = 0, log: str = "serve.log", **environment: str
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port), *options]
        inherited = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        self._environment = {
            **inherited,
            "NUANFENG_DATA_DIR": str(folder),
            "NUANFENG_DEMO_DATA": "0",
            **environment,
        }
        self._client = httpx2.Client(base_url=self.url, verify=False, trust_env=False, timeout=2)
        self.folder: Path | None = None
        self._log = folder / log

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        self._client.close()

    def wait_until_ready(self, *, patience_s: float = 60) -> None:
        deadline = time.monotonic() + patience_s
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self.said())
            time.sleep(0.05)

    def kill(self) -> None:
        """Take the process away without a chance to tidy up."""
        self.process.kill()
        self.process.wait()

    def get(self, path: str) -> httpx2.Response:
        return self._client.get(path)

    def said(self) -> str:
        return self._log.read_text()

    def _is_ready(self) -> bool:
        try:
            return self.get("/readyz").status_code == 200
        except httpx2.TransportError:
            return False
