"""Earn, ask, fetch, give back, lose, merge in any order: the books balance, no shelf is below zero."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core.actor import Actor, Role
from app.core.errors import AppError
from app.models import OutboxEvent
from app.models.points import (
    HoldState,
    PointsAccount,
    PointsAccountKind,
    PointsHold,
    PointsOffer,
    PointsSource,
    PointsTransfer,
    PointsWallet,
    TransferKind,
)
from app.services import points
from app.services.points import earning, holds, offers, queries
from app.services.points.earning import Deed
from tests.factories.accounts import make_account
from tests.factories.points import make_offer, make_rule, make_scheme
from tests.factories.stations import COMMUNITY, make_staff, make_station
from tests.points.test_books import check_books

_PICK = st.integers(0, 20)
_VERBS = ["earn", "void", "ask", "cancel", "hand_over", "refuse", "lapse", "expire", "restock", "merge"]
_STEP = st.tuples(st.sampled_from([*_VERBS, "wait"]), _PICK)


class District:
    """Two riders, one shelf, and a clock that goes on by weeks."""

    def __init__(self, session) -> None:
        self.session = session
        self.now = datetime(2026, 3, 1, 4, tzinfo=UTC)

    async def set_up(self) -> "District":
        scheme = await make_scheme(self.session, lasts_months=1)
        await make_rule(self.session, scheme, per_minutes=1, points=1, cap=40)
        station = await make_station(self.session)
        self.offer = await make_offer(self.session, station, stock=2)
        self.manager = await make_staff(self.session, Role.STATION_MANAGER, station=station)
        self.riders = [(await make_account(self.session)).id for _ in range(2)]
        return self

    async def do(self, verb: str, pick: int) -> None:
        act: Callable[[int], Awaitable[object]] = getattr(self, f"_{verb}")
        try:
            async with self.session.begin_nested():
                await act(pick)
        except AppError:
            return  # a refusal leaves everything as it was

    async def _wait(self, pick: int) -> None:
        self.now += timedelta(days=pick)

    async def _earn(self, pick: int) -> None:
        deed = Deed(
            self.riders[pick % len(self.riders)],
            COMMUNITY,
            PointsSource.HOURS,
            self.now.date(),
            origin=str(uuid4()),
            minutes=5 + pick,
        )
        await earning.reward(self.session, deed, now=self.now)

    async def _void(self, pick: int) -> None:
        query = select(PointsTransfer.origin).where(PointsTransfer.kind == TransferKind.EARN)
        if origins := (await self.session.scalars(query.order_by(PointsTransfer.seq))).all():
            said = {"entry_id": origins[pick % len(origins)]}
            event = OutboxEvent(name="ledger.hours_voided", payload=said, recorded_at=self.now)
            await points.take_back(self.session, event, now=self.now)

    async def _ask(self, pick: int) -> None:
        rider = Actor(self.riders[pick % len(self.riders)])
        await holds.ask(self.session, uuid4(), self.offer.id, by=rider, now=self.now)

    async def _picked(self, pick: int) -> tuple[PointsHold, UUID]:
        query = select(PointsHold, PointsWallet.account_id).join(
            PointsWallet, PointsWallet.id == PointsHold.wallet_id
        )
        found = (await self.session.execute(query.order_by(PointsHold.held_at, PointsHold.id))).all()
        if not found:
            raise holds.HoldOver
        return found[pick % len(found)]

    async def _cancel(self, pick: int) -> None:
        hold, owner = await self._picked(pick)
        await holds.cancel(self.session, hold.id, by=Actor(owner), now=self.now)

    async def _hand_over(self, pick: int) -> None:
        hold, _ = await self._picked(pick)
        await holds.hand_over(self.session, hold.station_id, hold.code, by=self.manager, now=self.now)

    async def _refuse(self, pick: int) -> None:
        hold, _ = await self._picked(pick)
        await holds.refuse(self.session, hold.id, "缺货", by=self.manager, now=self.now)

    async def _lapse(self, _: int) -> None:
        await holds.lapse(self.session, now=self.now)

    async def _expire(self, _: int) -> None:
        await points.expire(self.session, now=self.now)

    async def _restock(self, pick: int) -> None:
        await offers.restock(self.session, self.offer.id, pick % 5 - 2, by=self.manager, now=self.now)

    async def _merge(self, _: int) -> None:
        survivor, *absorbed = self.riders
        for other in absorbed:
            await points.keep_one_current(self.session, other, survivor, now=self.now)
            for wallet in await self.session.scalars(
                select(PointsWallet).where(PointsWallet.account_id == other)
            ):
                wallet.account_id = survivor
            await self.session.flush()
        self.riders = [survivor]

    async def check(self) -> None:
        await check_books(self.session)
        offer = await self.session.get_one(PointsOffer, self.offer.id, populate_existing=True)
        kept = await self._holds(HoldState.OPEN)
        fetched = await self._holds(HoldState.HANDED_OVER)
        assert offer.stock >= 0
        assert offer.stocked - offer.stock == len(kept) + len(fetched)
        assert await self._stands(PointsAccountKind.HELD) == sum(kept)
        assert await self._stands(PointsAccountKind.REDEEMED) == sum(fetched)
        for rider in self.riders:
            await self._check_person(Actor(rider))

    async def _check_person(self, me: Actor) -> None:
        """What one may spend is what the lines add up to, and what is left of what was earned."""
        page = await queries.statement(self.session, scheme_code=None, cursor=None, limit=500, by=me)
        signs = {"earn": 1, "refund": 1, "redeem": 0}
        told = sum(signs.get(line.transfer.kind, -1) * line.transfer.amount for line in page.items)
        for mine in await queries.balances(self.session, by=me):
            wallets = select(PointsWallet.id).where(PointsWallet.account_id == me.account_id)
            left = await queries.left_of(self.session, (await self.session.scalars(wallets)).all())
            assert (mine.available, sum(each for _, each in left)) == (told, max(told, 0))

    async def _holds(self, state: HoldState) -> list[int]:
        query = select(PointsHold.price).where(PointsHold.state == state)
        return list(await self.session.scalars(query))

    async def _stands(self, kind: PointsAccountKind) -> int:
        query = select(func.coalesce(func.sum(PointsAccount.balance), 0)).where(PointsAccount.kind == kind)
        return int(await self.session.scalar(query) or 0)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    began=st.lists(st.tuples(st.just("earn"), _PICK), min_size=2, max_size=4),
    steps=st.lists(_STEP, min_size=6, max_size=20),
)
async def test_the_books_balance_in_any_order(session, began, steps):
    async with session.begin_nested() as example:
        district = await District(session).set_up()
        for step in [*began, *steps]:
            await district.do(*step)
            await session.flush()
        await district.check()
        await example.rollback()
    session.expunge_all()
