"""Which division an address names, where nobody said the point: by its words, never by a guess.

There is no geocoder, so no point is made up: the case gets the smallest division that the words name
unambiguously, its desk sets the pin. What is not clear leads upward, to the county at most.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from sqlalchemy import func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.models import Area, AreaKind
from app.services import areas, authority
from app.services.open311.errors import AddressUnknown, OutsideJurisdiction

_COUNTY_DIGITS, _COMMUNITY_DIGITS = 6, 12
_COUNTY_LEVEL = 3
# A committee's name is what people call the place, with other endings.
_VILLAGE = re.compile(r"(.+?)村?(?:村民委员会|村委会)")
_QUARTER = re.compile(r"(.+?)(?:社区)?(?:居民委员会|居委会)")
_SHORTEST = 3  # characters of a community's spoken name
# Before a name stands nothing, another division, or "in": 金泉社区 is not meant by 西金泉社区.
_BEFORE = re.compile(r"(?:^|[^\w]|[省市州盟区县旗镇乡道村在于到近和与及的]|社区)$")
# What is called after a place is somewhere else.
_CALLED_AFTER = re.compile(r"大?[路街巷桥站]|大道")

# Counties elsewhere that are called what any town has: beside no name of their city they are not meant.
_SAID_OF_ANY = frozenset({"城区", "郊区", "矿区"})
_CITY_DIGITS = 4

_Span = tuple[int, int]


async def by_id(session: AsyncSession, address_id: str, *, inside: str) -> str:
    """Return the division of an ``address_id``: ours are the codes of divisions, 6 to 12 digits.

    Raises:
        AddressUnknown: it is none in force, or a wider one than a county.
        OutsideJurisdiction: it lies elsewhere.
    """
    try:
        area = await areas.get(session, address_id)
    except NotFound:
        raise AddressUnknown from None
    if area.valid_to is not None or area.kind is AreaKind.FILLER or len(area.code) < _COUNTY_DIGITS:
        raise AddressUnknown
    if not authority.is_within(area.code, inside):
        raise OutsideJurisdiction
    return area.code


async def by_words(session: AsyncSession, address: str, *, inside: str) -> str:
    """Return the smallest division inside an area that an address names unambiguously.

    Raises:
        AddressUnknown: it names none there, several, or one elsewhere.
    """
    said = unicodedata.normalize("NFKC", address)
    # Two characters find the few that may be named; a county elsewhere says that it is not here.
    query = select(Area.code, Area.name).where(
        Area.valid_to.is_(None),
        Area.kind != AreaKind.FILLER,
        or_(Area.level <= _COUNTY_LEVEL, authority.within(Area.code.expression, inside)),
        func.strpos(literal(said), func.left(Area.name, 2)) > 0,
    )
    names = {row.code: row.name for row in await session.execute(query)}
    found = smallest(said, names, inside=inside)
    if found is None:
        raise AddressUnknown
    return found


def smallest(said: str, names: Mapping[str, str], *, inside: str) -> str | None:
    """Return the division that words name, of ``names`` by code; ``None`` where they do not say.

    Each name has to agree with the others: 城关镇 is the one in the county that stands beside it. Where they
    disagree, or could mean several, the finest are left out and what is left is asked again.
    """
    spans = _spans(said, names)
    named = set(chain.from_iterable(spans.values()))
    meant = [
        _near(codes, inside)
        for (start, end), codes in spans.items()
        if said[start:end] not in _SAID_OF_ANY or _near(codes, inside) or _cities_of(codes) & named
    ]
    if not all(meant):
        return None  # a county or city elsewhere stands there
    while meant:
        if (found := _only(meant, inside)) is not None:
            return found
        finest = max(map(_digits, meant))
        meant = [codes for codes in meant if _digits(codes) < finest]
    return None


def _near(codes: Iterable[str], inside: str) -> set[str]:
    return {code for code in codes if authority.is_within(code, inside) or authority.is_within(inside, code)}


def _cities_of(codes: Iterable[str]) -> set[str]:
    return {code[:_CITY_DIGITS] for code in codes}


def _digits(codes: Iterable[str]) -> int:
    return max(map(len, codes))


def _only(meant: list[set[str]], inside: str) -> str | None:
    """Return the one division that all names agree on; it is at least a county."""
    agreed = {
        code
        for code in chain.from_iterable(meant)
        if all(any(authority.is_within(code, each) for each in codes) for codes in meant)
    }
    [*found] = agreed
    if len(found) != 1 or len(found[0]) < _COUNTY_DIGITS or not authority.is_within(found[0], inside):
        return None
    return found[0]


def _spans(said: str, names: Mapping[str, str]) -> dict[_Span, set[str]]:
    """Return where names stand, with the codes that each may be; a name within a longer one is not meant."""
    found: dict[_Span, set[str]] = {}
    for code, name in names.items():
        for form in _forms(code, name):
            for span in _places(said, form):
                found.setdefault(span, set()).add(code)
    return {span: codes for span, codes in found.items() if not any(_holds(other, span) for other in found)}


def _holds(one: _Span, other: _Span) -> bool:
    return one != other and one[0] <= other[0] and other[1] <= one[1]


def _places(said: str, form: str) -> Iterator[_Span]:
    at = said.find(form)
    while at >= 0:
        end = at + len(form)
        if _BEFORE.search(said, 0, at) and not _CALLED_AFTER.match(said, end):
            yield at, end
        at = said.find(form, at + 1)


def _forms(code: str, name: str) -> set[str]:
    """Return what a division is called: its name, and a committee's place as people say it."""
    forms = {name, name.removesuffix("办事处")}
    if len(code) == _COMMUNITY_DIGITS:
        for pattern, ending in ((_VILLAGE, "村"), (_QUARTER, "社区")):
            if match := pattern.fullmatch(name):
                forms |= {f"{match[1]}{ending}"}
    return {form for form in forms if len(form) >= _SHORTEST or form == name}
