"""What stands above a division, those that it followed included: rules of an area outlive its renumbering."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import AreaSuccession
from app.services.areas.tree import LENGTHS


class Lineage:
    """Which divisions took over from which; immutable."""

    def __init__(self, successions: Iterable[tuple[str, str]] = ()) -> None:
        """Take the pairs of a division and one that followed it."""
        self._before: dict[str, list[str]] = defaultdict(list)
        for code, successor in sorted(successions):
            self._before[successor].append(code)

    def above(self, code: str) -> tuple[str, ...]:
        """Return a division and those above it, the narrowest first, each before what it followed."""
        found: list[str] = []
        for length in reversed(LENGTHS):
            if length <= len(code):
                self._add(code[:length], found)
        return tuple(found)

    def _add(self, code: str, found: list[str]) -> None:
        if code not in found:
            found.append(code)
            for earlier in self._before.get(code, ()):
                self._add(earlier, found)


async def load_lineage(session: AsyncSession) -> Lineage:
    """Return the successions that are known."""
    rows = await session.execute(select(AreaSuccession.code, AreaSuccession.successor_code))
    return Lineage((code, successor) for code, successor in rows)
