"""The table of a month: every rate with its numerator and denominator, small cells covered, nobody ranked."""

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.actor import Actor, Role
from app.core.errors import InvalidInput
from app.models import Area, AreaSuccession, Category
from app.services import areas, authority
from app.services.reports import scope
from app.services.statistics.counting import count
from app.services.statistics.snapshots import COUNTY, frozen, open_counties, snapshots_in
from app.services.statistics.tallies import Cells, Tally, month_of, total

FEWEST_SHOWN = 5
_TOWN, _COMMUNITY = 9, 12


class By(enum.StrEnum):
    """What the rows of a table are."""

    CATEGORY = "category"
    TOWN = "town"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of how many; both ``None`` where fewer than five would show to other communities."""

    numerator: int | None
    denominator: int | None


@dataclass(frozen=True, slots=True)
class Formula:
    """What a figure counts, and from what; a count alone has no denominator."""

    name: str
    zh: str
    en: str
    read: Callable[[Tally], tuple[int, int]]


FORMULAS: tuple[Formula, ...] = (
    Formula(
        "timely_acceptance",
        "及时受理率 = 受理期限内受理、不予受理或并案的件数 ÷ 受理期限在当月的件数(受理前撤回的不计)",
        "decided by the acceptance limit / cases whose limit fell in the month, withdrawn undecided left out",
        lambda tally: (tally.accepted_in_time, tally.acceptance_owed),
    ),
    Formula(
        "on_time",
        "按期办结率(现期限) = 首次办结不晚于延期后期限的件数 ÷ 期限在当月的件数(超期未结计入分母)",
        "first resolved by the limit in force / cases whose limit fell in the month; unresolved is a miss",
        lambda tally: (tally.done_in_time, tally.due),
    ),
    Formula(
        "on_time_originally",
        "按期办结率(原期限) = 首次办结不晚于最初期限的件数 ÷ 最初期限在当月的件数(超期未结计入分母)",
        "first resolved by the first limit / cases whose first limit fell in the month; unresolved is a miss",
        lambda tally: (tally.done_in_original_time, tally.due_originally),
    ),
    Formula(
        "satisfaction",
        "满意率 = 评价满意的件数 ÷ 当月发出评价请求中已评价的件数(未评价不算满意)",
        "satisfied / answered, of those asked in the month; silence is not satisfied",
        lambda tally: (tally.satisfied, tally.answered),
    ),
    Formula(
        "answers",
        "评价率 = 已评价的件数 ÷ 当月发出评价请求的件数",
        "answered / asked in the month",
        lambda tally: (tally.answered, tally.asked),
    ),
    Formula(
        "first_time_resolution",
        "一次性化解率 = 未重新打开、30天内50米内无同类再报的件数 ÷ 当月结案件数",
        "never reopened, not reported again (same category, 50 m, 30 days) / closed in the month",
        lambda tally: (tally.first_time, tally.closed),
    ),
    Formula(
        "reopened",
        "重新打开率 = 结案后又被重新打开的件数 ÷ 当月结案件数",
        "reopened after that closing / closed in the month",
        lambda tally: (tally.reopened, tally.closed),
    ),
    Formula(
        "returns",
        "退回率 = 处置单位当月退回的次数 ÷ 当月分办的次数",
        "returns by units in the month / dispatches in the month",
        lambda tally: (tally.returns, tally.dispatches),
    ),
    Formula(
        "submitted",
        "上报件数 = 当月上报的件数(保密类别不计;分子与分母相同)",
        "submitted in the month, confidential categories left out; numerator and denominator are the same",
        lambda tally: (tally.submitted, tally.submitted),
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A category's or an area's figures by name; ``note`` says what became of an area that has ended."""

    key: str
    name: str
    successor_codes: Sequence[str]
    note: str
    rates: Mapping[str, Rate]


@dataclass(frozen=True, slots=True)
class Correction:
    """A figure of a closed month as it would be counted now; ``key`` is ``None`` for the total."""

    key: str | None
    figure: str
    now: Rate


@dataclass(frozen=True, slots=True)
class Table:
    """An area's month. ``snapshot_ids`` say which closed counties it was read from; none: it goes on."""

    area_code: str
    counted_codes: Sequence[str]
    month: str
    by: By
    is_frozen: bool
    snapshot_ids: Sequence[UUID]
    made_at: datetime | None
    total: Mapping[str, Rate]
    rows: Sequence[Row]
    corrections: Sequence[Correction]


