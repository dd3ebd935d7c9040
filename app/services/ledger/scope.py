"""Whose books are whose: the staff of an area, and who speaks for an organisation.

An organisation's people keep its own book; the organisation above sees it too, and decides on what goes to
it. Sysadmins run the system: hours are not theirs.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.models import ApprovalLevel, LedgerBook
from app.services import authority, teams

DESK = (Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)
_COUNTY, _TOWN = 6, 9


@dataclass(frozen=True, slots=True)
class Reach:
    """What of the ledger is the caller's: by their roles, and by the organisations they speak for today."""

    by: Actor
    organisations: frozenset[UUID]

    def overseen(self) -> ColumnElement[bool]:
        """Return the WHERE condition of the books that the caller keeps, or that stand below theirs."""
        return or_(self.kept(), LedgerBook.parent_id.in_(self.organisations))

    def kept(self) -> ColumnElement[bool]:
        """Return the WHERE condition of the books that the caller may write in."""
        desk = authority.covers(self.by, roles=DESK, area=LedgerBook.area_code)
        return or_(desk, LedgerBook.id.in_(self.organisations))

    def may_approve(self, needs: ApprovalLevel, book: LedgerBook, parent: LedgerBook | None) -> bool:
        """Tell whether the caller stands high enough to approve what a book that they oversee asks for."""
        if needs is ApprovalLevel.DISTRICT:
            officer = (Role.DISTRICT_OFFICER,)
            return authority.may(self.by, roles=officer, area_code=district_of(book))
        if needs is not ApprovalLevel.PARENT:
            return True
        if parent is not None and parent.id in self.organisations:
            return True
        return authority.may(self.by, roles=DESK, area_code=decided_above(book, parent))


def keeps_area(by: Actor, area_code: str) -> bool:
    """Tell whether the caller keeps the books of an area."""
    return authority.may(desk_only(by), roles=DESK, area_code=area_code)


def desk_only(by: Actor) -> Actor:
    """Return the caller with nothing but their roles at desks."""
    return replace(by, grants=tuple(grant for grant in by.grants if grant.role in DESK))


async def reach(session: AsyncSession, *, by: Actor, now: datetime) -> Reach:
    """Return what of the ledger is the caller's."""
    return Reach(desk_only(by), await teams.organisations_of_liaison(session, by=by, now=now))


def decided_above(book: LedgerBook, parent: LedgerBook | None) -> str:
    """Return the area whose desk decides what a book asks of the organisation above.

    Without an organisation above that is the town of the book's community, and above a town the county.
    """
    if parent is not None:
        return parent.area_code
    return book.area_code[: _TOWN if len(book.area_code) > _TOWN else _COUNTY]


def district_of(book: LedgerBook) -> str:
    """Return the district whose officers decide what exceeds twelve hours a day."""
    return book.area_code[:_COUNTY]
