"""Accounts that may be one person's: a hint for the officer, who asks the people; nothing is blocked.

A shared phone and a common name are both innocent, so the hint says what is alike and no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Subquery, case, func, literal, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.actor import Actor, Role
from app.core.errors import BadCursor
from app.core.pages import Page, decode_cursor, encode_cursor
from app.models import Account, AccountStatus, RefreshToken
from app.services import authority
from app.services.accounts import readlog

# What sign-in calls people who gave no name: two of them say nothing.
_NO_NAME = "^骑手[0-9]{4}$"


class Alike(StrEnum):
    """Why two accounts may be one person's."""

    DEVICE = "device"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Person:
    """One account of a pair."""

    account_id: UUID
    display_name: str
    area_code: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two accounts, the older one first, what they have in common, and since when."""

    people: tuple[Person, Person]
    alike: list[Alike]
    since: datetime


async def list_duplicates(
    session: AsyncSession, *, by: Actor, cursor: str | None, limit: int, now: datetime
) -> Page[Pair]:
    """Return pairs of accounts, both in the caller's scope, that share a device or a given name.

    A device that somebody signed out of is known for another week. Both people's read logs are told.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    pairs = await _pairs(session, by=by, after=_read(cursor), limit=limit + 1)
    shown = pairs[:limit]
    for pair in shown:
        for person in pair.people:
            readlog.log_read(
                session,
                person.account_id,
                by=by,
                what="display_name",
                reason="duplicates",
                area_code=person.area_code,
                now=now,
            )
    last = encode_cursor([str(each.account_id) for each in shown[-1].people]) if len(pairs) > limit else None
    return Page(shown, last)


def _read(cursor: str | None) -> tuple[UUID, UUID] | None:
    if cursor is None:
        return None
    try:
        first, second = map(UUID, decode_cursor(cursor, size=2))
    except ValueError as error:
        raise BadCursor from error
    return first, second


async def _pairs(
    session: AsyncSession, *, by: Actor, after: tuple[UUID, UUID] | None, limit: int
) -> Sequence[Pair]:
    alike = _alike(by)
    first, second = aliased(Account), aliased(Account)
    query = (
        select(
            first.id, first.display_name, first.area_code, second.id, second.display_name, second.area_code,
            func.array_agg(alike.c.why.distinct()), func.min(alike.c.since),
        )
        .select_from(alike)
        .join(first, first.id == alike.c.first_id)
        .join(second, second.id == alike.c.second_id)
        .group_by(first.id, second.id)
        .order_by(first.id, second.id)
        .limit(limit)
    )  # fmt: skip
    if after is not None:
        query = query.where(tuple_(first.id, second.id) > tuple_(*after))
    return [
        Pair((Person(*row[:3]), Person(*row[3:6])), [Alike(why) for why in sorted(row[6])], row[7])
        for row in await session.execute(query)
    ]


def _alike(by: Actor) -> Subquery:
    """Return the pairs with one reason each; ids are older first, as ids grow with time."""
    theirs = (
        select(Account.id, Account.display_name, Account.created_at)
        .where(authority.covers(by, roles=[Role.DISTRICT_OFFICER], area=Account.area_code))
        .where(Account.status != AccountStatus.DELETED)
        .cte("theirs")
    )
    one, other = theirs.alias("one"), theirs.alias("other")
    names = (
        select(
            one.c.id.label("first_id"),
            other.c.id.label("second_id"),
            literal(Alike.NAME.value).label("why"),
            other.c.created_at.label("since"),
        )
        .join(other, (one.c.display_name == other.c.display_name) & (one.c.id < other.c.id))
        .where(one.c.display_name.regexp_match(_NO_NAME).is_(False))
    )
    devices = (
        select(RefreshToken.device_id, theirs.c.id, func.min(RefreshToken.issued_at).label("since"))
        .join(theirs, theirs.c.id == RefreshToken.account_id)
        .group_by(RefreshToken.device_id, theirs.c.id)
        .cte("devices")
    )
    here, there = devices.alias("here"), devices.alias("there")
    later = case((here.c.since > there.c.since, here.c.since), else_=there.c.since)
    shared = select(here.c.id, there.c.id, literal(Alike.DEVICE.value), later).join(
        there, (here.c.device_id == there.c.device_id) & (here.c.id < there.c.id)
    )
    return union_all(names, shared).subquery("alike")
