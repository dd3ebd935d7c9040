"""A notification as its reader sees it, the same in a list and in a stream."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.urgency import Urgency
from app.models import Language, Notification
from app.services.notifications import templates
from app.services.notifications.telling import About
from app.services.notifications.templates import Said


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


def show(row: Notification) -> Shown:
    """Put a row's texts together, in the version of the template that it was told in."""
    template, version = templates.told(row.kind, row.template_version)
    zh, en = (
        templates.render(template, row.params, language=language, version=version)
        for language in (Language.ZH, Language.EN)
    )
    subject = None
    if row.subject_type is not None and row.subject_id is not None:
        subject = About(row.subject_type, row.subject_id)
    return Shown(
        id=row.id,
        kind=row.kind,
        topic=template.topic,
        zh=zh,
        en=en,
        subject=subject,
        urgency=row.urgency,
        created_at=row.created_at,
        expires_at=row.expires_at,
        read_at=row.read_at,
    )
