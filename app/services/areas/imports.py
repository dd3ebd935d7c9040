"""Loading lists of divisions into the table: compared first, then written, all or nothing.

A list replaces what is stored for the divisions that it covers. A code that is missing from it is ended
on the list's day, never deleted: rows elsewhere keep the code that was valid when they were written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import bulk
from app.core.errors import InvalidInput
from app.models import Area
from app.services import outbox
from app.services.areas.aliases import match
from app.services.areas.errors import OlderEdition, TooManyEndings
from app.services.areas.files import RawAlias, RawArea, RowProblem
from app.services.areas.planting import PlantedArea, Planting, plant
from app.services.areas.tree import Ancestor

OnStep = Callable[[str], None]
_MANY_ENDINGS_FROM = 20
_MANY_ENDINGS_SHARE = 0.1
_SAMPLES = 20


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a list would change, or has changed; with problems nothing is written."""

    rows: int
    new: int
    changed: int
    ended: int
    ended_samples: list[str] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AliasReport:
    """What a list of another authority's codes has added; unmatched ones are left out and told."""

    rows: int
    matched: int
    unmatched: list[str] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


async def import_areas(
    session: AsyncSession,
    rows: Sequence[RawArea],
    *,
    edition: date,
    source: str,
    covers: Sequence[str] | None = None,
    end_many: bool = False,
    dry_run: bool = False,
    on_step: OnStep = lambda _: None,
) -> ImportReport:
    """Bring the table to what a list says.

    Args:
        session: the transaction that holds everything.
        rows: the list as read.
        edition: the day whose state the list describes.
        source: where it is from, for people.
        covers: the divisions whose whole inside the list holds; without: every province in it.
        end_many: end even more than a tenth of what is stored there.
        dry_run: compare and report, write nothing.
        on_step: told before each step, for progress.

    Raises:
        InvalidInput: the list does not hold a division that it is said to cover.
        OlderEdition: something that the list covers is stored from a later edition.
        TooManyEndings: it looks like a part of what it is said to cover.
    """
    on_step("核对")
    planting = plant(rows, edition=edition, stored=await _stored_above(session, rows))
    if planting.problems:
        return ImportReport(len(rows), 0, 0, 0, problems=planting.problems)
    covers = _covered(planting, covers)
    on_step("比较")
    await _stage(session, planting)
    problems = await _unknown_successors(session, planting, rows)
    report = await _compare(session, len(rows), edition, covers, problems)
    if not problems:
        _refuse_many(report.ended, await _count_covered(session, covers), end_many=end_many)
    if dry_run or problems:
        return report
    on_step("写入")
    await _write(session, edition, source, covers)
    await outbox.announce(session, outbox.Channel.GRANTS)
    return report


def _covered(planting: Planting, covers: Sequence[str] | None) -> Sequence[str]:
    if covers is None:
        return [area.code for area in planting.areas if area.level == 1]
    if unlisted := sorted(set(covers) - {area.code for area in planting.areas}):
        raise InvalidInput(hint=f"文件中没有 {'、'.join(unlisted)},无法以其为范围")
    return covers


async def _stored_above(session: AsyncSession, rows: Sequence[RawArea]) -> dict[str, Ancestor]:
    provinces = sorted({row.code[:2] for row in rows})
    stored = await session.execute(
        select(Area.code, Area.name, Area.kind).where(
            Area.level < 5,  # noqa: PLR2004 - nothing hangs below a community
            Area.code.regexp_match(f"^({'|'.join(provinces)})") if provinces else Area.code.is_(None),
        )
    )
    return {code: Ancestor(name, kind) for code, name, kind in stored}


async def _stage(session: AsyncSession, planting: Planting) -> None:
    for statement in (
        "DROP TABLE IF EXISTS incoming_areas, incoming_successions",
        "CREATE TEMP TABLE incoming_areas (LIKE areas) ON COMMIT DROP",
        "ALTER TABLE incoming_areas ALTER source DROP NOT NULL, ADD PRIMARY KEY (code)",
        "CREATE TEMP TABLE incoming_successions (LIKE area_successions) ON COMMIT DROP",
    ):
        await bulk.run(session, statement)
    await bulk.copy_rows(session, "incoming_areas", PlantedArea._fields, planting.areas)
    await bulk.copy_rows(
        session, "incoming_successions", ("code", "successor_code"), sorted(set(planting.successions))
    )
    # Both: with what PostgreSQL remembers of a table that was empty, it would compare each row with each.
    await bulk.run(session, "ANALYZE incoming_areas, areas")


async def _unknown_successors(
    session: AsyncSession, planting: Planting, rows: Sequence[RawArea]
) -> list[RowProblem]:
    if not planting.successions:
        return []
    unknown = await bulk.run(
        session,
        """
        SELECT successor_code AS code FROM incoming_successions s
        WHERE NOT EXISTS (SELECT FROM incoming_areas i WHERE i.code = s.successor_code)
          AND NOT EXISTS (SELECT FROM areas a WHERE a.code = s.successor_code)
        """,
    )
    codes = {row["code"] for row in unknown}
    return [
        RowProblem(row.place, row.code, f"继任代码 {successor} 既不在文件中,也不在库中")
        for row in rows
        for successor in row.successors
        if successor in codes
    ]


# What the list covers and no longer holds; $1 = the covered codes.
_VANISHED = """
    FROM areas a
    WHERE a.valid_to IS NULL
      AND EXISTS (SELECT FROM unnest($1::text[]) c WHERE starts_with(a.code, c) AND a.code <> c)
      AND NOT EXISTS (SELECT FROM incoming_areas i WHERE i.code = a.code)
"""
_DIFFERS = """
    (a.name, a.level, a.kind, a.parent_code, a.valid_to)
    IS DISTINCT FROM (i.name, i.level, i.kind, i.parent_code, i.valid_to)
"""


