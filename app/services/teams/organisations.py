"""Organisations that answer for teams, and who speaks for them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, exists, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import locks
from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import InvalidInput, KeyReused, NotFound
from app.core.ids import new_id
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import OrganisationKind, OrganisationLiaison, VolunteerOrganisation
from app.services import accounts, areas, authority, outbox
from app.services.accounts import editors
from app.services.accounts.sign_in import make_account
from app.services.accounts.vault import Vault
from app.services.teams import queries
from app.services.teams.errors import OrganisationEnded
from app.services.teams.events import OrganisationChanged


@dataclass(frozen=True, slots=True)
class OrganisationDraft:
    """An organisation as staff describe it."""

    name: str
    kind: OrganisationKind
    area_code: str
    responsible: str
    phone: str
    parent_id: UUID | None = None
    credit_code: str | None = None


@dataclass(frozen=True, slots=True)
class NewLiaison:
    """Who is to speak for an organisation: the owner of a number, both days included."""

    phone: str
    valid_from: date
    valid_to: date | None
    display_name: str | None


async def enter(
    session: AsyncSession, organisation_id: UUID, draft: OrganisationDraft, *, by: Actor, now: datetime
) -> VolunteerOrganisation:
    """Enter an organisation; the same id and content again is the same one.

    Raises:
        NotFound: the area is not the caller's, or there is no such parent.
        InvalidInput: its parent lies below it.
        KeyReused: the id is another organisation's.
    """
    await _check(session, organisation_id, draft, by=by)
    await locks.alone(session, organisation_id)
    if (kept := await session.get(VolunteerOrganisation, organisation_id)) is not None:
        if _draft_of(kept) == draft:
            return kept
        raise KeyReused
    organisation = VolunteerOrganisation(
        id=organisation_id, **asdict(draft), version=1, changed_at=now, changed_by=by.account_id
    )
    session.add(organisation)
    await session.flush()
    _say(session, organisation, now=now)
    return organisation


async def edit(
    session: AsyncSession,
    organisation_id: UUID,
    draft: OrganisationDraft,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> VolunteerOrganisation:
    """Change what is said of an organisation.

    Raises:
        NotFound, EditConflict, InvalidInput: see there.
        OrganisationEnded: see there.
    """
    organisation = await queries.organisation_to_change(session, organisation_id, by=by)
    await editors.check_version(session, organisation, version)
    if organisation.ended_at is not None:
        raise OrganisationEnded
    await _check(session, organisation_id, draft, by=by)
    for key, value in asdict(draft).items():
        setattr(organisation, key, value)
    _touch(session, organisation, by=by, now=now)
    return organisation


async def end(
    session: AsyncSession, organisation_id: UUID, *, version: int, by: Actor, now: datetime
) -> VolunteerOrganisation:
    """End an organisation: its teams go on until they are dissolved, no new one is founded under it.

    Raises:
        NotFound, EditConflict: see there.
    """
    organisation = await queries.organisation_to_change(session, organisation_id, by=by)
    if organisation.ended_at is None:
        await editors.check_version(session, organisation, version)
        organisation.ended_at = now
        _touch(session, organisation, by=by, now=now)
    return organisation


async def list_some(
    session: AsyncSession, *, area_code: str | None, cursor: str | None, limit: int
) -> Page[VolunteerOrganisation]:
    """Return a page of the organisations of an area, or of all.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    items, has_more = await queries.list_organisations(
        session, area_code=area_code, after=read_id_cursor(cursor), limit=limit
    )
    return Page(items, id_cursor(items[-1].id) if has_more else None)


async def list_liaisons(
    session: AsyncSession, organisation_id: UUID, *, by: Actor, now: datetime
) -> Sequence[Row[OrganisationLiaison, str]]:
    """Return who speaks for an organisation, by name.

    Raises:
        NotFound: the organisation is not the caller's.
    """
    if not await queries.speaks_for(session, organisation_id, by=by, now=now):
        raise NotFound
    return await queries.list_liaisons(session, organisation_id)


