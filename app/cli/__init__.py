"""The command ``nuanfeng``: one file a feature, assembled here."""

import typer

main = typer.Typer(name="nuanfeng", no_args_is_help=True, help="暖蜂: run and look after the service.")


@main.callback()
def _about() -> None:
    """Keep subcommands even while there is only one."""
