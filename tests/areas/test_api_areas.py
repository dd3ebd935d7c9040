"""Divisions over HTTP: public, paged, with everything around them."""

import random
from datetime import date

import pytest
from httpx2 import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import AreaAlias
from app.services import areas
from tests.factories import stations as station_areas
from tests.factories.areas import make_area, make_succession


async def test_a_division_comes_with_its_authorities_successors_and_other_codes(
    session: AsyncSession, client: AsyncClient
):
    await make_area(session, "620902", "肃州区")
    await make_area(session, "620902006", "西南街街道", valid_to=date(2025, 1, 1))
    await make_area(session, "620902008", "新城街道")
    await make_succession(session, "620902006", "620902008")
    session.add(AreaAlias(scheme="mca", code="620902005", name="西南街道", area_code="620902006"))
    await session.commit()

    response = await client.get("/v1/areas/620902006")

    assert response.status_code == 200
    body = response.json()
    assert (body["name"], body["level"], body["valid_to"]) == ("西南街街道", 4, "2025-01-01")
    assert [area["code"] for area in body["ancestors"]] == ["62", "6209", "620902"]
    assert body["full_name"].endswith("肃州区西南街街道")
    assert body["successors"] == ["620902008"]
    assert body["aliases"] == [{"scheme": "mca", "code": "620902005", "name": "西南街道"}]
    same = await client.get("/v1/areas/aliases/mca/620902005")
    assert same.json() == body


async def test_filling_zeros_are_understood(session: AsyncSession, client: AsyncClient):
    await make_area(session, "620902", "肃州区")
    await session.commit()

    for code in ("620902000000", "620902000", "620902"):
        assert (await client.get(f"/v1/areas/{code}")).json()["code"] == "620902"


@pytest.mark.parametrize("path", ["629999", "aliases/mca/620902005", "aliases/police/620902"])
async def test_an_unknown_code_is_not_found(client: AsyncClient, path):
    response = await client.get(f"/v1/areas/{path}")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path",
    ["62x", "1", "6209020060011", "٦٢", "aliases/MCA/62", "?parent=620", "?level=6", "?level=0", "?q=",
     "?limit=0", "?limit=101", "?cursor=x", "?q=%00", "?parent=62%25"],
)  # fmt: skip
async def test_nonsense_is_refused(client: AsyncClient, path):
    response = await client.get(f"/v1/areas{'' if path.startswith('?') else '/'}{path}")

    assert response.status_code == 422


async def test_children_are_those_that_answer_to_it(session: AsyncSession, client: AsyncClient):
    await make_area(session, "6209", "酒泉市")
    await make_area(session, "620902", "肃州区")
    await make_area(session, "620902006", "西南街街道")
    await make_area(session, "620999", "撤销的县", valid_to=date(2024, 1, 1))
    await session.commit()

    codes = [await listed(client, query) for query in ("", "?parent=6209", "?parent=62&level=4")]

    assert codes == [["62"], ["620902"], ["620902006"]]


async def test_names_are_searched_below_a_parent(session: AsyncSession, client: AsyncClient):
    await make_area(session, "620902006001", "大桥社区")
    await make_area(session, "611024100001", "大桥村")
    await make_area(session, "620902006002", "100%社区")
    await session.commit()

    assert await listed(client, "?q=大桥") == ["611024100001", "620902006001"]
    assert await listed(client, "?q=大桥&parent=62") == ["620902006001"]
    assert await listed(client, "?q=%25") == ["620902006002"]


async def test_of_many_of_one_name_the_words_before_it_choose(session: AsyncSession, client: AsyncClient):
    await make_area(session, "6209", "酒泉市")
    await make_area(session, "620902", "肃州区")
    await make_area(session, "620902006001", "大桥社区")
    await make_area(session, "620981001001", "大桥社区")
    await make_area(session, "611024100001", "大桥村")
    await session.commit()

    assert await listed(client, "?q=肃州 大桥") == ["620902006001"]
    assert await listed(client, "?q=酒泉 大桥") == ["620902006001", "620981001001"]
    assert await listed(client, "?q=酒泉市 肃州区 大桥社区") == ["620902006001"]
    assert await listed(client, "?q=肃州 酒泉 大桥&level=5") == ["620902006001"]
    assert await listed(client, "?q=%25 大桥") == await listed(client, "?q=大桥 肃州社区") == []


async def test_any_part_of_a_name_finds_what_a_look_at_all_of_them_finds(session: AsyncSession):
    dice = random.Random(3)
    names = ["".join(dice.choices("东西南北街村桥a%_\\", k=dice.randint(1, 6))) for _ in range(150)]
    names += ["东西", "西东", "东南西", "A街"]
    for number, name in enumerate(names):
        await make_area(session, f"6209{number:08}", name)
    parts = [name[at : at + dice.randint(1, 3)] for name in names for at in range(len(name))]

    for part in dict.fromkeys(dice.sample(parts, 60)):
        page = await areas.search(session, parent="6209", level=None, text=part, cursor=None, limit=500)
        assert {area.name for area in page.items} == {name for name in names if part in name}, part


async def test_pages_follow_each_other_without_gap(session: AsyncSession, client: AsyncClient):
    expected = [f"6209020{number:02}" for number in range(1, 8)]
    for code in expected:
        await make_area(session, code)
    await session.commit()

    found, cursor = [], ""
    while cursor is not None:
        query = {"parent": "620902", "limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await client.get("/v1/areas", params=query)).json()
        found += [area["code"] for area in page["items"]]
        cursor = page["next_cursor"]

    assert found == expected


async def listed(client: AsyncClient, query: str) -> list[str]:
    response = await client.get(f"/v1/areas{query}")
    assert response.status_code == 200, response.text
    return [area["code"] for area in response.json()["items"]]


async def test_what_a_client_has_is_not_sent_again(session: AsyncSession, client: AsyncClient) -> None:
    await station_areas.make_area(session)
    await session.commit()

    for path in ("/v1/areas", "/v1/areas/62", "/v1/areas/grids?area=62"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
