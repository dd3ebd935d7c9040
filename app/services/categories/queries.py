"""Reading the catalogue."""

from collections.abc import Collection, Sequence

from sqlalchemy import ARRAY, Boolean, Text, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.models import Category


async def find(session: AsyncSession, category_id: str) -> Category | None:
    """Return a category by our identifier, in use or not."""
    return await session.get(Category, category_id)


async def get(session: AsyncSession, category_id: str) -> Category:
    """Return a category by our identifier, in use or not.

    Raises:
        NotFound: there is none.
    """
    category = await find(session, category_id)
    if category is None:
        raise NotFound
    return category


async def list_active(session: AsyncSession) -> Sequence[Category]:
    """Return the categories in use that everybody may report in, in the order in which a rider sees them."""
    everybodys = func.jsonb_array_length(Category.opened_to) == 0
    query = select(Category).where(Category.is_active, everybodys)
    return (await session.scalars(query.order_by(Category.position, Category.id))).all()


async def list_opened(session: AsyncSession, kinds: Collection[str]) -> Sequence[Category]:
    """Return the categories in use that are opened to some kinds of appointment."""
    theirs = Category.opened_to.op("?|", return_type=Boolean())(literal(list(kinds), ARRAY(Text)))
    query = select(Category).where(Category.is_active, theirs)
    return (await session.scalars(query.order_by(Category.position, Category.id))).all()


async def list_all(session: AsyncSession) -> Sequence[Category]:
    """Return all categories, those out of use too."""
    return (await session.scalars(select(Category).order_by(Category.position, Category.id))).all()


async def alike(session: AsyncSession, category_id: str) -> Collection[str]:
    """Return the public categories of which one may be the same hazard to two riders, this one included."""
    group = select(Category.group).where(Category.id == category_id).scalar_subquery()
    query = select(Category.id).where(Category.group == group, Category.is_confidential.is_(False))
    return (await session.scalars(query)).all()
