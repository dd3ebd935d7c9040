"""What somebody has to decide on in the demonstration's hours: long days and typed ones, and who may."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.core.clock import local_day
from app.models import (
    Account,
    LedgerBook,
    LedgerEntry,
    OrganisationKind,
    OrganisationLiaison,
    Provenance,
    RoleGrant,
    VolunteerOrganisation,
)
from app.services import authority, ledger
from app.services.demo.people import LIAISON, UPPER_LIAISON
from app.services.demo.places import GRIDDED
from app.services.ledger import books

_LONG_DAYS, _TYPED = (10 * 60, 14 * 60), (90, 120)


async def add(session: AsyncSession, *, dice: random.Random, now: datetime) -> None:
    """Name liaisons, and record hours that wait for the organisation above, the district, a second person."""
    bodies = select(VolunteerOrganisation).where(VolunteerOrganisation.area_code == GRIDDED.code)
    found = (await session.scalars(bodies.order_by(VolunteerOrganisation.name))).all()
    society = next((each for each in found if each.kind is OrganisationKind.SOCIETY), None)
    if society is None or await session.get(LedgerBook, society.id) is None:
        return
    for name, organisation_id in ((LIAISON, society.id), (UPPER_LIAISON, society.parent_id)):
        await _name(session, name, organisation_id, now=now)
    served = select(LedgerEntry.subject_id).where(LedgerEntry.book_id == society.id).distinct()
    people = (await session.scalars(served.order_by(LedgerEntry.subject_id).limit(6))).all()
    clerk = Actor(await _holder(session, Role.COMMUNITY_STAFF))
    for subject_id, minutes in zip(people, _LONG_DAYS, strict=False):
        long = _served(subject_id, minutes, "防汛值守(示例)", Provenance.CODE, dice=dice, now=now)
        await ledger.record(session, society.id, long, by=None, now=now)
    for subject_id, minutes in zip(people[2:], _TYPED, strict=False):
        typed = _served(subject_id, minutes, "手机没电,补录(示例)", Provenance.MANUAL, dice=dice, now=now)
        await ledger.record(session, society.id, typed, by=clerk, now=now)
    unit = next(each for each in found if each.kind is OrganisationKind.UNIT)
    await _all_typed(session, unit, people[4:], clerk, dice=dice, now=now)


async def _all_typed(
    session: AsyncSession,
    unit: VolunteerOrganisation,
    people: Sequence[UUID],
    clerk: Actor,
    *,
    dice: random.Random,
    now: datetime,
) -> None:
    """Let a unit have nothing but typed hours, which a liaison should look at."""
    officer_id = await _holder(session, Role.DISTRICT_OFFICER)
    officer = Actor(officer_id, (Grant(Role.DISTRICT_OFFICER, (GRIDDED.code,)),))
    book = await books.of_organisation(session, unit, now=now)
    for subject_id in people:
        typed = _served(subject_id, 180, "入户走访(示例)", Provenance.MANUAL, dice=dice, now=now)
        for entry in await ledger.record(session, book.id, typed, by=clerk, now=now):
            await ledger.decide(session, entry.id, approve=True, reason="", by=officer, now=now)


async def _name(session: AsyncSession, name: str, organisation_id: UUID | None, *, now: datetime) -> None:
    account = select(Account.id).where(Account.display_name == name, Account.phone_hash.is_not(None))
    account_id = await session.scalar(account)
    if account_id is not None and organisation_id is not None:
        session.add(
            OrganisationLiaison(
                organisation_id=organisation_id,
                account_id=account_id,
                valid_from=local_day(now) - timedelta(days=60),
                named_at=now,
            )
        )


async def _holder(session: AsyncSession, role: Role) -> UUID:
    """Return who holds a role in the district and may sign in."""
    query = select(RoleGrant.account_id).where(
        RoleGrant.role == role, authority.within(RoleGrant.area_code, GRIDDED.code)
    )
    return (await session.scalars(query.order_by(RoleGrant.area_code).limit(1))).one()


def _served(
    subject_id: UUID, minutes: int, activity: str, how: Provenance, *, dice: random.Random, now: datetime
) -> ledger.NewHours:
    return ledger.NewHours(
        recording_id=UUID(bytes=dice.randbytes(16), version=4),
        subject_id=subject_id,
        served_on=local_day(now) - timedelta(days=dice.randint(1, 20)),
        starts_at=None,
        ends_at=None,
        minutes=minutes,
        activity=activity,
        reason="示例" if how is Provenance.MANUAL else None,
        provenance=how,
    )
