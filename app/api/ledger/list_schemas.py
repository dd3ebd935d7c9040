"""What is told of imported lists that wait for a second person."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.api.schemas import Out, PageOut


class WaitingListOut(Out):
    """What waits of an imported list."""

    id: UUID
    book_id: UUID
    book_name: str
    entered_at: datetime
    entries: int
    people: int
    minutes: int
    is_own: bool = Field(description="the caller imported it: somebody else decides")


class WaitingListsOut(PageOut):
    """Imported lists of which something waits, the newest first."""

    items: list[WaitingListOut]


class DecidedOut(Out):
    """How many entries were decided, each with a line of its own in the book."""

    decided: int
    left: int = Field(description="the caller's own hours, and what they entered: for somebody else")
