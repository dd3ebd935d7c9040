"""The tablet's rotating code and the papers on the wall: who may show, print and revoke them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.core.actor import Actor, Grant, Role
from app.models import CodeKind, Station, StationStatus
from app.services.checkins import poster
from app.services.checkins.codes import verify
from tests.factories.accounts import make_account
from tests.factories.stations import make_station

NOW = datetime(2026, 11, 22, 1, 0, 7, tzinfo=UTC)


@pytest.fixture
async def station(session, clock) -> Station:
    clock.at = NOW
    station = await make_station(session, name="金泉路社区城市暖“蜂”驿站")
    await session.commit()
    return station


@pytest.fixture
async def manager(session, station, client_for):
    account = await make_account(session)
    await session.commit()
    return client_for(Actor(account.id, (Grant(Role.STATION_MANAGER, station_id=station.id),)))


@pytest.fixture
def links(monkeypatch) -> list[str]:
    """What the pictures say, since a picture is hard to read back."""
    said: list[str] = []
    draw = poster.segno.make_qr
    monkeypatch.setattr(poster.segno, "make_qr", lambda link, **how: said.append(link) or draw(link, **how))
    return said


async def test_a_tablet_shows_the_code_that_a_check_in_accepts_until_it_is_revoked(
    station, manager, client, links, clock
):
    issued = await manager.post(f"/v1/stations/{station.id}/screens", json={"label": "门口平板"})
    assert issued.status_code == 201
    secret = issued.json()["secret"]
    assert issued.json()["link"].endswith(f"/screen#{secret}")

    shown = await client.get("/v1/screens/code.svg", headers={"X-Screen-Secret": secret})
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/svg+xml"
    assert shown.headers["cache-control"] == "no-store"
    assert float(shown.headers["x-changes-in"]) == 8
    assert shown.headers["x-station-id"] == str(station.id)
    assert verify(station.code_secret, station.id, links[0], NOW, []) is CodeKind.ROTATING

    clock.at = NOW + timedelta(seconds=60)
    await client.get("/v1/screens/code.svg", headers={"X-Screen-Secret": secret})
    assert verify(station.code_secret, station.id, links[0], clock.at, []) is None
    assert verify(station.code_secret, station.id, links[1], clock.at, []) is CodeKind.ROTATING

    screen_id = issued.json()["id"]
    revoked = await manager.delete(f"/v1/stations/{station.id}/screens/{screen_id}")
    assert revoked.json()["revoked_at"] is not None
    assert (await manager.delete(f"/v1/stations/{station.id}/screens/{screen_id}")).json() == revoked.json()
    blank = await client.get("/v1/screens/code.svg", headers={"X-Screen-Secret": secret})
    assert blank.status_code == 404
    listed = (await manager.get(f"/v1/stations/{station.id}/screens")).json()["screens"]
    assert [screen["label"] for screen in listed] == ["门口平板"]
    assert "secret" not in listed[0]


@pytest.mark.parametrize("secret", ["x", "", "é" * 20, "a" * 201])
async def test_a_wrong_secret_shows_nothing(client, station, secret):
    given = await client.get("/v1/screens/code.svg", headers={"X-Screen-Secret": secret.encode()})
    assert given.status_code in {404, 422}
    assert (await client.get("/v1/screens/code.svg")).status_code == 422


async def test_a_removed_station_shows_no_code(session, station, manager, client):
    issued = await manager.post(f"/v1/stations/{station.id}/screens", json={"label": "平板"})
    station.status = StationStatus.REMOVED
    session.add(station)
    await session.commit()
    headers = {"X-Screen-Secret": issued.json()["secret"]}
    assert (await client.get("/v1/screens/code.svg", headers=headers)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "magic", "media"),
    [
        ("pdf", b"%PDF", "application/pdf"),
        ("png", b"\x89PNG", "image/png"),
        ("svg", b"<?xml", "image/svg+xml"),
    ],
)
async def test_a_paper_is_printed_until_it_is_revoked(station, manager, links, kind, magic, media):
    issued = await manager.post(f"/v1/stations/{station.id}/printed-codes")
    assert issued.status_code == 201
    path = f"/v1/stations/{station.id}/printed-codes/{issued.json()['id']}"
    printed = await manager.get(f"{path}.{kind}")
    assert printed.status_code == 200
    assert printed.headers["content-type"] == media
    assert printed.content.startswith(magic)
    assert (await manager.get(f"{path}.gif")).status_code == 422

    listed = (await manager.get(f"/v1/stations/{station.id}/printed-codes")).json()["printed_codes"]
    assert [each["id"] for each in listed] == [issued.json()["id"]]
    assert (await manager.delete(path)).json()["revoked_at"] is not None
    assert (await manager.get(f"{path}.{kind}")).status_code == 404


async def test_a_printed_code_is_the_one_that_a_check_in_accepts(station, manager, links):
    issued = (await manager.post(f"/v1/stations/{station.id}/printed-codes")).json()
    await manager.get(f"/v1/stations/{station.id}/printed-codes/{issued['id']}.png")

    ids = [UUID(issued["id"])]
    assert verify(station.code_secret, station.id, links[0], NOW, ids) is CodeKind.PRINTED
    assert verify(station.code_secret, station.id, links[0], NOW, []) is None


async def test_a_retried_order_makes_one_paper(station, manager):
    headers = {"Idempotency-Key": str(uuid4())}
    url = f"/v1/stations/{station.id}/printed-codes"
    one, two = [await manager.post(url, headers=headers) for _ in range(2)]
    assert one.json() == two.json()
    assert len((await manager.get(url)).json()["printed_codes"]) == 1


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        (Grant(Role.COMMUNITY_STAFF, ("620902",)), 201),
        (Grant(Role.SYSADMIN), 201),
        (Grant(Role.COMMUNITY_STAFF, ("620302",)), 404),
        (Grant(Role.STATION_MANAGER, station_id=uuid4()), 404),
        (Grant(Role.WORKER), 403),
        (None, 401),
    ],
)
async def test_only_the_stations_own_staff_may_issue(session, station, client_for, grant, status):
    account = await make_account(session)
    await session.commit()
    client = client_for(Actor(account.id, (grant,))) if grant else client_for()
    for path, body in (("screens", {"label": "平板"}), ("printed-codes", None)):
        assert (await client.post(f"/v1/stations/{station.id}/{path}", json=body)).status_code == status


async def test_another_stations_paper_cannot_be_reached_through_ones_own(
    session, station, manager, client_for
):
    other = await make_station(session)
    account = await make_account(session)
    await session.commit()
    theirs = client_for(Actor(account.id, (Grant(Role.STATION_MANAGER, station_id=other.id),)))
    paper = (await theirs.post(f"/v1/stations/{other.id}/printed-codes")).json()["id"]
    screen = (await theirs.post(f"/v1/stations/{other.id}/screens", json={"label": "平板"})).json()["id"]
    for path in (f"printed-codes/{paper}.png", f"printed-codes/{paper}", f"screens/{screen}"):
        method = "GET" if path.endswith("png") else "DELETE"
        assert (await manager.request(method, f"/v1/stations/{station.id}/{path}")).status_code == 404


def test_a_name_cannot_program_the_poster():
    name = '#panic("x") \\ " \' ] #eval("1")'
    pdf = poster.poster_pdf(
        link="https://a.example/c/1", name=name, code="A", address="#", serial="1", issued_on="2026-11-22"
    )
    assert pdf.startswith(b"%PDF")


async def test_a_character_without_a_glyph_is_named_and_never_a_box(session, station, manager):
    printed = (await manager.post(f"/v1/stations/{station.id}/printed-codes")).json()
    station.name, station.address = "𠮷祥里驿站", "㙍头村🐝𰀁路"
    await session.commit()
    address = f"/v1/stations/{station.id}/printed-codes/{printed['id']}"

    refused = await manager.get(f"{address}.pdf")

    assert (refused.status_code, refused.json()["code"]) == (422, "station.name_unprintable")
    assert "“🐝𰀁”" in refused.json()["detail"]
    assert (await manager.get(f"{address}.png")).status_code == 200
