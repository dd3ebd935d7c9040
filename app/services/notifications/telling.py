"""Telling people something: one inbox row for each person and event, written with what caused it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.urgency import Urgency
from app.models import Account, AccountStatus, Notification
from app.services import outbox
from app.services.notifications import templates
from app.services.outbox import MOST_IDS, Channel

_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class About:
    """What an app opens: a thing's type (``report``, ``station``, …) and id."""

    type: str
    id: UUID


async def tell(
    session: AsyncSession,
    *,
    kind: str,
    to: Iterable[UUID],
    key: str,
    now: datetime,
    params: Mapping[str, Any] | None = None,
    subject: About | None = None,
    urgency: Urgency = Urgency.NORMAL,
    expires_at: datetime | None = None,
    area_code: str | None = None,
    collapse_key: str | None = None,
) -> int:
    """Put something into people's inboxes and have copies sent; return how many did not have it yet.

    Told again with the same ``key``, nobody hears it twice. The recipients may be many: they are taken in
    chunks, and memory does not grow with them. What is told is in the database when the caller's
    transaction commits, and nowhere before.

    Args:
        session: the transaction of whatever caused this.
        kind: the template's name.
        to: accounts; deleted ones are left out.
        key: names the event, such as ``step:1234``.
        now: the present instant.
        params: what the template's texts name; nothing personal.
        subject: what the app opens.
        urgency: emergencies pass quiet hours and switched-off topics.
        expires_at: after this no copy is sent; the inbox keeps its row.
        area_code: where it happened.
        collapse_key: of copies that still wait, the last one with this key is sent alone.

    Raises:
        NotFound: there is no such kind.
        ValueError: the parameters are not those that the template names.
    """
    template = templates.find(kind)
    same: dict[str, Any] = {
        "kind": kind,
        "template_version": template.version,
        "params": templates.fill(template, params or {}),
        "subject_type": None if subject is None else subject.type,
        "subject_id": None if subject is None else subject.id,
        "event_key": key,
        "urgency": urgency,
        "area_code": area_code,
        "collapse_key": collapse_key,
        "created_at": now,
        "expires_at": expires_at,
        "push_at": now if template.is_pushed else None,
        "push_tier": 0,
        "is_gathered": False,
    }
    told, named = 0, list[UUID]()
    people = iter(to)
    while chunk := list(islice(people, _CHUNK)):
        ids = await _write(session, chunk, same)
        told += len(ids)
        named += ids[: MOST_IDS + 1 - len(named)]
    if named:
        await outbox.announce(session, Channel.NOTIFICATIONS, named)
    return told


async def _write(session: AsyncSession, people: Sequence[UUID], same: Mapping[str, Any]) -> Sequence[UUID]:
    """Write a chunk in the order of accounts: no two tellers wait for each other in a circle."""
    unique = sorted(set(people))
    given = (
        func.unnest(
            bindparam("ids", [new_id() for _ in unique], ARRAY(Uuid)),
            bindparam("people", unique, ARRAY(Uuid)),
        )
        .table_valued("id", "account_id", name="given")
        .render_derived()
    )
    columns = Notification.__table__.c
    rows = (
        select(given.c.id, Account.id, *(literal(value, columns[name].type) for name, value in same.items()))
        .join(Account, Account.id == given.c.account_id)
        .where(Account.status != AccountStatus.DELETED)
        .order_by(Account.id)
    )
    statement = (
        insert(Notification)
        .from_select(["id", "account_id", *same], rows, include_defaults=False)
        .on_conflict_do_nothing()
        .returning(Notification.id)
    )
    return (await session.scalars(statement)).all()
