"""Loading lists: all or nothing, nothing deleted, successors, other authorities' codes."""

from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import InvalidInput
from app.models import Area, AreaAlias, AreaKind
from app.services import areas
from app.services.areas.files import Place, RawAlias, RawArea

FIRST, SECOND = date(2023, 6, 30), date(2024, 6, 30)
SUZHOU = (("62", "甘肃省"), ("6209", "酒泉市"), ("620902", "肃州区"), ("620902006", "西南街街道"))


def rows(*pairs, **more):
    return [RawArea(Place("list.csv", line), *pair, **more) for line, pair in enumerate(pairs, 2)]


async def load(session, pairs, edition=FIRST, **options):
    raw = pairs if isinstance(pairs, list) else rows(*pairs)
    return await areas.import_areas(session, raw, edition=edition, source="示例", **options)


async def test_the_shipped_list_loads_and_loads_again(session: AsyncSession):
    await session.execute(text("ANALYZE areas"))  # it is empty, and PostgreSQL now knows
    report, aliases = await areas.import_shipped(session)

    assert (report.rows, report.new, report.problems) == (19_489, 19_489, [])
    assert (aliases.matched, aliases.problems) == (1364, [])
    again, _ = await areas.import_shipped(session)
    assert (again.new, again.changed, again.ended) == (0, 0, 0)
    assert await session.scalar(select(func.count()).select_from(Area)) == 19_489


@pytest.mark.parametrize("name", ["泉", "酒泉", "肃州区", "东大街街道", "a\\1b\n%丙丙丙"])
async def test_a_name_is_indexed_by_its_characters_and_their_pairs(session: AsyncSession, name: str):
    grams = await session.scalar(text("SELECT name_grams(:name)"), {"name": name})

    assert set(grams) == {*name, *(one + other for one, other in pairwise(name))}
    assert await session.scalar(text("SELECT name_grams('')")) is None


async def test_a_dry_run_reports_and_writes_nothing(session: AsyncSession):
    report = await load(session, SUZHOU, dry_run=True)

    assert report.new == 4
    assert await session.scalar(select(func.count()).select_from(Area)) == 0


async def test_a_wrong_row_keeps_all_rows_out(session: AsyncSession):
    report = await load(session, [*rows(*SUZHOU), *rows(("620999001", "无上级"))])

    assert [problem.code for problem in report.problems] == ["620999001"]
    assert await session.scalar(select(func.count()).select_from(Area)) == 0


async def test_a_code_that_vanished_is_ended_not_deleted(session: AsyncSession):
    await load(session, [*rows(*SUZHOU), *rows(("620902007", "撤销的街道"))])

    report = await load(session, SUZHOU, SECOND)

    assert (report.ended, report.ended_samples) == (1, ["620902007 撤销的街道"])
    gone = await session.get_one(Area, "620902007")
    assert (gone.valid_from, gone.valid_to) == (FIRST, SECOND)
    assert not await areas.exists(session, "620902007")


async def test_a_code_that_comes_back_is_in_force_again_since_its_first_day(session: AsyncSession):
    await load(session, [*rows(*SUZHOU), *rows(("620902007", "街道"))])
    await load(session, SUZHOU, SECOND)

    report = await load(session, [*rows(*SUZHOU), *rows(("620902007", "新名街道"))], date(2025, 6, 30))

    assert (report.new, report.changed) == (0, 1)
    back = await session.get_one(Area, "620902007", populate_existing=True)
    assert (back.name, back.valid_from, back.valid_to) == ("新名街道", FIRST, None)


async def test_only_what_the_list_covers_is_ended(session: AsyncSession):
    await load(session, [*rows(*SUZHOU), *rows(("620922", "瓜州县"), ("61", "陕西省"), ("6110", "商洛市"))])

    report = await load(session, SUZHOU, SECOND, covers=["620902"])

    assert report.ended == 0
    assert await areas.exists(session, "620922")
    await load(session, SUZHOU, SECOND)
    assert not await areas.exists(session, "620922")
    assert await areas.exists(session, "6110")  # another province


async def test_covering_what_is_not_in_the_list_is_refused(session: AsyncSession):
    with pytest.raises(InvalidInput):
        await load(session, SUZHOU, covers=[""])