async def table(
    session: AsyncSession, area_code: str, *, month: date, rows_by: By, by: Actor, now: datetime
) -> Table:
    """Return an area's month; of a closed month what was counted then, with what came late beside it.

    Areas that the asked one took over from whole are counted with it, under their own codes.

    Raises:
        NotFound: the area is not the caller's.
        InvalidInput: the month has not begun.
    """
    scope.check_desk(by, area_code)
    since, until = month_of(month)
    if since > now:
        raise InvalidInput(hint="这个月还没有开始")
    codes = [area_code, *await predecessors(session, area_code)]
    snapshots = await snapshots_in(session, codes, month)
    live = await count(session, codes, since=since, until=until, now=now)
    goes_on = await open_counties(session, codes, month) if snapshots else []
    closed = {snapshot.area_code for snapshot in snapshots}
    kept = frozen(snapshots, codes) if snapshots else live
    if snapshots:
        kept |= {key: tally for key, tally in live.items() if key[0][:COUNTY] not in closed}
    shown, corrected = _figures(kept, rows_by, area_code, by), _figures(live, rows_by, area_code, by)
    return Table(
        area_code=area_code,
        counted_codes=codes,
        month=f"{month:%Y-%m}",
        by=rows_by,
        is_frozen=bool(snapshots) and not goes_on,
        snapshot_ids=[snapshot.id for snapshot in snapshots],
        made_at=max((snapshot.made_at for snapshot in snapshots), default=None),
        total=shown[None],
        rows=await _named(session, shown, rows_by),
        corrections=list(_corrections(shown, corrected)),
    )


async def predecessors(session: AsyncSession, code: str) -> list[str]:
    """Return the ended areas that one took over from whole; of a split one nobody knows which part."""
    found = select(AreaSuccession.code).where(AreaSuccession.successor_code == code).cte(recursive=True)
    before = aliased(AreaSuccession)
    found = found.union(select(before.code).where(before.successor_code == found.c.code))
    codes = set(await session.scalars(select(found.c.code)))
    whole = [each for each in codes if len(await areas.successors(session, each)) == 1]
    return sorted(each for each in whole if not each.startswith(code))


_Shown = dict[str | None, dict[str, Rate]]


def _figures(cells: Cells, rows_by: By, area_code: str, by: Actor) -> _Shown:
    """Return every row's rates and, under ``None``, the total's, without what is too small to show."""
    grouped: dict[str, list[tuple[str, Tally]]] = {}
    for (community, category), tally in cells.items():
        grouped.setdefault(_row_of(community, category, rows_by), []).append((community, tally))
    rows = {key: total(tally for _, tally in parts) for key, parts in sorted(grouped.items())}
    owned = {key for key, parts in grouped.items() if all(_owns(by, place) for place, _ in parts)}
    shown: _Shown = {None: {}, **{key: {} for key in rows}}
    for formula in FORMULAS:
        whole = Rate(*formula.read(total(rows.values())))
        shown[None][formula.name] = whole if _owns(by, area_code) else _covered(whole)
        rates = {key: Rate(*formula.read(tally)) for key, tally in rows.items()}
        for key, rate in _without_small(rates, owned).items():
            shown[key][formula.name] = rate
    return shown


def _row_of(community: str, category: str, rows_by: By) -> str:
    return {By.CATEGORY: category, By.TOWN: community[:_TOWN], By.COMMUNITY: community[:_COMMUNITY]}[rows_by]


def _owns(by: Actor, area_code: str) -> bool:
    return authority.may(scope.of_cases(by), roles=(Role.COMMUNITY_STAFF,), area_code=area_code)


def _is_small(rate: Rate) -> bool:
    return rate.denominator is not None and 0 < rate.denominator < FEWEST_SHOWN


def _covered(rate: Rate) -> Rate:
    return Rate(None, None) if _is_small(rate) else rate


def _without_small(rates: Mapping[str, Rate], owned: set[str]) -> dict[str, Rate]:
    """Cover small cells; a single one with the next smallest, or the total would give it away."""
    small = {key for key, rate in rates.items() if key not in owned and _is_small(rate)}
    if len(small) == 1:
        others = [
            (rate.denominator, key) for key, rate in rates.items() if rate.denominator and key not in small
        ]
        small |= {key for _, key in sorted(others)[:1] if key not in owned}
    return {key: Rate(None, None) if key in small else rate for key, rate in rates.items()}


def _corrections(shown: _Shown, now: _Shown) -> Iterable[Correction]:
    nothing = {formula.name: Rate(0, 0) for formula in FORMULAS}
    for key in [None, *sorted({*shown, *now} - {None}, key=str)]:
        for figure, rate in now.get(key, nothing).items():
            if rate != shown.get(key, nothing)[figure]:
                yield Correction(key, figure, rate)


async def _named(session: AsyncSession, shown: _Shown, rows_by: By) -> list[Row]:
    keys = [key for key in shown if key is not None]
    if rows_by is By.CATEGORY:
        found = await session.execute(select(Category.id, Category.name_zh).where(Category.id.in_(keys)))
    else:
        found = await session.execute(select(Area.code, Area.name).where(Area.code.in_(keys)))
    names = {row[0]: row[1] for row in found}
    later = {} if rows_by is By.CATEGORY else await _successors(session, keys)
    return [
        Row(key, names.get(key, ""), later.get(key, []), _note(key, later.get(key, [])), shown[key])
        for key in keys
    ]


async def _successors(session: AsyncSession, keys: Sequence[str]) -> dict[str, list[str]]:
    query = (
        select(AreaSuccession).where(AreaSuccession.code.in_(keys)).order_by(AreaSuccession.successor_code)
    )
    found: dict[str, list[str]] = {}
    for row in await session.scalars(query):
        found.setdefault(row.code, []).append(row.successor_code)
    return found


def _note(code: str, later: Sequence[str]) -> str:
    return f"区划 {code} 已调整,现为 {'、'.join(later)};调整前的件数仍记在原代码下" if later else ""
