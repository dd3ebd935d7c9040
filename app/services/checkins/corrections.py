"""The managers' taps on the counter.

A tap of +1 or -1 is a difference: two managers' taps made offline both count, in whatever order they
arrive. A headcount is a new beginning at the instant of counting: every visit and tap before that instant
is in it, every one after it comes on top, also one that the server learned of first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import AppError, KeyReused, SignInRequired
from app.models import CorrectionKind, Occupancy, OccupancyCorrection
from app.services import outbox
from app.services.checkins import queries, rules
from app.services.outbox import Channel


@dataclass(frozen=True, slots=True)
class Tap:
    """One tap as a manager's phone recorded it: a difference, or the number of heads."""

    id: UUID
    kind: CorrectionKind
    value: int
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class TapOutcome:
    """Whether a tap stands; ``refusal`` says why not."""

    id: UUID
    refusal: AppError | None


async def correct(
    session: AsyncSession, station_id: UUID, taps: Sequence[Tap], *, by: Actor, now: datetime
) -> list[TapOutcome]:
    """Take a manager's taps, each once; one that is refused does not touch the others.

    Raises:
        NotFound: the station is not the caller's to look after.
    """
    if by.account_id is None:
        raise SignInRequired
    await queries.kept_station(session, station_id, by=by)
    occupancy = await queries.locked_occupancy(session, station_id, now=now)
    outcomes = {}
    for tap in sorted(taps, key=lambda tap: tap.captured_at):
        try:
            await _take(session, occupancy, tap, account_id=by.account_id, now=now)
        except AppError as refusal:
            outcomes[tap.id] = TapOutcome(tap.id, refusal)
        else:
            outcomes.setdefault(tap.id, TapOutcome(tap.id, None))
    await session.flush()
    await outbox.announce(session, Channel.OCCUPANCY, [station_id])
    return [outcomes[tap.id] for tap in taps]


async def _take(
    session: AsyncSession, occupancy: Occupancy, tap: Tap, *, account_id: UUID, now: datetime
) -> None:
    row = OccupancyCorrection(
        id=tap.id,
        station_id=occupancy.station_id,
        account_id=account_id,
        kind=tap.kind,
        value=tap.value,
        captured_at=tap.captured_at,
        received_at=now,
    )
    if (known := await queries.correction_or_none(session, tap.id)) is not None:
        if not _same(known, row):
            raise KeyReused
        return
    rules.check_captured(tap.captured_at, now)
    if not await queries.add_correction(session, row):
        raise KeyReused  # another station's tap took this id at this very moment
    at = min(tap.captured_at, now)
    since = occupancy.headcount_at
    if tap.kind is CorrectionKind.HEADCOUNT and (since is None or at >= since):
        await begin_anew(session, occupancy, tap.value, at=at, account_id=account_id)
    elif tap.kind is CorrectionKind.DELTA and (since is None or at > since):
        occupancy.correction += tap.value
    _note(occupancy, at, now)


def _same(known: OccupancyCorrection, row: OccupancyCorrection) -> bool:
    names = ("station_id", "account_id", "kind", "value", "captured_at")
    return all(getattr(known, name) == getattr(row, name) for name in names)


async def begin_anew(
    session: AsyncSession, occupancy: Occupancy, heads: int, *, at: datetime, account_id: UUID | None
) -> None:
    """Make a locked counter say that so many were inside at an instant, and add what came after it."""
    inside_then = await queries.open_at(session, occupancy.station_id, at)
    taps_since = await queries.taps_after(session, occupancy.station_id, at)
    occupancy.correction = heads - inside_then + taps_since
    occupancy.headcount_at = at
    occupancy.headcount_by = account_id


def _note(occupancy: Occupancy, at: datetime, now: datetime) -> None:
    occupancy.peak = max(occupancy.peak, occupancy.open_visits + occupancy.correction)
    occupancy.observed_at = at if occupancy.observed_at is None else max(occupancy.observed_at, at)
    occupancy.changed_at = now
