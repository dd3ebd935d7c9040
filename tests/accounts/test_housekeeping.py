"""What is old goes; what still guards something stays."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.models import Account, RefreshToken, SignInCode
from app.services import accounts
from app.services.accounts.vault import Vault
from tests.factories.accounts import make_account, make_session

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "stays"),
    [
        ({"issued_at": NOW - timedelta(days=29)}, True),
        ({"issued_at": NOW - timedelta(days=200)}, True),  # knows the device of a sleeping account
        ({"issued_at": NOW - timedelta(days=431)}, False),
        ({"used_at": NOW - timedelta(days=6)}, True),  # a second use still ends the sign-in
        ({"used_at": NOW - timedelta(days=8)}, False),
        ({"revoked_at": NOW - timedelta(days=8)}, False),
    ],
)
async def test_old_links_go(session, given, stays):
    await make_session(session, await make_account(session), **{"issued_at": NOW, **given})

    assert await accounts.forget_sessions(session, now=NOW) == (0 if stays else 1)
    assert len((await session.scalars(select(RefreshToken))).all()) == (1 if stays else 0)


async def test_old_codes_go(session):
    for days in (0, 2):
        at = NOW - timedelta(days=days)
        session.add(
            SignInCode(phone_hash=b"h", code_hash=b"c", sent_at=at, expires_at=at + accounts.CODE_LIVES)
        )
    await session.flush()

    assert await accounts.forget_codes(session, now=NOW) == 1


async def test_numbers_follow_a_new_key_in_batches(session):
    old, new = "o" * 32, "n" * 32
    before = Vault(secret_key=old, phone_keys=[old], phone_hash_key=old)
    both = Vault(secret_key=old, phone_keys=[new, old], phone_hash_key=old)
    after = Vault(secret_key=old, phone_keys=[new], phone_hash_key=old)
    for n in range(5):
        phone = f"+861380000000{n}"
        await make_account(
            session, phone_hash=before.phone_hash(phone), phone_encrypted=before.encrypt_phone(phone)
        )
    await make_account(session)  # a deleted one has no number

    start, batches = None, 0
    while batches == 0 or start is not None:
        start = await accounts.rotate_phones(session, vault=both, after=start, limit=2)
        batches += 1

    assert batches == 3
    numbers = {
        after.decrypt_phone(account.phone_encrypted)
        for account in await session.scalars(select(Account))
        if account.phone_encrypted
    }
    assert numbers == {f"+861380000000{n}" for n in range(5)}
