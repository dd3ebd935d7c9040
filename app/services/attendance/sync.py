"""The offline queue of taps at shifts: up to a hundred at once, see :mod:`app.services.offline`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from app.core.actor import Actor
from app.core.db import Database
from app.models import Attendance
from app.services import offline
from app.services.attendance.codes import ShiftCodes
from app.services.attendance.commands import Tap, tap
from app.services.offline import Outcome, Shelf, Unreadable

MOST_TAPS = 100


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a tap."""

    sign_up_id: UUID
    shift_id: UUID
    in_at: datetime
    out_at: datetime | None
    minutes: int | None

    @classmethod
    def of(cls, attendance: Attendance) -> "Taken":
        """Return it."""
        return cls(
            attendance.sign_up_id,
            attendance.shift_id,
            attendance.in_at,
            attendance.out_at,
            attendance.minutes,
        )


_TAP = TypeAdapter[Tap](Tap)
_OUTCOME = TypeAdapter(Outcome[Taken])


async def sync(
    db: Database, taps: Sequence[Tap | Unreadable], *, shown: ShiftCodes, by: Actor, now: datetime
) -> list[Outcome[Taken]]:
    """Take a phone's queue in the order in which it was recorded; answer in the order in which it came."""

    async def do(given: Tap) -> Taken:
        async with db.writing() as session:
            return Taken.of(await tap(session, given, shown=shown, by=by, now=now))

    queue = offline.Queue(db, Shelf.ATTENDANCE.of(by.account_id), _fingerprint, _OUTCOME, do)
    return await queue.take(taps, now=now)


def _fingerprint(given: Tap) -> bytes:
    return hashlib.sha256(_TAP.dump_json(given)).digest()
