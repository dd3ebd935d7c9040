"""Reading the catalogue."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Category


async def find(session: AsyncSession, category_id: str) -> Category | None:
    """Return a category by our identifier, in use or not."""
    return await session.get(Category, category_id)


async def list_active(session: AsyncSession) -> Sequence[Category]:
    """Return the categories in use, in the order in which a rider sees them."""
    query = select(Category).where(Category.is_active).order_by(Category.position, Category.id)
    return (await session.scalars(query)).all()
