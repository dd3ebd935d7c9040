"""``nuanfeng grant`` gives roles, the first sysadmin's among them; ``rotate-phones`` follows a new key."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.database import run_in
from app.core.actor import Role
from app.core.clock import local_day, utc_now
from app.core.errors import InvalidInput
from app.models import RoleGrant
from app.runtime import Runtime
from app.services import accounts, open311, robots, webhooks
from app.services.accounts import NewGrant
from app.services.checkins import doors
from app.services.notifications import mailboxes

console = Console()


def grant(
    phone: Annotated[str, typer.Argument(help="the person's mobile number")],
    role: Annotated[Role, typer.Argument(help="sysadmin needs no scope")],
    *,
    area: Annotated[str | None, typer.Option(help="area code: 2, 4, 6, 9 or 12 digits")] = None,
    station: Annotated[str | None, typer.Option(help="a station's code or id")] = None,
    unit: Annotated[UUID | None, typer.Option(help="a handling unit's id")] = None,
    name: Annotated[str | None, typer.Option(help="the name to show, when the account is new")] = None,
    valid_from: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="first day; default today")
    ] = None,
    valid_to: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="last day; default open")
    ] = None,
) -> None:
    """Give a role to the owner of a number; an account is made when there is none yet."""
    try:
        number = accounts.parse_phone(phone)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="PHONE") from None

    if (option := _missing_option(role, area=area, station=station, unit=unit)) is not None:
        raise typer.BadParameter(f"{role.value} 需要 {option};{role.value} needs {option}", param_hint=option)

    async def give(runtime: Runtime) -> RoleGrant:
        now = utc_now()
        async with runtime.db.writing() as session:
            new = NewGrant(
                phone=number,
                role=role,
                valid_from=local_day(now) if valid_from is None else valid_from.date(),
                valid_to=None if valid_to is None else valid_to.date(),
                area_code=area,
                station_id=None if station is None else await _station_id(session, station),
                unit_id=unit,
                display_name=name,
            )
            return await accounts.give_role(session, new, by=None, vault=runtime.vault, now=now)

    given = run_in(give)
    console.print(f"已授权 granted: {given.account.display_name} · {given.role.value} · {given.id}")


def _missing_option(role: Role, *, area: str | None, station: str | None, unit: UUID | None) -> str | None:
    """Return the option that a role cannot be given without, when it is not there."""
    match role:
        case Role.SYSADMIN | Role.WORKER:
            return None
        case Role.STATION_MANAGER:
            return None if station else "--station"
        case Role.HANDLING_UNIT:
            return None if unit else "--unit"
        case _:
            return None if area else "--area"


async def _station_id(session: AsyncSession, given: str) -> UUID:
    found = await accounts.station_id_of(session, given)
    if found is not None:
        return found
    try:
        return UUID(given)
    except ValueError:
        raise InvalidInput(hint=f"--station {given}") from None


def rotate_phones() -> None:
    """Encrypt every number, door code and secret of other systems anew by the first of NUANFENG_PHONE_KEYS.

    Then older keys may go.

    It may be stopped and started again, and runs beside the service.
    """

    async def rotate(runtime: Runtime) -> None:
        for rotate_batch in (accounts.rotate_phones, doors.rotate_keys):
            after: UUID | None = None
            while True:
                async with runtime.db.writing() as session:
                    after = await rotate_batch(session, vault=runtime.vault, after=after)
                if after is None:
                    break
        async with runtime.db.writing() as session:
            await webhooks.rotate_keys(session, vault=runtime.vault)
            await open311.rotate_keys(session, vault=runtime.vault)
            await mailboxes.rotate_keys(session, vault=runtime.vault)
            await robots.rotate_keys(session, vault=runtime.vault)

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        progress.add_task("重新加密手机号和门锁密码 rotating", total=None)
        run_in(rotate)
    console.print("完成 done")
