"""Selects over points: what one has, the statement, the figures of a scheme; nobody beside others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.errors import BadCursor, SignInRequired
from app.core.pages import Page, decode_cursor, encode_cursor
from app.models import ActivityKind, Area, LedgerEntry, ReportFollower, SignUp, VolunteerActivity
from app.models.points import (
    PointsAccount,
    PointsAccountKind,
    PointsHold,
    PointsOffer,
    PointsRule,
    PointsSource,
    PointsTransfer,
    PointsWallet,
    TransferKind,
)
from app.services.points.rules import Lot, remaining

Key = TypeVar("Key")
FEWEST_SHOWN = 5  # fewer people could be known by their number (domain §3.3)
_back = aliased(PointsTransfer)


@dataclass(frozen=True, slots=True)
class Balance:
    """What one has of a scheme; ``available`` is below zero when more was taken back than was left."""

    scheme_code: str
    scheme_name: str
    available: int
    held: int
    expiring: Lot | None


@dataclass(frozen=True, slots=True)
class Line:
    """One transfer on the statement; ``about`` is what was done, where that may be said."""

    transfer: PointsTransfer
    about: str | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a scheme's books say of some days, and of now; people are counted, if they are enough."""

    moved: Mapping[TransferKind, int]
    earned: Mapping[PointsSource, int]
    people: int | None
    available: int
    held: int


async def balances(session: AsyncSession, *, by: Actor) -> list[Balance]:
    """Return what the caller has, by scheme."""
    query = (
        select(PointsWallet.scheme_code, Area.name, PointsAccount.kind, func.sum(PointsAccount.balance))
        .join(PointsAccount, PointsAccount.wallet_id == PointsWallet.id)
        .join(Area, Area.code == PointsWallet.scheme_code)
        .where(PointsWallet.account_id == own_id(by))
        .group_by(PointsWallet.scheme_code, Area.name, PointsAccount.kind)
        .order_by(PointsWallet.scheme_code)
    )
    sums: dict[tuple[str, str], dict[PointsAccountKind, int]] = {}
    for code, name, kind, points in await session.execute(query):
        sums.setdefault((code, name), {})[kind] = int(points)
    made = []
    for (code, name), by_kind in sums.items():
        wallets = await _wallets(session, own_id(by), code)
        ends = [lot for lot in await left_of(session, wallets) if lot[0] is not None]
        available, held = by_kind[PointsAccountKind.AVAILABLE], by_kind[PointsAccountKind.HELD]
        made.append(Balance(code, name, available, held, ends[0] if ends else None))
    return made


async def left_of(session: AsyncSession, wallet_ids: Sequence[UUID]) -> list[Lot]:
    """Return what is left of the points that a person earned, what ends first before the rest."""
    mine = PointsTransfer.wallet_id.in_(wallet_ids)
    earned = (
        select(PointsTransfer.expires_on, func.sum(PointsTransfer.amount))
        .where(mine, PointsTransfer.kind == TransferKind.EARN, ~_taken_back())
        .group_by(PointsTransfer.expires_on)
    )
    lots = [(until, int(points)) for until, points in await session.execute(earned)]
    sign = case((PointsTransfer.kind == TransferKind.REFUND, -1), else_=1)
    spent = select(func.coalesce(func.sum(PointsTransfer.amount * sign), 0)).where(
        mine, PointsTransfer.kind.in_((TransferKind.HOLD, TransferKind.REFUND, TransferKind.EXPIRE))
    )
    return remaining(lots, int(await session.scalar(spent) or 0))


async def earned_in(
    session: AsyncSession, wallet_ids: Sequence[UUID], rule: PointsRule, first: date, last: date
) -> int:
    """Return the points that a rule, in whatever version, gave a person over some days."""
    query = (
        select(func.coalesce(func.sum(PointsTransfer.amount), 0))
        .join(PointsRule, PointsRule.id == PointsTransfer.rule_id)
        .where(
            PointsTransfer.wallet_id.in_(wallet_ids),
            PointsTransfer.earned_on.between(first, last),
            PointsRule.source == rule.source,
            PointsRule.activity_kind.is_not_distinct_from(rule.activity_kind),
            ~_taken_back(),
        )
    )
    return int(await session.scalar(query) or 0)


async def earning_of(session: AsyncSession, source: PointsSource, origin: str) -> PointsTransfer | None:
    """Return the points that something earned, if it did."""
    query = select(PointsTransfer).where(
        PointsTransfer.kind == TransferKind.EARN,
        PointsTransfer.source == source,
        PointsTransfer.origin == origin,
    )
    return await session.scalar(query)


async def is_taken_back(session: AsyncSession, transfer_id: UUID) -> bool:
    """Tell whether points were taken back."""
    query = select(PointsTransfer.id).where(PointsTransfer.points_to == transfer_id)
    return await session.scalar(query) is not None


