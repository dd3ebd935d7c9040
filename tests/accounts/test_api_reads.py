"""The read log: privacy officers see who read in their area, and old entries go."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.core.actor import Actor, Grant, Role
from app.services import accounts
from app.services.accounts import readlog
from tests.accounts.conftest import NUMBER
from tests.factories.accounts import make_account, make_read
from tests.factories.stations import COMMUNITY, make_area

ELSEWHERE = "620921001001"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
async def watcher(session, client_for):
    await make_area(session, COMMUNITY)
    account = await make_account(session)
    await session.commit()
    return client_for(Actor(account.id, (Grant(Role.PRIVACY_OFFICER, (COMMUNITY[:6],)),)))


async def test_the_log_shows_reads_of_ones_area_newest_first_and_pages(watcher, session):
    reader, subject = await make_account(session), await make_account(session, display_name="老马")
    mine = [await make_read(session, subject, by=reader, area_code=COMMUNITY) for _ in range(3)]
    await make_read(session, subject, by=reader, area_code=ELSEWHERE)
    await make_read(session, subject, by=reader)
    await session.commit()

    first = (await watcher.get("/v1/accounts/reads?limit=2")).json()
    second = (await watcher.get(f"/v1/accounts/reads?limit=2&cursor={first['next_cursor']}")).json()

    seen = [item["id"] for item in first["items"] + second["items"]]
    assert seen == [str(read.id) for read in reversed(mine)]
    assert second["next_cursor"] is None
    assert first["items"][0]["reader_id"] == str(reader.id)
    assert "老马" not in str(first)


async def test_the_log_of_one_person(watcher, session):
    reader, one, other = [await make_account(session) for _ in range(3)]
    read = await make_read(session, one, by=reader, area_code=COMMUNITY)
    await make_read(session, other, by=reader, area_code=COMMUNITY)
    await session.commit()

    items = (await watcher.get(f"/v1/accounts/reads?subject_id={one.id}")).json()["items"]

    assert [item["id"] for item in items] == [str(read.id)]


async def test_a_sysadmin_sees_reads_that_lie_nowhere(session, client_for):
    reader, subject = await make_account(session), await make_account(session)
    read = await make_read(session, subject, by=reader)
    await session.commit()
    sysadmin = client_for(Actor(reader.id, (Grant(Role.SYSADMIN),)))

    items = (await sysadmin.get("/v1/accounts/reads")).json()["items"]

    assert [item["id"] for item in items] == [str(read.id)]


@pytest.mark.parametrize("query", ["cursor=x", "cursor=WyJ4Il0", "subject_id=x", "limit=0", "limit=101"])
async def test_rubbish_is_refused(watcher, query):
    assert (await watcher.get(f"/v1/accounts/reads?{query}")).status_code == 422


async def test_what_an_officer_reads_shows_in_the_log_of_their_area(watcher, phone, session, client_for):
    """Of a person who named no area, it is the officer's."""
    account = (await phone.sign_in())["account"]
    officer = Actor((await make_account(session)).id, (Grant(Role.DISTRICT_OFFICER, (COMMUNITY[:6],)),))
    await session.commit()
    body = {"phone": NUMBER, "new_phone": "13900000000", "code": "000000", "reason": "本人到场"}
    await client_for(officer).post("/v1/accounts/rebindings", json=body)

    (item,) = (await watcher.get("/v1/accounts/reads")).json()["items"]

    assert (item["subject_id"], item["area_code"], item["what"]) == (account["id"], COMMUNITY[:6], "phone")
    assert UUID(item["reader_id"]) == officer.account_id


async def test_entries_are_kept_half_a_year(session):
    reader, subject = await make_account(session), await make_account(session)
    assert timedelta(days=184) <= readlog.KEEP_READS
    for days in (readlog.KEEP_READS.days, readlog.KEEP_READS.days + 1):
        await make_read(session, subject, by=reader, read_at=NOW - timedelta(days=days))

    assert await accounts.forget_reads(session, now=NOW) == 1
