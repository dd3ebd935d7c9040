"""Which people an officer answers for."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.models import Account
from app.services import authority
from app.services.accounts import granting, queries


async def covers_person(session: AsyncSession, account: Account, *, by: Actor, now: datetime) -> bool:
    """Tell whether the caller answers for this person; who never named an area is any officer's.

    Somebody who holds roles is answered for only by those who could give all of them.
    """
    if account.area_code is None:
        is_theirs = by.holds(Role.DISTRICT_OFFICER, Role.SYSADMIN)
    else:
        is_theirs = authority.may(by, roles=[Role.DISTRICT_OFFICER], area_code=account.area_code)
    held = await queries.places_of_grants(session, account.id, now=now)
    return is_theirs and all(granting.may_give(by, role, area_code=place) for role, place in held)
