"""What a broadcast would be before it is one: how many would hear, and what their phones would show."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import Language
from app.services import notifications
from app.services.broadcasts import audience, commands, lifecycle
from app.services.broadcasts.audience import Audience
from app.services.notifications import WRITTEN, shown_people


@dataclass(frozen=True, slots=True)
class Preview:
    """How many people an audience has now (``None``: one to four), and the locked screen's sentence."""

    people: int | None
    needs_second_person: bool
    push_zh: str
    push_en: str


async def preview(session: AsyncSession, wanted: Audience, *, by: Actor, now: datetime) -> Preview:
    """Count an audience in the caller's areas.

    Raises:
        NotFound: it is not in the caller's areas.
    """
    await commands.check_audience(session, wanted, by=by)
    people = await audience.count(session, wanted, at=now)
    template = notifications.find(WRITTEN)
    push_zh, push_en = (
        template.wording(language, template.version).push or "" for language in (Language.ZH, Language.EN)
    )
    return Preview(shown_people(people), lifecycle.needs_second_person(people), push_zh, push_en)
