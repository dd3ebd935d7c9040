"""How often a number, a device and an address may ask: counted in PostgreSQL, in fixed windows."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import TooMany
from app.models import RateCounter
from app.services.accounts.vault import Vault

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_HOUSEHOLD_BITS = 64  # an IPv6 customer owns at least this network; its addresses are no more than ports


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many uses in each window; windows start at whole multiples of their length."""

    what: str
    window: timedelta
    most: int

    def window_start(self, now: datetime) -> datetime:
        """Return when the window that holds an instant began."""
        seconds = int(self.window.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


# Riders of one carrier share addresses, so an address may ask far more often than a person.
CODES_BY_PHONE = (
    Limit("codes/phone", _MINUTE, 1),
    Limit("codes/phone", _HOUR, 5),
    Limit("codes/phone", _DAY, 10),
)
CODES_BY_DEVICE = (Limit("codes/device", _HOUR, 10), Limit("codes/device", _DAY, 20))
CODES_BY_ADDRESS = (Limit("codes/address", _HOUR, 60), Limit("codes/address", _DAY, 300))
TRIES_BY_DEVICE = (Limit("tries/device", _HOUR, 60),)
TRIES_BY_ADDRESS = (Limit("tries/address", _HOUR, 300),)

# An officer's whole day at the counter; more would be trying numbers out.
REBINDINGS = (Limit("rebindings/officer", _DAY, 30),)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a limit by somebody, in the window of its instant."""

    key: str
    limit: Limit
    at: datetime

    @property
    def row(self) -> tuple[str, datetime]:
        """Return the primary key of its counter."""
        return self.key, self.limit.window_start(self.at)


def uses(limits: Sequence[Limit], of: str, *, vault: Vault, now: datetime) -> list[Use]:
    """Return the uses that one act of somebody makes; what is kept of them is a keyed hash."""
    return [
        Use(vault.counter_key(f"{limit.what}/{limit.window.total_seconds():.0f}/{of}"), limit, now)
        for limit in limits
    ]


async def count(session: AsyncSession, counted: Sequence[Use]) -> None:
    """Count uses, exactly, whoever else counts at the same time.

    Raises:
        TooMany: a limit is reached; then the whole request counts nothing.
    """
    # One order for everybody, so that two requests never wait for each other in a circle.
    rows = sorted(use.row for use in counted)
    statement = insert(RateCounter).values(
        [{"key": key, "window_start": start, "count": 1} for key, start in rows]
    )
    counts = await session.execute(
        statement.on_conflict_do_update(
            index_elements=[RateCounter.key, RateCounter.window_start],
            set_={"count": RateCounter.count + 1},
        ).returning(RateCounter.key, RateCounter.count)
    )
    reached = {key: value for key, value in counts}  # noqa: C416 - rows are no pairs to dict()
    waits = [_wait(use) for use in counted if reached[use.key] > use.limit.most]
    if waits:
        raise TooMany(retry_after_s=max(waits))


def _wait(use: Use) -> int:
    left = use.limit.window_start(use.at) + use.limit.window - use.at
    return max(1, int(left.total_seconds()))


async def give_back(session: AsyncSession, counted: Sequence[Use]) -> None:
    """Uncount uses whose purpose failed through no fault of the asker's."""
    for key, start in sorted(use.row for use in counted):
        await session.execute(
            update(RateCounter)
            .where(RateCounter.key == key, RateCounter.window_start == start, RateCounter.count > 0)
            .values(count=RateCounter.count - 1)
        )


def network_of(address: str) -> str:
    """Return what is counted for a client's address: itself, or the /64 around an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((parsed, _HOUSEHOLD_BITS), strict=False))
    return str(parsed)
