"""Appointments (聘任): in force as a role of the same word and term, so that whoever asks for roles knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import KeyReused, NotFound
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import Account, Appointment, AppointmentKind, Grid, OutboxEvent
from app.services import accounts, authority, outbox
from app.services.accounts import NewGrant, editors
from app.services.accounts.vault import Vault
from app.services.teams import queries
from app.services.teams.errors import AppointmentInvalid
from app.services.teams.events import AppointmentRevoked, PersonAppointed
from app.services.teams.fields import LEVELS, ROLE_OF
from app.services.teams.queries import STAFF

LONGEST_TERM = timedelta(days=3 * 366)
_SAID = ("kind", "issuing_body", "area_code", "grid_id", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class AppointmentDraft:
    """Whom a body appoints to what, where, from day to day, both included."""

    kind: AppointmentKind
    phone: str
    display_name: str | None
    issuing_body: str
    area_code: str
    grid_id: UUID | None
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class Appointed:
    """An appointment with its person's name."""

    appointment: Appointment
    name: str


async def appoint(
    session: AsyncSession,
    appointment_id: UUID,
    draft: AppointmentDraft,
    *,
    by: Actor,
    vault: Vault,
    now: datetime,
) -> Appointed:
    """Appoint the owner of a number; the same id and content again is the same appointment.

    Raises:
        RoleOutOfReach, AlreadyGranted: see there.
        AppointmentInvalid: see there.
        KeyReused: the id is another appointment's.
    """
    await locks.alone(session, appointment_id)
    if (kept := await session.get(Appointment, appointment_id)) is not None:
        return await _replayed(session, kept, draft, by=by, vault=vault)
    await _check(session, draft, now=now)
    new = NewGrant(
        phone=draft.phone,
        role=ROLE_OF[draft.kind],
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        area_code=draft.area_code,
        display_name=draft.display_name,
    )
    grant = await accounts.give_role(session, new, by=by, vault=vault, now=now)
    await session.flush()
    appointment = Appointment(
        id=appointment_id,
        kind=draft.kind,
        account_id=grant.account_id,
        issuing_body=draft.issuing_body,
        area_code=draft.area_code,
        grid_id=draft.grid_id,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        grant_id=grant.id,
        appointed_at=now,
        appointed_by=by.account_id,
        revoked_reason="",
    )
    session.add(appointment)
    event = PersonAppointed(appointment_id, draft.kind.value)
    outbox.record(session, event, now=now, area_code=draft.area_code)
    return Appointed(appointment, await editors.name_of(session, grant.account_id))


async def revoke(
    session: AsyncSession, appointment_id: UUID, *, reason: str, by: Actor, now: datetime
) -> Appointed:
    """End an appointment and what it opened at once; doing it twice changes nothing.

    Raises:
        NotFound: it is not in the caller's areas.
    """
    query = select(Appointment).where(
        Appointment.id == appointment_id, authority.covers(by, roles=STAFF, area=Appointment.area_code)
    )
    appointment = (await session.scalars(query.with_for_update())).one_or_none()
    if appointment is None:
        raise NotFound
    if appointment.revoked_at is None:
        _end(session, appointment, reason=reason, by=by, now=now)
        await accounts.take_role(session, appointment.grant_id, by=by, now=now)
    return Appointed(appointment, await editors.name_of(session, appointment.account_id))


async def follow_grant(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """React to ``accounts.role_revoked``: an appointment is over with the role that it gave."""
    query = select(Appointment).where(
        Appointment.grant_id == UUID(event.payload["grant_id"]), Appointment.revoked_at.is_(None)
    )
    for appointment in await session.scalars(query.with_for_update()):
        _end(session, appointment, reason="", by=None, now=now)


async def follow_erasure(session: AsyncSession, account_id: UUID, *, now: datetime) -> None:
    """End the appointments of somebody whose account was deleted; their roles have ended with it."""
    query = select(Appointment).where(Appointment.account_id == account_id, Appointment.revoked_at.is_(None))
    for appointment in await session.scalars(query.with_for_update()):
        _end(session, appointment, reason="", by=None, now=now)


async def list_some(
    session: AsyncSession, *, by: Actor, cursor: str | None, limit: int, now: datetime
) -> Page[Appointed]:
    """Return a page of the present and coming appointments in the caller's areas.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    query = (
        select(Appointment, Account.display_name)
        .join(Account, Account.id == Appointment.account_id)
        .where(
            authority.covers(by, roles=STAFF, area=Appointment.area_code),
            Appointment.revoked_at.is_(None),
            Appointment.valid_to >= local_day(now),
        )
    )
    if (after := read_id_cursor(cursor)) is not None:
        query = query.where(Appointment.id > after)
    rows = (await session.execute(query.order_by(Appointment.id).limit(limit + 1))).all()
    items = [Appointed(appointment, name) for appointment, name in rows[:limit]]
    return Page(items, id_cursor(items[-1].appointment.id) if len(rows) > limit else None)


async def list_own(session: AsyncSession, *, by: Actor) -> Sequence[Appointment]:
    """Return the caller's appointments, those that are over too, the latest first."""
    query = select(Appointment).where(Appointment.account_id == by.account_id)
    return (await session.scalars(query.order_by(Appointment.valid_from.desc(), Appointment.id))).all()


def is_in_force(appointment: Appointment, *, now: datetime) -> bool:
    """Tell whether an appointment holds today."""
    in_term = appointment.valid_from <= local_day(now) <= appointment.valid_to
    return in_term and appointment.revoked_at is None


async def _check(session: AsyncSession, draft: AppointmentDraft, *, now: datetime) -> None:
    if not draft.valid_from <= draft.valid_to <= draft.valid_from + LONGEST_TERM:
        raise AppointmentInvalid(hint="valid_to")
    if draft.valid_to < local_day(now):
        raise AppointmentInvalid(hint="valid_to")
    if len(draft.area_code) not in LEVELS[draft.kind]:
        raise AppointmentInvalid(hint="area_code")
    if draft.grid_id is not None:
        grid = await session.get(Grid, draft.grid_id)
        if grid is None or grid.community_code != draft.area_code:
            raise AppointmentInvalid(hint="grid_id")


async def _replayed(
    session: AsyncSession, kept: Appointment, draft: AppointmentDraft, *, by: Actor, vault: Vault
) -> Appointed:
    is_same = all(getattr(kept, name) == getattr(draft, name) for name in _SAID)
    if not is_same or not authority.may(by, roles=STAFF, area_code=kept.area_code):
        raise KeyReused
    phone = await queries.phone_kept_of(session, kept.account_id)
    if phone is not None and vault.decrypt_phone(phone) != draft.phone:
        raise KeyReused
    return Appointed(kept, await editors.name_of(session, kept.account_id))


def _end(
    session: AsyncSession, appointment: Appointment, *, reason: str, by: Actor | None, now: datetime
) -> None:
    appointment.revoked_at, appointment.revoked_reason = now, reason
    appointment.revoked_by = None if by is None else by.account_id
    event = AppointmentRevoked(appointment.id, appointment.kind.value)
    outbox.record(session, event, now=now, area_code=appointment.area_code)
