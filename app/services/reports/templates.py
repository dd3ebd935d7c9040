"""Sentences that an area's desk uses often, offered where they fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.ids import new_id
from app.models import AnswerTemplate, Move
from app.services import areas, authority, categories
from app.services.accounts import editors
from app.services.reports.errors import CategoryUnknown
from app.services.reports.scope import DESK, check_desk, of_cases


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """A template's content: whose area, where it is offered, and the text."""

    area_code: str
    title: str
    text: str
    move: Move | None = None
    category_id: str | None = None


async def list_templates(
    session: AsyncSession, *, area_code: str, move: Move | None, category_id: str | None, by: Actor
) -> Sequence[AnswerTemplate]:
    """Return the templates offered to an area's desk: its own and those of the areas around it.

    Those for just this move and category come first.

    Raises:
        NotFound: the area is not the caller's.
    """
    check_desk(by, area_code)
    around = (await areas.load_lineage(session)).above(area_code)
    query = select(AnswerTemplate).where(AnswerTemplate.area_code.in_(around))
    if move is not None:
        query = query.where(or_(AnswerTemplate.move.is_(None), AnswerTemplate.move == move))
    if category_id is not None:
        query = query.where(
            or_(AnswerTemplate.category_id.is_(None), AnswerTemplate.category_id == category_id)
        )
    nearest_first = (
        AnswerTemplate.category_id.is_(None),
        AnswerTemplate.move.is_(None),
        AnswerTemplate.title,
        AnswerTemplate.id,
    )
    return (await session.scalars(query.order_by(*nearest_first))).all()


async def write_template(
    session: AsyncSession,
    draft: TemplateDraft,
    *,
    template_id: UUID | None = None,
    version: int | None = None,
    by: Actor,
    now: datetime,
) -> AnswerTemplate:
    """Make a template, or change the one of an id.

    Raises:
        NotFound: the area, or the template, is not the caller's.
        CategoryUnknown: there is no such category.
        EditConflict: somebody changed it meanwhile.
    """
    check_desk(by, draft.area_code)
    if draft.category_id is not None and await categories.find(session, draft.category_id) is None:
        raise CategoryUnknown
    if template_id is None:
        template = AnswerTemplate(id=new_id(), version=0)
        session.add(template)
    else:
        template = await _to_change(session, template_id, by=by)
        if version != template.version:
            raise await editors.conflict(session, template.changed_by)
    template.area_code, template.title, template.text = draft.area_code, draft.title, draft.text
    template.move, template.category_id = draft.move, draft.category_id
    template.version += 1
    template.changed_at, template.changed_by = now, by.account_id
    await session.flush()
    return template


async def drop_template(session: AsyncSession, template_id: UUID, *, by: Actor) -> None:
    """Take a template away; what was written with it stays.

    Raises:
        NotFound: there is none, or it is not the caller's.
    """
    await session.delete(await _to_change(session, template_id, by=by))


async def _to_change(session: AsyncSession, template_id: UUID, *, by: Actor) -> AnswerTemplate:
    query = select(AnswerTemplate).where(
        AnswerTemplate.id == template_id,
        authority.covers(of_cases(by), roles=DESK, area=AnswerTemplate.area_code),
    )
    template = await session.scalar(query.with_for_update())
    if template is None:
        raise NotFound
    return template
