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
