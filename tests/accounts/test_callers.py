"""Who a token makes of its bearer: status, sign-in and grants as they stand now."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import jwt
import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import Anyone, Officer, Person, Worker
from app.core.actor import Role
from app.core.db import after_commit
from app.core.errors import SignInRequired
from app.main import create_app
from app.models import AccountStatus, RoleGrant
from app.runtime import Runtime
from app.services.accounts import queries
from app.services.accounts.callers import FRESH_FOR
from app.services.accounts.tokens import AccessTokens
from tests.factories.accounts import make_account, make_grant, make_session

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECRET = "a secret for tests that is long enough"


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens(SECRET, minutes=15)


@pytest.fixture
async def asking(runtime: Runtime) -> AsyncClient:
    """Ask routes that answer the caller's id, through the real checks."""
    app: FastAPI = create_app(runtime)

    @app.get("/anyone")
    async def anyone(by: Anyone) -> str:
        return str(by.account_id)

    @app.get("/person")
    async def person(by: Person) -> str:
        return str(by.account_id)

    @app.get("/worker")
    async def worker(by: Worker) -> str:
        return str(by.account_id)

    @app.get("/officer")
    async def officer(by: Officer) -> str:
        return str(by.account_id)

    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client


async def sign_in(session: AsyncSession, runtime: Runtime, asking: AsyncClient, **account):
    person = await make_account(session, **account)
    device = await make_session(session, person)
    await session.commit()
    token = runtime.tokens.issue(person.id, device.family_id, now=datetime.now(UTC))
    asking.headers["authorization"] = f"Bearer {token}"
    return person, device


def test_a_token_says_whose_it_is_until_it_expires(tokens):
    account_id, session_id = uuid4(), uuid4()
    token = tokens.issue(account_id, session_id, now=NOW)

    claims = tokens.read(token, now=NOW + timedelta(minutes=14, seconds=59))

    assert (claims.account_id, claims.session_id) == (account_id, session_id)
    with pytest.raises(SignInRequired):
        tokens.read(token, now=NOW + timedelta(minutes=15))


@pytest.mark.parametrize("bad", ["", "x", "a.b.c", "\0", "…" * 3000])
def test_rubbish_is_no_token(tokens, bad):
    with pytest.raises(SignInRequired):
        tokens.read(bad, now=NOW)


def test_tokens_of_another_key_or_without_one_are_refused(tokens):
    claims = {"sub": str(uuid4()), "sid": str(uuid4()), "exp": NOW.timestamp() + 60}
    unsigned = jwt.encode(claims, None, algorithm="none")
    foreign = AccessTokens(SECRET[::-1], minutes=15).issue(uuid4(), uuid4(), now=NOW)
    raw = jwt.encode(claims, SECRET, algorithm="HS256")  # the secret itself signs nothing

    for token in (unsigned, foreign, raw):
        with pytest.raises(SignInRequired):
            tokens.read(token, now=NOW)


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="32"):
        AccessTokens("short", minutes=15)


async def test_without_a_token_one_is_nobody(asking):
    assert (await asking.get("/anyone")).json() == "None"
    response = await asking.get("/worker")

    assert (response.status_code, response.json()["code"]) == (401, "sign_in_required")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_a_bad_token_is_refused_even_where_anyone_may_come(asking):
    response = await asking.get("/anyone", headers={"authorization": "Bearer x"})

    assert (response.status_code, response.json()["code"]) == (401, "sign_in_required")


async def test_a_token_names_its_account(asking, session, runtime):
    person, _ = await sign_in(session, runtime, asking)

    assert (await asking.get("/worker")).json() == str(person.id)
    assert (await asking.get("/officer")).json()["code"] == "role_missing"


async def test_a_signed_out_device_is_out_as_soon_as_its_process_knows(asking, session, runtime):
    person, device = await sign_in(session, runtime, asking)
    assert (await asking.get("/worker")).status_code == 200
    device.revoked_at = datetime.now(UTC)
    await session.commit()

    runtime.callers.forget([person.id])

    assert (await asking.get("/worker")).status_code == 401


async def test_a_banned_account_may_only_look_after_its_own_data(asking, session, runtime):
    person, _ = await sign_in(session, runtime, asking, status=AccountStatus.BANNED)
    await make_grant(session, person)
    await session.commit()

    assert (await asking.get("/worker")).json()["code"] == "account.banned"
    assert (await asking.get("/officer")).json()["code"] == "account.banned"
    assert (await asking.get("/person")).status_code == 200


