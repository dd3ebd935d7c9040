"""``nuanfeng serve``: the whole service in one command, with its own PostgreSQL when none is given."""

import contextlib
import os
import signal
import socket
import sys
from types import FrameType
from typing import Annotated

import typer
import uvicorn
from rich.console import Console
from uvicorn.supervisors import Multiprocess

from app.cli import demo
from app.cli.database import database, prepare
from app.cli.first_data import load_first_data
from app.cli.stand_in import in_vendors_place
from app.core.settings import Environment, Settings

_SHUTDOWN_S = 3  # open event streams would hold the door for ever

_console = Console(stderr=True, highlight=False, soft_wrap=True)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="API processes that share the port.", min=1, max=64)] = 1,
) -> None:
    """Serve the API; without DATABASE_URL on an embedded PostgreSQL in var/pg, filled with demo data."""
    signal.signal(signal.SIGTERM, _leave)  # so that the embedded server is stopped, not abandoned
    door = _take_port(host, port)
    # What tablets and printed codes lead to, unless the operator said otherwise.
    os.environ.setdefault("NUANFENG_PUBLIC_URL", f"http://{_shown(host)}:{port}")
    with database() as settings, in_vendors_place(settings) as vendors:
        _greet(settings, host, port, vendors)
        _prepare(settings)
        _run(
            uvicorn.Config(
                "app.main:from_environment",
                factory=True,
                http="app.core.one_write:OneWrite",  # by name: worker processes answer before they import
                workers=workers,
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=_SHUTDOWN_S,
            ),
            door,
        )


def _run(config: uvicorn.Config, door: socket.socket) -> None:
    """Serve, as ``uvicorn.run`` does, at a door that is open already."""
    with contextlib.suppress(KeyboardInterrupt):
        if config.workers > 1:
            Multiprocess(config, sockets=[door]).run()
            return
        server = uvicorn.Server(config)
        server.run(sockets=[door])
        if not server.started:
            raise typer.Exit(1)


def _prepare(settings: Settings) -> None:
    """Make a demo ready to look at; a production database is the operator's to migrate."""
    if settings.environment is not Environment.DEMO:
        return
    prepare(settings)
    load_first_data(settings)
    if settings.demo_data:
        demo.fill(settings)
        demo.show_sign_ins()


def _greet(settings: Settings, host: str, port: int, vendors: str) -> None:
    root = f"http://{_shown(host)}:{port}"
    _console.print(f"[bold]暖蜂 Nuanfeng[/bold]  {root}")
    _console.print(f"  rider     {root}/")
    _console.print(f"  report    {root}/report")
    _console.print(f"  manager   {root}/manage")
    _console.print(f"  desk      {root}/desk")
    _console.print(f"  handling  {root}/handling")
    _console.print(f"  on duty   {root}/roster")
    _console.print(f"  figures   {root}/figures")
    _console.print(f"  to many   {root}/broadcast")
    _console.print(f"  API       {root}/docs")
    _console.print(f"  ready     {root}/readyz")
    if vendors:
        _console.print(f"  vendors   {vendors}/  (takes what would go to phones and group chats)")
    if settings.environment is Environment.DEMO:
        _console.print("  Ctrl-C stops it; the data stays in [bold]var/[/bold].")


def _shown(host: str) -> str:
    """Return the host as this machine's browser reaches it."""
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - only displayed


def _take_port(host: str, port: int) -> socket.socket:
    """Listen from the first moment on; who comes early waits until there is somebody to answer.

    Of two that were started at once the other is refused here. Found out after the database had been made
    ready, it might have been the one that ran it, and taken it along.
    """
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen()
    except OSError as error:
        door.close()
        _console.print(f"[red]Cannot listen on {host}:{port}[/red]: {error.strerror}.")
        _console.print("Choose another port: make run PORT=8001")
        raise typer.Exit(1) from None
    return door


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
