"""Whom to call at a place: the category's numbers, and those that its area says for itself (gas company)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.models import AreaPhone
from app.services import areas, authority, categories
from app.services.accounts import editors
from app.services.reports.ruling import check_area


@dataclass(frozen=True, slots=True)
class PhoneDraft:
    """A service's number in an area; ``version`` is what the editor saw, ``None`` where there is none yet."""

    area_code: str
    service: str
    number: str
    version: int | None = None


async def at(session: AsyncSession, category_id: str, *, area_code: str | None) -> list[dict[str, Any]]:
    """Return whom to call about a category in an area, the nearest area's numbers before wider ones'.

    Raises:
        NotFound: there is no such category.
    """
    category = await categories.get(session, category_id)
    services = categories.services_of(category)
    if not services or area_code is None:
        return categories.phones_of(category)
    above = (await areas.load_lineage(session)).above(area_code)
    query = select(AreaPhone).where(AreaPhone.area_code.in_(above), AreaPhone.service.in_(services))
    found = sorted((await session.scalars(query)).all(), key=lambda each: -above.index(each.area_code))
    return categories.phones_of(category, {each.service: each.number for each in found})


async def keep(session: AsyncSession, draft: PhoneDraft, *, by: Actor, now: datetime) -> AreaPhone:
    """Say a service's number in an area of the officer's.

    Raises:
        NotFound: there is no such area, or it is not the officer's.
        EditConflict: somebody changed it meanwhile.
    """
    await check_area(session, draft.area_code, by=by)
    place = (draft.area_code, draft.service)
    phone = await session.get(AreaPhone, place, with_for_update=True, populate_existing=True)
    if phone is None:
        phone = AreaPhone(area_code=draft.area_code, service=draft.service, version=0)
        session.add(phone)
    elif draft.version != phone.version:
        raise await editors.conflict(session, phone.changed_by)
    phone.number, phone.version = draft.number, phone.version + 1
    phone.changed_at, phone.changed_by = now, by.account_id
    await session.flush()
    return phone


async def drop(session: AsyncSession, area_code: str, service: str, *, by: Actor) -> None:
    """Take a service's number of an area away: a wider area's holds there again, or none.

    Raises:
        NotFound: there is none, or the area is not the officer's.
    """
    await check_area(session, area_code, by=by)
    phone = await session.get(AreaPhone, (area_code, service), with_for_update=True)
    if phone is None:
        raise NotFound
    await session.delete(phone)


async def of_areas(session: AsyncSession, *, by: Actor) -> Sequence[AreaPhone]:
    """Return the numbers that the officer's areas said."""
    mine = authority.covers(by, roles=(Role.DISTRICT_OFFICER,), area=AreaPhone.area_code)
    query = select(AreaPhone).where(mine).order_by(AreaPhone.area_code, AreaPhone.service)
    return (await session.scalars(query)).all()
