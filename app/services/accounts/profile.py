"""What a person says of themselves."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import EditConflict, InvalidInput
from app.models import Account, AgeBand
from app.services.accounts import queries
from app.services.accounts.errors import GuardianNeeded


async def edit(session: AsyncSession, changes: dict[str, Any], *, version: int, by: Actor) -> Account:
    """Change the caller's own profile.

    Raises:
        EditConflict: it was changed on another device since ``version`` was read.
        InvalidInput: there is no such area.
        GuardianNeeded: nobody becomes a child without a guardian's word.
    """
    own = await queries.get_own(session, by=by)
    [account] = await queries.lock_accounts(session, {own.id})
    if account.version != version:
        raise EditConflict(editor=account.display_name)
    area_code = changes.get("area_code")
    if area_code is not None and not await queries.is_area(session, area_code):
        raise InvalidInput(hint="area_code")
    if changes.get("age_band") is AgeBand.UNDER_14 is not account.age_band:
        raise GuardianNeeded
    for name, value in changes.items():
        setattr(account, name, value)
    account.version += 1
    return account
