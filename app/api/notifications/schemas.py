"""What the inbox's routes take and answer."""

from datetime import datetime
from typing import Self
from uuid import UUID

from app.api.schemas import In, Out, PageOut
from app.core.urgency import Urgency
from app.models import Language
from app.services import notifications
from app.services.notifications import Template


class SaidOut(Out):
    """A title and a text."""

    title: str
    body: str


class SubjectOut(Out):
    """What the app opens."""

    type: str
    id: UUID


class NotificationOut(Out):
    """One thing the caller was told, in both languages."""

    id: UUID
    kind: str
    topic: str
    zh: SaidOut
    en: SaidOut
    subject: SubjectOut | None
    urgency: Urgency
    created_at: datetime
    expires_at: datetime | None
    read_at: datetime | None


class InboxOut(PageOut):
    """A page of the inbox, the newest first."""

    notifications: list[NotificationOut]


class UnreadOut(Out):
    """How many notifications are unread."""

    unread: int


class AllReadIn(In):
    """Up to which notification the caller has seen everything; all of them when it is null."""

    until: UUID | None


class MarkedOut(Out):
    """How many were unread before."""

    marked: int


class WordingOut(Out):
    """One language of a template with example values, and the neutral sentence of a locked screen."""

    title: str
    body: str
    push: str | None


class TemplateOut(Out):
    """One kind of notification as people see it."""

    kind: str
    topic: str
    version: int
    params: list[str]
    zh: WordingOut
    en: WordingOut

    @classmethod
    def of(cls, template: Template, version: int) -> Self:
        """Show a version of a template with its examples."""
        example = {name: param.example for name, param in template.params.items()}
        zh, en = (_example(template, example, language, version) for language in (Language.ZH, Language.EN))
        return cls(
            kind=template.kind,
            topic=template.topic,
            version=version,
            params=list(template.params),
            zh=zh,
            en=en,
        )


def _example(template: Template, params: dict[str, str], language: Language, version: int) -> WordingOut:
    wording = template.wording(language, version)
    said = notifications.render(template, params, language=language, version=version)
    return WordingOut(title=said.title, body=said.body, push=wording.push)


class TemplatesOut(Out):
    """Every kind, in the versions in use."""

    templates: list[TemplateOut]
