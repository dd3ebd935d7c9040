"""What went out lately, word for word: what a demo shows in the place of phones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.urgency import PushChannel, Urgency
from app.models import Language, Notification, NotificationPreference, PushDelivery, PushState
from app.services.notifications import templates, wordings
from app.services.notifications.sending import Links, link_of
from app.services.notifications.templates import Said
from app.services.notifications.wordings import Book

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One copy as a locked screen shows it, and how far it came."""

    at: datetime
    channel: PushChannel
    urgency: Urgency
    said: Said
    state: PushState
    tries: int
    error: str | None
    link: str


async def list_outgoing(session: AsyncSession, links: Links) -> Sequence[Outgoing]:
    """Return the last hundred copies, newest first; ``links`` makes those of text messages anew."""
    query = (
        select(PushDelivery, Notification, NotificationPreference.language)
        .join(Notification, Notification.id == PushDelivery.notification_id)
        .outerjoin(NotificationPreference, NotificationPreference.account_id == PushDelivery.account_id)
        .order_by(PushDelivery.id.desc())
        .limit(_SHOWN)
    )
    found = (await session.execute(query)).all()
    book = await wordings.book_for(session, [row for _, row, _ in found])
    return [_shown(copy, row, book, language or Language.ZH, links) for copy, row, language in found]


def _shown(copy: PushDelivery, row: Notification, book: Book, language: Language, links: Links) -> Outgoing:
    _, wording = book.words(row.kind, row.template_version, language)
    said = templates.pushed(wording, language=language, covers=copy.covers)
    at = copy.done_at or copy.created_at
    link = link_of(copy, row, links)
    return Outgoing(at, copy.channel, row.urgency, said, copy.state, copy.tries, copy.error, link)
