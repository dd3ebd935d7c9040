"""Hours over HTTP: recorded, approved by others, corrected, disputed, added up."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.models import Provenance
from tests.factories.accounts import make_account
from tests.factories.ledger import SERVED_ON, make_book, make_hours, make_subject
from tests.factories.stations import COMMUNITY, make_area
from tests.reports.desks import staff_of


class Scene:
    """A book, two of its staff, the town's, the district's, a stranger to it, and a volunteer."""

    def __init__(self, session, client_for) -> None:
        self.session, self.client_for = session, client_for

    async def set_up(self) -> "Scene":
        session = self.session
        await make_area(session)
        self.book = await make_book(session)
        desk = {"小李": COMMUNITY, "小王": COMMUNITY, "镇里": COMMUNITY[:9], "外人": "620921001001"}
        self.staff, self.second, self.town, self.stranger = [
            self.client_for(await staff_of(session, code, name=name)) for name, code in desk.items()
        ]
        self.officer = self.client_for(
            await staff_of(session, COMMUNITY[:6], Role.DISTRICT_OFFICER, name="区里")
        )
        account = await make_account(session, display_name="小蜂")
        self.rider = self.client_for(Actor(account.id))
        self.rider_as_staff = self.client_for(Actor(account.id, (Grant(Role.COMMUNITY_STAFF, (COMMUNITY,)),)))
        self.subject = await make_subject(session, account.id)
        await session.commit()
        return self

    def typed(self, minutes=60, **given):
        return {
            "id": str(uuid4()),
            "volunteer_id": str(self.subject.id),
            "provenance": "manual",
            "served_on": SERVED_ON.isoformat(),
            "minutes": minutes,
            "activity": "文明交通劝导",
            "reason": "手机没电,现场登记在册,联系 13912345678",
            **given,
        }

    async def type_in(self, client=None, **given):
        path = f"/v1/ledger/books/{self.book.id}/recordings"
        return await (client or self.staff).post(path, json=self.typed(**given))

    async def totals(self):
        return (await self.rider.get("/v1/ledger/me")).json()["totals"]


@pytest.fixture
async def scene(session, client_for) -> Scene:
    return await Scene(session, client_for).set_up()


def refusal(response):
    return response.status_code, response.json()["code"]


async def test_typed_hours_wait_for_a_second_person_and_stay_marked_for_ever(scene):
    given = scene.typed(60)
    path = f"/v1/ledger/books/{scene.book.id}/recordings"
    first, again = [await scene.staff.post(path, json=given) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json()), first.text
    [entry] = first.json()["entries"]
    assert (entry["state"], entry["needs"], entry["provenance"]) == ("pending", "second", "manual")
    assert entry["reason"].endswith("联系 ***")
    assert refusal(await scene.staff.post(path, json={**given, "minutes": 61})) == (
        422,
        "idempotency_key_reused",
    )
    assert await scene.totals() == {
        "minutes": 0, "imported_minutes": 0, "pending_minutes": 60, "by_provenance": {"manual": 0},
    }  # fmt: skip

    approve = f"/v1/ledger/entries/{entry['id']}/approve"
    assert refusal(await scene.staff.post(approve, json={})) == (403, "ledger.second_person_needed")
    assert refusal(await scene.rider_as_staff.post(approve, json={})) == (403, "ledger.own_hours")
    approved = await scene.second.post(approve, json={})
    assert (approved.status_code, approved.json()["state"]) == (200, "counted"), approved.text
    assert refusal(await scene.second.post(approve, json={})) == (409, "ledger.nothing_to_decide")

    await make_hours(scene.session, scene.book, scene.subject, 90)
    await scene.session.commit()
    assert (await scene.totals())["by_provenance"] == {"manual": 60, "code": 90}
    figures = await scene.staff.get(
        f"/v1/ledger/books/{scene.book.id}/figures", params={"since": "2026-11-01", "until": "2026-11-30"}
    )
    told = figures.json()
    assert (told["minutes"], told["manual_minutes"], told["people"]) == (150, 60, 1)
    listed = (await scene.rider.get("/v1/ledger/me/entries", params={"limit": 1})).json()
    rest = await scene.rider.get("/v1/ledger/me/entries", params={"cursor": listed["next_cursor"]})
    assert [each["provenance"] for each in [*listed["items"], *rest.json()["items"]]] == ["code", "manual"]
    assert rest.json()["items"][0]["decided_by"] != rest.json()["items"][0]["entered_by"]


async def test_over_eight_hours_a_day_the_parent_decides_over_twelve_the_district(scene):
    entries = await make_hours(scene.session, scene.book, scene.subject, 13 * 60)
    await scene.session.commit()
    assert [(each.minutes, each.needs.value, each.counted) for each in entries] == [
        (480, "none", 480),
        (240, "parent", 0),
        (60, "district", 0),
    ]
    totals = await scene.totals()
    assert (totals["minutes"], totals["pending_minutes"]) == (480, 300)
    waiting = await scene.staff.get(
        f"/v1/ledger/books/{scene.book.id}/entries", params={"only_waiting": True}
    )
    assert [each["needs"] for each in waiting.json()["items"]] == ["district", "parent"]

    over_eight, over_twelve = [f"/v1/ledger/entries/{each.id}" for each in entries[1:]]
    assert refusal(await scene.staff.post(f"{over_eight}/approve", json={})) == (403, "ledger.level_too_high")
    assert (await scene.town.post(f"{over_eight}/approve", json={})).status_code == 200
    assert refusal(await scene.town.post(f"{over_twelve}/approve", json={})) == (403, "ledger.level_too_high")
    assert refusal(await scene.officer.post(f"{over_twelve}/refuse", json={})) == (
        422,
        "ledger.reason_needed",
    )
    refused = await scene.officer.post(f"{over_twelve}/refuse", json={"reason": "夜间应轮换"})
    assert (refused.json()["state"], refused.json()["decision_reason"]) == ("refused", "夜间应轮换")
    totals = await scene.totals()
    assert (totals["minutes"], totals["pending_minutes"]) == (720, 0)
    # The refused hour is no longer the day's: the next one is over twelve again, not over thirteen.
    [one_more] = await make_hours(scene.session, scene.book, scene.subject, 30)
    assert one_more.needs.value == "district"
    [imported] = await make_hours(
        scene.session, scene.book, scene.subject, 6000, provenance=Provenance.IMPORTED, reason="旧系统"
    )
    assert imported.needs.value == "second"


async def test_a_correction_voids_and_records_anew_and_more_minutes_are_typed(scene):
    [entry] = await make_hours(scene.session, scene.book, scene.subject, 120)
    await scene.session.commit()
    correct, fewer = f"/v1/ledger/entries/{entry.id}/correct", str(uuid4())
    given = {"id": fewer, "minutes": 100, "reason": "中途离开二十分钟"}
    first, again = [await scene.staff.post(correct, json=given) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json()), first.text
    [anew] = first.json()["entries"]
    assert (anew["minutes"], anew["provenance"], anew["state"]) == (100, "code", "counted")
    assert (await scene.totals())["minutes"] == 100
    items = (await scene.rider.get("/v1/ledger/me/entries")).json()["items"]
    assert [(each["minutes"], each["state"]) for each in items] == [(100, "counted"), (120, "voided")]
    assert items[1]["void_reason"] == "中途离开二十分钟"

    more = {"id": str(uuid4()), "minutes": 110, "reason": "又查了登记表"}
    assert refusal(await scene.staff.post(correct, json=more)) == (409, "ledger.already_voided")
    typed = await scene.staff.post(f"/v1/ledger/entries/{anew['id']}/correct", json=more)
    [pending] = typed.json()["entries"]
    assert (pending["provenance"], pending["state"]) == ("manual", "pending")
    assert (await scene.totals())["minutes"] == 0

    void = f"/v1/ledger/entries/{pending['id']}/void"
    assert refusal(await scene.staff.post(void, json={})) == (422, "ledger.reason_needed")
    assert (await scene.staff.post(void, json={"reason": "重复"})).json()["state"] == "voided"
    assert refusal(await scene.staff.post(void, json={"reason": "重复"})) == (409, "ledger.already_voided")
    approve = f"/v1/ledger/entries/{pending['id']}/approve"
    assert refusal(await scene.second.post(approve, json={})) == (409, "ledger.nothing_to_decide")
    assert await scene.totals() == {
        "minutes": 0, "imported_minutes": 0, "pending_minutes": 0, "by_provenance": {"code": 0, "manual": 0},
    }  # fmt: skip


async def test_what_cannot_be_meant_is_refused(scene):
    half_an_hour = {"starts_at": "2026-11-18T01:00:00Z", "ends_at": "2026-11-18T01:30:00Z"}
    days_after = {"starts_at": "2026-11-19T17:00:00Z", "ends_at": "2026-11-19T19:00:00Z"}
    # Two days' hours are not one evening's: of one day what exceeds eight would wait for somebody higher.
    day_after = {"starts_at": "2026-11-19T01:00:00Z", "ends_at": "2026-11-19T09:00:00Z"}
    expected = [
        ({"reason": " "}, "ledger.reason_needed"),
        (day_after, "ledger.hours_impossible"),
        ({"served_on": "2100-01-01"}, "ledger.hours_impossible"),
        (half_an_hour, "ledger.hours_impossible"),
        (days_after, "ledger.hours_impossible"),
        ({"volunteer_id": str(uuid4())}, "ledger.volunteer_unknown"),
        ({"starts_at": "2026-11-18T01:00:00Z"}, "invalid_input"),
        ({"minutes": 1441}, "invalid_input"),
        ({"minutes": 0}, "invalid_input"),
        ({"minutes": True}, "invalid_input"),
        ({"provenance": "code"}, "invalid_input"),
        ({"activity": " "}, "invalid_input"),
    ]
    told = [(given, (await scene.type_in(**given)).json().get("code")) for given, _ in expected]

    assert told == expected


async def test_nobody_touches_their_own_hours_or_the_book_of_another_community(scene):
    [entry] = await make_hours(scene.session, scene.book, scene.subject)
    await scene.session.commit()
    own = [
        await scene.type_in(scene.rider_as_staff),
        await scene.rider_as_staff.post(f"/v1/ledger/entries/{entry.id}/void", json={"reason": "x"}),
    ]
    assert [refusal(each) for each in own] == [(403, "ledger.own_hours")] * 2
    outside = [
        await scene.type_in(scene.stranger),
        await scene.stranger.post(f"/v1/ledger/entries/{entry.id}/void", json={"reason": "x"}),
        await scene.stranger.get(f"/v1/ledger/books/{scene.book.id}/entries"),
    ]
    assert [refusal(each) for each in outside] == [(404, "not_found")] * 3
    assert (await scene.stranger.get("/v1/ledger/books")).json() == {"books": []}


async def test_a_dispute_is_answered_by_somebody_else_within_five_working_days(scene, clock):
    [entry] = (await scene.type_in()).json()["entries"]
    said = {"id": str(uuid4()), "book_id": str(scene.book.id), "entry_id": entry["id"], "text": "少了一小时"}
    path = "/v1/ledger/me/disputes"
    first, again = [await scene.rider.post(path, json=said) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json()), first.text
    other = {**said, "id": str(uuid4())}
    assert refusal(await scene.rider.post(path, json=other)) == (409, "ledger.dispute_open")
    missing = await scene.rider.post(path, json={**other, "entry_id": None, "text": "周三的没有记"})
    assert missing.status_code == 201
    [oldest, _] = (await scene.second.get("/v1/ledger/disputes")).json()["disputes"]
    assert (oldest["id"], oldest["is_overdue"]) == (said["id"], False)
    assert (await scene.stranger.get("/v1/ledger/disputes")).json() == {"disputes": []}

    clock.at = utc_now() + timedelta(days=16)
    assert (await scene.second.get("/v1/ledger/disputes")).json()["disputes"][0]["is_overdue"]
    answer = f"/v1/ledger/disputes/{said['id']}/answer"
    given = {"is_upheld": True, "text": "已核对登记表,将更正"}
    assert refusal(await scene.staff.post(answer, json=given)) == (403, "ledger.second_person_needed")
    assert refusal(await scene.rider_as_staff.post(answer, json=given)) == (403, "ledger.own_hours")
    assert refusal(await scene.stranger.post(answer, json=given)) == (404, "not_found")
    assert (await scene.second.post(answer, json=given)).status_code == 200
    assert refusal(await scene.second.post(answer, json=given)) == (409, "ledger.dispute_answered")
    told = (await scene.rider.get(path)).json()["disputes"]
    assert {each["id"]: each["answer"] for each in told}[said["id"]] == given["text"]

    clock.at = utc_now() + timedelta(days=31)
    assert refusal(await scene.rider.post(path, json={**said, "id": str(uuid4())})) == (
        409,
        "ledger.dispute_late",
    )


async def test_who_registers_is_named_as_they_say(session, client_for):
    account = await make_account(session)
    await session.commit()
    me = client_for(Actor(account.id))
    assert refusal(await me.get("/v1/ledger/me")) == (409, "ledger.not_registered")
    first, again = [await me.put("/v1/ledger/me", json={"name": " 阿依古丽·买买提 "}) for _ in range(2)]
    assert (first.json()["name"], first.json()) == ("阿依古丽·买买提", again.json())
    changed = {"name": "𠮷娜", "volunteer_number": "6209000012345678"}
    assert refusal(await me.put("/v1/ledger/me", json=changed)) == (409, "edit_conflict")
    saved = await me.put("/v1/ledger/me", json={**changed, "version": 1})
    assert (saved.json()["name"], saved.json()["version"]) == ("𠮷娜", 2)
    assert saved.json()["volunteer_id"] == first.json()["volunteer_id"]


async def test_a_book_is_opened_once_by_the_staff_of_its_area(scene):
    given = {
        "id": str(uuid4()),
        "name": "红色管家服务队",
        "area_code": COMMUNITY,
        "parent_id": str(scene.book.id),
        "responsible": "李书记",
        "phone": "0937-2611111",
    }
    first, again = [await scene.staff.post("/v1/ledger/books", json=given) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json()), first.text
    assert first.json()["entries"] == 0
    unknown = {**given, "id": str(uuid4()), "parent_id": str(uuid4())}
    assert refusal(await scene.staff.post("/v1/ledger/books", json=unknown)) == (422, "ledger.parent_unfit")
    assert refusal(await scene.stranger.post("/v1/ledger/books", json=given)) == (404, "not_found")
    other = {**given, "phone": "110"}
    assert refusal(await scene.staff.post("/v1/ledger/books", json=other)) == (422, "idempotency_key_reused")
    names = [each["name"] for each in (await scene.officer.get("/v1/ledger/books")).json()["books"]]
    assert names == ["先锋骑手服务队", "红色管家服务队"]
