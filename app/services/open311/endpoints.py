"""Other cities' endpoints, as officers keep them: where they are, what our categories are called there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outgoing
from app.core.actor import Actor, Role
from app.core.errors import InvalidInput, NotFound
from app.models import Category, HandlingUnit, Open311Endpoint, Open311Format, UnitKind
from app.services import authority
from app.services.accounts import editors
from app.services.accounts.vault import Vault
from app.services.open311.contact import ANY
from app.services.open311.errors import EndpointAddressRefused, UnitSpeaksNoOpen311


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """What is to be known of an endpoint; ``api_key`` ``None`` keeps the one that is there."""

    url: str
    fmt: Open311Format
    jurisdiction_id: str | None
    api_key: str | None
    services: Mapping[str, Any]
    statuses: Mapping[str, str]
    has_updates: bool
    is_enabled: bool


def _mine(by: Actor) -> ColumnElement[bool]:
    return authority.covers(by, roles=(Role.DISTRICT_OFFICER,), area=HandlingUnit.area_code)


async def list_endpoints(session: AsyncSession, *, by: Actor) -> Sequence[Open311Endpoint]:
    """Return the endpoints of the units of the caller's districts."""
    query = select(Open311Endpoint).join(HandlingUnit, HandlingUnit.id == Open311Endpoint.unit_id)
    return (await session.scalars(query.where(_mine(by)).order_by(Open311Endpoint.unit_id))).all()


async def keep(
    session: AsyncSession,
    unit_id: UUID,
    draft: EndpointDraft,
    *,
    version: int | None,
    vault: Vault,
    by: Actor,
    now: datetime,
    may_be_plain: bool,
) -> Open311Endpoint:
    """Set or change a unit's endpoint; ``version`` is ``None`` for the first time.

    Raises:
        NotFound: the unit is not of the caller's districts.
        UnitSpeaksNoOpen311, EndpointAddressRefused: see there.
        InvalidInput: a category is named that there is none of.
        EditConflict: somebody else changed it meanwhile.
    """
    unit = await session.scalar(
        select(HandlingUnit).where(HandlingUnit.id == unit_id, _mine(by)).with_for_update()
    )
    if unit is None:
        raise NotFound
    await _check(session, unit, draft, may_be_plain=may_be_plain)
    kept = await session.get(Open311Endpoint, unit_id)
    if version != (None if kept is None else kept.version):
        raise await editors.conflict(session, None if kept is None else kept.changed_by)
    if kept is None:
        kept = Open311Endpoint(unit_id=unit_id, version=0)
        session.add(kept)
    _write(kept, draft, vault)
    kept.version, kept.changed_at, kept.changed_by = kept.version + 1, now, by.account_id
    await session.flush()
    return kept


async def _check(
    session: AsyncSession, unit: HandlingUnit, draft: EndpointDraft, *, may_be_plain: bool
) -> None:
    if unit.kind is not UnitKind.OPEN311 or unit.ended_at is not None:
        raise UnitSpeaksNoOpen311
    is_whole = draft.url.endswith("/") and not {"?", "#"} & set(draft.url)
    if not is_whole or not outgoing.may_be_asked(draft.url, may_be_plain=may_be_plain):
        raise EndpointAddressRefused
    named = set(draft.services) - {ANY}
    known = set(await session.scalars(select(Category.id).where(Category.id.in_(named))))
    if unknown := sorted(named - known):
        raise InvalidInput(hint=f"services: {unknown[0]}")


def _write(kept: Open311Endpoint, draft: EndpointDraft, vault: Vault) -> None:
    kept.url, kept.fmt, kept.jurisdiction_id = draft.url, draft.fmt, draft.jurisdiction_id
    kept.services, kept.statuses = dict(draft.services), dict(draft.statuses)
    kept.has_updates, kept.is_enabled = draft.has_updates, draft.is_enabled
    kept.failing_since = kept.last_error = None
    if draft.api_key is not None:
        kept.api_key_encrypted = vault.encrypt_shared(draft.api_key)


async def rotate_keys(session: AsyncSession, *, vault: Vault) -> None:
    """Encrypt every key anew, by the first of ours; they stay what they are."""
    query = select(Open311Endpoint).where(Open311Endpoint.api_key_encrypted.is_not(None))
    for endpoint in await session.scalars(query.with_for_update()):
        if endpoint.api_key_encrypted is not None:
            endpoint.api_key_encrypted = vault.rotate_shared(endpoint.api_key_encrypted)
