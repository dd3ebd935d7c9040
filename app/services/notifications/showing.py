"""A notification as its reader sees it, the same in a list and in a stream."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.urgency import Urgency
from app.models import Language, Notification
from app.services.notifications import templates, wordings, written
from app.services.notifications.telling import About
from app.services.notifications.templates import Said
from app.services.notifications.wordings import Book
from app.services.notifications.written import Written


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing a person was told, in both languages."""

    id: UUID
    kind: str
    topic: str
    zh: Said
    en: Said
    subject: About | None
    urgency: Urgency
    created_at: datetime
    expires_at: datetime | None
    read_at: datetime | None


async def show_all(session: AsyncSession, rows: Iterable[Notification]) -> list[Shown]:
    """Put rows' texts together: what people wrote for a row, or its template in the version it was told in.

    Of a text that was withdrawn only that is said.
    """
    rows = list(rows)
    texts, book = await written.texts_of(session, rows), await wordings.book_for(session, rows)
    named = [(row, written.text_id(row)) for row in rows]
    return [_show(row, book, None if text_id is None else texts.get(text_id)) for row, text_id in named]


def _show(row: Notification, book: Book, text: Written | None) -> Shown:
    if text is not None:
        zh, en = Said(text.title_zh, text.body_zh), Said(text.title_en, text.body_en)
    else:
        zh, en = (_say(row, book, language) for language in (Language.ZH, Language.EN))
    subject = None
    if row.subject_type is not None and row.subject_id is not None:
        subject = About(row.subject_type, row.subject_id)
    return Shown(
        id=row.id,
        kind=row.kind,
        topic=templates.topic_of(row.kind),
        zh=zh,
        en=en,
        subject=subject,
        urgency=row.urgency,
        created_at=row.created_at,
        expires_at=row.expires_at,
        read_at=row.read_at,
    )


def _say(row: Notification, book: Book, language: Language) -> Said:
    template, wording = book.words(row.kind, row.template_version, language)
    return templates.say(template, wording, row.params, language=language)
