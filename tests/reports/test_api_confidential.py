"""Confidential cases: two people, named by who sees nothing; everything else by the reporter's word."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.core.geo import Point
from app.models import ConfidentialDesk, Report, ReportDisclosure, ReportOrigin, ReportStep, ReportUpdate
from tests.factories.accounts import make_account
from tests.factories.areas import make_succession
from tests.factories.reports import make_case_photo, make_category, make_report, make_unit
from tests.factories.stations import COMMUNITY, make_area
from tests.reports.desks import staff_of

COUNTY = COMMUNITY[:6]
STAFF = ("worker", "supervisor", "colleague", "officer")
SECRET = "老板三个月没发工资"


@pytest.fixture
async def people(session, client_for):
    """The two who are named, a colleague, the officer, the reporter."""
    await make_area(session, COUNTY)
    await make_area(session, COMMUNITY)
    await make_category(session, "wages", is_confidential=True)
    named = [await staff_of(session, COUNTY, name=name) for name in ("承办", "督办", "同事")]
    officer = await staff_of(session, COUNTY, Role.DISTRICT_OFFICER)
    rider = Actor((await make_account(session)).id)
    await session.commit()
    who = ("worker", "supervisor", "colleague", "officer", "rider")
    return dict(zip(who, [*named, officer, rider], strict=True))


def _desk(people, **given):
    return {
        "area_code": COUNTY,
        "case_worker_id": str(people["worker"].account_id),
        "supervisor_id": str(people["supervisor"].account_id),
        **given,
    }


async def _report(client):
    report_id = str(uuid4())
    response = await client.post(
        "/v1/reports",
        json={
            "id": report_id,
            "category_id": "wages",
            "position": {"lat": 39.7431, "lon": 98.5083, "coord_type": "gcj02"},
            "area_code": COMMUNITY,
            "description": SECRET,
            "captured_at": "2026-11-20T10:00:00+08:00",
        },
    )
    assert response.status_code == 201, response.text
    return report_id


@pytest.fixture
async def sent(people, client_for):
    """A confidential report on the desk of two people."""
    await client_for(people["officer"]).put("/v1/reports/confidential/desks", json=_desk(people))
    return await _report(client_for(people["rider"]))


async def test_a_confidential_case_reaches_the_two_who_are_named(people, client_for, sent):
    for who in ("worker", "supervisor"):
        client = client_for(people[who])
        listed = (await client.get("/v1/reports/confidential")).json()["items"]
        assert [row["id"] for row in listed] == [sent]
        assert (await client.get(f"/v1/reports/cases/{sent}")).status_code == 200


async def test_who_may_have_confidential_cases_is_told_before_there_is_one(people, client_for):
    async def trusted():
        said = {who: await client_for(people[who]).get("/v1/reports/cases/counts") for who in STAFF}
        return {who for who, answer in said.items() if answer.json()["is_trusted"]}

    assert await trusted() == set()
    desk = await client_for(people["officer"]).put("/v1/reports/confidential/desks", json=_desk(people))
    assert desk.is_success
    assert await trusted() == {"worker", "supervisor"}
    await _report(client_for(people["rider"]))
    other = _desk(people, case_worker_id=str(people["colleague"].account_id), category_id="wages")
    assert (await client_for(people["officer"]).put("/v1/reports/confidential/desks", json=other)).is_success
    assert await trusted() == {"worker", "supervisor", "colleague"}
    left = Actor(people["colleague"].account_id, (Grant(Role.COMMUNITY_STAFF, ("620921100001",)),))
    assert (await client_for(left).get("/v1/reports/cases/counts")).json()["is_trusted"] is False


@pytest.mark.parametrize("who", ["colleague", "officer"])
async def test_nobody_else_finds_a_confidential_case_anywhere(people, client_for, sent, who):
    client = client_for(people[who])

    assert (await client.get(f"/v1/reports/cases/{sent}")).status_code == 404
    assert (await client.get(f"/v1/reports/cases/{sent}/questions")).status_code == 404
    for path in ("confidential", "cases", "cases?order=newest", "cases?text=工资", "cases/together", "leads"):
        answer = await client.get(f"/v1/reports/{path}")
        assert answer.status_code == 200, answer.text
        assert SECRET not in answer.text
        assert sent not in answer.text
    assert "submitted" not in (await client.get("/v1/reports/cases/counts")).text


async def test_a_confidential_case_is_in_nothing_that_others_draw_from_cases(
    people, client_for, client, session, sent
):
    case = await session.get_one(Report, sent)
    case.public_at = case.submitted_at  # as if by mistake
    alike = await make_report(
        session, at=Point(case.lat, case.lon), category_id="wages", area_code=COMMUNITY, is_confidential=False
    )
    unit = await make_unit(session, name="没人的单位")
    case.unit_id, case.assigned_to = unit.id, uuid4()
    session.add(ReportUpdate(id=uuid4(), report_id=case.id, is_still_there=False, is_from_reporter=True,
                             text=SECRET, at=case.submitted_at, is_handled=False))  # fmt: skip
    await session.commit()
    here = f"lat={case.lat}&lon={case.lon}&coord_type=wgs84"
    box = f"bbox={case.lon - 0.01},{case.lat - 0.01},{case.lon + 0.01},{case.lat + 0.01}&coord_type=wgs84"
    number = f"NF{case.number}"

    def paths(*ends):
        return [f"/v1/reports/{end}" for end in ends]

    for who, found in (
        ("rider", paths(f"nearby?{here}&category_id=unknown")),
        *(
            (
                who,
                paths(
                    f"cases/{alike.id}/related", "updates", "cases/adrift", "cases/across", "cases/late",
                    "export.csv", f"cases?text={number}",
                ),
            )
            for who in ("colleague", "officer", "worker")
        ),
    ):  # fmt: skip
        for path in found:
            answer = await client_for(people[who]).get(path)
            assert answer.status_code == 200, (path, answer.text)
            assert not [each for each in (sent, number, SECRET) if each in answer.text], (who, path)
    for path in (
        *paths(f"map?{box}&zoom=16", f"map?{box}&zoom=9"),
        *("/open311/v2/requests.json", "/open311/v2/servicerequestupdates.json"),
    ):
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        assert not [each for each in (sent, number, SECRET, '"Feature"') if each in answer.text], path
    for path in (*paths(f"public/{number}?coord_type=wgs84"), f"/open311/v2/requests/{number}.json"):
        assert (await client.get(path)).status_code == 404
    assert (await client_for(people["colleague"]).post(f"/v1/reports/{sent}/follow")).status_code == 404


async def test_a_case_without_a_case_worker_is_a_number_until_somebody_is_named(people, client_for):
    sent = await _report(client_for(people["rider"]))
    officer, worker = client_for(people["officer"]), client_for(people["worker"])

    assert (await officer.get("/v1/reports/confidential/unnamed")).json() == {
        "total": 1,
        "by_category": {"wages": 1},
    }
    assert (await worker.get(f"/v1/reports/cases/{sent}")).status_code == 404
    named = await officer.put("/v1/reports/confidential/desks", json=_desk(people))
    assert named.status_code == 200, named.text
    assert (await officer.get("/v1/reports/confidential/unnamed")).json()["total"] == 0
    assert (await worker.get(f"/v1/reports/cases/{sent}")).status_code == 200
    assert (await officer.get(f"/v1/reports/cases/{sent}")).status_code == 404


async def test_the_nearest_desk_wins(people, client_for, session):
    officer = client_for(people["officer"])
    await officer.put("/v1/reports/confidential/desks", json=_desk(people))
    nearer = _desk(people, area_code=COMMUNITY, case_worker_id=str(people["colleague"].account_id))
    await officer.put("/v1/reports/confidential/desks", json=nearer)

    sent = await _report(client_for(people["rider"]))

    assert (await client_for(people["colleague"]).get(f"/v1/reports/cases/{sent}")).status_code == 200
    assert (await client_for(people["worker"]).get(f"/v1/reports/cases/{sent}")).status_code == 404


async def test_the_two_of_a_renamed_division_have_what_comes_from_the_one_that_followed_it(
    people, client_for, session
):
    before = f"{COMMUNITY[:9]}977"
    for code in (before, COMMUNITY):
        await make_area(session, code)
    await make_succession(session, before, COMMUNITY)
    two = {"case_worker_id": people["colleague"].account_id, "supervisor_id": people["worker"].account_id}
    session.add(ConfidentialDesk(area_code=before, **two, changed_at=utc_now()))
    await session.commit()
    # The division's own word, from before it was renamed, stands before the county's.
    await client_for(people["officer"]).put("/v1/reports/confidential/desks", json=_desk(people))

    sent = await _report(client_for(people["rider"]))

    assert (await client_for(people["colleague"]).get(f"/v1/reports/cases/{sent}")).status_code == 200
    assert (await client_for(people["supervisor"]).get(f"/v1/reports/cases/{sent}")).status_code == 404


async def test_naming_other_people_says_whom_one_saw_before(people, client_for):
    officer = client_for(people["officer"])
    named = await officer.put("/v1/reports/confidential/desks", json=_desk(people))
    other = _desk(people, case_worker_id=str(people["colleague"].account_id))

    blind = await officer.put("/v1/reports/confidential/desks", json=other)
    seen = await officer.put("/v1/reports/confidential/desks", json={**other, "version": 1})

    assert (named.status_code, named.json()["version"]) == (200, 1)
    assert (blind.status_code, blind.json()["code"]) == (409, "edit_conflict")
    assert (seen.status_code, seen.json()["version"]) == (200, 2)


@pytest.mark.parametrize("unfit", ["rider", "worker"])
async def test_a_desk_is_two_people_of_the_areas_staff(people, client_for, unfit):
    given = _desk(people, supervisor_id=str(people[unfit].account_id))

    answer = await client_for(people["officer"]).put("/v1/reports/confidential/desks", json=given)

    assert (answer.status_code, answer.json()["code"]) == (422, "report.desk_unfit")


async def test_an_officer_names_nobody_elsewhere(people, client_for):
    answer = await client_for(people["officer"]).put(
        "/v1/reports/confidential/desks", json=_desk(people, area_code="620921")
    )

    assert answer.status_code == 404


async def test_the_reporter_is_told_how_many_read_it_and_not_who(people, client_for, sent):
    rider = client_for(people["rider"])
    assert (await rider.get(f"/v1/reports/mine/{sent}/readers")).json()["count"] == 0
    for who in ("worker", "worker", "supervisor", "colleague"):
        await client_for(people[who]).get(f"/v1/reports/cases/{sent}")

    answer = await rider.get(f"/v1/reports/mine/{sent}/readers")

    assert answer.json() == {"count": 2, "by_capacity": {"case_worker": 1, "supervisor": 1}}
    assert (await client_for(people["colleague"]).get(f"/v1/reports/mine/{sent}/readers")).status_code == 404


async def test_a_case_that_is_confidential_no_more_stands_among_all_others(people, client_for, session):
    named = {"case_worker_id": people["worker"].account_id, "supervisor_id": people["supervisor"].account_id}
    report = await make_report(session, is_confidential=False, **named)
    await session.commit()
    worker = client_for(people["worker"])

    assert (await worker.get("/v1/reports/confidential")).json()["items"] == []
    assert (await worker.get("/v1/reports/cases/counts")).json()["is_trusted"] is False
    listed = (await worker.get("/v1/reports/cases")).json()["items"]
    assert [each["id"] for each in listed] == [str(report.id)]


async def test_who_looks_at_the_photos_alone_has_read_it_too(people, client_for, sent, session):
    """An inbox names the case, so that its photos can be asked for before the case itself is read."""
    supervisor, rider = client_for(people["supervisor"]), client_for(people["rider"])
    photo = await make_case_photo(session, await session.get_one(Report, UUID(sent)), None)
    await session.commit()

    glances = await supervisor.get(f"/v1/reports/cases/glances?id={sent}")
    assert (glances.status_code, glances.json()["items"]) == (200, [])  # it stands in no list
    assert (await rider.get(f"/v1/reports/mine/{sent}/readers")).json()["count"] == 0
    album = await supervisor.get(f"/v1/reports/cases/{sent}/photos")

    assert [each["id"] for each in album.json()["photos"]] == [str(photo.id)]
    assert (await rider.get(f"/v1/reports/mine/{sent}/readers")).json()["by_capacity"] == {"supervisor": 1}


async def test_outside_of_the_desk_times_are_days(people, client_for, sent):
    await client_for(people["worker"]).post(f"/v1/reports/cases/{sent}/accept", json={"version": 1})

    own = (await client_for(people["rider"]).get(f"/v1/reports/mine/{sent}")).json()

    assert {step["at"][11:16] for step in own["steps"]} == {"00:00"}
    assert own["report"]["state_at"][11:16] == "00:00"


async def test_a_confidential_case_goes_to_no_unit(people, client_for, sent):
    worker = client_for(people["worker"])
    await worker.post(f"/v1/reports/cases/{sent}/accept", json={"version": 1})

    answer = await worker.post(
        f"/v1/reports/cases/{sent}/dispatch", json={"version": 2, "unit_id": str(uuid4())}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "report.confidential_stays")


async def test_nobody_else_is_shown_anything_before_the_reporter_agrees(people, client_for, sent, session):
    lawyer = Actor((await make_account(session)).id)
    await session.commit()
    recipient = {"recipient_id": str(lawyer.account_id), "recipient": "工会律师"}
    wish = {"id": str(uuid4()), "purpose": "咨询", **recipient}
    asked = await client_for(people["worker"]).post(f"/v1/reports/cases/{sent}/disclosures", json=wish)
    assert asked.status_code == 201, asked.text
    assert (await client_for(lawyer).get("/v1/reports/leads")).json() == {"leads": []}
    rider = client_for(people["rider"])
    [shown] = (await rider.get(f"/v1/reports/mine/{sent}/disclosures")).json()["disclosures"]
    assert (shown["recipient"], shown["is_granted"]) == ("工会律师", None)
    answer = f"/v1/reports/mine/{sent}/disclosures/{wish['id']}/answer"

    assert (await rider.post(answer, json={"is_granted": True})).status_code == 200

    [lead] = (await client_for(lawyer).get("/v1/reports/leads")).json()["leads"]
    assert lead["description"] == SECRET
    assert set(lead) == {"category_id", "area_code", "address", "day", "description"}
    assert (await client_for(lawyer).get(f"/v1/reports/cases/{sent}")).status_code == 403
    readers = (await rider.get(f"/v1/reports/mine/{sent}/readers")).json()
    assert readers["by_capacity"] == {"recipient": 1}
    assert (await rider.post(answer, json={"is_granted": False})).status_code == 200
    assert (await client_for(lawyer).get("/v1/reports/leads")).json() == {"leads": []}
    again = await rider.post(answer, json={"is_granted": True})
    assert (again.status_code, again.json()["code"]) == (409, "report.disclosure_answered")


async def test_the_reporter_takes_it_back_and_its_words_are_gone(people, client_for, sent, session):
    worker, rider = client_for(people["worker"]), client_for(people["rider"])
    await worker.post(f"/v1/reports/cases/{sent}/accept", json={"version": 1, "reason": SECRET})
    await worker.post(f"/v1/reports/cases/{sent}/notes", json={"id": str(uuid4()), "text": SECRET})

    for _ in range(2):
        assert (await rider.delete(f"/v1/reports/mine/{sent}")).status_code == 204

    seen = await worker.get(f"/v1/reports/cases/{sent}")
    assert seen.json()["case"]["state"] == "withdrawn"
    assert SECRET not in seen.text + (await worker.get(f"/v1/reports/cases/{sent}/notes")).text
    assert SECRET not in (await rider.get(f"/v1/reports/mine/{sent}")).text
    assert not (await session.scalars(select(ReportDisclosure))).all()
    reasons = await session.scalars(select(ReportStep.reason).where(ReportStep.report_id == sent))
    assert set(reasons) == {""}
    case = await session.get_one(Report, sent, populate_existing=True)
    kept = {column.key: getattr(case, column.key) for column in case.__table__.columns}
    assert [kept[each] for each in ("description", "address", "answers", "lat", "lon", "given_lat")] == [
        "", "", {}, 0, 0, 0,
    ]  # fmt: skip
    assert kept["area_code"] == COMMUNITY
    for shown in (seen.json()["case"], (await rider.get(f"/v1/reports/mine/{sent}")).json()["report"]):
        assert (shown["lat"], shown["lon"], shown["area_code"]) == (None, None, COMMUNITY)
    origin = await session.get_one(ReportOrigin, sent, populate_existing=True)
    assert origin.device_lat is None


async def test_an_ordinary_report_is_not_wiped(session, client_for):
    rider = Actor((await make_account(session)).id)
    report = await make_report(session, reporter_id=rider.account_id)
    await session.commit()

    answer = await client_for(rider).delete(f"/v1/reports/mine/{report.id}")

    assert (answer.status_code, answer.json()["code"]) == (409, "report.not_confidential")