async def test_a_deleted_account_is_nobody(asking, session, runtime):
    await sign_in(session, runtime, asking, status=AccountStatus.DELETED)

    assert (await asking.get("/person")).status_code == 401


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "day", "counts"),
    [
        (date(2026, 11, 22), date(2026, 11, 23), datetime(2026, 11, 21, 15, 59, tzinfo=UTC), False),
        (date(2026, 11, 22), date(2026, 11, 23), datetime(2026, 11, 21, 16, 0, tzinfo=UTC), True),
        (date(2026, 11, 22), date(2026, 11, 23), datetime(2026, 11, 23, 15, 59, tzinfo=UTC), True),
        (date(2026, 11, 22), date(2026, 11, 23), datetime(2026, 11, 23, 16, 0, tzinfo=UTC), False),
        (date(2026, 11, 22), None, datetime(2030, 1, 1, tzinfo=UTC), True),
    ],
)
async def test_a_deputys_grant_counts_on_its_days_in_china(
    session, runtime, valid_from, valid_to, day, counts
):
    person = await make_account(session)
    device = await make_session(session, person, issued_at=day)
    await make_grant(session, person, valid_from=valid_from, valid_to=valid_to)
    await session.commit()
    claims = runtime.tokens.read(runtime.tokens.issue(person.id, device.family_id, now=day), now=day)

    actor = await runtime.callers.actor(claims, now=day)

    assert actor.holds(Role.SYSADMIN) is counts


async def test_a_revocation_elsewhere_counts_within_seconds(session, runtime):
    person = await make_account(session)
    device = await make_session(session, person, issued_at=NOW)
    grant = await make_grant(session, person)
    await session.commit()
    claims = runtime.tokens.read(runtime.tokens.issue(person.id, device.family_id, now=NOW), now=NOW)
    assert (await runtime.callers.actor(claims, now=NOW)).holds(Role.SYSADMIN)
    grant.revoked_at = NOW
    await session.commit()

    # Kept for a moment (another process changed it and its notice was lost), then asked for again.
    assert (await runtime.callers.actor(claims, now=NOW + FRESH_FOR / 2)).holds(Role.SYSADMIN)
    assert not (await runtime.callers.actor(claims, now=NOW + FRESH_FOR)).holds(Role.SYSADMIN)


async def test_what_was_read_during_a_change_is_not_kept(own_runtime, monkeypatch):
    """A read that began before a revocation committed must not bring the old state back."""
    callers = own_runtime.callers
    async with own_runtime.db.writing() as session:
        person = await make_account(session)
        device = await make_session(session, person, issued_at=NOW)
        grant = await make_grant(session, person)
    claims = own_runtime.tokens.read(own_runtime.tokens.issue(person.id, device.family_id, now=NOW), now=NOW)
    read_sessions = queries.live_sessions

    async def read_while_somebody_revokes(*args, **kwargs):
        async with own_runtime.db.writing() as session:
            (await session.get_one(RoleGrant, grant.id)).revoked_at = NOW
            after_commit(session, lambda: callers.forget([person.id]))
        return await read_sessions(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(queries, "live_sessions", read_while_somebody_revokes)
        assert (await callers.actor(claims, now=NOW)).holds(Role.SYSADMIN)

    assert not (await callers.actor(claims, now=NOW)).holds(Role.SYSADMIN)


async def test_many_callers_are_asked_about_by_the_statements_of_one(runtime, session):
    people = [(await make_account(session)).id for _ in range(3)]
    said: list[str] = []

    def hear(*given: object) -> None:
        said.append(str(given[2]))

    event.listen(runtime.db.engine.sync_engine, "before_cursor_execute", hear)
    try:
        for asked in (people[:1], people):
            assert set(await queries.statuses(session, asked)) == set(asked)
            assert await queries.grants_in_force(session, asked, now=NOW) == {}
            assert await queries.live_sessions(session, asked, now=NOW) == {}
    finally:
        event.remove(runtime.db.engine.sync_engine, "before_cursor_execute", hear)

    heard = [each for each in said if each.startswith("SELECT")]
    assert heard[:3] == heard[3:]
