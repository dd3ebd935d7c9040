"""Who keeps a book without being of an area's staff: coordinators, liaisons, the organisation above."""

from datetime import date
from uuid import uuid4

import pytest

from app.core.actor import Actor, Grant, Role
from tests.factories.accounts import make_account
from tests.factories.stations import COMMUNITY
from tests.factories.volunteering import make_liaison, make_member, make_organisation, make_team
from tests.ledger.test_api_ledger import refusal
from tests.reports.desks import staff_of

BOOKS, ENTRIES = "/v1/ledger/books", "/v1/ledger/entries"


class Unit:
    """A community's organisation below the district's, its team, and everybody's people."""

    def __init__(self, session, client_for) -> None:
        self.session, self.client_for = session, client_for

    async def set_up(self) -> "Unit":
        session = self.session
        self.above = await make_organisation(session, area_code=COMMUNITY[:6], name="区志愿服务联合会")
        self.organisation = await make_organisation(session, parent_id=self.above.id)
        self.team = await make_team(session, self.organisation)
        other_team = await make_team(session, self.organisation, name="别的队")
        people = [
            await make_account(session, display_name=name) for name in ("队长", "联络员", "上级", "小蜂")
        ]
        self.coordinator, self.liaison, self.upper, self.rider = [
            self.client_for(Actor(each.id)) for each in people
        ]
        self.liaison_id = people[1].id
        await make_member(session, self.team, people[0].id, is_coordinator=True)
        await make_liaison(session, self.organisation, people[1].id)
        self.term = await make_liaison(session, self.above, people[2].id)
        self.member = await make_member(session, self.team, people[3].id)
        self.stranger = await make_member(session, other_team)
        self.rider_id = people[3].id
        self.path = f"/v1/ledger/teams/{self.team.id}/recordings"
        await session.commit()
        return self

    def typed(self, minutes=60, **given):
        return {
            "id": str(uuid4()),
            "member_id": str(self.member.id),
            "served_on": "2026-11-18",
            "minutes": minutes,
            "activity": "文明交通劝导",
            "reason": "手机没电,现场登记在册",
            **given,
        }


@pytest.fixture
async def unit(session, client_for) -> Unit:
    return await Unit(session, client_for).set_up()


async def test_a_coordinator_types_for_the_team_and_the_organisation_approves(unit):
    given = unit.typed()
    first, again = [await unit.coordinator.post(unit.path, json=given) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json()), first.text
    [entry] = first.json()["entries"]
    assert (entry["provenance"], entry["state"], entry["needs"]) == ("manual", "pending", "second")
    assert entry["book_id"] == str(unit.organisation.id)
    # Not for another team's people, not for themselves, not in the book at large, and not as the second.
    other = await unit.coordinator.post(unit.path, json=unit.typed(member_id=str(unit.stranger.id)))
    book = f"{BOOKS}/{entry['book_id']}"
    approve = f"{ENTRIES}/{entry['id']}/approve"
    outside = [
        other,
        await unit.coordinator.get(f"{book}/entries"),
        await unit.coordinator.post(approve, json={}),
        await unit.rider.post(unit.path, json=unit.typed()),
        await unit.client_for(Actor(uuid4(), (Grant(Role.SYSADMIN),))).post(unit.path, json=unit.typed()),
    ]
    assert [refusal(each) for each in outside] == [(404, "not_found")] * 5
    assert (await unit.coordinator.get("/v1/ledger/typed")).json()["items"] == [entry]
    # Who speaks for the organisation, and the one above, see what waits; either may be the second person.
    for desk in (unit.liaison, unit.upper):
        waiting = (await desk.get("/v1/ledger/waiting")).json()["items"]
        assert [each["id"] for each in waiting] == [entry["id"]]
    assert (await unit.coordinator.get("/v1/ledger/waiting")).json()["items"] == []
    approved = await unit.liaison.post(approve, json={})
    assert (approved.status_code, approved.json()["state"]) == (200, "counted"), approved.text
    own = (await unit.rider.get("/v1/ledger/me")).json()["totals"]
    assert (own["minutes"], own["by_provenance"]) == (60, {"manual": 60})
    assert (await unit.coordinator.get("/v1/ledger/typed")).json()["items"][0]["state"] == "counted"
    assert (await unit.liaison.get("/v1/ledger/waiting")).json()["items"] == []


