"""A code for each row of a table that has none: offices keep lists by community and name."""

import hashlib
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.stations.exchange import queries
from app.services.stations.exchange.columns import BY_KEY
from app.services.stations.exchange.report import CellProblem, RowReport
from app.services.stations.exchange.words import tidy

_DIGITS = 8


async def give(session: AsyncSession, read: list[tuple[dict[str, Any], RowReport]]) -> None:
    """Give each row the code of its community's station of that name, else one made of the two.

    The same list sent again finds what it made, also when a station was renamed here in between.
    """
    known = await queries.codes_by_name(
        session, {str(values["name"]) for values, _ in read if "name" in values}
    )
    for values, report in read:
        if "name" not in values or "area_code" not in values:
            _refuse(report, "表中没有“编号”这一列,又缺少社区代码或名称", BY_KEY["code"].advice)
            continue
        area_code, name = values["area_code"], values["name"]
        there = known.get((area_code, name), [])
        if len(there) > 1:
            _refuse(report, f"本社区已有 {len(there)} 个同名站点", "加一列“编号”,填明是哪一个")
            continue
        values["code"] = report.code = there[0] if there else made_of(area_code, name)


def made_of(area_code: str, name: str) -> str:
    """Return the code of a station that its office gave none; blanks, width and case do not matter."""
    return f"{area_code}-{hashlib.sha256(tidy(name).encode()).hexdigest()[:_DIGITS]}"


def _refuse(report: RowReport, problem: str, advice: str) -> None:
    report.problems.append(CellProblem(BY_KEY["code"].heading, problem, advice))
