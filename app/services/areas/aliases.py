"""Which of our towns another authority means: the same county and the same name, told otherwise by code.

The 9-digit codes of the civil-affairs ministry and of the statistics bureau are two systems: in Gansu 368
codes are in both and name different towns. So codes are never compared below the county.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from app.services.areas.tree import COUNTY, PREFECTURE

# 西阳回族乡 in one list is 西阳乡 in the other; 东北街道 is 东北街街道.
_PEOPLES = re.compile(
    r"(?:回|藏|蒙古|东乡|裕固|保安|撒拉|土|满|哈萨克|维吾尔|苗|彝|壮|侗|瑶|白|傣|傈僳|各|羌|土家|哈尼)族"
)
_ENDINGS = re.compile(r"(街)?街道(办事处)?$")


def plain_name(name: str) -> str:
    """Return a town's name without what the lists write differently."""
    return _ENDINGS.sub("街道", _PEOPLES.sub("", name)) or name


def match(aliases: Iterable[tuple[str, str]], towns: Mapping[str, str]) -> dict[str, str]:
    """Pair foreign (code, name) with our town codes: one name in one county, else in one prefecture.

    The prefecture is asked second, for towns that one list puts into a zone (兰州新区) and the other into
    a county. A name that two towns share is left unmatched: no guess.
    """
    by_scope: dict[tuple[str, str], set[str]] = defaultdict(set)
    for code, name in towns.items():
        for scope in (code[:COUNTY], code[:PREFECTURE]):
            by_scope[scope, plain_name(name)].add(code)
    found: dict[str, str] = {}
    for code, name in aliases:
        for scope in (code[:COUNTY], code[:PREFECTURE]):
            candidates = by_scope.get((scope, plain_name(name)), set())
            if len(candidates) == 1:
                found[code] = next(iter(candidates))
                break
    return found
