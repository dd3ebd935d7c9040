"""Telling people something: one inbox row for each person and event, written with what caused it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, Uuid, bindparam, case, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.urgency import Urgency
from app.models import Account, AccountStatus, Base, Notification, NotificationChoice
from app.services.notifications import jobs, templates
from app.services.notifications.order import HEAD_START
from app.services.outbox import EVERYTHING, MOST_IDS, Channel

_CHUNK = 5000
_P = "given_"  # columns' own names are taken in an INSERT
_SAME = (
    "kind", "template_version", "params", "subject_type", "event_key", "urgency", "area_code",
    "collapse_key", "created_at", "expires_at", "push_at", "push_tier", "is_gathered",
)  # fmt: skip


def _writing() -> Select[UUID]:
    """Return the statement that writes a chunk and announces it; made once, as making it takes longer.

    The notice is :func:`app.services.outbox.announce`'s, in the same way to the database and back.
    """
    tables = Base.metadata.tables
    table, accounts = tables[Notification.__tablename__], tables[Account.__tablename__]
    given = (
        func.unnest(*(bindparam(name, type_=ARRAY(Uuid)) for name in ("ids", "people", "subjects")))
        .table_valued("id", "account_id", "subject_id", name="given")
        .render_derived()
    )
    same = [bindparam(f"{_P}{name}", type_=table.c[name].type) for name in _SAME]
    kind, shipped = (same[_SAME.index(name)] for name in ("kind", "template_version"))
    choices = tables[NotificationChoice.__tablename__]
    newest = select(choices.c.version).where(choices.c.kind == kind).order_by(choices.c.id.desc()).limit(1)
    told = [func.coalesce(newest.scalar_subquery(), each) if each is shipped else each for each in same]
    rows = (
        select(given.c.id, accounts.c.id, given.c.subject_id, *told)
        .join(accounts, accounts.c.id == given.c.account_id)
        .where(accounts.c.status != AccountStatus.DELETED)
        .order_by(accounts.c.id)
    )
    written = (
        insert(table)
        .from_select(["id", "account_id", "subject_id", *_SAME], rows, include_defaults=False)
        .on_conflict_do_nothing()
        .returning(table.c.id)
        .cte("written")
    )
    ids = func.string_agg(cast(written.c.id, Text), ",")
    said = case((func.count() <= MOST_IDS, ids), else_=EVERYTHING)
    notice = (
        select(func.pg_notify(Channel.NOTIFICATIONS.value, said))
        .select_from(written)
        .having(func.count() > 0)
        .cte("notice")
        .prefix_with("MATERIALIZED")
    )
    return select(written.c.id).where(select(func.count()).select_from(notice).scalar_subquery() > 0)


_WRITE = _writing()


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
    subject_of: Mapping[UUID, UUID] | None = None,
    urgency: Urgency = Urgency.NORMAL,
    expires_at: datetime | None = None,
    area_code: str | None = None,
    collapse_key: str | None = None,
    push_after: timedelta = timedelta(),
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
        subject_of: for whom it opens another one of these: theirs, by account.
        urgency: emergencies pass quiet hours and switched-off topics.
        expires_at: after this no copy is sent; the inbox keeps its row.
        area_code: where it happened.
        collapse_key: of copies that still wait, the last one with this key is sent alone.
        push_after: how much later than at once copies are due: a crowd's leave room for others' news.

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
        "event_key": key,
        "urgency": urgency,
        "area_code": area_code,
        "collapse_key": collapse_key,
        "created_at": now,
        "expires_at": expires_at,
        "push_at": now + push_after - HEAD_START[urgency] if template.is_pushed else None,
        "push_tier": 0,
        "is_gathered": False,
    }
    told, people = 0, iter(to)
    while chunk := list(islice(people, _CHUNK)):
        told += await _write(session, chunk, subject, subject_of or {}, same)
    if told and template.is_pushed:
        jobs.ask_to_route(session, after=push_after)
    return told


async def _write(
    session: AsyncSession,
    people: Sequence[UUID],
    subject: About | None,
    subject_of: Mapping[UUID, UUID],
    same: Mapping[str, Any],
) -> int:
    """Write a chunk in the order of accounts: no two tellers wait for each other in a circle."""
    unique = sorted(set(people))
    general = None if subject is None else subject.id
    given = {
        "ids": [new_id() for _ in unique],
        "people": unique,
        "subjects": [subject_of.get(each, general) for each in unique],
    }
    values = given | {f"{_P}{name}": value for name, value in same.items()}
    return len((await session.scalars(_WRITE, values)).all())
