"""The command ``nuanfeng``."""

import typer

main = typer.Typer(name="nuanfeng", no_args_is_help=True, help="暖蜂: run and look after the service.")
