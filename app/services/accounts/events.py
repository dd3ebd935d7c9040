"""Facts about accounts; ids and codes, nothing personal."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class RoleGranted(Event):
    """Somebody received a role."""

    name: ClassVar[str] = "accounts.role_granted"
    grant_id: UUID
    account_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class RoleRevoked(Event):
    """Somebody lost a role."""

    name: ClassVar[str] = "accounts.role_revoked"
    grant_id: UUID
    account_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class NumberRebound(Event):
    """An account was bound to another number, by its owner or by an officer."""

    name: ClassVar[str] = "accounts.number_rebound"
    account_id: UUID
    by_id: UUID


@dataclass(frozen=True, slots=True)
class AccountErased(Event):
    """An account was deleted at its owner's wish."""

    name: ClassVar[str] = "accounts.erased"
    account_id: UUID


@dataclass(frozen=True, slots=True)
class BanImposed(Event):
    """An account may not act any more; what it had in hand needs somebody else."""

    name: ClassVar[str] = "accounts.ban_imposed"
    ban_id: UUID
    account_id: UUID


@dataclass(frozen=True, slots=True)
class BanLifted(Event):
    """An account may act again, by an officer's word or because its last day was over."""

    name: ClassVar[str] = "accounts.ban_lifted"
    ban_id: UUID
    account_id: UUID


@dataclass(frozen=True, slots=True)
class AccountsMerged(Event):
    """Two accounts of one person became one; what was the absorbed one's is the survivor's."""

    name: ClassVar[str] = "accounts.merged"
    absorbed_id: UUID
    survivor_id: UUID


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Event):
    """A person took back a consent: what it allowed stops, and what rests on it goes."""

    name: ClassVar[str] = "accounts.consent_withdrawn"
    account_id: UUID
    purpose: str