async def test_ending_a_large_part_needs_a_word(session: AsyncSession):
    many = [(f"620902{number:03}", f"示例街道{number}") for number in range(100, 130)]
    await load(session, [*rows(*SUZHOU), *rows(*many)])

    with pytest.raises(areas.TooManyEndings) as refusal:
        await load(session, SUZHOU, SECOND)

    assert refusal.value.facts == {"ending": 30, "total": 34}
    assert (await load(session, SUZHOU, SECOND, end_many=True)).ended == 30


async def test_an_older_list_does_not_overwrite(session: AsyncSession):
    await load(session, SUZHOU, SECOND)

    with pytest.raises(areas.OlderEdition):
        await load(session, SUZHOU, FIRST)


async def test_an_older_list_does_not_bring_back_what_a_newer_one_ended(session: AsyncSession):
    both = [*rows(*SUZHOU), *rows(("620902007", "撤销的街道"))]
    await load(session, both)
    await load(session, SUZHOU, SECOND)

    with pytest.raises(areas.OlderEdition):
        await load(session, both)


async def test_successors_are_kept_and_followed(session: AsyncSession):
    """区划调整: a county becomes a district, which is later split."""
    await load(session, SUZHOU)
    await load(session, rows(("620922", "瓜州县"), valid_from=FIRST, valid_to=SECOND, successors=("620903",))
               + rows(("620903", "瓜州区"), valid_from=SECOND, valid_to=date(2025, 1, 1),
                      successors=("620904", "620905"))
               + rows(("620904", "东区"), ("620905", "西区")), date(2025, 1, 1))  # fmt: skip

    assert await areas.codes_in_force(session, "620922") == ("620922", "620903", "620904", "620905")
    assert await areas.codes_in_force(session, "620902") == ("620902",)
    assert not await areas.exists(session, "620922")


async def test_an_unknown_successor_is_refused(session: AsyncSession):
    ended = rows(("620922", "瓜州县"), valid_from=FIRST, valid_to=SECOND, successors=("629999",))

    report = await load(session, [*rows(*SUZHOU), *ended])

    assert [problem.hint for problem in report.problems] == ["继任代码 629999 既不在文件中,也不在库中"]
    assert not await areas.exists(session, "62")


async def test_successors_that_go_in_a_circle_end(session: AsyncSession):
    ring = rows(("620922", "甲"), valid_from=FIRST, valid_to=SECOND, successors=("620923",))
    ring += rows(("620923", "乙"), valid_from=FIRST, valid_to=SECOND, successors=("620922",))
    await load(session, [*rows(*SUZHOU), *ring])

    assert await areas.codes_in_force(session, "620922") == ("620922", "620923")


async def test_explicit_kind_and_parent_win(session: AsyncSession):
    zone = rows(("620902007", "开发区"), kind=AreaKind.ZONE, parent_code="6209")

    await load(session, [*rows(*SUZHOU), *zone])

    area = await session.get_one(Area, "620902007")
    assert (area.kind, area.parent_code) == (AreaKind.ZONE, "6209")


async def test_aliases_match_by_county_and_name_never_by_code(session: AsyncSession):
    await load(session, [*rows(*SUZHOU), *rows(("620902005", "西北街街道"), ("620902207", "黄泥堡乡"))])
    listed = [("620902005", "西南街道"), ("620902208", "黄泥堡裕固族乡"), ("620902001", "没有的街道")]

    report = await areas.import_aliases(
        session, [RawAlias(Place("a", 2), *pair, None) for pair in listed], scheme="mca"
    )

    assert (report.matched, report.unmatched) == (2, ["620902001 没有的街道"])
    assert (await areas.by_alias(session, "mca", "620902005")).code == "620902006"
    assert (await areas.by_alias(session, "mca", "620902208")).code == "620902207"


async def test_an_alias_of_an_unknown_area_is_refused(session: AsyncSession):
    await load(session, SUZHOU)

    report = await areas.import_aliases(
        session, [RawAlias(Place("a", 2), "1", "x", "629999001")], scheme="mca"
    )

    assert len(report.problems) == 1
    assert await session.scalar(select(func.count()).select_from(AreaAlias)) == 0


async def test_the_new_area_town_is_found_although_the_ministry_files_it_under_a_county(
    session: AsyncSession,
):
    await load(
        session, (("62", "甘肃省"), ("6201", "兰州市"), ("620171", "兰州新区"), ("620171101", "中川镇"))
    )

    await areas.import_aliases(session, [RawAlias(Place("a", 2), "620122108", "中川镇", None)], scheme="mca")

    assert (await areas.by_alias(session, "mca", "620122108")).code == "620171101"
