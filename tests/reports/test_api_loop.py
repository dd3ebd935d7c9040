"""The second half of the loop: resolved with proof, checked by another, closed, judged by the reporter."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.models import PhotoPurpose, Report, ReportSatisfaction, ReportState, ReportUpdate
from app.services.reports import closing
from tests.factories.reports import make_report, make_unit
from tests.factories.stations import COMMUNITY, SUZHOU
from tests.reports import crew, crew_photos

CASES, HANDLING, CHECKING, MINE = (
    f"/v1/reports/{each}" for each in ("cases", "handling", "checking", "mine")
)
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
HERE = {"lat": SUZHOU.lat, "lon": SUZHOU.lon, "coord_type": "wgs84"}


class Crew:
    """Everybody around one case in hand, as callers and as clients."""


@pytest.fixture
async def crowd(session, client_for, clock):
    clock.at = NOW
    people = Crew()
    people.unit = await make_unit(session)
    people.rider = await crew.rider(session)
    people.worker = await crew.unit_user(session, people.unit.id)
    people.staff = await crew.staff(session)
    people.grid_member = await crew.grid_member(session)
    people.case = await make_report(
        session,
        reporter_id=people.rider.account_id,
        state=ReportState.IN_PROGRESS,
        unit_id=people.unit.id,
    )
    await session.commit()
    people.as_ = client_for
    return people


async def resolve(session, crowd, **photo):
    taken = await crew_photos.ready(session, crowd.worker.account_id, **photo)
    await session.commit()
    return await crowd.as_(crowd.worker).post(
        f"{HANDLING}/{crowd.case.id}/resolve", json={"text": "已修补", "photo_ids": [str(taken.id)]}
    )


async def check(session, crowd, by, verb="confirm", **given):
    taken = await crew_photos.ready(session, by.account_id, PhotoPurpose.VERIFICATION)
    await session.commit()
    return await crowd.as_(by).post(
        f"{CHECKING}/{crowd.case.id}/{verb}",
        json={"text": "看过了", "photo_ids": [str(taken.id)], "position": HERE, **given},
    )


async def close(session, crowd, outcome="fixed", by=None):
    given = await crew.seen(session, crowd.case, outcome=outcome, reason="已修好,谢谢")
    return await crowd.as_(by or crowd.staff).post(f"{CASES}/{crowd.case.id}/close", json=given)


async def closed(session, crowd):
    assert (await resolve(session, crowd)).status_code == 200
    assert (await check(session, crowd, crowd.grid_member)).status_code == 200
    assert (done := await close(session, crowd)).status_code == 200, done.text


def code(response):
    return response.status_code, response.json().get("code")


async def test_from_the_repair_to_a_satisfied_rider(session, crowd):
    await closed(session, crowd)

    rider = crowd.as_(crowd.rider)
    own = (await rider.get(f"{MINE}/{crowd.case.id}")).json()
    assert (own["report"]["state"], own["report"]["outcome"]) == ("closed", "fixed")
    assert own["satisfaction"]["expires_at"] == "2026-11-25T03:00:00Z"
    assert own["possible"] == ["reopen"]
    moves = [(step["move"], step["actor"]) for step in own["steps"][1:]]
    assert moves == [("resolve", "unit"), ("confirm", "verifier"), ("close", "staff")]
    said = await rider.post(f"{MINE}/{crowd.case.id}/satisfaction", json={"is_satisfied": True})
    assert said.json()["is_satisfied"] is True


async def test_the_after_photo_is_not_the_before_photo(session, crowd):
    old = await crew_photos.before(session, crowd.case)

    assert code(await resolve(session, crowd, phash=old.phash ^ 0b101)) == (422, "report.photo_not_new")
    none = await crowd.as_(crowd.worker).post(
        f"{HANDLING}/{crowd.case.id}/resolve", json={"text": "已修补", "photo_ids": []}
    )
    assert code(none) == (422, "report.photo_needed")
    assert none.json()["possible"] == ["return", "resolve"]


async def test_a_repair_needs_a_text(session, crowd):
    taken = await crew_photos.ready(session, crowd.worker.account_id)
    await session.commit()

    response = await crowd.as_(crowd.worker).post(
        f"{HANDLING}/{crowd.case.id}/resolve", json={"text": " ", "photo_ids": [str(taken.id)]}
    )

    assert code(response) == (422, "report.reason_needed")
    assert response.json()["possible"] == ["return", "resolve"]


async def test_who_repaired_never_checks_whatever_else_they_are(session, crowd):
    both = Actor(
        crowd.worker.account_id,
        (*crowd.worker.grants, Grant(Role.COMMUNITY_STAFF, (COMMUNITY,))),
    )
    await resolve(session, crowd)

    refused = await check(session, crowd, both)
    assert code(refused) == (403, "report.another_person")
    assert refused.json()["possible"] == []  # who resolved it waits for others
    assert code(await close(session, crowd, "explained", by=both)) == (403, "report.another_person")


async def test_who_reported_does_not_close(session, crowd):
    clerk = Actor(crowd.rider.account_id, crowd.staff.grants)
    await resolve(session, crowd)
    await check(session, crowd, crowd.grid_member)

    assert code(await close(session, crowd, by=clerk)) == (403, "report.another_person")
    assert (await close(session, crowd)).status_code == 200


async def test_a_grid_member_checks_on_the_spot_only(session, crowd):
    await resolve(session, crowd)
    far = {**HERE, "lat": SUZHOU.lat + 0.003}  # about 330 m

    refused = await check(session, crowd, crowd.grid_member, position=far)
    assert code(refused) == (422, "report.too_far")
    assert 320 < refused.json()["distance_m"] < 345
    assert code(await check(session, crowd, crowd.grid_member, position=None)) == (422, "invalid_input")
    near = await crowd.as_(crowd.grid_member).post(f"{CHECKING}/nearby", json={"position": far})
    assert [each["case"]["id"] for each in near.json()["items"]] == [str(crowd.case.id)]
    assert (await check(session, crowd, crowd.staff, position=None)).status_code == 200
    done = await crowd.as_(crowd.grid_member).post(f"{CHECKING}/nearby", json={"position": far})
    assert done.json()["items"] == []


async def test_a_grid_member_of_elsewhere_finds_nothing(session, crowd):
    other = await crew.grid_member(session, "620902006002")
    await resolve(session, crowd)

    assert (await check(session, crowd, other)).status_code == 404
    near = await crowd.as_(other).post(f"{CHECKING}/nearby", json={"position": HERE})
    assert near.json()["items"] == []


async def test_a_failed_check_sends_it_back(session, crowd):
    await resolve(session, crowd)

    failed = await check(session, crowd, crowd.grid_member, "fail", text="还是坑")

    assert (failed.json()["state"], failed.json()["checked_at"]) == ("in_progress", None)
    assert (await resolve(session, crowd)).status_code == 200


@pytest.mark.parametrize("outcome", ["fixed", "explained", "not_found", "referred"])
async def test_what_a_unit_resolved_is_not_closed_unless_somebody_checked(session, crowd, outcome):
    await resolve(session, crowd)

    refused = await close(session, crowd, outcome)

    assert code(refused) == (409, "report.not_checked")
    assert refused.json()["possible"] == ["confirm", "fail_check"]
    await check(session, crowd, crowd.staff)
    assert (await close(session, crowd, outcome)).json()["outcome"] == outcome


async def test_satisfaction_is_asked_once_and_silence_is_not_satisfied(session, crowd, clock):
    await closed(session, crowd)
    rider, path = crowd.as_(crowd.rider), f"{MINE}/{crowd.case.id}/satisfaction"

    first = await rider.post(path, json={"is_satisfied": False, "text": "还有点不平"})
    same = await rider.post(path, json={"is_satisfied": False, "text": "还有点不平"})
    other = await rider.post(path, json={"is_satisfied": True})

    assert first.json() == same.json()
    assert code(other) == (409, "report.satisfaction_given")


async def test_after_72_hours_there_is_no_answer(session, crowd, clock):
    await closed(session, crowd)
    rider, path = crowd.as_(crowd.rider), f"{MINE}/{crowd.case.id}/satisfaction"
    clock.at = NOW + timedelta(hours=72, seconds=1)

    assert code(await rider.post(path, json={"is_satisfied": True})) == (409, "report.satisfaction_over")
    assert await closing.expire_questions(session, now=clock.at) == 1
    assert await closing.expire_questions(session, now=clock.at) == 0
    asked = await session.scalar(select(ReportSatisfaction))
    assert (asked.is_satisfied, asked.expired_at) == (None, clock.at)


async def test_nobody_else_is_asked(session, crowd):
    await closed(session, crowd)
    other = crowd.as_(await crew.rider(session))
    await session.commit()

    assert (
        await other.post(f"{MINE}/{crowd.case.id}/satisfaction", json={"is_satisfied": True})
    ).status_code == 404


def said(**given):
    return {"id": str(uuid4()), "text": "坑还在", "captured_at": NOW.isoformat(), **given}


async def test_still_there_within_seven_days_reopens(session, crowd, clock):
    await closed(session, crowd)
    clock.at = NOW + timedelta(days=6)
    rider, words = crowd.as_(crowd.rider), said()

    answers = [await rider.post(f"{MINE}/{crowd.case.id}/still-there", json=words) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200], answers[0].text
    assert answers[0].json()["report"]["state"] == "dispatched"
    assert answers[0].json()["is_new"] is False
    case = (await crowd.as_(crowd.staff).get(f"{CASES}/{crowd.case.id}")).json()["case"]
    assert (case["reopened_count"], case["outcome"], case["checked_at"]) == (1, None, None)
    assert case["unit_id"] == str(crowd.unit.id)
    update = await session.scalar(select(ReportUpdate))
    assert (update.is_still_there, update.is_from_reporter, update.text) == (True, True, "坑还在")
    assert "坑还在" not in (await crowd.as_(crowd.worker).get(f"{HANDLING}/{crowd.case.id}")).text


async def test_still_there_later_makes_a_linked_report(session, crowd, clock):
    await closed(session, crowd)
    clock.at = NOW + timedelta(days=7, seconds=1)
    rider, words = crowd.as_(crowd.rider), said()

    answers = [await rider.post(f"{MINE}/{crowd.case.id}/still-there", json=words) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200], answers[0].text
    assert answers[0].json()["report"] == answers[1].json()["report"]
    assert (answers[0].json()["is_new"], answers[0].json()["report"]["id"]) == (True, words["id"])
    follows = await session.scalar(select(Report.follows_id).where(Report.id == UUID(words["id"])))
    assert follows == crowd.case.id
    given = await crew.seen(session, crowd.case, reason="复发")
    reopen = await crowd.as_(crowd.staff).post(f"{CASES}/{crowd.case.id}/reopen", json=given)
    assert code(reopen) == (409, "report.reopen_too_late")


async def test_what_no_unit_had_comes_back_to_the_desk(session, crowd):
    bare = await make_report(session, reporter_id=crowd.rider.account_id, state=ReportState.ACCEPTED)
    await session.commit()
    crowd.case = bare
    assert (await close(session, crowd, "not_found")).status_code == 200

    again = await crowd.as_(crowd.rider).post(f"{MINE}/{bare.id}/still-there", json=said())

    assert again.json()["report"]["state"] == "accepted"


async def test_every_photo_of_a_case_says_what_it_shows_and_can_become_public(session, crowd):
    await closed(session, crowd)
    more = await crew_photos.ready(session, crowd.rider.account_id, PhotoPurpose.UPDATE)
    await session.commit()
    added = await crowd.as_(crowd.rider).post(
        f"{MINE}/{crowd.case.id}/updates", json=said(photo_ids=[str(more.id)])
    )
    assert added.status_code == 201, added.text
    desk, path = crowd.as_(crowd.staff), f"{CASES}/{crowd.case.id}"

    album = (await desk.get(f"{path}/photos")).json()["photos"]
    roles = {each["role"]: each["id"] for each in album}
    assert set(roles) == {"after", "verification", "update"}
    handled = (await crowd.as_(crowd.worker).get(f"{HANDLING}/{crowd.case.id}")).json()
    assert {each["role"] for each in handled["photos"]} == {"after", "verification"}
    approved = await desk.post(f"{path}/photos/{roles['after']}/approve", json={"version": 1})
    assert approved.status_code == 200, approved.text
    assert (await desk.post(f"{path}/publish", json=await crew.seen(session, crowd.case))).status_code == 200
    page = (await desk.get(f"/v1/reports/public/{crowd.case.id}?coord_type=wgs84")).json()
    assert [(each["id"], each["role"]) for each in page["photos"]] == [(roles["after"], "after")]


async def test_an_update_waits_on_the_desk_until_somebody_saw_to_it(session, crowd, clock):
    desk, rider = crowd.as_(crowd.staff), crowd.as_(crowd.rider)
    colleague = crowd.as_(await crew.staff(session, name="小王"))
    away = crowd.as_(await crew.staff(session, "620102001001"))
    secret = await make_report(
        session, reporter_id=crowd.rider.account_id, is_confidential=True,
        case_worker_id=crowd.staff.account_id,
    )  # fmt: skip
    await session.commit()
    for report, words in ((crowd.case, "打13712345678"), (crowd.case, "还在"), (secret, "别说出去")):
        clock.at += timedelta(minutes=1)
        assert (await rider.post(f"{MINE}/{report.id}/updates", json=said(text=words))).status_code == 201

    first = (await desk.get("/v1/reports/updates", params={"limit": 1})).json()
    rest = (await desk.get("/v1/reports/updates", params={"cursor": first["next_cursor"]})).json()
    assert (first["total"], [each["text"] for each in first["items"]]) == (2, ["打***"])
    assert ([each["text"] for each in rest["items"]], rest["next_cursor"]) == (["还在"], None)
    assert rest["items"][0]["is_from_reporter"] is True
    inside = await desk.get("/v1/reports/updates", params={"area_code": COMMUNITY[:9]})
    assert inside.json()["total"] == 2
    assert (await away.get("/v1/reports/updates")).json() == {"items": [], "total": 0, "next_cursor": None}

    path = f"{CASES}/{crowd.case.id}/updates"
    handle = f"{path}/{first['items'][0]['id']}/handle"
    assert (await away.post(handle)).status_code == 404
    assert (await desk.post(handle.replace(str(crowd.case.id), str(secret.id)))).status_code == 404
    answers = [(await each.post(handle)).json() for each in (desk, colleague)]
    assert [(each["is_handled"], each["handled_by"]) for each in answers] == [(True, "小李")] * 2
    assert (await desk.get("/v1/reports/updates")).json()["total"] == 1
    of_case = (await colleague.get(path)).json()["updates"]
    assert [each["is_handled"] for each in of_case] == [True, False]
    # What is confidential is read in its case alone, by who is named for it.
    assert (await colleague.get(f"{CASES}/{secret.id}/updates")).status_code == 404
    (kept,) = (await desk.get(f"{CASES}/{secret.id}/updates")).json()["updates"]
    assert kept["text"] == "别说出去"


async def test_an_update_is_work_for_staff_and_comes_once(session, crowd):
    rider, words = crowd.as_(crowd.rider), said(text="又大了一圈")

    answers = [await rider.post(f"{MINE}/{crowd.case.id}/updates", json=words) for _ in range(2)]

    assert [each.status_code for each in answers] == [201, 201]
    assert [row.is_handled for row in await session.scalars(select(ReportUpdate))] == [False]
    empty = await rider.post(f"{MINE}/{crowd.case.id}/updates", json=said(text=" "))
    assert code(empty) == (422, "report.nothing_said")
    changed = await rider.post(f"{MINE}/{crowd.case.id}/updates", json={**words, "text": "别的"})
    assert code(changed) == (422, "idempotency_key_reused")
    stranger = crowd.as_(await crew.rider(session))
    await session.commit()
    assert (await stranger.post(f"{MINE}/{crowd.case.id}/updates", json=said())).status_code == 404