async def _compare(
    session: AsyncSession, rows: int, edition: date, covers: Sequence[str], problems: list[RowProblem]
) -> ImportReport:
    await _refuse_older(session, edition, covers)
    (counts,) = await bulk.run(
        session,
        f"""
        SELECT count(*) FILTER (WHERE a.code IS NULL) AS new,
               count(*) FILTER (WHERE a.code IS NOT NULL AND {_DIFFERS}) AS changed
        FROM incoming_areas i LEFT JOIN areas a USING (code)
        """,
    )
    vanished = await bulk.run(session, f"SELECT a.code, a.name {_VANISHED} ORDER BY 1", covers)
    samples = [f"{row['code']} {row['name']}" for row in vanished[:_SAMPLES]]
    return ImportReport(rows, counts["new"], counts["changed"], len(vanished), samples, problems)


async def _refuse_older(session: AsyncSession, edition: date, covers: Sequence[str]) -> None:
    later = await bulk.run(
        session,
        f"""
        SELECT a.code, greatest(a.valid_from, a.valid_to) AS stored
        FROM incoming_areas i JOIN areas a USING (code)
        WHERE (i.valid_from <= $2::date AND a.valid_from > $2) OR (i.valid_to IS NULL AND a.valid_to > $2)
        UNION ALL
        SELECT a.code, a.valid_from {_VANISHED} AND a.valid_from > $2
        LIMIT 1
        """,
        covers,
        edition,
    )
    if later:
        code, stored = later[0].values()
        raise OlderEdition(area_code=code, stored=stored.isoformat(), given=edition.isoformat())


async def _count_covered(session: AsyncSession, covers: Sequence[str]) -> int:
    (row,) = await bulk.run(
        session,
        """
        SELECT count(*) AS total FROM areas a
        WHERE a.valid_to IS NULL
          AND EXISTS (SELECT FROM unnest($1::text[]) c WHERE starts_with(a.code, c))
        """,
        covers,
    )
    return int(row["total"])


def _refuse_many(ending: int, total: int, *, end_many: bool) -> None:
    if not end_many and ending > max(_MANY_ENDINGS_FROM, total * _MANY_ENDINGS_SHARE):
        raise TooManyEndings(ending=ending, total=total)


async def _write(session: AsyncSession, edition: date, source: str, covers: Sequence[str]) -> None:
    # A code may be ended by a second list of the same day; a day of validity is the least it gets.
    await bulk.run(
        session,
        f"""
        UPDATE areas SET valid_to = greatest($2::date, valid_from + 1)
        WHERE code IN (SELECT a.code {_VANISHED})
        """,
        covers,
        edition,
    )
    await bulk.run(
        session,
        f"""
        INSERT INTO areas AS a (code, name, level, kind, parent_code, valid_from, valid_to, source)
        SELECT code, name, level, kind, parent_code, valid_from, valid_to, $1::text
        FROM incoming_areas ORDER BY code
        ON CONFLICT (code) DO UPDATE SET
            name = excluded.name, level = excluded.level, kind = excluded.kind,
            parent_code = excluded.parent_code, valid_to = excluded.valid_to, source = excluded.source,
            valid_from = least(a.valid_from, excluded.valid_from)
        WHERE {_DIFFERS.replace("i.", "excluded.")}
        """,
        source,
    )
    await bulk.run(
        session, "INSERT INTO area_successions SELECT * FROM incoming_successions ON CONFLICT DO NOTHING"
    )


async def import_aliases(
    session: AsyncSession, rows: Sequence[RawAlias], *, scheme: str, dry_run: bool = False
) -> AliasReport:
    """Add another authority's town codes under a scheme, matched by county and name where not given."""
    towns = await _towns(session)
    found = match([(row.code, row.name) for row in rows if row.area_code is None], towns)
    matched: dict[str, tuple[str, str, str, str]] = {}
    unmatched = []
    for row in rows:
        if area_code := row.area_code or found.get(row.code):
            matched[row.code] = (scheme, row.code, row.name, area_code)
        else:
            unmatched.append(f"{row.code} {row.name}")
    problems = [
        RowProblem(row.place, row.code, f"对应代码 {row.area_code} 不在库中")
        for row in rows
        if row.area_code is not None and row.area_code not in towns
    ]
    if not dry_run and not problems:
        await _write_aliases(session, list(matched.values()))
    return AliasReport(len(rows), len(matched), unmatched, problems)


async def _towns(session: AsyncSession) -> dict[str, str]:
    stored = await session.execute(
        select(Area.code, Area.name).where(Area.level == 4, Area.valid_to.is_(None))  # noqa: PLR2004
    )
    return {code: name for code, name in stored}  # noqa: C416 - rows are not pairs to the type checker


async def _write_aliases(session: AsyncSession, rows: list[tuple[str, str, str, str]]) -> None:
    columns = ("scheme", "code", "name", "area_code")
    await bulk.run(session, "DROP TABLE IF EXISTS incoming_aliases")
    await bulk.run(session, "CREATE TEMP TABLE incoming_aliases (LIKE area_aliases) ON COMMIT DROP")
    await bulk.copy_rows(session, "incoming_aliases", columns, rows)
    await bulk.run(
        session,
        """
        INSERT INTO area_aliases (scheme, code, name, area_code)
        SELECT scheme, code, name, area_code FROM incoming_aliases ORDER BY scheme, code
        ON CONFLICT (scheme, code) DO UPDATE SET name = excluded.name, area_code = excluded.area_code
        """,
    )