async def name_liaison(
    session: AsyncSession,
    organisation_id: UUID,
    new: NewLiaison,
    *,
    by: Actor,
    vault: Vault,
    now: datetime,
) -> tuple[OrganisationLiaison, str]:
    """Have the owner of a number speak for an organisation; return the row and their name.

    Who is named already keeps their row, with the new dates.

    Raises:
        NotFound: the organisation is not the caller's.
        OrganisationEnded: see there.
        InvalidInput: the term is over or ends before it begins.
    """
    organisation = await queries.organisation_to_change(session, organisation_id, by=by)
    if organisation.ended_at is not None:
        raise OrganisationEnded
    if new.valid_to is not None and new.valid_to < max(new.valid_from, local_day(now)):
        raise InvalidInput(hint="valid_to")
    account = await make_account(session, new.phone, new.display_name, vault=vault, now=now)
    accounts.log_read(
        session,
        account.id,
        by=by,
        what="display_name",
        reason="volunteer_liaison",
        area_code=organisation.area_code,
        now=now,
    )
    for kept, name in await queries.list_liaisons(session, organisation_id):
        if kept.account_id == account.id:
            kept.valid_from, kept.valid_to = new.valid_from, new.valid_to
            return kept, name
    liaison = OrganisationLiaison(
        id=new_id(),
        organisation_id=organisation_id,
        account_id=account.id,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        named_at=now,
        named_by=by.account_id,
    )
    session.add(liaison)
    return liaison, account.display_name


async def dismiss_liaison(
    session: AsyncSession, organisation_id: UUID, liaison_id: UUID, *, by: Actor, now: datetime
) -> None:
    """Have somebody no longer speak for an organisation, from now on; twice changes nothing.

    Raises:
        NotFound: it is not the caller's.
    """
    await queries.organisation_to_change(session, organisation_id, by=by)
    liaison = await session.get(OrganisationLiaison, liaison_id)
    if liaison is None or liaison.organisation_id != organisation_id:
        raise NotFound
    liaison.revoked_at = liaison.revoked_at or now


async def end_doubled(session: AsyncSession, absorbed_id: UUID, survivor_id: UUID, *, now: datetime) -> None:
    """Settle before two accounts merge: who speaks for an organisation with both of them does so once."""
    theirs, own = aliased(OrganisationLiaison), OrganisationLiaison
    twice = exists().where(
        theirs.organisation_id == own.organisation_id,
        theirs.account_id == survivor_id,
        theirs.revoked_at.is_(None),
    )
    query = update(own).where(own.account_id == absorbed_id, own.revoked_at.is_(None), twice)
    await session.execute(query.values(revoked_at=now))


async def _check(
    session: AsyncSession, organisation_id: UUID, draft: OrganisationDraft, *, by: Actor
) -> None:
    in_reach = authority.may(by, roles=queries.STAFF, area_code=draft.area_code)
    if not in_reach or not await areas.exists(session, draft.area_code):
        raise NotFound
    above = draft.parent_id
    while above is not None:
        if above == organisation_id:
            raise InvalidInput(hint="parent_id")
        # Held, so that nobody puts it below this one meanwhile: the two would lie below each other.
        parent = await session.get(VolunteerOrganisation, above, with_for_update={"read": True})
        if parent is None:
            raise NotFound
        above = parent.parent_id


def _draft_of(kept: VolunteerOrganisation) -> OrganisationDraft:
    return OrganisationDraft(
        kept.name, kept.kind, kept.area_code, kept.responsible, kept.phone, kept.parent_id, kept.credit_code
    )


def _touch(session: AsyncSession, organisation: VolunteerOrganisation, *, by: Actor, now: datetime) -> None:
    organisation.version += 1
    organisation.changed_at, organisation.changed_by = now, by.account_id
    _say(session, organisation, now=now)


def _say(session: AsyncSession, organisation: VolunteerOrganisation, *, now: datetime) -> None:
    event = OrganisationChanged(organisation.id, organisation.version)
    outbox.record(session, event, now=now, area_code=organisation.area_code)
