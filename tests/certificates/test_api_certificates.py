"""Certificates over HTTP: free and at once, checked by whoever holds one, dead with their entries."""

import asyncio
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.clock import utc_now
from app.models import Certificate, CertificateLook, Provenance
from app.services import certificates, ledger
from app.services.accounts import personal
from tests.factories.accounts import make_account
from tests.factories.certificates import make_certificate
from tests.factories.ledger import make_book, make_hours, make_subject
from tests.factories.stations import COMMUNITY, make_area
from tests.reports.desks import staff_of

PATH = "/v1/certificates"


def refusal(response):
    return response.status_code, response.json()["code"]


@pytest.fixture
async def book(session):
    return await make_book(session)


@pytest.fixture
async def rider(session, book, client_for):
    account = await make_account(session)
    client = client_for(Actor(account.id))
    client.account_id = account.id
    await session.commit()
    return client


async def issued(rider, book, **given):
    response = await rider.post(PATH, json={"id": str(uuid4()), "book_id": str(book.id), **given})
    assert response.status_code == 201, response.text
    return response.json()


async def verified(client, certificate):
    return (await client.get(f"{PATH}/verify/{certificate['verify_token']}")).json()


async def test_a_certificate_lives_as_long_as_the_entries_behind_it(session, rider, book, client_for):
    asked = {"id": str(uuid4()), "book_id": str(book.id)}
    assert refusal(await rider.post(PATH, json=asked)) == (409, "ledger.not_registered")
    subject = await make_subject(session, rider.account_id, name=None)
    assert refusal(await rider.post(PATH, json=asked)) == (409, "certificate.name_needed")
    subject.name = "马𰀁"
    await session.commit()
    refused = await rider.post(PATH, json=asked)
    assert refusal(refused) == (422, "certificate.unprintable")
    assert refused.json()["characters"] == "𰀁"
    subject.name = "阿依古丽·买买提"
    await session.commit()
    assert refusal(await rider.post(PATH, json=asked)) == (409, "certificate.nothing_to_certify")
    [entry] = await make_hours(session, book, subject, 119)
    await make_hours(session, book, subject, 60, served_on=date(2026, 10, 1), activity="助老送餐")
    await make_hours(session, book, subject, 600, provenance=Provenance.IMPORTED, reason="旧系统")
    await make_hours(session, book, subject, 30, provenance=Provenance.MANUAL, reason="没电")
    await session.commit()

    first, again = [await rider.post(PATH, json=asked) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json()), first.text
    certificate = first.json()
    # What waits for approval and what was imported is not certified; 179 minutes are 2.98 hours.
    assert (certificate["minutes"], certificate["hours"]) == (179, "2.9")
    assert (certificate["since"], certificate["until"]) == ("2026-10-01", "2026-11-18")
    assert certificate["verify_url"].endswith(f"/verify#{certificate['verify_token']}")
    november = await issued(rider, book, since="2026-11-01")
    assert november["minutes"] == 119

    stranger = client_for()
    assert await verified(stranger, certificate) == {
        "number": certificate["number"],
        "initials": "阿＊·买＊",
        "hours": "2.9",
        "since": "2026-10-01",
        "until": "2026-11-18",
        "issuer": "先锋骑手服务队",
        "status": "valid",
        "void_since": None,
    }
    unknown = await stranger.get(f"{PATH}/verify/{'A' * 22}")
    assert refusal(unknown) == (404, "certificate.unknown")
    page = await rider.get(f"{PATH}/{certificate['id']}/pdf")
    assert (page.status_code, page.headers["content-type"]) == (200, "application/pdf")
    assert page.content.startswith(b"%PDF")
    assert b"NotoSansSC" in page.content

    await ledger.void(session, entry.id, reason="重复", by=await staff_of(session, COMMUNITY), now=utc_now())
    await session.commit()
    for dead in (certificate, november):
        told = await verified(stranger, dead)
        assert told["status"] == "void"
        assert told["void_since"] is not None
    assert refusal(await rider.get(f"{PATH}/{certificate['id']}/pdf")) == (409, "certificate.void")
    october = await issued(rider, book)
    assert (october["minutes"], october["status"]) == (60, "valid")
    mine = (await rider.get(f"{PATH}/mine")).json()["items"]
    assert {each["id"]: (each["status"], each["looks"]) for each in mine} == {
        certificate["id"]: ("void", 2),
        november["id"]: ("void", 1),
        october["id"]: ("valid", 0),
    }
    assert await session.scalar(select(func.count()).select_from(CertificateLook)) == 3


