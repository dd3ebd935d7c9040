"""The ledger of service minutes (志愿服务时长): only ever added to, chained, and disputed within terms."""

from app.services.ledger.books import NewBook, keep_book, listed, open_book
from app.services.ledger.commands import (
    NewHours,
    Served,
    correct,
    decide,
    record,
    type_in,
    type_in_for_member,
    void,
)
from app.services.ledger.disputes import Complaint
from app.services.ledger.errors import (
    AlreadyVoided,
    DisputeAnswered,
    DisputeLate,
    DisputeOpen,
    HoursImpossible,
    LevelTooHigh,
    NothingToDecide,
    NotRegistered,
    OwnHours,
    ParentUnfit,
    ReasonNeeded,
    RemarkImpossible,
    SecondPersonNeeded,
    VolunteerUnknown,
)
from app.services.ledger.lists import WaitingList, decide_list, waiting_lists
from app.services.ledger.people import Registration, keep_one_current, register
from app.services.ledger.proving import publish_heads, verify
from app.services.ledger.queries import Figures, Shown, Totals

__all__ = [
    "AlreadyVoided",
    "Complaint",
    "DisputeAnswered",
    "DisputeLate",
    "DisputeOpen",
    "Figures",
    "HoursImpossible",
    "LevelTooHigh",
    "NewBook",
    "NewHours",
    "NotRegistered",
    "NothingToDecide",
    "OwnHours",
    "ParentUnfit",
    "ReasonNeeded",
    "Registration",
    "RemarkImpossible",
    "SecondPersonNeeded",
    "Served",
    "Shown",
    "Totals",
    "VolunteerUnknown",
    "WaitingList",
    "correct",
    "decide",
    "decide_list",
    "keep_book",
    "keep_one_current",
    "listed",
    "open_book",
    "publish_heads",
    "record",
    "register",
    "type_in",
    "type_in_for_member",
    "verify",
    "void",
    "waiting_lists",
]
