"""Check-ins (打卡): visits, what they are worth as evidence, and the occupancy that they make."""

from app.services.checkins.commands import CheckIn, check_in, check_out, read_fix, report_fix
from app.services.checkins.corrections import Tap, correct
from app.services.checkins.desk import CheckinDesk
from app.services.checkins.doubled import end_doubled_visit
from app.services.checkins.errors import (
    Busy,
    CodeNeeded,
    InTheFuture,
    NotInService,
    StationClosed,
    StationMoved,
    StationUnknown,
    TooOld,
    VisitUnknown,
)
from app.services.checkins.evidence import Fix
from app.services.checkins.queries import own_visits
from app.services.checkins.sync import CheckOut, FixReport, Record, sync
from app.services.checkins.views import CounterView, history, see_counter
from app.services.checkins.writer import CheckinWriter, Written

__all__ = [
    "Busy",
    "CheckIn",
    "CheckOut",
    "CheckinDesk",
    "CheckinWriter",
    "CodeNeeded",
    "CounterView",
    "Fix",
    "FixReport",
    "InTheFuture",
    "NotInService",
    "Record",
    "StationClosed",
    "StationMoved",
    "StationUnknown",
    "Tap",
    "TooOld",
    "VisitUnknown",
    "Written",
    "check_in",
    "check_out",
    "correct",
    "end_doubled_visit",
    "history",
    "own_visits",
    "read_fix",
    "report_fix",
    "see_counter",
    "sync",
]
