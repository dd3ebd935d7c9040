"""Who is there now to act: people of desks and of handling units, as SQL conditions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_
from sqlalchemy.orm import aliased

from app.core.actor import Role
from app.core.clock import local_day
from app.models import Account, AccountStatus, Open311Endpoint, RoleGrant
from app.services.authority import IdColumn
from app.services.reports.scope import DESK


def on_a_desk(account: IdColumn, *, now: datetime) -> ColumnElement[bool]:
    """Return the condition that an account may act and is staff of some area."""
    return exists().where(RoleGrant.account_id == account, RoleGrant.role.in_(DESK), *_in_force(now))


def in_unit(unit: IdColumn | ColumnElement[UUID], *, now: datetime) -> ColumnElement[bool]:
    """Return the condition that somebody can sign in for a handling unit, or its own system is connected."""
    held = (RoleGrant.unit_id == unit, RoleGrant.role == Role.HANDLING_UNIT)
    connected = exists().where(Open311Endpoint.unit_id == unit, Open311Endpoint.is_enabled)
    return or_(exists().where(*held, *_in_force(now)), connected)


def _in_force(now: datetime) -> tuple[ColumnElement[bool], ...]:
    today = local_day(now)
    holder = aliased(Account)  # who asks may have accounts of its own in the query
    return (
        RoleGrant.revoked_at.is_(None),
        RoleGrant.valid_from <= today,
        or_(RoleGrant.valid_to >= today, RoleGrant.valid_to.is_(None)),
        holder.id == RoleGrant.account_id,
        holder.status == AccountStatus.ACTIVE,
    )
