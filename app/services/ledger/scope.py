"""Whose books are whose."""

from sqlalchemy import ColumnElement

from app.core.actor import Actor, Role
from app.models import ApprovalLevel, LedgerBook
from app.services import authority

# Sysadmins run the system; hours are not theirs to write. The routes see to it.
DESK = (Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)
_COUNTY, _TOWN = 6, 9


def mine(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the books that the caller keeps or oversees."""
    return authority.covers(by, roles=DESK, area=LedgerBook.area_code)


def keeps(by: Actor, area_code: str) -> bool:
    """Tell whether the caller keeps the books of an area."""
    return authority.may(by, roles=DESK, area_code=area_code)


def may_approve(by: Actor, needs: ApprovalLevel, book: LedgerBook, parent: LedgerBook | None) -> bool:
    """Tell whether the caller stands high enough to approve.

    Without an organisation above, the town of the book's community decides in its place, and above a town
    the county.
    """
    if needs is ApprovalLevel.DISTRICT:
        return authority.may(by, roles=(Role.DISTRICT_OFFICER,), area_code=book.area_code[:_COUNTY])
    if needs is ApprovalLevel.PARENT:
        return keeps(by, _above(book.area_code) if parent is None else parent.area_code)
    return keeps(by, book.area_code)


def _above(area_code: str) -> str:
    return area_code[:_TOWN] if len(area_code) > _TOWN else area_code[:_COUNTY]
