"""What partners send: with a key, once, into their own area, and nothing of it names a citizen."""

from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import func, select

from app.core.actor import Actor, Grant, Role
from app.models import Account, Open311Request, Photo, Report, ReportOrigin, ReportUpdate
from tests.factories.accounts import make_account
from tests.factories.open311 import ARRANGED_KEY, make_key, make_public
from tests.factories.photos import jpeg
from tests.factories.reports import make_category
from tests.factories.stations import COMMUNITY, make_area
from tests.reports import crew

V2 = "/open311/v2"
OTHER = "620921001001"


def a_form(**given) -> dict:
    form = {
        "api_key": ARRANGED_KEY,
        "service_code": "road_damage",
        "lat": "39.7431",
        "long": "98.5083",
        "description": "路上有坑\r\n\r\n很深\r\n\r\nhttps://fixmystreet.example/report/7",
        "email": "zhang@example.com",
        "first_name": "张三",
        "phone": "13712345678",
        **given,
    }
    return {name: value for name, value in form.items() if value is not None}


@pytest.fixture
async def key(session):
    await make_category(session)
    made = await make_key(session)
    await session.commit()
    return made


async def sent(client, form: dict, fmt: str = "json", **given):
    return await client.post(f"{V2}/requests.{fmt}", data=form, **given)


async def test_a_partners_request_becomes_a_report_of_the_partner(client, session, key):
    response = await sent(client, a_form(media_url=["https://a.example/1.jpg", "https://a.example/2.jpg"]))

    assert response.status_code == 200, response.text
    (answer,) = response.json()
    assert set(answer) == {"service_request_id", "service_notice", "account_id"}
    report = await session.scalar(select(Report))
    assert answer["service_request_id"] == f"NF{report.number}"
    assert report.description == "路上有坑\n\n很深\n\nhttps://fixmystreet.example/report/7"
    assert (report.lat, report.lon, report.area_code) == (39.7431, 98.5083, COMMUNITY)
    assert (await session.get(ReportOrigin, report.id)).account_id == key.partner_id
    kept = await session.get(Open311Request, report.id)
    assert kept.media_urls == ["https://a.example/1.jpg", "https://a.example/2.jpg"]
    assert (await client.get(f"{V2}/requests/{answer['service_request_id']}.json")).status_code == 200


