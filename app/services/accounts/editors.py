"""Who changed a thing last, by name: for whoever comes too late with a version that is over."""

from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import EditConflict
from app.models import Account

NOBODY = "系统"


class Edited(Protocol):
    """What counts its versions and knows who made the last one."""

    @property
    def version(self) -> int:
        """How often it was changed."""

    @property
    def changed_by(self) -> UUID | None:
        """Whoever did so last."""


async def name_of(session: AsyncSession, account_id: UUID | None) -> str:
    """Return the name that somebody shows; empty for nobody."""
    if account_id is None:
        return ""
    return await session.scalar(select(Account.display_name).where(Account.id == account_id)) or ""


async def conflict(session: AsyncSession, account_id: UUID | None) -> EditConflict:
    """Return the refusal that names an editor, to be raised; a job has no name and is the system."""
    return EditConflict(editor=await name_of(session, account_id) or NOBODY)


async def check_version(session: AsyncSession, thing: Edited, version: int | None) -> None:
    """Return when nobody changed a thing since the caller read ``version``; with ``None`` always.

    Raises:
        EditConflict: somebody did; it names them.
    """
    if version is not None and thing.version != version:
        raise await conflict(session, thing.changed_by)
