"""The command ``nuanfeng``: one file a feature, assembled here."""

import typer

from app.cli import (
    accounts,
    areas,
    calendar,
    categories,
    demo,
    grids,
    ledger,
    notifications,
    operate,
    serve,
    stations,
    weather,
)

main = typer.Typer(name="nuanfeng", no_args_is_help=True, help="暖蜂: run and look after the service.")
main.command()(serve.serve)
main.command()(operate.migrate)
main.command()(demo.demo)
main.command()(operate.worker)
main.command()(operate.events)
main.command()(operate.jobs)
main.command()(notifications.pushes)
main.command()(ledger.verify_ledger)
main.command()(operate.openapi)
main.command()(accounts.grant)
main.command()(accounts.rotate_phones)
main.command()(areas.import_areas)
main.command()(grids.import_grids)
main.command()(calendar.import_calendar)
main.command()(categories.import_categories)
main.command()(stations.import_stations)
main.command()(weather.import_weather)
main.command()(stations.export_stations)