async def test_xml_answers_a_list_of_one(client, key):
    response = await sent(client, a_form(), "xml")

    assert (response.status_code, response.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    tree = ET.fromstring(response.text)
    assert tree.tag == "service_requests"
    assert [each.tag for each in tree] == ["request"]
    assert tree.findtext("request/service_request_id").startswith("NF")


async def test_the_same_form_again_is_the_same_request(client, session, key):
    first, again, other = [await sent(client, a_form(**given)) for given in ({}, {}, {"lat": "39.7432"})]

    assert first.json() == again.json()
    assert other.json() != first.json()
    assert await session.scalar(select(func.count()).select_from(Report)) == 2


async def test_attributes_are_answers(client, session, key):
    questions = [
        {"id": "depth", "type": "number", "zh": "深", "en": "Depth", "min": 0, "max": 300, "required": True},
        {"id": "water", "type": "bool", "zh": "水", "en": "Water"},
    ]
    await make_category(session, "hole", questions=questions)
    await session.commit()
    good = {"attribute[depth]": "30", "attribute[water][]": "true", "service_code": "hole"}

    assert (await sent(client, a_form(**good))).status_code == 200
    report = await session.scalar(select(Report))
    assert report.answers == {"depth": 30.0, "water": True}
    for bad in ({"attribute[depth]": "deep"}, {"attribute[depth]": "999"}, {"attribute[depth]": ""}):
        assert (await sent(client, a_form(**good | bad))).status_code == 400


async def test_pictures_come_with_the_form(client, session, key):
    files = [
        ("media", ("1.jpg", jpeg((64, 48)), "image/jpeg")),
        ("photo2", ("2.jpg", jpeg((64, 48), seed=2))),
    ]

    response = await sent(client, a_form(), files=files)

    assert response.status_code == 200, response.text
    report = await session.scalar(select(Report))
    found = (await session.scalars(select(Photo).where(Photo.about_id == report.id))).all()
    assert [(each.owner_id, each.attached_at is None) for each in found] == [(key.partner_id, False)] * 2
    again = await sent(client, a_form(), files=files)
    assert again.json() == response.json()


WRONG = (
    ({"api_key": None}, 403),
    ({"api_key": "wrong"}, 403),
    ({"api_key": ""}, 403),
    ({"service_code": None}, 400),
    ({"service_code": ""}, 400),
    ({"service_code": "nothing"}, 404),
    ({"service_code": "wages"}, 404),
    ({"jurisdiction_id": "city.gov"}, 404),
    ({"lat": None}, 400),
    ({"lat": "north"}, 400),
    ({"lat": "nan"}, 400),
    ({"lat": "98.5083", "long": "39.7431"}, 400),
    ({"lat": "51.5", "long": "0.1"}, 400),
    ({"description": "x" * 4001}, 400),
    ({"description": "\0"}, 400),
    ({"attribute[unknown]": "1"}, 400),
)


async def test_what_cannot_be_is_refused_and_leaves_nothing(client, session, key):
    await make_category(session, "wages", is_confidential=True)
    await session.commit()

    for change, status in WRONG:
        response = await sent(client, a_form(**change))

        assert response.status_code == status, (change, response.text)
        (error,) = response.json()
        assert (error["code"], bool(error["description"])) == (status, True)
    assert await session.scalar(select(func.count()).select_from(Report)) == 0


async def test_a_key_reaches_no_further_than_its_area(client, session, key):
    await make_key(session, "elsewhere", area_code=OTHER)
    await session.commit()

    response = await sent(client, a_form(api_key="elsewhere", jurisdiction_id=COMMUNITY))

    assert response.status_code == 403
    assert await session.scalar(select(func.count()).select_from(Report)) == 0


def an_update(report: Report, **given) -> dict:
    return {
        "api_key": ARRANGED_KEY,
        "service_request_id": f"NF{report.number}",
        "update_id": "77",
        "status": "OPEN",
        "updated_datetime": "2026-11-20T10:00:00+08:00",
        "description": "还在",
        **given,
    }


async def test_an_update_is_work_for_staff_once(client, session, key):
    report = await make_public(session)
    await session.commit()
    path = f"{V2}/servicerequestupdates"

    first, again = [await client.post(f"{path}.xml", data=an_update(report)) for _ in range(2)]
    done = await client.post(f"{path}.json", data=an_update(report, update_id="78", status="FIXED"))

    assert (first.status_code, first.text) == (200, again.text)
    update_id = UUID(ET.fromstring(first.text).findtext("request_update/update_id"))
    update = await session.get(ReportUpdate, update_id)
    assert (update.text, update.is_still_there, update.is_from_reporter) == ("还在", True, False)
    assert not (await session.get(ReportUpdate, UUID(done.json()[0]["update_id"]))).is_still_there
    assert await session.scalar(select(func.count()).select_from(ReportUpdate)) == 2
    await session.refresh(report)
    assert report.state == "submitted"


async def test_partners_may_number_the_updates_of_each_request_from_one(client, session, key):
    reports = [await make_public(session) for _ in range(2)]
    await session.commit()

    for report in reports:
        answer = await client.post(f"{V2}/servicerequestupdates.json", data=an_update(report, update_id="1"))
        assert answer.status_code == 200

    found = await session.scalars(select(ReportUpdate.report_id))
    assert set(found) == {report.id for report in reports}


WRONG_UPDATES = (
    ({"api_key": ""}, 403),
    ({"status": "DONE"}, 400),
    ({"update_id": ""}, 400),
    ({"service_request_id": "NF1999999"}, 404),
    ({"updated_datetime": "today"}, 400),
)


async def test_a_wrong_update_is_refused(client, session, key):
    report = await make_public(session)
    await session.commit()

    for change, status in WRONG_UPDATES:
        response = await client.post(f"{V2}/servicerequestupdates.json", data=an_update(report, **change))

        assert (response.status_code, response.json()[0]["code"]) == (status, status), change


async def test_keys_are_given_once_and_end(client, session, client_for):
    await make_area(session, COMMUNITY)
    await make_category(session)
    sysadmin = client_for(Actor((await make_account(session)).id, (Grant(Role.SYSADMIN),)))
    await session.commit()

    made = (await sysadmin.post("/v1/open311/keys", json={"name": "邻市", "area_code": COMMUNITY})).json()
    listed = await sysadmin.get("/v1/open311/keys")

    assert made["api_key"] not in listed.text
    assert (await sent(client, a_form(api_key=made["api_key"]))).status_code == 200
    partner = await session.scalar(select(Account).join(ReportOrigin, ReportOrigin.account_id == Account.id))
    assert (partner.display_name, partner.phone_hash) == ("邻市", None)
    assert (await sysadmin.delete(f"/v1/open311/keys/{made['key']['id']}")).status_code == 204
    assert (await sent(client, a_form(api_key=made["api_key"]))).status_code == 403
    assert (
        await sysadmin.post("/v1/open311/keys", json={"name": "邻市", "area_code": "999999"})
    ).status_code == 404


async def test_the_desk_sees_a_partners_pictures_and_the_partner_hears_what_is_none(
    client, client_for, session, key
):
    clerk = client_for(await crew.staff(session))
    await session.commit()
    files = [
        ("media", ("1.jpg", jpeg((64, 48)), "image/jpeg")),
        ("media", ("2.jpg", b"GIF89a, or nothing", "image/jpeg")),
    ]
    urls = ["https://a.example/1.jpg", "javascript:alert(1)"]

    response = await sent(client, a_form(media_url=urls), files=files)

    assert response.status_code == 200, response.text
    [answer] = response.json()
    assert answer["service_notice"].startswith("1 个文件不是照片")
    report = await session.scalar(select(Report))
    album = (await clerk.get(f"/v1/reports/cases/{report.id}/photos")).json()
    photo = await session.scalar(select(Photo).where(Photo.about_id == report.id))
    assert [each["id"] for each in album["photos"]] == [str(photo.id)]
    assert album["elsewhere"] == ["https://a.example/1.jpg"]
