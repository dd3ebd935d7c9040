"""The clerk's lists: order, pages, filters, groups and counters; and nothing of what is confidential."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from app.core.actor import Actor, Role
from app.core.clock import SHANGHAI, utc_now
from app.models import Outcome, Report, ReportCount, ReportCountDelta, ReportState, StoredFilter, Urgency
from app.services import reports
from app.services.reports import desk as desk_service
from tests.factories.accounts import make_account
from tests.factories.reports import make_case_photo, make_category, make_report, make_unit
from tests.factories.stations import COMMUNITY, SUZHOU
from tests.reports.desks import staff_of

OTHER = "620902006002"  # another community of the town
NOW = utc_now()


@pytest.fixture
async def clerk(session):
    return await staff_of(session, COMMUNITY)


@pytest.fixture
async def desk(session, client_for, clerk):
    await session.commit()
    return client_for(clerk)


async def ids_of(client, query: str = "") -> list[str]:
    response = await client.get(f"/v1/reports/cases?{query}")
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


async def test_what_burns_comes_first_then_what_is_due_first(session, desk):
    made = {
        name: await make_report(session, urgency=urgency, next_due_at=None if due is None else NOW + due)
        for name, urgency, due in (
            ("later", Urgency.NORMAL, timedelta(hours=9)),
            ("never", Urgency.NORMAL, None),
            ("urgent", Urgency.URGENT, timedelta(days=3)),
            ("sooner", Urgency.NORMAL, timedelta(hours=-1)),
            ("burning", Urgency.EMERGENCY, None),
        )
    }
    await session.commit()

    wanted = [str(made[name].id) for name in ("burning", "urgent", "sooner", "later", "never")]
    assert await ids_of(desk) == wanted


@pytest.mark.parametrize("order", ["urgent", "newest"])
async def test_pages_lose_and_repeat_nothing(session, desk, order):
    for number in range(7):
        await make_report(
            session,
            urgency=Urgency.URGENT if number % 2 else Urgency.NORMAL,
            next_due_at=NOW if number < 3 else None,
            submitted_at=NOW + timedelta(minutes=number // 2),
        )
    await session.commit()
    whole, pages, cursor = await ids_of(desk, f"order={order}"), [], ""
    while True:
        page = (await desk.get(f"/v1/reports/cases?order={order}&limit=2{cursor}")).json()
        pages += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert len(whole) == 7
    assert pages == whole


async def test_a_cursor_of_another_order_is_refused(session, desk):
    for _ in range(2):
        await make_report(session)
    await session.commit()
    cursor = (await desk.get("/v1/reports/cases?order=newest&limit=1")).json()["next_cursor"]

    response = await desk.get(f"/v1/reports/cases?cursor={cursor}")

    assert (response.status_code, response.json()["code"]) == (422, "bad_cursor")


async def test_filters(session, desk, clerk):
    await make_category(session, "street_light")
    unit = await make_unit(session)
    plain = await make_report(session)
    late = await make_report(session, next_due_at=NOW - timedelta(minutes=1))
    dark = await make_report(session, category_id="street_light", description="路灯不亮")
    ours = await make_report(session, state=ReportState.DISPATCHED, unit_id=unit.id)
    mine = await make_report(session, assigned_to=clerk.account_id)
    over = await make_report(session, state=ReportState.CLOSED, outcome=Outcome.FIXED)
    await session.commit()

    async def found(query: str) -> set[str]:
        return set(await ids_of(desk, query))

    assert await found("") == {str(each.id) for each in (plain, late, dark, ours, mine)}
    assert await found("is_overdue=true") == {str(late.id)}
    assert str(late.id) not in await found("is_overdue=false")
    assert await found("category_ids=street_light") == {str(dark.id)}
    assert await found(f"unit_id={unit.id}") == {str(ours.id)}
    assert await found("is_mine=true") == {str(mine.id)}
    assert await found("states=closed") == {str(over.id)}
    assert await found("text=路灯") == {str(dark.id)}
    assert await found(f"text=nf{plain.number}") == {str(plain.id)}
    assert await found("text=%25") == set()
    assert await found("urgencies=urgent") == set()


async def test_a_desk_ends_at_its_border_whatever_is_asked(session, client_for):
    here = await make_report(session)
    there = await make_report(session, area_code=OTHER)
    secret = await make_report(session, is_confidential=True)
    clerk = await staff_of(session, COMMUNITY)
    officer = await staff_of(session, COMMUNITY[:6], Role.DISTRICT_OFFICER)
    await session.commit()

    assert await ids_of(client_for(clerk), f"area_code={COMMUNITY[:6]}") == [str(here.id)]
    assert await ids_of(client_for(clerk), f"area_code={OTHER}") == []
    assert set(await ids_of(client_for(officer))) == {str(here.id), str(there.id)}
    assert await ids_of(client_for(officer), f"area_code={OTHER}") == [str(there.id)]
    assert str(secret.id) not in await ids_of(client_for(officer))


async def test_even_its_case_worker_finds_no_confidential_case_in_a_list(session, desk, clerk):
    await make_report(session, is_confidential=True, case_worker_id=clerk.account_id)
    await session.commit()

    assert await ids_of(desk) == []


async def test_what_lies_together_is_shown_together(session, desk):
    same = [await make_report(session) for _ in range(3)]
    far = await make_report(session, at=type(SUZHOU)(SUZHOU.lat + 0.01, SUZHOU.lon))
    await session.commit()

    (group,) = (await desk.get("/v1/reports/cases/together")).json()["groups"]

    assert (group["category_id"], group["count"], group["urgency"]) == ("road_damage", 3, "normal")
    assert group["report_ids"] == sorted(str(each.id) for each in same)
    assert str(far.id) not in group["report_ids"]


async def test_a_group_is_listed_by_the_ids_that_name_it(session, desk):
    late, soon = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    calm, burning = [await make_report(session, next_due_at=due) for due in (soon, late)]
    ended = await make_report(session, state=ReportState.REJECTED)
    secret = await make_report(session, is_confidential=True)
    foreign = await make_report(session, area_code=OTHER)
    await make_report(session)  # nobody asks for this one
    await session.commit()
    asked = "&".join(f"ids={each.id}" for each in (calm, burning, ended, secret, foreign))

    assert await ids_of(desk, f"{asked}&limit=1") == [str(burning.id), str(calm.id)]
    assert (await desk.get("/v1/reports/cases", params={"ids": [str(uuid4())] * 51})).status_code == 422


async def test_counters_follow_every_move_and_folding_changes_nothing(session, client_for, desk):
    first, _ = await make_report(session), await make_report(session, area_code=OTHER)
    await make_report(session, is_confidential=True)
    officer = client_for(await staff_of(session, COMMUNITY[:6], Role.DISTRICT_OFFICER))
    await session.commit()
    await desk.post(f"/v1/reports/cases/{first.id}/accept", json={"version": 1})
    wanted = {"submitted": {"normal": 1}, "accepted": {"normal": 1}}

    async def counted(client, query: str = "") -> dict[str, dict[str, int]]:
        return (await client.get(f"/v1/reports/cases/counts{query}")).json()["states"]

    assert await counted(officer) == wanted
    assert await reports.fold_counts(session, now=NOW) > 0
    assert await session.scalar(select(func.count()).select_from(ReportCountDelta)) == 0
    await session.commit()
    assert await counted(officer) == wanted
    assert await counted(officer, f"?area_code={COMMUNITY[:9]}") == wanted
    assert await counted(desk) == {"accepted": {"normal": 1}}
    assert await counted(desk, f"?area_code={OTHER}") == {}
    await session.execute(update(Report).where(Report.id == first.id).values(area_code="620921001001"))
    await session.commit()
    assert await counted(officer) == {"submitted": {"normal": 1}}
    counts = select(func.sum(ReportCount.count)).where(ReportCount.town_code == COMMUNITY[:2])
    assert await session.scalar(counts) == 2


async def test_taking_a_case_makes_it_mine(session, desk, clerk):
    report = await make_report(session)
    await session.commit()

    response = await desk.post(f"/v1/reports/cases/{report.id}/take", json={"version": 1})

    assert response.json()["assigned_to"] == str(clerk.account_id)
    assert await ids_of(desk, "is_mine=true") == [str(report.id)]


async def test_stored_filters_count_what_they_find(session, desk, client_for):
    filter_id = uuid4()
    await make_report(session, urgency=Urgency.URGENT)
    await session.commit()
    path = f"/v1/reports/filters/{filter_id}"

    for name in ("急件", "加急"):
        kept = await desk.put(path, json={"name": name, "filter": {"urgencies": ["urgent"]}})
        assert kept.status_code == 204, kept.text

    (stored,) = (await desk.get("/v1/reports/filters")).json()["filters"]
    assert (stored["name"], stored["count"], stored["filter"]["urgencies"]) == ("加急", 1, ["urgent"])
    other = client_for(await staff_of(session, COMMUNITY))
    await session.commit()
    assert (await other.get("/v1/reports/filters")).json() == {"filters": []}
    stolen = await other.put(path, json={"name": "x", "filter": {}})
    assert stolen.json()["code"] == "idempotency_key_reused"
    assert (await other.delete(path)).status_code == 404
    assert (await desk.delete(path)).status_code == 204


@pytest.mark.parametrize("newer", [{"is_raining": True}, {"states": ["evaporated"]}])
async def test_a_filter_of_a_newer_release_is_shown_and_finds_nothing(session, desk, newer):
    """While two releases are at work; what is not understood would find more than was asked for."""
    for name in ("旧", "新"):
        filter_id = uuid4()
        await desk.put(f"/v1/reports/filters/{filter_id}", json={"name": name, "filter": {}})
    await make_report(session)
    kept = await session.get_one(StoredFilter, filter_id)
    kept.content = kept.content | newer
    await session.commit()

    shown = (await desk.get("/v1/reports/filters")).json()["filters"]

    assert [(each["name"], each["count"], each["is_readable"]) for each in shown] == [
        ("旧", 1, True),
        ("新", 0, False),
    ]


async def test_nobody_keeps_more_than_thirty_filters(session, clerk, monkeypatch):
    monkeypatch.setattr("app.services.reports.stored_filters.MOST_FILTERS", 1)
    wanted = reports.CaseFilter()
    await reports.keep_filter(session, uuid4(), name="a", wanted=wanted, by=clerk, now=NOW)

    with pytest.raises(reports.TooManyFilters):
        await reports.keep_filter(session, uuid4(), name="b", wanted=wanted, by=clerk, now=NOW)


async def test_a_count_ends_where_nobody_reads_further(session, clerk, monkeypatch):
    monkeypatch.setattr(desk_service, "MOST_COUNTED", 2)
    for _ in range(3):
        await make_report(session)

    assert await desk_service.count_cases(session, reports.CaseFilter(), by=clerk, now=NOW) == 2


async def test_a_rider_has_no_desk(session, client_for):
    rider = client_for(Actor((await make_account(session)).id))
    await session.commit()

    assert (await rider.get("/v1/reports/cases")).json()["code"] == "role_missing"


async def test_a_page_of_rows_is_seen_at_a_glance(session, client_for, clerk, clock):
    friday = clock.at = datetime(2026, 11, 20, 18, tzinfo=SHANGHAI)
    seen, late = [await make_report(session, next_due_at=friday + timedelta(days=7 * n)) for n in (1, -1)]
    other = await make_report(session, area_code=OTHER)
    photo = await make_case_photo(session, seen, (await make_account(session)).id)
    await session.commit()

    asked = [("id", str(each.id)) for each in (seen, late, other)]
    response = await client_for(clerk).get("/v1/reports/cases/glances", params=asked)
    too_many = await client_for(clerk).get("/v1/reports/cases/glances", params=asked * 40)

    assert response.status_code == 200, response.text
    found = {each["id"]: each for each in response.json()["items"]}
    assert found.keys() == {str(seen.id), str(late.id)}
    assert str(photo.id) in found[str(seen.id)]["thumb"]
    assert (found[str(seen.id)]["photo_count"], found[str(seen.id)]["working_days_left"]) == (1, 5)
    assert found[str(late.id)]["thumb"] is None
    assert found[str(late.id)]["working_days_left"] == -5
    assert too_many.status_code == 422
