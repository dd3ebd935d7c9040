"""Texts that people wrote for many inboxes: kept once, shown in every row that names them, withdrawn at once.

A locked screen still sees the kind's neutral sentence alone.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Notification, NotificationText, PushDelivery, PushState

WRITTEN = "broadcast"  # the kind of such rows, and the type of what an app opens


@dataclass(frozen=True, slots=True)
class Written:
    """A text in both languages."""

    title_zh: str
    body_zh: str
    title_en: str
    body_en: str


@dataclass(frozen=True, slots=True)
class Reached:
    """Of the inboxes that have a text: copy taken by a vendor, failed on every way, on its way; and read."""

    pushed: int
    failed: int
    waiting: int
    opened: int


async def write_text(session: AsyncSession, text_id: UUID, said: Written, *, now: datetime) -> None:
    """Keep a text that rows of the kind ``broadcast`` are about to name; it never changes."""
    session.add(
        NotificationText(
            id=text_id,
            title_zh=said.title_zh,
            body_zh=said.body_zh,
            title_en=said.title_en,
            body_en=said.body_en,
            written_at=now,
        )
    )
    await session.flush()


async def withdraw_text(session: AsyncSession, text_id: UUID, *, now: datetime) -> None:
    """Show a text to nobody any more; of its copies those that have not gone stay."""
    its = (NotificationText.id == text_id) & NotificationText.withdrawn_at.is_(None)
    await session.execute(update(NotificationText).where(its).values(withdrawn_at=now))


async def texts_of(session: AsyncSession, rows: Iterable[Notification]) -> Mapping[UUID, Written]:
    """Return the texts that rows name and nobody has withdrawn."""
    if not (ids := _named(rows)):
        return {}
    query = select(NotificationText).where(
        NotificationText.id.in_(ids), NotificationText.withdrawn_at.is_(None)
    )
    return {
        text.id: Written(text.title_zh, text.body_zh, text.title_en, text.body_en)
        for text in await session.scalars(query)
    }


async def withdrawn(session: AsyncSession, rows: Iterable[Notification]) -> Collection[UUID]:
    """Return the texts that rows name and somebody has withdrawn."""
    if not (ids := _named(rows)):
        return ()
    query = select(NotificationText.id).where(
        NotificationText.id.in_(ids), NotificationText.withdrawn_at.is_not(None)
    )
    return set(await session.scalars(query))


def text_id(row: Notification) -> UUID | None:
    """Return the text that a row names, if people wrote what it says."""
    return row.subject_id if row.kind == WRITTEN else None


def _named(rows: Iterable[Notification]) -> set[UUID]:
    return {named for row in rows if (named := text_id(row)) is not None}


async def reached_by(session: AsyncSession, text_id: UUID) -> Reached:
    """Count what became of a text; nothing in it names anybody."""
    its = (Notification.kind == WRITTEN) & (Notification.subject_id == text_id)
    opened = select(func.count()).where(its, Notification.read_at.is_not(None))

    copies = (
        select(
            func.bool_or(PushDelivery.state == PushState.SENT).label("pushed"),
            func.bool_or(PushDelivery.state == PushState.WAITING).label("waiting"),
            func.bool_or(PushDelivery.state.in_((PushState.FAILED, PushState.HELD))).label("failed"),
        )
        .join(Notification, Notification.id == PushDelivery.notification_id)
        .where(its)
        .group_by(PushDelivery.notification_id)
        .subquery()
    )
    done = select(
        func.count().filter(copies.c.pushed),
        func.count().filter(~copies.c.pushed, ~copies.c.waiting, copies.c.failed),
        func.count().filter(~copies.c.pushed, copies.c.waiting),
    ).select_from(copies)
    pushed, failed, waiting = (await session.execute(done)).one()
    due = select(func.count()).where(its, Notification.push_at.is_not(None))
    waiting += await session.scalar(due) or 0
    return Reached(pushed, failed, waiting, await session.scalar(opened) or 0)
