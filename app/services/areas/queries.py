"""Reading divisions, their ancestors, successors and other authorities' codes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.errors import NotFound
from app.core.pages import Page, decode_cursor, encode_cursor, page_of
from app.models import Area, AreaAlias, AreaKind, AreaSuccession
from app.services.areas.tree import LENGTHS, significant


async def get(session: AsyncSession, code: str) -> Area:
    """Return a division, in force or ended, by its code; filling zeros are understood.

    Raises:
        NotFound: there is no such code.
    """
    found = {area.code: area for area in await session.scalars(_by_code({code, significant(code)}))}
    area = found.get(code) or found.get(significant(code))
    if area is None:
        raise NotFound
    return area


def _by_code(codes: set[str]) -> Select[Area]:
    return select(Area).where(Area.code.in_(codes))


_IN_FORCE = select(Area.code).where(Area.code == bindparam("code"), Area.valid_to.is_(None))


async def exists(session: AsyncSession, code: str) -> bool:
    """Tell whether a significant code is in force."""
    return (await session.scalar(_IN_FORCE, {"code": code})) is not None


async def fillers(session: AsyncSession, codes: Collection[str]) -> set[str]:
    """Return those of the codes that only keep the list's digits aligned and are nobody's office."""
    query = select(Area.code).where(Area.code.in_(codes), Area.kind == AreaKind.FILLER)
    return set(await session.scalars(query))


async def ancestors(session: AsyncSession, area: Area) -> list[Area]:
    """Return the authorities above a division, the province first."""
    chain = select(Area.code, Area.parent_code).where(Area.code == area.parent_code).cte(recursive=True)
    above = aliased(Area)
    chain = chain.union(select(above.code, above.parent_code).where(above.code == chain.c.parent_code))
    found = await session.scalars(select(Area).join(chain, chain.c.code == Area.code).order_by(Area.level))
    return list(found)


async def successors(session: AsyncSession, code: str) -> list[str]:
    """Return the divisions that directly took over from one."""
    query = select(AreaSuccession.successor_code).where(AreaSuccession.code == code)
    return list(await session.scalars(query.order_by(AreaSuccession.successor_code)))


async def codes_in_force(session: AsyncSession, code: str) -> tuple[str, ...]:
    """Return a code and all that followed it, so that a grant reaches old rows and new ones.

    The code itself comes first, ended or not: rows keep the code that was valid when they were written.
    """
    followed = select(AreaSuccession.successor_code).where(AreaSuccession.code == code).cte(recursive=True)
    onward = aliased(AreaSuccession)
    followed = followed.union(select(onward.successor_code).where(onward.code == followed.c.successor_code))
    later = await session.scalars(select(followed.c.successor_code).order_by(followed.c.successor_code))
    return (code, *(each for each in later if each != code))


async def codes_before(session: AsyncSession, code: str) -> tuple[str, ...]:
    """Return a code and all that it followed, one that was split among several included.

    What was written under an earlier code and concerns who is there now is found by these.
    """
    before = select(AreaSuccession.code).where(AreaSuccession.successor_code == code).cte(recursive=True)
    back = aliased(AreaSuccession)
    before = before.union(select(back.code).where(back.successor_code == before.c.code))
    earlier = await session.scalars(select(before.c.code).order_by(before.c.code))
    return (code, *(each for each in earlier if each != code))


@dataclass(frozen=True, slots=True)
class AreaDetail:
    """A division with what stands above it, what followed it, and its names elsewhere."""

    area: Area
    ancestors: list[Area]
    successors: list[str]
    aliases: Sequence[AreaAlias]


async def detail(session: AsyncSession, area: Area) -> AreaDetail:
    """Return a division with its surroundings."""
    return AreaDetail(
        area,
        await ancestors(session, area),
        await successors(session, area.code),
        await aliases(session, area.code),
    )


async def by_alias(session: AsyncSession, scheme: str, code: str) -> Area:
    """Return the division that another authority knows by a code.

    Raises:
        NotFound: no such code in that scheme.
    """
    query = select(Area).join(AreaAlias, AreaAlias.area_code == Area.code)
    area = await session.scalar(query.where(AreaAlias.scheme == scheme, AreaAlias.code == code))
    if area is None:
        raise NotFound
    return area


async def aliases(session: AsyncSession, area_code: str) -> Sequence[AreaAlias]:
    """Return the codes that other authorities use for a division."""
    query = select(AreaAlias).where(AreaAlias.area_code == area_code)
    return (await session.scalars(query.order_by(AreaAlias.scheme, AreaAlias.code))).all()


async def search(
    session: AsyncSession,
    *,
    parent: str | None,
    level: int | None,
    text: str | None,
    cursor: str | None,
    limit: int,
) -> Page[Area]:
    """Return a page of divisions in force, by code.

    Args:
        session: the transaction.
        parent: only what answers to this division: directly, or at any depth when a level or text is given.
        level: only this level, 1 (province) to 5 (community).
        text: only names that contain its last word, below divisions whose names contain those before it.
        cursor: the page before's.
        limit: the most rows.
    """
    query = select(Area).where(Area.valid_to.is_(None))
    if parent is not None and level is None and text is None:
        query = query.where(Area.parent_code == parent)
    elif parent is not None:
        query = query.where(Area.code.startswith(parent, autoescape=True), Area.code != parent)
    if level is not None:
        query = query.where(Area.level == level)
    if text is not None:
        query = query.where(*_named(text))
    if parent is None and level is None and text is None:
        query = query.where(Area.parent_code.is_(None))
    after = decode_cursor(cursor, size=1) if cursor else None
    items, more = await page_of(session, query, by=[Area.code.expression], after=after, limit=limit)
    return Page(items, encode_cursor([items[-1].code]) if more else None)


def _named(text: str) -> list[ColumnElement[bool]]:
    """Return the WHERE conditions of a name, with words before it for what it lies in: 安宁区 幸福社区."""
    *around, name = text.split() or [text]
    # The pairs of characters find the few that may, by an index; the whole text decides.
    grams = func.name_grams(Area.name, type_=ARRAY(Text)).contains(func.name_grams(name))
    above = aliased(Area)
    its_codes = [func.substr(Area.code, 1, length) for length in LENGTHS]
    lies_in = select(above.code).where(above.code.in_(its_codes), above.code != Area.code)
    return [
        grams,
        Area.name.contains(name, autoescape=True),
        *(lies_in.where(above.name.contains(word, autoescape=True)).exists() for word in around),
    ]


async def communities(session: AsyncSession, codes: set[str]) -> set[str]:
    """Return those of the codes that are communities in force."""
    query = select(Area.code).where(Area.code.in_(codes), Area.level == len(LENGTHS), Area.valid_to.is_(None))
    return set(await session.scalars(query))
