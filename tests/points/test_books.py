"""The books balance whatever happens, are only ever added to, and follow their person."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.core.actor import Actor
from app.core.clock import utc_now
from app.models.points import PointsAccount, PointsTransfer, PointsWallet
from app.services import points
from app.services.points import books, queries
from tests.factories.accounts import make_account
from tests.factories.points import COUNTY, make_points


async def check_books(session) -> None:
    """Every balance is the sum of its transfers, and all of them together are nothing."""
    balances = {each.id: each.balance for each in await session.scalars(select(PointsAccount))}
    sums = dict.fromkeys(balances, 0)
    for transfer in await session.scalars(select(PointsTransfer)):
        sums[transfer.debit_id] -= transfer.amount
        sums[transfer.credit_id] += transfer.amount
    assert balances == sums
    assert sum(balances.values()) == 0


@pytest.mark.parametrize(
    "statement", ["UPDATE points_transfers SET amount = 1", "DELETE FROM points_transfers"]
)
async def test_the_database_refuses_to_rewrite_what_was_moved(session, statement):
    await make_points(session, (await make_account(session)).id, 10)

    with pytest.raises(IntegrityError):
        async with session.begin_nested():
            await session.execute(text(statement))


async def test_two_accounts_of_one_person_have_one_purse_and_one_statement(session):
    survivor, absorbed = await make_account(session), await make_account(session)
    await make_points(session, survivor.id, 10)
    await make_points(session, absorbed.id, 5)

    for _ in range(2):
        await points.keep_one_current(session, absorbed.id, survivor.id, now=utc_now())
    for wallet in await session.scalars(select(PointsWallet)):
        wallet.account_id = survivor.id  # as the accounts' merger does
    await session.flush()

    me = Actor(survivor.id)
    [mine] = await queries.balances(session, by=me)
    page = await queries.statement(session, scheme_code=None, cursor=None, limit=10, by=me)
    assert (mine.available, mine.expiring and mine.expiring[1]) == (15, 15)
    assert [line.transfer.amount for line in page.items] == [5, 10]
    assert (await books.wallet_of(session, survivor.id, COUNTY)).is_current
    await check_books(session)