async def statement(
    session: AsyncSession, *, scheme_code: str | None, cursor: str | None, limit: int, by: Actor
) -> Page[Line]:
    """Return what moved the caller's points, the newest first.

    Raises:
        BadCursor: it is not one of ours.
    """
    query = (
        select(PointsTransfer)
        .join(PointsWallet, PointsWallet.id == PointsTransfer.wallet_id)
        .where(PointsWallet.account_id == own_id(by), PointsTransfer.kind != TransferKind.MERGE)
    )
    if scheme_code is not None:
        query = query.where(PointsTransfer.scheme_code == scheme_code)
    if cursor is not None:
        query = query.where(PointsTransfer.seq < _read_seq(cursor))
    rows = (await session.scalars(query.order_by(PointsTransfer.seq.desc()).limit(limit + 1))).all()
    shown = rows[:limit]
    about = await _about(session, shown)
    lines = [Line(each, about.get(each.origin or "")) for each in shown]
    return Page(lines, encode_cursor([str(shown[-1].seq)]) if len(rows) > limit else None)


async def figures(session: AsyncSession, scheme_code: str, *, since: date, until: date) -> Figures:
    """Return what a scheme's points did from a day until another, both included, and where they stand now."""
    of_days = and_(PointsTransfer.scheme_code == scheme_code, _between(since, until))
    moved = select(PointsTransfer.kind, func.sum(PointsTransfer.amount)).where(of_days)
    earned = select(PointsTransfer.source, func.sum(PointsTransfer.amount)).where(
        of_days, PointsTransfer.kind == TransferKind.EARN
    )
    people = select(func.count(func.distinct(PointsTransfer.wallet_id))).where(
        of_days, PointsTransfer.kind == TransferKind.EARN
    )
    stand = (
        select(PointsAccount.kind, func.sum(PointsAccount.balance))
        .where(PointsAccount.scheme_code == scheme_code, PointsAccount.wallet_id.is_not(None))
        .group_by(PointsAccount.kind)
    )
    count = int(await session.scalar(people) or 0)
    now = {kind: int(points) for kind, points in await session.execute(stand)}
    by_source = await _sums(session, earned.group_by(PointsTransfer.source))
    return Figures(
        moved=await _sums(session, moved.group_by(PointsTransfer.kind)),
        earned={source: given for source, given in by_source.items() if source is not None},
        people=count if count == 0 or count >= FEWEST_SHOWN else None,
        available=now.get(PointsAccountKind.AVAILABLE, 0),
        held=now.get(PointsAccountKind.HELD, 0),
    )


async def kind_of_activity(session: AsyncSession, sign_up_id: UUID | None) -> ActivityKind | None:
    """Return what sort of activity hours were served at, where a sign-up evidences it."""
    query = (
        select(VolunteerActivity.kind)
        .join(SignUp, SignUp.activity_id == VolunteerActivity.id)
        .where(SignUp.id == sign_up_id)
    )
    return await session.scalar(query)


async def reporter_of(session: AsyncSession, report_id: UUID) -> UUID | None:
    """Return whom a case's news go to as its reporter; nobody once they are forgotten."""
    query = select(ReportFollower.account_id).where(
        ReportFollower.report_id == report_id, ReportFollower.is_reporter
    )
    return await session.scalar(query)


def own_id(by: Actor) -> UUID:
    """Return the caller's account.

    Raises:
        SignInRequired: nobody signed in.
    """
    if by.account_id is None:
        raise SignInRequired
    return by.account_id


def _taken_back() -> ColumnElement[bool]:
    return select(_back.id).where(_back.points_to == PointsTransfer.id).exists()


async def _wallets(session: AsyncSession, account_id: UUID, scheme_code: str) -> Sequence[UUID]:
    query = select(PointsWallet.id).where(
        PointsWallet.account_id == account_id, PointsWallet.scheme_code == scheme_code
    )
    return (await session.scalars(query)).all()


async def _about(session: AsyncSession, transfers: Sequence[PointsTransfer]) -> dict[str, str]:
    """Return what transfers were for, by their origin: what was done, or what was asked for."""
    hours = [UUID(each.origin) for each in transfers if each.origin and each.source is PointsSource.HOURS]
    holds = [UUID(each.origin) for each in transfers if each.origin and each.source is None]
    done = select(LedgerEntry.id, LedgerEntry.activity).where(LedgerEntry.id.in_(hours))
    asked = (
        select(PointsHold.id, PointsOffer.name)
        .join(PointsOffer, PointsOffer.id == PointsHold.offer_id)
        .where(PointsHold.id.in_(holds))
    )
    rows = [*await session.execute(done), *await session.execute(asked)]
    return {str(origin): name for origin, name in rows}


async def _sums(session: AsyncSession, query: Select[Key, int]) -> dict[Key, int]:
    return {key: int(points) for key, points in await session.execute(query)}


def _between(since: date, until: date) -> ColumnElement[bool]:
    first = datetime.combine(since, time.min, SHANGHAI)
    return and_(
        PointsTransfer.at >= first,
        PointsTransfer.at < datetime.combine(until + timedelta(days=1), time.min, SHANGHAI),
    )


def _read_seq(cursor: str) -> int:
    """Return the number that a page starts before; one that no row can have is no cursor."""
    try:
        seq = int(decode_cursor(cursor, size=1)[0])
    except ValueError as error:
        raise BadCursor from error
    if not 0 < seq < 2**63:
        raise BadCursor
    return seq