async def test_an_approval_later_on_voids_nothing_and_counts_in_the_next_one(session, rider, book):
    subject = await make_subject(session, rider.account_id)
    await make_hours(session, book, subject, 60)
    [typed] = await make_hours(session, book, subject, 30, provenance=Provenance.MANUAL, reason="没电")
    before = await make_certificate(session, book, rider.account_id)
    by = await staff_of(session, COMMUNITY)
    await ledger.decide(session, typed.id, approve=True, reason="", by=by, now=utc_now())
    await session.commit()

    after = await issued(rider, book)
    assert (before.minutes, after["minutes"], after["manual_minutes"]) == (60, 90, 30)
    mine = (await rider.get(f"{PATH}/mine")).json()["items"]
    assert [each["status"] for each in mine] == ["valid", "valid"]
    # The approved entry is one of the certificate's: voiding it voids that one alone.
    await ledger.void(session, typed.id, reason="查无登记", by=by, now=utc_now())
    await session.commit()
    mine = (await rider.get(f"{PATH}/mine")).json()["items"]
    assert {each["id"]: each["status"] for each in mine} == {str(before.id): "valid", after["id"]: "void"}


async def test_who_is_erased_leaves_a_certificate_that_names_nobody(session, rider, book, client):
    subject = await make_subject(session, rider.account_id)
    await make_hours(session, book, subject, 60)
    certificate = await make_certificate(session, book, rider.account_id)
    await personal.erase(session, by=Actor(rider.account_id), now=utc_now())
    await session.commit()

    told = (await client.get(f"{PATH}/verify/{certificate.token}")).json()
    assert (told["status"], told["initials"]) == ("withdrawn", "＊")


async def test_a_unit_prints_for_those_who_let_it(session, rider, book, client_for):
    await make_area(session)
    staff = client_for(await staff_of(session, COMMUNITY, name="李主任"))
    stranger = client_for(await staff_of(session, "620921001001", name="外人"))
    await make_hours(session, book, await make_subject(session, rider.account_id), 60)
    for name in ("买买提·吐尔逊", "李𬱖", "张𰀁"):
        account = await make_account(session)
        subject = await make_subject(session, account.id, name=name, lets_organiser_print=True)
        await make_hours(session, book, subject, 90)
    await session.commit()
    asked = {"id": str(uuid4()), "book_id": str(book.id), "since": "2026-11-01", "until": "2026-11-30"}

    first, again = [await staff.post(f"{PATH}/batches", json=asked) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json()), first.text
    # Two of four: one did not agree, one cannot be printed.
    assert (first.json()["count"], first.json()["minutes"]) == (2, 180)
    printed = await staff.get(f"{PATH}/batches/{asked['id']}/pdf")
    assert printed.content.startswith(b"%PDF")
    assert refusal(await stranger.post(f"{PATH}/batches", json=asked)) == (404, "not_found")
    assert refusal(await stranger.get(f"{PATH}/batches/{asked['id']}/pdf")) == (404, "not_found")
    backwards = {**asked, "since": "2026-12-01"}
    assert (await staff.post(f"{PATH}/batches", json=backwards)).status_code == 422


async def test_a_crowd_is_gone_through_batch_by_batch(session, book, client_for, monkeypatch):
    monkeypatch.setattr("app.services.certificates.commands.MOST_IN_BATCH", 2)
    await make_area(session)
    staff = client_for(await staff_of(session, COMMUNITY, name="李主任"))
    for _ in range(5):
        subject = await make_subject(session, (await make_account(session)).id, lets_organiser_print=True)
        await make_hours(session, book, subject, 90)
    await session.commit()
    days = {"book_id": str(book.id), "since": "2026-11-01", "until": "2026-11-30"}
    for _ in range(3):
        made = await staff.post(f"{PATH}/batches", json={"id": str(uuid4()), **days})
        assert made.json()["count"] == 2, made.text

    holders = (await session.scalars(select(Certificate.account_id).order_by(Certificate.serial))).all()
    assert (len(holders), len(set(holders))) == (6, 5)


async def test_a_batch_asked_for_twice_at_once_is_one(own_runtime):
    batch_id, now = uuid4(), utc_now()
    async with own_runtime.db.writing() as session:
        book = await make_book(session)
        await make_area(session)
        clerk = await staff_of(session, COMMUNITY)
        subject = await make_subject(session, (await make_account(session)).id, lets_organiser_print=True)
        await make_hours(session, book, subject, 90)
    wanted = certificates.Wanted(book.id, date(2026, 11, 1), date(2026, 11, 30))

    async def asks():
        async with own_runtime.db.writing() as session:
            made = await certificates.issue_batch(session, batch_id, wanted, by=clerk, now=now)
            await asyncio.sleep(0.1)
            return [each.certificate.id for each in made]

    first, second = await asyncio.gather(asks(), asks())
    assert (first, len(first)) == (second, 1)