async def test_over_eight_hours_the_organisation_above_decides_over_twelve_the_district(unit):
    typed = await unit.coordinator.post(unit.path, json=unit.typed(13 * 60))
    entries = {each["needs"]: f"{ENTRIES}/{each['id']}/approve" for each in typed.json()["entries"]}
    assert list(entries) == ["second", "parent", "district"]
    too_high = [await unit.liaison.post(entries[level], json={}) for level in ("parent", "district")]
    assert [refusal(each) for each in too_high] == [(403, "ledger.level_too_high")] * 2
    assert refusal(await unit.upper.post(entries["district"], json={})) == (403, "ledger.level_too_high")
    assert (await unit.upper.post(entries["parent"], json={})).status_code == 200
    officer = unit.client_for(await staff_of(unit.session, COMMUNITY[:6], Role.DISTRICT_OFFICER))
    await unit.session.commit()
    assert (await officer.post(entries["district"], json={})).status_code == 200
    # The same person is never both, whoever they speak for; a term that is over speaks for nobody.
    [mine] = (await unit.liaison.post(unit.path, json=unit.typed(served_on="2026-11-17"))).json()["entries"]
    own = await unit.liaison.post(f"{ENTRIES}/{mine['id']}/approve", json={})
    assert refusal(own) == (403, "ledger.second_person_needed")
    unit.term.valid_to = date(2025, 1, 1)
    await unit.session.commit()
    gone = await unit.upper.post(f"{ENTRIES}/{mine['id']}/approve", json={})
    assert refusal(gone) == (404, "not_found")
    assert (await unit.upper.get(BOOKS)).json() == {"books": []}


async def test_a_liaison_keeps_the_book_and_who_stands_above_only_reads(unit):
    session = unit.session
    await unit.coordinator.post(unit.path, json=unit.typed(20))
    subject = (await unit.rider.put("/v1/ledger/me", json={"name": "马小蜂"})).json()["volunteer_id"]
    assert [each["name"] for each in (await unit.liaison.get(BOOKS)).json()["books"]] == ["测试社区"]
    assert {each["name"] for each in (await unit.upper.get(BOOKS)).json()["books"]} == {
        "测试社区",
        "区志愿服务联合会",
    }
    book = f"{BOOKS}/{unit.organisation.id}"
    hours = {**unit.typed(30), "volunteer_id": subject, "provenance": "imported"}
    del hours["member_id"]
    month = {"since": "2026-11-01", "until": "2026-11-30"}
    remark = {"volunteer_id": subject, "kind": "training", "text": "急救", "given_on": "2026-11-18"}
    assert (await unit.upper.get(f"{book}/figures", params=month)).status_code == 200
    for path, body in (
        (f"{book}/recordings", hours),
        (f"{book}/remarks", {"id": str(uuid4()), **remark}),
        ("/v1/certificates/batches", {"id": str(uuid4()), "book_id": str(unit.organisation.id), **month}),
    ):
        assert refusal(await unit.upper.post(path, json=body)) == (404, "not_found"), path
        assert (await unit.liaison.post(path, json=body)).status_code == 201, path
    # A dispute reaches who speaks for the organisation, who answers and corrects.
    said = {"id": str(uuid4()), "book_id": str(unit.organisation.id), "text": "少了一次"}
    assert (await unit.rider.post("/v1/ledger/me/disputes", json=said)).status_code == 201
    assert (await unit.upper.get("/v1/ledger/disputes")).json() == {"disputes": []}
    [open_one] = (await unit.liaison.get("/v1/ledger/disputes")).json()["disputes"]
    answer = {"is_upheld": True, "text": "已核对"}
    path = f"/v1/ledger/disputes/{open_one['id']}/answer"
    assert refusal(await unit.upper.post(path, json=answer)) == (404, "not_found")
    assert (await unit.liaison.post(path, json=answer)).status_code == 200
    entry = (await unit.liaison.get(f"{book}/entries")).json()["items"][-1]
    void = f"{ENTRIES}/{entry['id']}/void"
    assert refusal(await unit.upper.post(void, json={"reason": "重复"})) == (404, "not_found")
    assert (await unit.liaison.post(void, json={"reason": "重复"})).json()["state"] == "voided"
    await session.commit()


async def test_a_book_of_an_organisation_is_opened_by_its_hours_alone(unit):
    staff = unit.client_for(await staff_of(unit.session, COMMUNITY))
    await unit.session.commit()
    given = {
        "id": str(unit.above.id),
        "name": "冒名",
        "area_code": COMMUNITY,
        "responsible": "某人",
        "phone": "110",
    }
    assert refusal(await staff.post(BOOKS, json=given)) == (422, "idempotency_key_reused")
