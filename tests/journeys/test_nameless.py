"""Whoever gives no name finds a station, checks in and reports; only a certificate asks for one."""

from uuid import uuid4

from sqlalchemy import select

from app.core.clock import utc_now
from app.models import Account, AccountStatus
from tests.accounts.conftest import Phone
from tests.factories.ledger import make_book, make_subject
from tests.factories.reports import make_category
from tests.factories.stations import make_station
from tests.reports.test_api_submit import a_report


async def test_locator_check_in_and_report_need_no_name(client, session, runtime):
    station = await make_station(session)
    await make_category(session)
    book = await make_book(session)
    await session.commit()
    await runtime.realtime.board.load()
    where = f"lat={station.lat}&lon={station.lon}&coord_type=wgs84"
    (near,) = (await client.get(f"/v1/stations/nearby?{where}")).json()["stations"]
    assert near["id"] == str(station.id)  # without any account

    phone = Phone(client, runtime)
    signed_in = await phone.sign_in()
    given_name = signed_in["account"]["display_name"]
    tap = {"id": str(uuid4()), "captured_at": utc_now().isoformat()}
    assert (await client.post(f"/v1/stations/{station.id}/checkins", json=tap)).status_code == 201
    assert (await client.post("/v1/reports", json=a_report())).status_code == 201

    (account,) = await session.scalars(select(Account).where(Account.status == AccountStatus.ACTIVE))
    await make_subject(session, account.id, name=None)
    await session.commit()
    asked = {"id": str(uuid4()), "book_id": str(book.id)}
    refused = await client.post("/v1/certificates", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "certificate.name_needed")
    assert (await client.get("/v1/accounts/me")).json()["display_name"] == given_name
