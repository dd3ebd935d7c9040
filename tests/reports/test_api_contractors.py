"""Contractors without an account, by a link: one case, for two weeks, until it is taken back."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from app.models import PhotoPurpose, ReportLink, ReportState
from tests.factories.photos import jpeg
from tests.factories.reports import make_report, make_unit
from tests.reports import crew, crew_photos

CASES, LINKED = "/v1/reports/cases", "/v1/reports/contractors/case"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
async def unit(session):
    return await make_unit(session)


@pytest.fixture
async def case(session, unit, clock):
    clock.at = NOW
    return await make_report(session, state=ReportState.DISPATCHED, unit_id=unit.id)


@pytest.fixture
async def boss(session, client_for, case, unit):
    client = client_for(await crew.unit_user(session, unit.id))
    await session.commit()
    return client


@pytest.fixture
async def link(boss, case):
    made = await boss.post(f"{CASES}/{case.id}/links", json={"label": "王师傅施工队"})
    assert made.status_code == 201, made.text
    page = made.json()["link"].removesuffix(f"#{made.json()['secret']}")
    assert (await boss.get(urlsplit(page).path)).headers["content-type"].startswith("text/html")
    return made.json()


@pytest.fixture
def holder(client, link):
    client.headers["X-Report-Link"] = link["secret"]
    return client


async def test_a_contractor_mends_a_case_without_an_account(holder, link, case, session, client_for):
    seen = (await holder.get(LINKED)).json()
    assert (seen["case"]["id"], seen["label"]) == (str(case.id), "王师傅施工队")
    assert seen["possible"] == ["take_on", "return"]
    assert (await holder.post(f"{LINKED}/take-on", json={})).json()["state"] == "in_progress"
    photo = await crew_photos.ready(session, None, link_id=(await session.scalar(select(ReportLink))).id)
    await session.commit()

    done = await holder.post(f"{LINKED}/resolve", json={"text": "已补平", "photo_ids": [str(photo.id)]})

    assert (done.status_code, done.json()["state"]) == (200, "resolved")
    staff = client_for(await crew.staff(session))
    await session.commit()
    step = (await staff.get(f"{CASES}/{case.id}")).json()["steps"][-1]
    assert (step["actor"], step["actor_name"]) == ("contractor", "王师傅施工队")


async def test_photos_are_sent_with_the_pass_of_the_link(holder, link):
    seen = (await holder.get(LINKED)).json()
    photo_id = "0190a0b0-0000-7000-8000-0000000000aa"

    sent = await holder.put(
        f"/v1/photos/{photo_id}",
        params={"purpose": PhotoPurpose.RESOLUTION.value},
        content=jpeg(),
        headers={"Photo-Pass": seen["photo_pass"], "Content-Type": "image/jpeg"},
    )

    assert sent.status_code == 200, sent.text


async def test_another_senders_photo_proves_nothing(holder, session, boss, case):
    await holder.post(f"{LINKED}/take-on", json={})
    photo = await crew_photos.ready(session, (await crew.rider(session)).account_id)
    await session.commit()

    response = await holder.post(f"{LINKED}/resolve", json={"text": "好了", "photo_ids": [str(photo.id)]})

    assert response.json()["code"] == "photo.unknown"


async def test_the_secret_is_told_once_and_kept_as_a_digest(boss, link, case, session):
    listed = (await boss.get(f"{CASES}/{case.id}/links")).text

    assert link["secret"] not in listed
    assert link["link"].endswith(f"#{link['secret']}")
    kept = await session.scalar(select(ReportLink.secret_hash))
    assert link["secret"].encode() not in kept


@pytest.mark.parametrize("how", ["revoked", "expired", "returned", "wrong"])
async def test_a_link_that_is_over_opens_nothing(how, holder, boss, link, case, clock):
    if how == "revoked":
        await boss.delete(f"{CASES}/{case.id}/links/{link['id']}")
    elif how == "expired":
        clock.at = NOW + timedelta(days=14)
    elif how == "returned":
        assert (await holder.post(f"{LINKED}/return", json={"text": "不是我们的"})).status_code == 200
    else:
        holder.headers["X-Report-Link"] = "x" + link["secret"]

    answers = [await holder.get(LINKED), await holder.post(f"{LINKED}/take-on", json={})]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "report.link_unknown")] * 2


async def test_a_link_is_not_used_without_end(holder):
    for _ in range(60):
        await holder.post(f"{LINKED}/make-safe", json={})

    assert (await holder.post(f"{LINKED}/make-safe", json={})).status_code == 429


async def test_links_are_for_cases_in_hand_and_of_ones_own(session, client_for, boss, case, unit):
    waiting = await make_report(session)
    desk, other = client_for(await crew.staff(session)), client_for(await crew.staff(session, "620902006002"))
    await session.commit()

    refused = await desk.post(f"{CASES}/{waiting.id}/links", json={"label": "某某"})
    assert refused.json()["code"] == "report.illegal_move"
    assert refused.json()["possible"] == ["accept", "reject", "mark_duplicate"]
    assert (await other.post(f"{CASES}/{case.id}/links", json={"label": "某某"})).status_code == 404
    assert (await other.get(f"{CASES}/{case.id}/links")).status_code == 404


async def test_who_handed_the_link_out_does_not_check(holder, session, client_for, case):
    staff = await crew.staff(session)
    await session.commit()
    desk = client_for(staff)
    made = (await desk.post(f"{CASES}/{case.id}/links", json={"label": "施工队"})).json()
    holder.headers["X-Report-Link"] = made["secret"]
    await holder.post(f"{LINKED}/take-on", json={})
    link_id = await session.scalar(select(ReportLink.id).where(ReportLink.issued_by == staff.account_id))
    photo = await crew_photos.ready(session, None, link_id=link_id)
    proof = await crew_photos.ready(session, staff.account_id, PhotoPurpose.VERIFICATION)
    await session.commit()
    await holder.post(f"{LINKED}/resolve", json={"text": "已补平", "photo_ids": [str(photo.id)]})

    refused = await desk.post(f"/v1/reports/checking/{case.id}/confirm", json={"photo_ids": [str(proof.id)]})

    assert refused.json()["code"] == "report.another_person"
