"""Accounts that may be one person's: a hint to the officer of the area, logged, and nothing more."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.models import AccountStatus, PersonalDataRead
from tests.factories.accounts import make_account, make_session
from tests.factories.stations import COMMUNITY, make_area

DISTRICT = COMMUNITY[:6]
ELSEWHERE = "620921001001"
EARLY = datetime(2026, 11, 1, 4, tzinfo=UTC)


@pytest.fixture
async def officer(session, client_for):
    for code in (COMMUNITY, ELSEWHERE):
        await make_area(session, code)
    account = await make_account(session)
    await session.commit()
    return client_for(Actor(account.id, (Grant(Role.DISTRICT_OFFICER, (DISTRICT,)),)))


async def people(session, *names: str, **given):
    return [
        await make_account(session, display_name=name, **{"area_code": COMMUNITY, **given}) for name in names
    ]


async def test_the_officer_hears_of_accounts_that_may_be_one_person(officer, session):
    one, other, third = await people(session, "马小军", "马小军", "阿强", created_at=EARLY)
    device = uuid4()
    later = EARLY + timedelta(days=2)
    await make_session(session, other, device_id=device, issued_at=later)
    await make_session(session, third, device_id=device, issued_at=EARLY, revoked_at=later)
    await make_session(session, one, device_id=device, issued_at=later + timedelta(days=1), revoked_at=later)
    await session.commit()

    answer = await officer.get("/v1/accounts/duplicates")

    found = [
        ([person["account_id"] for person in pair["people"]], pair["alike"], pair["since"])
        for pair in answer.json()["items"]
    ]
    day = "2026-11-{:02}T04:00:00Z"
    assert found == [
        ([str(one.id), str(other.id)], ["device", "name"], day.format(1)),
        ([str(one.id), str(third.id)], ["device"], day.format(4)),
        ([str(other.id), str(third.id)], ["device"], day.format(3)),
    ]
    assert answer.json()["items"][0]["people"][1].keys() == {"account_id", "display_name"}
    read = await session.scalars(select(PersonalDataRead.subject_id))
    assert set(read) == {one.id, other.id, third.id}


async def test_who_gave_no_name_or_is_gone_or_lies_elsewhere_is_nobodys_double(officer, session):
    await people(session, "骑手0042", "骑手0042")
    await people(session, "老马", area_code=ELSEWHERE)
    await people(session, "老马")
    await people(session, "老马", status=AccountStatus.DELETED)
    await session.commit()

    assert (await officer.get("/v1/accounts/duplicates")).json() == {"items": [], "next_cursor": None}


async def test_pairs_come_in_pages(officer, session):
    await people(session, "老马", "老马", "老马")
    await session.commit()

    seen, cursor = [], ""
    while cursor is not None:
        page = (await officer.get(f"/v1/accounts/duplicates?limit=1{cursor}")).json()
        seen += [tuple(UUID(each["account_id"]) for each in pair["people"]) for pair in page["items"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"

    assert len(seen) == 3
    assert seen == sorted(set(seen))


@pytest.mark.parametrize("query", ["cursor=x", "cursor=WyJ4Il0", "cursor=WyJ4IiwieCJd", "limit=0"])
async def test_rubbish_is_refused(officer, query):
    assert (await officer.get(f"/v1/accounts/duplicates?{query}")).status_code == 422
